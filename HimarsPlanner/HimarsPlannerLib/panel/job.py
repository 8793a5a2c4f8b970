"""Long work in a thread of its own: progress out, cancel in, one result or one error at the end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..progress import Progress


class CancelledError(Exception):
    """The user stopped the work between two stages."""


@dataclass
class Job:
    """Work on copies that never touches the scene.

    Parameters
    ----------
    work
        Given a progress callback; what it returns is the result. It is stopped where it reports progress.
    """

    work: Callable[[Progress], Any]
    stage: str = ""
    fraction: float = 0.0
    result: Any = None
    error: BaseException | None = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _done: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin in a thread that does not keep the application from ending."""
        threading.Thread(target=self._run, name="HimarsPlanner", daemon=True).start()

    def cancel(self) -> None:
        """Ask the work to stop when it next reports progress."""
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Give the work up to `seconds` of the interpreter; whether it is done."""
        return self._done.wait(seconds)

    def _run(self) -> None:
        try:
            self.result = self.work(self._progress)
            # A cancel that came after the last report still holds.
            if self._stop.is_set():
                self.result, self.error = None, CancelledError()
        except BaseException as error:  # handed to the main thread, which shows it
            self.error = error
        finally:
            self._done.set()

    def _progress(self, stage: str, fraction: float) -> None:
        if self._stop.is_set():
            raise CancelledError
        self.stage, self.fraction = stage, fraction
