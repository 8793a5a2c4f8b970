"""The used part of slicer.parameterNodeWrapper: typed attributes of a parameter node, bound to widgets.

After Base/Python/slicer/parameterNodeWrapper (wrapper.py, serializers.py, guiConnectors.py, util.py) of Slicer:
connectGui gives no tag back, so that what it connected stays connected; a tag that is not known is not an error; a
union of nodes must name None.
"""

from __future__ import annotations

import typing
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePath
from typing import Any

import slicer
from PySide6 import QtWidgets

from . import ctk_widgets, qmrml
from .pythonqt import Proxy, caught, unwrap

PROPERTY = "SlicerParameterName"
RESERVED = (
    *("allParameters", "default", "isCached", "dataType", "getValue", "setValue", "parameterNode", "StartModify"),
    *("connectGui", "connectParametersToGui", "disconnectGui", "EndModify", "AddObserver", "RemoveObserver"),
    "Modified",
)


@dataclass(frozen=True)
class WithinRange:
    """Validator: from minimum to maximum."""

    minimum: float
    maximum: float

    def check(self, name: str, value: float) -> None:
        """Raise for a value beyond."""
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"{name} = {value} is not within {self.minimum} and {self.maximum}")


@dataclass(frozen=True)
class Parameter:
    """One typed attribute."""

    name: str
    kind: Any
    limits: WithinRange | None
    default: Any

    @property
    def node_classes(self) -> tuple[type, ...]:
        """Classes of nodes; none for a value."""
        kinds = typing.get_args(self.kind) if typing.get_origin(self.kind) is typing.Union else (self.kind,)
        return tuple(kind for kind in kinds if isinstance(kind, type) and issubclass(kind, slicer.vtkMRMLNode))

    def read(self, node: Any) -> Any:
        """Value in a parameter node."""
        if self.node_classes:
            return node.GetNodeReference(self.name)
        text = node.GetParameter(self.name)
        if self.kind is bool:
            return {"true": True, "false": False}[text]
        return self.kind[text] if issubclass(self.kind, Enum) else self.kind(text)

    def write(self, node: Any, value: Any) -> None:
        """Put a value into a parameter node; one of another type raises."""
        if self.node_classes:
            if value is not None and not isinstance(value, self.node_classes):
                raise TypeError(f"{self.name} takes {self.node_classes}, not {value!r}")
            if value is None and len(self.node_classes) > 1 and type(None) not in typing.get_args(self.kind):
                raise TypeError(f"{self.name} is a union of nodes without None: unable to write value 'None'")
            node.SetParameter(self.name, "")
            node.SetNodeReferenceID(self.name, None if value is None else value.GetID())
            return
        if self.kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        accepted = PurePath if issubclass(self.kind, PurePath) else self.kind
        if not isinstance(value, accepted):
            raise TypeError(f"{self.name} takes {self.kind.__name__}, not {value!r}")
        if self.limits is not None:
            self.limits.check(self.name, value)
        text = str(value).lower() if self.kind is bool else value.name if isinstance(value, Enum) else str(value)
        node.SetParameter(self.name, text)


def parameter_node_wrapper(made: type) -> type:
    """Class decorator."""
    parameters = {}
    for name, hint in typing.get_type_hints(made, include_extras=True).items():
        if name in RESERVED:
            raise ValueError(f"{name} is reserved")
        notes = getattr(hint, "__metadata__", ())
        kind = typing.get_args(hint)[0] if notes else hint
        if unknown := [note for note in notes if not isinstance(note, WithinRange)]:
            raise TypeError(f"{name}: annotations {unknown} are not represented")
        parameter = Parameter(name, kind, notes[0] if notes else None, made.__dict__.get(name, _zero(kind)))
        if not parameter.node_classes and kind not in (bool, int, float, str, Path) and not _is_enum(kind):
            raise TypeError(f"{name}: the type {kind} is not represented")
        parameters[name] = parameter
    body: dict[str, Any] = {name: _property(one) for name, one in parameters.items()}
    body |= {
        "allParameters": parameters,
        "__doc__": made.__doc__,
        "__slots__": ("parameterNode", "_guis", "_tag", "_busy"),
    }
    return type(made.__name__, (_Wrapped,), body)


def _is_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)


def _zero(kind: Any) -> Any:
    if kind in (bool, int, float, str, Path):
        return kind()
    return next(iter(kind)) if _is_enum(kind) else None


def _property(parameter: Parameter) -> property:
    return property(
        lambda self: parameter.read(self.parameterNode),
        lambda self, value: parameter.write(self.parameterNode, value),
    )


