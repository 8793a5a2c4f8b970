"""A list to choose from, kept in step with a text of the parameter node: the text is data, the words are translated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .desk import Desk


class ChoiceBox:
    """A combo box for one text of the parameter node.

    Parameters
    ----------
    desk
        The panel's common ground.
    box
        QComboBox, filled here.
    name
        Attribute of the parameter node.
    entries
        What is kept and what is shown for it, in the order of the list.
    chosen
        Called after the user chose another entry, which the parameter node has by then.
    """

    def __init__(
        self,
        desk: Desk,
        box: Any,
        name: str,
        entries: Sequence[tuple[str, str]],
        chosen: Callable[[], None] = lambda: None,
    ) -> None:
        self._desk, self._box, self._name, self._chosen = desk, box, name, chosen
        self.fill(entries)
        box.connect("currentIndexChanged(int)", self._changed)

    def fill(self, entries: Sequence[tuple[str, str]]) -> None:
        """List other entries, without telling anybody."""
        blocked = self._box.blockSignals(True)
        self._box.clear()
        for value, words in entries:
            self._box.addItem(words, value)
        self._box.blockSignals(blocked)

    def show(self) -> None:
        """Choose what the parameter node has, without telling anybody."""
        session = self._desk.session
        self._box.enabled = session is not None
        if session is not None:
            blocked = self._box.blockSignals(True)
            self._box.setCurrentIndex(self._box.findData(getattr(session.parameters, self._name)))
            self._box.blockSignals(blocked)

    def _changed(self, *_args: Any) -> None:
        session = self._desk.session
        if session is not None:
            setattr(session.parameters, self._name, self._box.currentData)
            self._chosen()
