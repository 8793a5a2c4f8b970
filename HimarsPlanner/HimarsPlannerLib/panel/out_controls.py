"""The panel's last part: what leaves it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from ..plan import Plan
from . import outputs
from .desk import Desk
from .session import Session
from .structure_choices import structure_options_of

Hold = Callable[[str, Path, Sequence[Path], Callable[[str], None], Callable[[], None]], None]


class OutControls:
    """Buttons under Out.

    Parameters
    ----------
    desk
        The panel's common ground.
    hold
        Writes an RTSTRUCT and holds it against a CT's files, then does something with the verdict; see
        `CheckControls.hold`.
    """

    def __init__(self, desk: Desk, hold: Hold) -> None:
        self._desk, self._ui, self._hold = desk, desk.ui, hold
        ui = desk.ui
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

        def begin(session: Session, plan: Plan) -> None:
            options = structure_options_of(session.parameters)
            file = outputs.destination(Path(session.parameters.outFolder), outputs.RTSTRUCT)
            if file is None:
                return
            told = _("Written: {file}").format(file=file)
            write = partial(outputs.write_to, file, partial(outputs.write_rtstruct_file, plan, options=options))
            ct = plan.study.ct.source.files
            self._hold(_not_written(), file, ct, lambda verdict: self._desk.say(f"{told}. {verdict}"), write)

        self._with_plan(_not_written(), begin)

    def write_report(self, *_args: Any) -> None:
        """Write the report into the chosen folder."""
        self._write(outputs.REPORT, outputs.write_report_file, outputs.need_report)

    def write_plan(self, *_args: Any) -> None:
        """Write plan.json into the chosen folder."""
        self._write(outputs.PLAN, outputs.write_plan_file)

    def put_into_database(self, *_args: Any) -> None:
        """Check the RTSTRUCT, and put it into Slicer's DICOM database."""
        words = _("The DICOM database was not changed.")

        def begin(session: Session, plan: Plan) -> None:
            outputs.check_database(slicer.dicomDatabase)
            options = structure_options_of(session.parameters)
            folder = tempfile.TemporaryDirectory(prefix="himars-")
            file = Path(folder.name) / outputs.RTSTRUCT

            def put(verdict: str) -> None:
                with folder:
                    outputs.put_into_database(file.parent, slicer.dicomDatabase)
                self._desk.say(_("The RTSTRUCT is in the DICOM database. {verdict}").format(verdict=verdict))

            write = partial(outputs.write_rtstruct_file, plan, file, options)
            self._hold(words, file, plan.study.ct.source.files, put, write)

        self._with_plan(words, begin)

    def _write(self, name: str, write: Callable[[Plan, Path], None], before: Callable[[], None] = lambda: None) -> None:
        def begin(session: Session, plan: Plan) -> None:
            file = outputs.destination(Path(session.parameters.outFolder), name)
            if file is None:
                return
            before()
            told = _("Written: {file}").format(file=file)
            work = partial(outputs.write_to, file, partial(write, plan))
            self._desk.run(_not_written(), lambda _progress: work(), lambda _result: self._desk.say(told))

        self._with_plan(_not_written(), begin)

    def _with_plan(self, words: str, act: Callable[[Session, Plan], None]) -> None:
        session = self._desk.session
        plan = None if session is None else session.plan
        if session is not None and plan is not None:
            self._desk.guard(words, lambda: act(session, plan))


def _not_written() -> str:
    return _("Nothing was written.")
