"""Jobs run beside the application's event loop."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from typing import Any

import qt
import slicer

from .job import CancelledError, Job

INTERVAL_MS = 60
SHARE_S = 0.04
YOUNG = 1


class Runner:
    """Runs one job at a time and polls it with a timer.

    Library stages report progress only a few times in many seconds, so handling events between them would leave the
    application frozen; a thread does not. Slicer's main thread keeps the interpreter while it waits for events: each
    poll waits for the job for a moment, and so hands it the interpreter, while numpy, scipy and SimpleITK compute
    without it. The scene is touched by the main thread alone, before and after; so that no Qt or VTK object ends in
    the other thread, cyclic garbage is collected only here as long as a job, cancelled or not, has not ended.
    """

    def __init__(self, ui: Any) -> None:
        self._ui = ui
        self._job: Job | None = None
        self._cancelled: list[Job] = []
        self._then: Callable[[Any], None] | None = None
        self._failed: Callable[[BaseException], None] | None = None
        self._collecting = False
        self._timer = qt.QTimer()
        self._timer.setInterval(INTERVAL_MS)
        self._timer.connect("timeout()", self._poll)
        self._show()

    @property
    def busy(self) -> bool:
        """Whether a job is running whose result is wanted."""
        return self._job is not None

    def run(self, job: Job, then: Callable[[Any], None], failed: Callable[[BaseException], None]) -> None:
        """Start a job; exactly one of `then` and `failed` is called at its end, none where it is cancelled."""
        self._job, self._then, self._failed = job, then, failed
        if gc.isenabled():
            self._collecting = True
            gc.disable()
        job.start()
        self._timer.start()
        self._show()

    def cancel(self) -> None:
        """Stop the running job between two stages; the application goes on at once."""
        if self._job is not None:
            self._job.cancel()
            self._cancelled.append(self._job)
            self._end()

    def wait(self) -> None:
        """Handle events until no job is running; for tests and scripts."""
        while self.busy or self._cancelled:
            slicer.app.processEvents()

    def _poll(self) -> None:
        gc.collect(YOUNG)
        self._cancelled = [job for job in self._cancelled if not job.wait(0)]
        job = self._job
        if job is not None and job.wait(SHARE_S):
            self._finish(job)
        elif self._cancelled and job is None:
            self._cancelled[0].wait(SHARE_S)
        self._rest()
        self._show()

    def _finish(self, job: Job) -> None:
        then, failed = self._then, self._failed
        self._end()
        if isinstance(job.error, CancelledError):
            logging.info("HIMARS Planner: cancelled")
        elif job.error is not None and failed is not None:
            failed(job.error)
        elif then is not None:
            then(job.result)

    def _end(self) -> None:
        self._job = self._then = self._failed = None
        self._rest()
        self._show()

    def _rest(self) -> None:
        """Stop polling, and collect as before, once every job has ended."""
        if self._job is None and not self._cancelled:
            self._timer.stop()
            if self._collecting:
                self._collecting = False
                gc.enable()

    def _show(self) -> None:
        job = self._job
        self._ui.progressBar.visible = job is not None
        self._ui.cancelButton.visible = job is not None
        if job is not None:
            self._ui.progressBar.value = round(100 * job.fraction)
            self._ui.progressBar.format = f"{job.stage} %p%"
