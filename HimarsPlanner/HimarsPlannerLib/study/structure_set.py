"""The structures of one source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..notice import Notice
from .study import Source, Structure

NAMES_SHOWN = 8


@dataclass(frozen=True)
class StructureSet:
    """Structures of one source on the planning CT, and what must be said about them."""

    structures: tuple[Structure, ...]
    source: Source
    notices: tuple[Notice, ...] = ()


def listed(names: Sequence[str]) -> str:
    """Names for a message, shortened when there are many."""
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
