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
    changed
        Called after edits.
    own
        Whether a change is the panel's own.
    """

    def __init__(self, changed: Callable[[], None], own: Callable[[], bool]) -> None:
        self._own = own
        self._watched: Any = None
        self._tags: list[int] = []
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.connect("timeout()", changed)

    def watch(self, node: Any) -> None:
        """Watch a node in place of the last one; None watches nothing."""
        segmentation = None if node is None else node.GetSegmentation()
        if segmentation is self._watched:
            return
        self._timer.stop()
        for tag in self._tags:
            self._watched.RemoveObserver(tag)
        self._watched, self._tags = segmentation, []
        if segmentation is not None:
            kind = slicer.vtkSegmentation
            for event in (kind.SourceRepresentationModified, kind.SegmentAdded, kind.SegmentRemoved):
                self._tags.append(segmentation.AddObserver(event, self._on_change))

    def _on_change(self, _caller: Any, _event: str) -> None:
        if not self._own():
            self._timer.start()
