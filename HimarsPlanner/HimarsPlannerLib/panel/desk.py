"""What every part of the panel shares: the widgets, the plan that is shown, long work, words and errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
from slicer.i18n import tr as _

from ..errors import HimarsError
from .job import Job
from .option_words import in_panel_words
from .runner import Runner
from .session import Session


class Desk:
    """One panel's common ground.

    Parameters
    ----------
    ui
        Widgets of the .ui file by name.
    scene
        Slicer's.
    show
        Brings the whole panel up to the plan.
    show_possible
        Enables what can be done now.
    """

    def __init__(self, ui: Any, scene: Any, show: Callable[[], None], show_possible: Callable[[], None]) -> None:
        self.ui = ui
        self.scene = scene
        self.session: Session | None = None
        self.runner = Runner(ui)
        self.show = show
        self.show_possible = show_possible
        self._put_off = False

    def start(
        self,
        words: str,
        work: Callable[[Session], Callable[[Any], Any] | None],
        then: Callable[[Session], Callable[[Any], None]],
    ) -> None:
        """Run long work of the plan that is shown, unless some is running.

        Parameters
        ----------
        words
            Begin an error's message.
        work
            Given the session, gives the work; None where there is nothing to do.
        then
            Given the session, gives what is done with the result.
        """
        session = self.session
        if session is None or self.runner.busy:
            return

        def begin() -> None:
            made = work(session)
            if made is not None:
                self.run(words, made, then(session))

        self.guard(words, begin)

    def choose_again(self) -> None:
        """Rank and select with other choices for the whole plan: in a thread, since many scores may change."""
        words = _("The plan could not be made with this choice.")
        self._put_off = self.runner.busy
        self.start(words, lambda session: session.choices_work(), lambda session: session.taken_up)

    def run(self, words: str, work: Callable[[Any], Any], then: Callable[[Any], None]) -> None:
        """Run work in a thread, then something with its result where the same plan is still shown."""
        session = self.session

        def done(result: Any) -> None:
            if self.session is session:
                self.guard(words, lambda: then(result))
                self.show()
                self._choose_what_was_put_off()

        def failed(error: BaseException) -> None:
            self.show()
            self._error(words, error)
            self._choose_what_was_put_off()

        self.say("")
        self.runner.run(Job(work), done, failed)
        self.show_possible()

    def _choose_what_was_put_off(self) -> None:
        if self._put_off:
            self.choose_again()

    def guard(self, words: str, act: Callable[[], None]) -> None:
        """Do something; what a user can act on is shown as a message, anything else as the fault that it is.

        What a slot raises Qt only logs: whatever it is, it is shown.
        """
        try:
            act()
        except Exception as error:
            self._error(words, error)

    def say(self, words: str) -> None:
        """Show a line, or none."""
        self.ui.statusLabel.text = words
        self.ui.statusLabel.visible = bool(words)

    def _error(self, words: str, error: BaseException) -> None:
        if isinstance(error, HimarsError):
            error = in_panel_words(error)
        self.say(str(error))
        if isinstance(error, HimarsError):
            slicer.util.errorDisplay(f"{words}\n\n{error}")
            return
        with slicer.util.tryWithErrorDisplay(words):
            raise error
