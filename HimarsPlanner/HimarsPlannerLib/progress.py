"""How long stages tell the outside how far they are."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receiver of progress; called with the stage's name and the fraction done in [0, 1]."""

    def __call__(self, stage: str, fraction: float) -> None:
        """Take note that `stage` is done to `fraction`."""


def silent(stage: str, fraction: float) -> None:
    """Ignore progress."""
