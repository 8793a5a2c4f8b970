"""PySide6 objects in PythonQt's manner: properties are attributes, signals are connected by their signatures."""

from __future__ import annotations

import traceback
import types
from collections.abc import Callable
from typing import Any

from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets

ALIASES = {"name": "objectName"}
MODULES = (QtCore, QtGui, QtWidgets, QtUiTools)


class Faults(list):
    """Exceptions raised in slots; Qt would swallow them, a test must not."""


FAULTS = Faults()
CHOSEN_FILES: list[tuple[str, ...]] = []
_proxies: dict[int, Proxy] = {}  # kept: a QObject that ended in the thread of a job would end the process


class Proxy:
    """A QObject as PythonQt shows it; unknown names raise instead of being made up."""

    __slots__ = ("_object", "_slots")

    def __init__(self, wrapped: QtCore.QObject) -> None:
        object.__setattr__(self, "_object", wrapped)
        object.__setattr__(self, "_slots", {})

    def __getattr__(self, name: str) -> Any:
        wrapped = self._object
        name = ALIASES.get(name, name)
        index = wrapped.metaObject().indexOfProperty(name)
        if index >= 0:
            return wrap(wrapped.metaObject().property(index).read(wrapped))
        value = getattr(wrapped, name, None) if not name.startswith("_") else None
        if not callable(value) or isinstance(value, QtCore.SignalInstance):
            raise AttributeError(f"{class_name(wrapped)} has no property or method {name!r}")
        return lambda *args, **options: wrap(value(*map(unwrap, args), **options))

    def __setattr__(self, name: str, value: Any) -> None:
        wrapped = self._object
        name = ALIASES.get(name, name)
        index = wrapped.metaObject().indexOfProperty(name)
        if index < 0:
            raise AttributeError(f"{class_name(wrapped)} has no property {name!r} to set")
        if value is None or not wrapped.metaObject().property(index).write(wrapped, unwrap(value)):
            raise TypeError(f"{class_name(wrapped)}.{name} cannot be set to {value!r}")

    def __bool__(self) -> bool:
        return True

    def connect(self, signal: str, slot: Callable[..., Any]) -> bool:
        """Connect a signal, given by its whole signature, to a Python function."""
        found = signal_of(self._object, signal)
        if not callable(slot):
            raise TypeError(f"{slot!r} cannot be called")
        called = caught(slot)
        self._slots[signal, slot] = called
        found.connect(called)
        return True

    def disconnect(self, signal: str, slot: Callable[..., Any]) -> bool:
        """Undo `connect`."""
        found = signal_of(self._object, signal)
        if (signal, slot) not in self._slots:
            raise ValueError(f"{signal} is not connected to {slot!r}")
        found.disconnect(self._slots.pop((signal, slot)))
        return True


def class_name(wrapped: QtCore.QObject) -> str:
    """Name as Qt knows it."""
    return wrapped.metaObject().className()


def signal_of(wrapped: QtCore.QObject, signature: str) -> Any:
    """Signal of a signature; one that the class does not have raises."""
    own = getattr(type(wrapped), "SIGNALS", {})
    if signature in own:
        return getattr(wrapped, own[signature])
    normal = QtCore.QMetaObject.normalizedSignature(signature)
    normal = normal.data().decode() if hasattr(normal, "data") else str(normal)
    if wrapped.metaObject().indexOfSignal(normal) < 0:
        raise ValueError(f"{class_name(wrapped)} has no signal {signature!r}")
    return getattr(wrapped, signature.split("(")[0])


def caught(slot: Callable[..., Any]) -> Callable[..., Any]:
    """Slot whose exceptions are kept for the test."""

    def call(*args: Any) -> None:
        try:
            slot(*map(wrap, args))
        except Exception as error:
            FAULTS.append(error)
            traceback.print_exc()

    return call


def wrap(value: Any) -> Any:
    """QObjects as proxies, one for each; anything else as it is."""
    if isinstance(value, QtCore.QObject):
        known = _proxies.get(id(value))
        if known is None or known._object is not value:
            known = Proxy(value)
            _proxies[id(value)] = known
            return known
    if isinstance(value, list):
        return [wrap(one) for one in value]
    return value


def unwrap(value: Any) -> Any:
    """What PySide6 takes."""
    if isinstance(value, Proxy):
        return value._object
    if isinstance(value, list | tuple):
        return type(value)(unwrap(one) for one in value)
    return value


class Factory:
    """A QObject class: called it makes a proxy, its enumerations are its own."""

    def __init__(self, made: type) -> None:
        self._made = made

    def __call__(self, *args: Any) -> Any:
        return wrap(self._made(*map(unwrap, args)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)


class FileDialog:
    """The used part of QFileDialog, answered by the test; PythonQt gives a QStringList as a tuple."""

    @staticmethod
    def getOpenFileNames(parent: Any, caption: str, directory: str) -> tuple[str, ...]:
        """Files that are chosen; none where the dialog is cancelled."""
        if not isinstance(parent, Proxy) or not isinstance(caption, str) or not isinstance(directory, str):
            raise TypeError("getOpenFileNames takes a widget, a caption and a folder")
        return CHOSEN_FILES.pop(0)


def qt_module() -> types.ModuleType:
    """The module `qt`."""
    module = types.ModuleType("qt")

    def find(name: str) -> Any:
        if name == "QFileDialog":
            return FileDialog
        for source in MODULES:
            found = getattr(source, name, None)
            if found is not None:
                is_object = isinstance(found, type) and issubclass(found, QtCore.QObject)
                return Factory(found) if is_object else found
        raise AttributeError(f"qt has no {name!r}")

    module.__getattr__ = find  # type: ignore[method-assign]
    return module
