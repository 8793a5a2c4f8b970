"""The panel's last part: what leaves it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from ..plan import Plan
from . import outputs
from .send import Destination, check_sender, destination_of, send
from .session import Session

Guard = Callable[[str, Callable[[], None]], None]
Run = Callable[[str, Callable[[Any], Any], Callable[[Any], None]], None]


class OutControls:
    """Buttons under Out.

    Parameters
    ----------
    ui
        The panel's widgets by name.
    session
        Gives the plan that is shown.
    guard
        Does something and shows what a user can act on.
    say
        Shows a line.
    run
        Runs long work in a thread, then something with its result.
    """

    def __init__(
        self,
        ui: Any,
        session: Callable[[], Session | None],
        guard: Guard,
        say: Callable[[str], None],
        run: Run,
    ) -> None:
        self._ui, self._session, self._guard, self._say, self._run = ui, session, guard, say, run
        self._buttons = {
            ui.rtstructButton: self.write_rtstruct,
            ui.reportButton: self.write_report,
            ui.planJsonButton: self.write_plan,
            ui.databaseButton: self.put_into_database,
            ui.sendButton: self.send,
        }
        for button, act in self._buttons.items():
            button.connect("clicked(bool)", act)

    def enable(self, possible: bool) -> None:
        """Enable the buttons where there is a plan."""
        for button in self._buttons:
            button.enabled = possible

    def write_rtstruct(self, *_args: Any) -> None:
        """Write the RTSTRUCT into the chosen folder."""
        self._write(outputs.RTSTRUCT, outputs.write_rtstruct_file)

    def write_report(self, *_args: Any) -> None:
        """Write the report into the chosen folder."""
        self._write(outputs.REPORT, outputs.write_report_file)

    def write_plan(self, *_args: Any) -> None:
        """Write plan.json into the chosen folder."""
        self._write(outputs.PLAN, outputs.write_plan_file)

    def put_into_database(self, *_args: Any) -> None:
        """Put the RTSTRUCT into Slicer's DICOM database."""

        def put(plan: Plan) -> None:
            outputs.put_into_database(plan, slicer.dicomDatabase)
            self._say(_("The RTSTRUCT is in the DICOM database"))

        self._with_plan(_("The DICOM database was not changed."), put)

    def send(self, *_args: Any) -> None:
        """Send the RTSTRUCT to the DICOM node that is typed in."""
        words = _("Nothing was sent.")

        def begin(plan: Plan) -> None:
            ui = self._ui
            destination = destination_of(ui.sendTitleLineEdit.text, ui.sendHostLineEdit.text, ui.sendPortSpinBox.value)
            check_sender()
            told = _("Sent to {title}").format(title=destination.title)
            self._run(words, lambda _progress: _write_and_send(plan, destination), lambda _result: self._say(told))

        self._with_plan(words, begin)

    def _write(self, name: str, write: Callable[[Plan, Path], None]) -> None:
        session = self._session()
        folder = Path() if session is None else Path(session.parameters.outFolder)

        def written(plan: Plan) -> None:
            file = outputs.write_to(folder, name, plan, write)
            if file is not None:
                self._say(_("Written: {file}").format(file=file))

        self._with_plan(_("Nothing was written."), written)

    def _with_plan(self, words: str, act: Callable[[Plan], None]) -> None:
        session = self._session()
        plan = None if session is None else session.plan
        if plan is not None:
            self._guard(words, lambda: act(plan))


def _write_and_send(plan: Plan, destination: Destination) -> None:
    with tempfile.TemporaryDirectory() as folder:
        outputs.write_rtstruct_file(plan, Path(folder) / outputs.RTSTRUCT)
        outputs.write_plan_file(plan, Path(folder) / outputs.PLAN)
        send(Path(folder), destination)
