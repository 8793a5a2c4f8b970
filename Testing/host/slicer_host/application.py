"""The application: slicer.app, modules, the DICOM database, and the modules that pip does not give."""

from __future__ import annotations

import importlib.util
import os
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pydicom
import slicer
import slicer.util
from PySide6.QtWidgets import QApplication, QScrollArea, QVBoxLayout

from . import ctk_widgets, parameter_node, qmrml, scripted
from .pythonqt import CHOSEN_FILES, FAULTS, Factory, Proxy, qt_module, wrap
from .ui_file import child_widgets, load_ui

MODULE = Path(__file__).parents[3] / "HimarsPlanner" / "HimarsPlanner.py"


class App:
    """The used part of slicer.app."""

    applicationName = "Slicer"

    def __init__(self, folder: Path) -> None:
        self.temporaryPath = str(folder)
        self._startup: list[Callable[[], None]] = []

    def connect(self, signal: str, slot: Callable[[], None]) -> None:
        """Connect the signal that the application is up."""
        if signal != "startupCompleted()":
            raise ValueError(f"slicer.app has no signal {signal!r}")
        self._startup.append(slot)

    def startup(self) -> None:
        """Say that the application is up."""
        for slot in self._startup:
            slot()

    def processEvents(self) -> None:
        """Handle events, then leave the interpreter to other threads for a moment."""
        QApplication.processEvents()
        time.sleep(0.002)

    def testingEnabled(self) -> bool:
        """Whether dialogs are suppressed; here they are answered by the host."""
        return False

    def translate(self, _context: str, text: str) -> str:
        """Text in the user's language."""
        return text

    def layoutManager(self) -> None:
        """There are no views."""

    def setOverrideCursor(self, cursor: Any) -> None:
        """Show another cursor."""

    def restoreOverrideCursor(self) -> None:
        """Show the cursor as it was."""


class Database:
    """The used part of ctkDICOMDatabase."""

    def __init__(self) -> None:
        self.isOpen = True
        self.files: dict[str, Path] = {}
        self.datasets: list[pydicom.Dataset] = []

    def fileForInstance(self, instance: str) -> str:
        """File of an instance; "" where it is not known."""
        return str(self.files.get(instance, ""))

    def take(self, folder: Path) -> None:
        """Import every DICOM file of a folder."""
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                dataset = pydicom.dcmread(file)
                self.datasets.append(dataset)
                self.files[str(dataset.SOPInstanceUID)] = file


class Editor:
    """The used part of qMRMLSegmentEditorWidget."""

    def __init__(self) -> None:
        self.segmentation: Any = None
        self.source: Any = None
        self.segment = ""

    def setSegmentationNode(self, node: Any) -> None:
        """Edit a segmentation."""
        self.segmentation = node

    def setSourceVolumeNode(self, node: Any) -> None:
        """Edit over a volume."""
        self.source = node

    def setCurrentSegmentID(self, segment: str) -> None:
        """Choose a segment."""
        if self.segmentation.GetSegmentation().GetSegment(segment) is None:
            raise ValueError(f"there is no segment {segment!r}")
        self.segment = segment


class Host:
    """What a test looks at and answers.

    Parameters
    ----------
    folder
        For temporary files and the scene's cache.
    """

    def __init__(self, folder: Path) -> None:
        self.application = QApplication.instance() or QApplication([])
        self.folder = folder
        self.errors: list[str] = []
        self.answers: list[bool] = []
        self.chosen_files = CHOSEN_FILES
        self.samples: list[dict[str, Any]] = []
        self.installed: list[str] = []
        self.refuse_packages = ""
        self.module = "HimarsPlanner"
        self.database = Database()
        self.editor = Editor()
        self.app = App(folder)
        self.scene = self._scene()
        self.widget: Any = None
        FAULTS.clear()
        CHOSEN_FILES.clear()

    @property
    def faults(self) -> list[Exception]:
        """Exceptions that were raised in slots."""
        return FAULTS

    def _scene(self) -> Any:
        scene = slicer.vtkMRMLScene()
        logic = slicer.vtkSlicerApplicationLogic()
        logic.SetMRMLScene(scene)
        logics = [slicer.vtkSlicerSegmentationsModuleLogic(), slicer.vtkSlicerVolumesLogic()]
        for one in logics:
            one.SetMRMLApplicationLogic(logic)
            one.SetMRMLScene(scene)
        cache, manager = slicer.vtkCacheManager(), slicer.vtkDataIOManager()
        cache.SetRemoteCacheDirectory(str(self.folder))
        manager.SetCacheManager(cache)
        scene.SetCacheManager(cache)
        scene.SetDataIOManager(manager)
        for name in ("Red", "Yellow", "Green"):
            for made in (slicer.vtkMRMLSliceNode(), slicer.vtkMRMLSliceCompositeNode()):
                made.SetLayoutName(name)
                made.SetSingletonTag(name)
                made.SetName(f"{name} {made.GetClassName()}")
                scene.AddNode(made)
        camera = slicer.vtkMRMLCameraNode()
        camera.SetSingletonTag("1")
        scene.AddNode(camera)
        self._keeps = (logic, *logics, cache, manager)
        return scene

    def open(self) -> Any:
        """Load the module's file, announce start-up, build its panel, and show it in a scroll area."""
        spec = importlib.util.spec_from_file_location("HimarsPlanner", MODULE)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["HimarsPlanner"] = module
        spec.loader.exec_module(module)
        self.described = module.HimarsPlanner(types.SimpleNamespace(path=str(MODULE)))
        self.app.startup()
        parent = qmrml.qMRMLWidget()
        QVBoxLayout(parent)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setWidget(parent)
        self.widget = module.HimarsPlannerWidget(wrap(parent))
        self.widget.setup()
        return self.widget

    def reload(self) -> Any:
        """Do what slicer.util.reloadScriptedModule does: clean up, load the file again, build the panel anew."""
        self.widget.cleanup()
        return self.open()

    def picture(self, file: Path, width: int, height: int) -> None:
        """Save what the panel's scroll area shows at a size in pixels."""
        self.area.resize(width, height)
        self.area.show()
        self.application.processEvents()
        self.area.grab().save(str(file))


