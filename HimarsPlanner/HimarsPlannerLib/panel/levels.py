"""Lists of what the protocol offers, kept in step with the parameter node."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from ..dose.record import regimen_words
from ..protocol.protocol import Protocol
from .texts import level_words


def fill_levels(box: Any, protocol: Protocol) -> None:
    """Every level of the protocol, in its order, its name as the entry's data."""
    box.clear()
    for level in protocol.levels:
        box.addItem(level_words(level.name, level.fraction), level.name)


def fill_regimens(box: Any, protocol: Protocol) -> None:
    """Every regimen of the protocol after none, its name as the entry's data."""
    box.clear()
    box.addItem(_("as stated for each lesion"), "")
    for regimen in protocol.regimens:
        box.addItem(regimen_words(regimen), regimen.name)


def show_choice(box: Any, name: str) -> None:
    """Choose an entry by its data without telling anybody."""
    blocked = box.blockSignals(True)
    box.setCurrentIndex(box.findData(name))
    box.blockSignals(blocked)
