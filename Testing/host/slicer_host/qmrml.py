"""The qMRML widgets that the panel uses, over the real scene."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Property, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget


class qMRMLWidget(QWidget):
    """A widget that knows the scene and hands it to the widgets in it."""

    sceneChanged = Signal(object)
    SIGNALS = {"mrmlSceneChanged(vtkMRMLScene*)": "sceneChanged"}
    SLOTS = {"setMRMLScene(vtkMRMLScene*)": "setMRMLScene"}

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene: Any = None
        self._entered = True

    def setMRMLScene(self, scene: Any) -> None:
        """Set the scene and tell the widgets in it."""
        self._scene = scene
        self.sceneChanged.emit(scene)

    def mrmlScene(self) -> Any:
        """Scene that was set."""
        return self._scene

    def _set_entered(self, entered: bool) -> None:
        self._entered = entered

    isEntered = Property(bool, lambda self: self._entered, _set_entered)


class qMRMLNodeComboBox(QWidget):
    """A list of the scene's nodes of some classes."""

    nodeChanged = Signal(object)
    SIGNALS = {"currentNodeChanged(vtkMRMLNode*)": "nodeChanged"}
    SLOTS = {"setMRMLScene(vtkMRMLScene*)": "setMRMLScene"}

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._box = QComboBox()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._box)
        self._scene: Any = None
        self._current: Any = None
        self._types: list[str] = []
        self._attributes: dict[str, tuple[str, str]] = {}
        self._flags = {
            "noneEnabled": False,
            "addEnabled": True,
            "removeEnabled": True,
            "renameEnabled": False,
            "showHidden": False,
            "showChildNodeTypes": True,
        }
        self._box.activated.connect(lambda index: self.setCurrentNode(self._box.itemData(index)))

    def setMRMLScene(self, scene: Any) -> None:
        """List a scene's nodes, and follow it."""
        self._scene = scene
        if scene is not None:
            for event in (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndCloseEvent, scene.EndImportEvent):
                scene.AddObserver(event, lambda *_: self._refresh())
        self._refresh()

    def addAttribute(self, node_type: str, name: str, value: str) -> None:
        """List only nodes of a class whose attribute has a value."""
        if node_type not in self._types:
            raise ValueError(f"{self.objectName()} does not list {node_type!r}")
        self._attributes[node_type] = (name, value)
        self._refresh()

    def currentNode(self) -> Any:
        """Node that is chosen."""
        return self._current

    def setCurrentNode(self, node: Any) -> None:
        """Choose a node of the list."""
        if node is not None and not self._lists(node):
            raise ValueError(f"{self.objectName()} does not list {node.GetName()!r} ({node.GetClassName()})")
        if node is not self._current:
            self._current = node
            self._refresh()
            self.nodeChanged.emit(node)

    def _lists(self, node: Any) -> bool:
        if node.GetHideFromEditors() and not self._flags["showHidden"]:
            return False
        name, value = self._attributes.get(node.GetClassName(), ("", ""))
        if name and node.GetAttribute(name) != value:
            return False
        if self._flags["showChildNodeTypes"]:
            return any(node.IsA(kind) for kind in self._types)
        return node.GetClassName() in self._types

    def _refresh(self) -> None:
        scene = self._scene
        nodes = [] if scene is None else [scene.GetNthNode(n) for n in range(scene.GetNumberOfNodes())]
        listed = [node for node in nodes if self._lists(node)]
        self._box.blockSignals(True)
        self._box.clear()
        if self._flags["noneEnabled"]:
            self._box.addItem("None", None)
        for node in listed:
            self._box.addItem(node.GetName(), node)
        if self._current is not None and self._current not in listed:
            self._current = None
            self.nodeChanged.emit(None)
        if self._current is None and listed and not self._flags["noneEnabled"]:
            self._current = listed[0]
            self.nodeChanged.emit(self._current)
        names = [self._box.itemText(n) for n in range(self._box.count())]
        if self._current is not None:
            self._box.setCurrentIndex(names.index(self._current.GetName()))
        self._box.blockSignals(False)

    def _set_types(self, types: list[str]) -> None:
        self._types = list(types)
        self._refresh()

    def _set(self, name: str, value: bool) -> None:
        self._flags[name] = value
        self._refresh()

    nodeTypes = Property("QStringList", lambda self: self._types, _set_types)
    noneEnabled = Property(bool, lambda s: s._flags["noneEnabled"], lambda s, v: s._set("noneEnabled", v))
    addEnabled = Property(bool, lambda s: s._flags["addEnabled"], lambda s, v: s._set("addEnabled", v))
    removeEnabled = Property(bool, lambda s: s._flags["removeEnabled"], lambda s, v: s._set("removeEnabled", v))
    renameEnabled = Property(bool, lambda s: s._flags["renameEnabled"], lambda s, v: s._set("renameEnabled", v))
    showHidden = Property(bool, lambda s: s._flags["showHidden"], lambda s, v: s._set("showHidden", v))
    showChildNodeTypes = Property(
        bool, lambda s: s._flags["showChildNodeTypes"], lambda s, v: s._set("showChildNodeTypes", v)
    )


CLASSES = {made.__name__: made for made in (qMRMLWidget, qMRMLNodeComboBox)}
