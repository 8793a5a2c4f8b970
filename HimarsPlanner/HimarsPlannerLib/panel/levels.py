"""The list of cohort levels, kept in step with the parameter node."""

from __future__ import annotations

from typing import Any

from ..protocol.protocol import Protocol
from .texts import level_words


def fill_levels(box: Any, protocol: Protocol) -> None:
    """Every level of the protocol, in its order, its name as the entry's data."""
    box.clear()
    for level in protocol.levels:
        box.addItem(level_words(level.name, level.fraction), level.name)


def show_level(box: Any, name: str) -> None:
    """Choose a level without telling anybody."""
    blocked = box.blockSignals(True)
    box.setCurrentIndex(box.findData(name))
    box.blockSignals(blocked)
