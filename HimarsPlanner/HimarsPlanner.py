"""The face that Slicer loads: choose a study, plan it, see the result. Wiring only; the work is in HimarsPlannerLib."""

from pathlib import Path

import ctk
import qt
import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)


class HimarsPlanner(ScriptedLoadableModule):
    """What the module says of itself."""

    def __init__(self, parent):
        super().__init__(parent)
        self.parent.title = _("HIMARS Planner")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Radiotherapy")]
        self.parent.dependencies = []
        self.parent.contributors = ["The HimarsPlanner developers"]
        self.parent.helpText = _(
            "Ranks and selects bone and lymph node metastases for volume-based stereotactic radiotherapy "
            "(trial HIMARS, NCT06978296) on CT and PSMA PET. Research software."
        )
        self.parent.acknowledgementText = ""


class HimarsPlannerWidget(ScriptedLoadableModuleWidget):
    """The panel: a study's folder, the cohort level, the folder of the result."""

    def setup(self):
        """Build the panel."""
        super().setup()
        self.logic = HimarsPlannerLogic()
        box = ctk.ctkCollapsibleButton()
        box.text = _("Plan a study")
        self.layout.addWidget(box)
        form = qt.QFormLayout(box)
        self.study = ctk.ctkDirectoryButton()
        self.study.toolTip = _("Folder with the DICOM series of one patient: planning CT, PSMA PET, RTSTRUCT")
        form.addRow(_("Study:"), self.study)
        self.level = qt.QComboBox()
        self.level.toolTip = _("Fraction of the bone marrow reserve that may be irradiated")
        for name, fraction in self.logic.levels():
            self.level.addItem(_("Level {name} ({percent} %)").format(name=name, percent=round(100 * fraction)), name)
        self.level.setCurrentIndex(self.level.findData("1"))
        form.addRow(_("Cohort:"), self.level)
        self.out = qt.QLineEdit()
        self.out.toolTip = _("New folder for the plan; it must not exist yet")
        form.addRow(_("Result:"), self.out)
        self.planButton = qt.QPushButton(_("Plan"))
        self.planButton.connect("clicked(bool)", self.onPlan)
        form.addRow(self.planButton)
        self.layout.addStretch(1)

    def onPlan(self):
        """Plan the study and show what was segmented."""
        with slicer.util.tryWithErrorDisplay(_("The study could not be planned."), waitCursor=True):
            if not self.out.text.strip():
                raise ValueError(_("Name a new folder for the result."))
            self.logic.plan(Path(self.study.directory), self.level.currentData, Path(self.out.text))


class HimarsPlannerLogic(ScriptedLoadableModuleLogic):
    """Calls the library and loads its files into the scene."""

    def levels(self):
        """Names and fractions of the cohort levels."""
        from HimarsPlannerLib.protocol.protocol import read_protocol

        return [(level.name, level.fraction) for level in read_protocol().levels]

    def plan(self, study, level, out):
        """Plan the study in a folder; write the plan to `out` and show its segmentations."""
        import slicer.packaging

        slicer.packaging.pip_ensure(["jinja2>=3.1"], requester="HimarsPlanner")
        from HimarsPlannerLib.export.deliver import write_plan_folder
        from HimarsPlannerLib.export.folder import check_destination
        from HimarsPlannerLib.planner import make_plan
        from HimarsPlannerLib.protocol.protocol import read_protocol
        from HimarsPlannerLib.study.read import read_study

        check_destination(out, force=False)
        plan = make_plan(read_study([study]), read_protocol(), level)
        write_plan_folder(plan, out)
        for name in ("bone.seg.nrrd", "lesions.seg.nrrd"):
            if (out / name).exists():
                slicer.util.loadSegmentation(str(out / name))
        return plan


class HimarsPlannerTest(ScriptedLoadableModuleTest):
    """Self-test in Slicer: the demo patient is planned and shown."""

    def runTest(self):
        """Plan the demo patient."""
        self.setUp()
        self.test_demo_patient()

    def setUp(self):
        """Start from an empty scene."""
        slicer.mrmlScene.Clear()

    def test_demo_patient(self):
        """Both segmentations of the plan are in the scene."""
        import tempfile

        from HimarsPlannerLib.phantom.build import build_phantom
        from HimarsPlannerLib.phantom.dicom import write_phantom

        with tempfile.TemporaryDirectory() as folder:
            write_phantom(build_phantom(1, (3.0, 3.0, 5.0), "pelvis"), Path(folder) / "patient")
            plan = HimarsPlannerLogic().plan(Path(folder) / "patient", "1", Path(folder) / "plan")
        self.assertTrue(plan.selection.decisions)
        self.assertEqual(slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode"), 2)
