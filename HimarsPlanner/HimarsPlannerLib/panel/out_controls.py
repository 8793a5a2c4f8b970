"""The panel's last part: what leaves it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from ..plan import Plan
from . import outputs
from .session import Session

Guard = Callable[[str, Callable[[], None]], None]
Run = Callable[[str, Callable[[Any], Any], Callable[[Any], None]], None]
Hold = Callable[[str, Path, Sequence[Path], Callable[[str], None]], None]


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
    hold
        Holds an RTSTRUCT against a CT's files, then does something with the verdict; see `CheckControls.hold`.
    """

    def __init__(
        self,
        ui: Any,
        session: Callable[[], Session | None],
        guard: Guard,
        say: Callable[[str], None],
        hold: Hold,
    ) -> None:
        self._ui, self._session, self._guard, self._say, self._hold = ui, session, guard, say, hold
        self._buttons = {
            ui.rtstructButton: self.write_rtstruct,
            ui.reportButton: self.write_report,
            ui.planJsonButton: self.write_plan,
            ui.databaseButton: self.put_into_database,
        }
        for button, act in self._buttons.items():
            button.connect("clicked(bool)", act)

    def enable(self, possible: bool) -> None:
        """Enable the buttons where there is a plan."""
        for button in self._buttons:
            button.enabled = possible

    def write_rtstruct(self, *_args: Any) -> None:
        """Write the RTSTRUCT into the chosen folder, and check it."""
        words = _("The RTSTRUCT was written, but not checked.")

        def check(plan: Plan, file: Path) -> None:
            told = _("Written: {file}").format(file=file)
            self._hold(words, file, plan.study.ct.source.files, lambda verdict: self._say(f"{told}. {verdict}"))

        self._write(outputs.RTSTRUCT, outputs.write_rtstruct_file, check)

    def write_report(self, *_args: Any) -> None:
        """Write the report into the chosen folder."""
        self._write(outputs.REPORT, outputs.write_report_file)

    def write_plan(self, *_args: Any) -> None:
        """Write plan.json into the chosen folder."""
        self._write(outputs.PLAN, outputs.write_plan_file)

    def put_into_database(self, *_args: Any) -> None:
        """Check the RTSTRUCT, and put it into Slicer's DICOM database."""
        words = _("The DICOM database was not changed.")

        def begin(plan: Plan) -> None:
            outputs.check_database(slicer.dicomDatabase)
            folder = tempfile.TemporaryDirectory(prefix="himars-")
            file = Path(folder.name) / outputs.RTSTRUCT
            outputs.write_rtstruct_file(plan, file)

            def put(verdict: str) -> None:
                with folder:
                    outputs.put_into_database(file.parent, slicer.dicomDatabase)
                self._say(_("The RTSTRUCT is in the DICOM database. {verdict}").format(verdict=verdict))

            self._hold(words, file, plan.study.ct.source.files, put)

        self._with_plan(words, begin)

    def _write(
        self,
        name: str,
        write: Callable[[Plan, Path], None],
        then: Callable[[Plan, Path], None] = lambda _plan, _file: None,
    ) -> None:
        session = self._session()
        folder = Path() if session is None else Path(session.parameters.outFolder)

        def written(plan: Plan) -> None:
            file = outputs.write_to(folder, name, plan, write)
            if file is not None:
                self._say(_("Written: {file}").format(file=file))
                then(plan, file)

        self._with_plan(_("Nothing was written."), written)

    def _with_plan(self, words: str, act: Callable[[Plan], None]) -> None:
        session = self._session()
        plan = None if session is None else session.plan
        if plan is not None:
            self._guard(words, lambda: act(plan))
