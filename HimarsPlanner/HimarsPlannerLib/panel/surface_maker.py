"""Surfaces of the lesions for 3D views, made one after another while the application goes on."""

from __future__ import annotations

import qt

from ..mrml.surfaces import without_surface
from .desk import Desk

INTERVAL_MS = 20


class SurfaceMaker:
    """Makes what 3D views lack, a lesion at a time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._timer = qt.QTimer()
        self._timer.setInterval(INTERVAL_MS)
        self._timer.connect("timeout()", self._next)

    def begin(self) -> None:
        """Start where there is a plan."""
        if self._desk.session is not None and self._desk.session.plan is not None:
            self._timer.start()

    def _next(self) -> None:
        session = self._desk.session
        node = None if session is None else session.parameters.lesionSegmentation
        left = [] if node is None else without_surface(node)
        if session is None or not left:
            self._timer.stop()
        elif not self._desk.runner.busy:
            session.make_surface(left[0])
