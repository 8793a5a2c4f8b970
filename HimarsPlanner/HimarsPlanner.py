"""The face that Slicer loads: module, panel, logic, self-test. Wiring only; the work is in HimarsPlannerLib."""

from pathlib import Path

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import SlicerParameterNamePropertyName
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin


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
            "(trial HIMARS, NCT06978296) on CT and PSMA PET, from top to bottom: patient, bone, lesions, clinical "
            "facts, ranking and selection, out. Research software; a physician and a physicist check every number "
            "and contour."
        )
        self.parent.acknowledgementText = ""
        slicer.app.connect("startupCompleted()", register_sample_data)


def register_sample_data():
    """Offer the demo patient in Sample Data."""
    from HimarsPlannerLib.panel.sample_data import register_sample_data as register

    register(Path(__file__).parent / "Resources" / "Icons" / "HimarsPlanner.png")


class HimarsPlannerWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel in the application: its scene, its plans, its life."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self.panel = None
        self._parameterNode = None
        self._guiTag = None
        self._parameterTag = None

    def setup(self):
        """Build the panel when the module is opened first."""
        super().setup()
        from HimarsPlannerLib.panel.panel import Panel

        panelWidget = slicer.util.loadUI(self.resourcePath("UI/HimarsPlanner.ui"))
        self.layout.addWidget(panelWidget)
        self.ui = slicer.util.childWidgetVariables(panelWidget)
        self.ui.planSelector.addAttribute("vtkMRMLScriptedModuleNode", "ModuleName", self.moduleName)
        panelWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = HimarsPlannerLogic()
        self.panel = Panel(self.ui, slicer.mrmlScene)
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(scene, scene.EndCloseEvent, self.onSceneEndClose)
        self.addObserver(scene, scene.EndImportEvent, self.onSceneEndImport)
        self.ui.newPlanButton.connect("clicked(bool)", self.onNewPlan)
        self.ui.planSelector.connect("currentNodeChanged(vtkMRMLNode*)", self.onPlanSelected)
        self.initializeParameterNode()

    def cleanup(self):
        """Leave nothing behind when the module is reloaded or the application ends."""
        self.removeObservers()
        if self.panel is None:
            return
        # When the application ends its window goes first; a widget that Qt has deleted is false.
        if self.ui.planSelector:
            self.setParameterNode(None)
        else:
            self.panel.abandon()

    def enter(self):
        """Take up the scene's plan when the module is opened."""
        self.initializeParameterNode()

    def exit(self):
        """Another module is opened; edits in the Segment Editor are followed all the same."""

    def onSceneStartClose(self, caller, event):
        """The parameter node is about to go."""
        self.setParameterNode(None)

    def onSceneEndClose(self, caller, event):
        """Begin anew where the module is shown."""
        if self.parent.isEntered:
            self.initializeParameterNode()

    def onSceneEndImport(self, caller, event):
        """A scene was loaded: take up its plan."""
        self.setParameterNode(None)
        self.logic.removeEmptyParameterNodes()
        if self.parent.isEntered:
            self.initializeParameterNode()

    def onNewPlan(self, *_args):
        """Begin another plan beside those of the scene."""
        self.setParameterNode(self.logic.newParameterNode())

    def onPlanSelected(self, node):
        """Show the plan that was chosen; a plan that was removed gives way to the first one."""
        if self.logic is not None and node is not None and self._parameterNode is not None:
            self.setParameterNode(self.logic.wrap(node))

    def initializeParameterNode(self):
        """Have a parameter node, with the first volumes of the scene chosen."""
        if self._parameterNode is None or self._parameterNode.parameterNode.GetScene() is None:
            self.setParameterNode(self.logic.getParameterNode())

    def setParameterNode(self, parameterNode):
        """Show another plan; None for none."""
        from HimarsPlannerLib.panel.session import Session

        shown = None if self._parameterNode is None else self._parameterNode.parameterNode
        if parameterNode is not None and parameterNode.parameterNode is shown:
            return
        if self._parameterNode is not None:
            self._parameterNode.disconnectGui(self._guiTag)
            self._parameterNode.RemoveObserver(self._parameterTag)
        self._parameterNode = parameterNode
        if parameterNode is None:
            self.panel.set_session(None)
            return
        self._guiTag = parameterNode.connectParametersToGui(self._boundWidgets())
        self._parameterTag = parameterNode.AddObserver("ModifiedEvent", self.onParametersChanged)
        self.ui.planSelector.setCurrentNode(parameterNode.parameterNode)
        self.panel.set_session(Session(slicer.mrmlScene, parameterNode))

    def _boundWidgets(self):
        """Widgets by the parameter that the .ui file binds them to; connectGui would give no tag to undo it with."""
        bound = {}
        for widget in vars(self.ui).values():
            name = widget.property(SlicerParameterNamePropertyName)
            if name:
                bound[name] = widget
        return bound

    def onParametersChanged(self, caller, event):
        """Another input or choice: what can be done may have changed."""
        self.panel.show_possible()

    def onLoadDemo(self):
        """Make the demo patient, as its button does and when it does; Sample Data calls it."""
        self.ui.loadDemoButton.click()


class HimarsPlannerLogic(ScriptedLoadableModuleLogic):
    """Parameter nodes; the computing is HimarsPlannerLib's and needs no panel."""

    def __init__(self):
        super().__init__()
        self.isSingletonParameterNode = False

    def getParameterNode(self):
        """First plan of the scene, made where there is none."""
        return self.wrap(super().getParameterNode())

    def removeEmptyParameterNodes(self):
        """Remove the plans without an input that came to be while a scene with plans was loaded."""
        nodes = self.getAllParameterNodes()
        used = [node for node in nodes if node.GetNodeReference("ct") is not None]
        for node in nodes if used else []:
            if node not in used:
                slicer.mrmlScene.RemoveNode(node)

    def newParameterNode(self):
        """Make another plan."""
        return self.wrap(slicer.mrmlScene.AddNode(self.createParameterNode()))

    def wrap(self, node):
        """Parameter node with typed attributes."""
        from HimarsPlannerLib.panel.parameters import HimarsPlannerParameterNode

        return HimarsPlannerParameterNode(node)


class HimarsPlannerTest(ScriptedLoadableModuleTest):
    """Self-test in Slicer: the drive that the tests under the stand-in host do, too."""

    def runTest(self):
        """Every test, each from an empty scene."""
        for test in (self.test_demo_patient,):
            self.setUp()
            test()

    def setUp(self):
        """Start from an empty scene."""
        slicer.mrmlScene.Clear()

    def test_demo_patient(self):
        """Load the demo patient, plan, change the level, pin, exclude, edit, export, close, reload."""
        from HimarsPlannerLib.panel.drive import drive

        slicer.util.selectModule("HimarsPlanner")
        drive(slicer.util.getModuleWidget("HimarsPlanner"))
