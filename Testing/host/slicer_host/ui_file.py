"""Load a .ui file, and refuse whatever in it is not so."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from PySide6.QtCore import QBuffer, QByteArray
from PySide6.QtUiTools import QUiLoader
from PySide6.QtWidgets import QWidget

from . import ctk_widgets, qmrml
from .pythonqt import Proxy, unwrap, wrap

OWN = {**ctk_widgets.CLASSES, **qmrml.CLASSES}
DYNAMIC = {"SlicerParameterName"}


class UiError(Exception):
    """The .ui file names something that does not exist."""


class _Loader(QUiLoader):
    def createWidget(self, name: str, parent: QWidget | None = None, title: str = "") -> QWidget:
        if name in OWN:
            widget = OWN[name](parent)
            widget.setObjectName(title)
            return widget
        made = super().createWidget(name, parent, title)
        if made is None or made.metaObject().className() != name:
            raise UiError(f"widget class {name!r} does not exist")
        return made


def load_ui(path: str | Path) -> Proxy:
    """Widget of a .ui file.

    Raises
    ------
    UiError
        A class, property, signal, slot or widget that it names does not exist, or a name comes twice.
    RuntimeError
        There is no such file.
    """
    file = Path(path)
    if not file.is_file():
        raise RuntimeError(f"Could not load UI file: file not found {path}")
    tree = ET.fromstring(file.read_text(encoding="utf-8"))
    known = {element.get("class") for element in tree.iter("widget")}
    _check_classes(tree, {name for name in known if name})
    connections = [
        tuple(connection.findtext(part) or "" for part in ("sender", "signal", "receiver", "slot"))
        for connection in tree.iter("connection")
    ]
    for element in tree.findall("connections"):
        tree.remove(element)
    buffer = QBuffer()
    buffer.setData(QByteArray(ET.tostring(tree)))
    buffer.open(QBuffer.OpenModeFlag.ReadOnly)
    top = _Loader().load(buffer)
    if top is None:
        raise UiError(f"{path} cannot be loaded")
    widgets = {top.objectName(): top}
    for widget in top.findChildren(QWidget):
        widgets.setdefault(widget.objectName(), widget)
    for element in tree.iter("widget"):
        _check_widget(element, widgets)
    for connection in connections:
        _connect(widgets, *connection)
    return wrap(top)


def child_widgets(top: Proxy) -> Any:
    """Named widgets below one as attributes; others raise."""
    holder = type("Widgets", (), {})()
    for widget in unwrap(top).findChildren(QWidget):
        if widget.objectName() and not widget.objectName().startswith("qt_"):
            setattr(holder, widget.objectName(), wrap(widget))
    return holder


def _check_classes(tree: ET.Element, used: set[str]) -> None:
    names = [element.get("name") for element in tree.iter("widget")]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise UiError(f"widget names come twice: {twice}")
    declared = {element.findtext("class") for element in tree.iter("customwidget")}
    for name in used - set(OWN):
        if not name.startswith("Q"):
            raise UiError(f"widget class {name!r} is not represented")
    if missing := {name for name in used if name in OWN} - declared:
        raise UiError(f"custom widgets are not declared: {sorted(missing)}")


def _check_widget(element: ET.Element, widgets: dict[str, QWidget]) -> None:
    name = element.get("name") or ""
    if name not in widgets:
        raise UiError(f"widget {name!r} was not made")
    meta = widgets[name].metaObject()
    for one in element.findall("property"):
        wanted = one.get("name") or ""
        if one.get("stdset") == "0":
            if wanted not in DYNAMIC:
                raise UiError(f"{name} has the dynamic property {wanted!r}, which nothing reads")
        elif meta.indexOfProperty(wanted) < 0:
            raise UiError(f"{name} ({meta.className()}) has no property {wanted!r}")


def _connect(widgets: dict[str, QWidget], sender: str, signal: str, receiver: str, slot: str) -> None:
    for name in (sender, receiver):
        if name not in widgets:
            raise UiError(f"a connection names {name!r}, which does not exist")
    signals = getattr(type(widgets[sender]), "SIGNALS", {})
    slots = getattr(type(widgets[receiver]), "SLOTS", {})
    if signal not in signals:
        raise UiError(f"{sender} has no signal {signal!r}")
    if slot not in slots:
        raise UiError(f"{receiver} has no slot {slot!r}")
    getattr(widgets[sender], signals[signal]).connect(getattr(widgets[receiver], slots[slot]))