class _Wrapped:
    __slots__ = ()
    allParameters: dict[str, Parameter]

    def __init__(self, node: Any) -> None:
        self.parameterNode = node
        self._guis: dict[int | None, list[Any]] = {}
        self._tag = -1
        self._busy = False
        for parameter in self.allParameters.values():
            if not node.HasParameter(parameter.name):
                parameter.write(node, parameter.default)

    def AddObserver(self, event: Any, callback: Callable[..., Any], priority: float = 0.0) -> int:
        return int(self.parameterNode.AddObserver(event, callback, priority))

    def RemoveObserver(self, tag: int) -> None:
        self.parameterNode.RemoveObserver(tag)

    def connectGui(self, gui: Any) -> None:
        self.connectParametersToGui(
            {name: widget for widget in vars(gui).values() if (name := widget.property(PROPERTY))}
        )

    def connectParametersToGui(self, mapping: dict[str, Proxy]) -> int:
        for name in mapping:
            if name not in self.allParameters:
                raise ValueError(f"there is no parameter {name!r}")
        bound = [_bind(self, self.allParameters[name], unwrap(widget)) for name, widget in mapping.items()]
        self._tag += 1
        tag = self._tag
        observer = self.AddObserver("ModifiedEvent", lambda *_: self._show(bound))
        self._guis[tag] = [observer, bound]
        self._show(bound)
        return tag

    def disconnectGui(self, tag: int | None) -> None:
        if tag not in self._guis:
            return
        observer, bound = self._guis.pop(tag)
        self.RemoveObserver(observer)
        for _, _, unbind in bound:
            unbind()

    def _show(self, bound: list[Any]) -> None:
        if self._busy:
            return
        self._busy = True
        try:
            for parameter, show, _ in bound:
                show(parameter.read(self.parameterNode))
        finally:
            self._busy = False


def _bind(wrapped: _Wrapped, parameter: Parameter, widget: Any) -> tuple[Parameter, Any, Any]:
    """Connect a widget to a parameter; a pair that Slicer does not connect raises."""
    read, show, signal = _connector(parameter, widget)

    def changed(*_: Any) -> None:
        if not wrapped._busy:
            parameter.write(wrapped.parameterNode, read())

    slot = caught(changed)
    signal.connect(slot)
    return parameter, show, lambda: signal.disconnect(slot)


def _connector(parameter: Parameter, widget: Any) -> tuple[Any, Any, Any]:
    kind = type(widget)
    if parameter.node_classes and kind is qmrml.qMRMLNodeComboBox:
        listed = {made.__name__ for made in parameter.node_classes}
        if set(widget.nodeTypes) != listed:  # Slicer would list the parameter's classes instead of the file's
            raise TypeError(f"{widget.objectName()} lists {widget.nodeTypes}, {parameter.name} takes {sorted(listed)}")
        return widget.currentNode, widget.setCurrentNode, widget.nodeChanged
    if parameter.kind is bool and kind is QtWidgets.QCheckBox:
        return widget.isChecked, widget.setChecked, widget.toggled
    if parameter.kind is float and kind in (QtWidgets.QDoubleSpinBox, ctk_widgets.ctkSliderWidget):
        if parameter.limits is None:
            raise TypeError(f"{parameter.name} has no range")
        widget.setProperty("minimum", float(parameter.limits.minimum))
        widget.setProperty("maximum", float(parameter.limits.maximum))
        return (
            lambda: float(widget.property("value")),
            lambda value: widget.setProperty("value", value),
            widget.valueChanged,
        )
    if parameter.kind is int and kind is QtWidgets.QSpinBox:
        if parameter.limits is None:
            raise TypeError(f"{parameter.name} has no range")
        widget.setRange(int(parameter.limits.minimum), int(parameter.limits.maximum))
        return widget.value, widget.setValue, widget.valueChanged
    if parameter.kind is str and kind is QtWidgets.QLineEdit:
        return widget.text, widget.setText, widget.textChanged
    if parameter.kind is Path and kind is ctk_widgets.ctkDirectoryButton:
        return (
            lambda: Path(widget.property("directory")),
            lambda value: widget.setProperty("directory", str(value)),
            widget.directoryChanged,
        )
    if _is_enum(parameter.kind) and kind is QtWidgets.QComboBox:
        members = list(parameter.kind)
        label = getattr(parameter.kind, "label", lambda one: one.name)
        widget.blockSignals(True)
        widget.clear()
        widget.addItems([label(one) for one in members])
        widget.blockSignals(False)
        return (
            lambda: members[widget.currentIndex()],
            lambda value: widget.setCurrentIndex(members.index(value)),
            widget.currentIndexChanged,
        )
    raise TypeError(f"{kind.__name__} {widget.objectName()!r} cannot show {parameter.name} of type {parameter.kind}")
