"""Edits of lesions in the Segment Editor, undone ones too, followed at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer

DELAY_MS = 400


class EditWatch:
    """Watches a segmentation node and calls back once after a burst of changes, in the main thread.

    Parameters
    ----------
    began
        Called at each edit, at once.
    changed
        Called after edits; it says `copied` once it has copied what is edited, and `followed` once the plan has it.
    own
        Whether a change is the panel's own.
    """

    def __init__(self, began: Callable[[], None], changed: Callable[[], None], own: Callable[[], bool]) -> None:
        self._began, self._own = began, own
        self._pending = self._fresh = False
        self._watched: Any = None
        self._tags: list[int] = []
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.connect("timeout()", changed)

    @property
    def pending(self) -> bool:
        """Whether something was edited that the plan does not have yet."""
        return self._pending

    def copied(self) -> None:
        """Note that what is edited was copied; later edits are others."""
        self._fresh = False

    def followed(self) -> None:
        """Note that the plan has what was copied."""
        self._pending = self._fresh

    def later(self) -> None:
        """Call back again after a moment, where the plan lacks something."""
        if self._pending:
            self._timer.start()

    def watch(self, node: Any) -> None:
        """Watch a node in place of the last one; None watches nothing."""
        segmentation = None if node is None else node.GetSegmentation()
        if segmentation is self._watched:
            return
        self._timer.stop()
        self._pending = self._fresh = False
        for tag in self._tags:
            self._watched.RemoveObserver(tag)
        self._watched, self._tags = segmentation, []
        if segmentation is not None:
            kind = slicer.vtkSegmentation
            events = (
                kind.SourceRepresentationModified,
                kind.SegmentAdded,
                kind.SegmentRemoved,
                kind.SegmentModified,  # all that an undo invokes
            )
            for event in events:
                self._tags.append(segmentation.AddObserver(event, self._on_change))

    def _on_change(self, _caller: Any, _event: str) -> None:
        if not self._own():
            self._pending = self._fresh = True
            self._timer.start()
            self._began()