def install(folder: Path) -> Host:
    """Put the stand-ins where the module looks for them."""
    host = Host(folder)
    _module("qt", qt_module())
    ctk = _module("ctk")
    for name, made in ctk_widgets.CLASSES.items():
        setattr(ctk, name, Factory(made))
    for name, made in qmrml.CLASSES.items():
        setattr(slicer, name, Factory(made))
    slicer.app, slicer.mrmlScene, slicer.dicomDatabase = host.app, host.scene, host.database
    slicer.modules = _modules(host)
    base = _module("slicer.ScriptedLoadableModule")
    for name, one in scripted.CLASSES.items():
        setattr(base, name, one)
    wrapper = _module("slicer.parameterNodeWrapper")
    wrapper.parameterNodeWrapper, wrapper.WithinRange = (
        parameter_node.parameter_node_wrapper,
        parameter_node.WithinRange,
    )
    words = _module("slicer.i18n")
    words.tr, words.translate = _tr, lambda _context, text: _tr(text)
    _packaging(host)
    _util(host)
    _dicom_and_samples(host)
    return host


def _tr(text: str) -> str:
    """Text; what is no plain text was put together before it was translated."""
    if not isinstance(text, str):
        raise TypeError(f"{text!r} cannot be translated")
    return text


def _module(name: str, made: types.ModuleType | None = None) -> Any:
    module = made or types.ModuleType(name)
    sys.modules[name] = module
    if name.startswith("slicer."):
        setattr(slicer, name.split(".")[1], module)
    return module


def _modules(host: Host) -> types.SimpleNamespace:
    representation = types.SimpleNamespace(self=lambda: types.SimpleNamespace(editor=host.editor))
    return types.SimpleNamespace(
        himarsplanner=types.SimpleNamespace(path=str(MODULE)),
        segmenteditor=types.SimpleNamespace(widgetRepresentation=lambda: representation),
    )


def _packaging(host: Host) -> None:
    def pip_ensure(requirements: list[Any], *, requester: str) -> None:
        from packaging.requirements import Requirement

        if not requester or not all(isinstance(one, Requirement) for one in requirements):
            raise TypeError("pip_ensure takes Requirement objects and a requester")
        host.installed += [str(one) for one in requirements]
        if host.refuse_packages:
            raise RuntimeError(host.refuse_packages)

    _module("slicer.packaging").pip_ensure = pip_ensure


def _util(host: Host) -> None:
    util = slicer.util
    util.loadUI = load_ui
    util.childWidgetVariables = child_widgets
    util.errorDisplay = lambda text, **_options: host.errors.append(text)
    util.confirmOkCancelDisplay = lambda _text, *_args, **_options: host.answers.pop(0)
    util.reloadScriptedModule = lambda _name: host.reload()

    def select(name: str) -> None:
        if name not in ("HimarsPlanner", "SegmentEditor"):
            raise RuntimeError(f"there is no module {name!r}")
        host.module = name

    def widget_of(name: str) -> Any:
        if name != "HimarsPlanner" or host.widget is None:
            raise RuntimeError(f"Could not find module widget representation with name {name!r}")
        return host.widget

    util.selectModule, util.getModuleWidget = select, widget_of


def _dicom_and_samples(host: Host) -> None:
    def import_dicom(folder: str, database: Database | None = None, copy_files: bool = False) -> bool:
        if not copy_files:
            raise ValueError("files in a temporary folder must be copied")
        (database or host.database).take(Path(folder))
        return True

    dicom = _module("DICOMLib")
    dicom.DICOMUtils = types.SimpleNamespace(importDicom=import_dicom)

    def register(
        category: str = "Custom",
        sampleName: str | None = None,
        uris: str | None = None,
        fileNames: str | None = None,
        nodeNames: str | None = None,
        customDownloader: Callable[[Any], None] | None = None,
        thumbnailFileName: str | None = None,
        loadFileType: str = "VolumeFile",
    ) -> None:
        if not isinstance(uris, str) or not isinstance(fileNames, str) or not Path(thumbnailFileName or "").is_file():
            raise ValueError("a data source needs a URI, a file name and a thumbnail")
        host.samples.append(
            {"category": category, "name": sampleName, "make": customDownloader, "nodes": nodeNames, "as": loadFileType}
        )

    samples = _module("SampleData")
    samples.SampleDataLogic = types.SimpleNamespace(registerCustomSampleDataSource=register)


__all__ = ["Host", "Proxy", "install"]
