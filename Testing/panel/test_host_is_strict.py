"""The stand-in host raises on whatever it does not represent; else a green test would prove nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Union

import pytest
import slicer
from slicer_host import Host
from slicer_host.application import MODULE
from slicer_host.parameter_node import WithinRange, parameter_node_wrapper
from slicer_host.ui_file import UiError, load_ui

UI = MODULE.parent / "Resources" / "UI" / "HimarsPlanner.ui"


def changed_ui(tmp_path: Path, old: str, new: str) -> Path:
    text = UI.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "changed.ui"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('name="collapsed"', 'name="colapsed"', "no property 'colapsed'"),
        ('class="ctkSliderWidget" name', 'class="ctkSliderWigdet" name', "not represented"),
        (
            'class="QPushButton" name="cancelButton"',
            'class="QPushButon" name="cancelButton"',
            "does not exist|no widget",
        ),
        ('class="ctkCollapsibleGroupBox" name', 'class="ctkCollapsableGroupBox" name', "not represented"),
        ('name="collapsed"><bool>true', 'name="folded"><bool>true', "no property 'folded'"),
        ("<signal>mrmlSceneChanged(vtkMRMLScene*)", "<signal>mrmlSceneChange(vtkMRMLScene*)", "no signal"),
        ("<slot>setMRMLScene(vtkMRMLScene*)", "<slot>setScene(vtkMRMLScene*)", "no slot"),
        ("<receiver>ctSelector", "<receiver>ctSelektor", "'ctSelektor', which does not exist"),
        ('name="SlicerParameterName" stdset="0"', 'name="SlicerParamName" stdset="0"', "which nothing reads"),
        ('name="petSelector"', 'name="ctSelector"', "names come twice"),
    ],
)
@pytest.mark.usefixtures("host")
def test_a_ui_file_that_names_what_does_not_exist_raises(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(UiError, match=words):
        load_ui(changed_ui(tmp_path, old, new))


def test_a_parameter_name_that_does_not_exist_raises(host: Host, tmp_path: Path) -> None:
    file = changed_ui(tmp_path, '<string notr="true">suvThreshold', '<string notr="true">suvTreshold')
    ui = slicer.util.childWidgetVariables(load_ui(file))
    with pytest.raises(ValueError, match="there is no parameter 'suvTreshold'"):
        host.widget.panel.session.parameters.connectGui(ui)


def test_misspelt_widgets_properties_methods_and_signals_raise(host: Host) -> None:
    ui = host.widget.ui
    with pytest.raises(AttributeError):
        _ = ui.findButon
    with pytest.raises(AttributeError, match="no property or method 'enable'"):
        _ = ui.findButton.enable
    with pytest.raises(AttributeError, match="no property 'tooltip' to set"):
        ui.findButton.tooltip = "x"
    with pytest.raises(TypeError, match="cannot be set"):
        ui.findButton.enabled = None
    with pytest.raises(ValueError, match=r"no signal 'click\(bool\)'"):
        ui.findButton.connect("click(bool)", print)
    with pytest.raises(ValueError, match="no signal"):
        ui.thresholdSlider.connect("valueChanged(int)", print)
    with pytest.raises(TypeError, match="cannot be called"):
        ui.findButton.connect("clicked(bool)", None)


def test_properties_are_no_methods(host: Host) -> None:
    with pytest.raises(TypeError, match="not callable"):
        host.widget.ui.findButton.text()


def test_the_application_has_no_more_than_it_represents(host: Host) -> None:
    with pytest.raises(AttributeError):
        _ = host.app.mainWindow
    with pytest.raises(ValueError, match="no signal"):
        host.app.connect("startupComplete()", print)
    with pytest.raises(RuntimeError, match="no module 'SegmentEditr'"):
        slicer.util.selectModule("SegmentEditr")
    import qt

    with pytest.raises(AttributeError, match="no 'QPushButon'"):
        _ = qt.QPushButon
    with pytest.raises(AttributeError):
        _ = qt.QFileDialog.getOpenFileNams
    with pytest.raises(TypeError, match="takes no parent, a caption"):
        qt.QFileDialog.getOpenFileNames(None, "Files", "", None)


def test_what_is_in_a_folded_box_stays_hidden_until_it_is_opened(host: Host) -> None:
    """As ctkCollapsibleButton.cpp and ctkCollapsibleGroupBox.cpp do it."""
    ui = host.widget.ui
    host.area.show()
    for box, shown, hidden in (
        (ui.connectionBox, ui.callingLineEdit, ui.timeoutSpinBox),
        (ui.doseSection, ui.checkDoseButton, ui.doseBrowser),
    ):
        assert box.collapsed
        assert not shown.visible
        shown.visible = True
        assert not shown.visible
        hidden.visible = False
        box.collapsed = False
        assert shown.visible
        assert not hidden.visible
        box.collapsed = True
        assert not shown.visible


def test_parameters_are_typed(host: Host) -> None:
    parameters = host.widget.panel.session.parameters
    for name, value in {"suvThreshold": 99.0, "level": 1, "split": "yes", "ct": "CT", "outFolder": "folder"}.items():
        with pytest.raises((TypeError, ValueError)):
            setattr(parameters, name, value)
    with pytest.raises(AttributeError):
        parameters.tresholdSuv = 3.0


def test_parameter_types_that_are_not_represented_raise() -> None:
    class Wrong:
        numbers: list[int]

    class AlsoWrong:
        number: Annotated[float, "something"] = 0.0

    class Reserved:
        parameterNode: str = ""  # noqa: N815 - Slicer's own name

    for made in (Wrong, AlsoWrong, Reserved):
        with pytest.raises((TypeError, ValueError)):
            parameter_node_wrapper(made)
    with pytest.raises(ValueError, match="not within"):
        WithinRange(0, 1).check("x", 2)


def test_a_union_of_nodes_without_none_has_no_default(host: Host) -> None:
    class Wrong:
        node: Union[slicer.vtkMRMLSegmentationNode, slicer.vtkMRMLLabelMapVolumeNode]  # noqa: UP007 - Slicer's form

    with pytest.raises(TypeError, match="union of nodes without None"):
        parameter_node_wrapper(Wrong)(host.scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode"))


def test_a_gui_is_disconnected_by_its_tag_alone_and_only_one_call_gives_it(host: Host) -> None:
    parameters, ui = host.widget.panel.session.parameters, host.widget.ui
    assert parameters.connectGui(ui) is None
    tag = parameters.connectParametersToGui({"suvThreshold": ui.thresholdSlider})
    parameters.disconnectGui(None)
    parameters.disconnectGui(tag)


def test_a_widget_that_qt_has_deleted_is_false_and_raises(host: Host) -> None:
    button = host.widget.ui.findButton
    host.end()
    assert not button
    with pytest.raises(ValueError, match="'enabled' of a destroyed"):
        _ = button.enabled
    with pytest.raises(ValueError, match="'text' of a destroyed"):
        button.text = "x"
    host.open()


def test_a_folder_that_is_set_again_is_selected_and_not_changed(host: Host) -> None:
    import ctk

    button = ctk.ctkDirectoryButton()
    told: list[str] = []
    button.connect("directoryChanged(QString)", lambda folder: told.append(f"changed {folder}"))
    button.connect("directorySelected(QString)", lambda folder: told.append(f"selected {folder}"))
    assert button.directory == "."
    button.directory = str(Path.cwd())
    assert told == [f"selected {Path.cwd()}"]
    button.directory = str(host.folder)
    assert told[1:] == [f"selected {host.folder}", f"changed {host.folder}"]


def test_a_selector_takes_only_nodes_that_it_lists(host: Host) -> None:
    node = host.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segments")
    with pytest.raises(ValueError, match="does not list 'segments'"):
        host.widget.ui.ctSelector.setCurrentNode(node)
    labels = host.scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels")
    with pytest.raises(ValueError, match="does not list 'labels'"):
        host.widget.ui.ctSelector.setCurrentNode(labels)


def test_what_a_slot_raises_is_kept(host: Host) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("in a slot")

    button = host.widget.ui.newPlanButton
    button.connect("clicked(bool)", broken)
    button.click()
    assert [str(fault) for fault in host.faults] == ["in a slot"]
    host.faults.clear()
