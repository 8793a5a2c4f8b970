"""The dose that came back, held against the protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from ..dose.check import DoseCheck
from ..errors import InputError
from .choice_box import ChoiceBox
from .desk import Desk
from .dose_input import dose_input, dose_work
from .dose_words import dose_html, verdict_word
from .entries import regimen_entries
from .file_lines import PathLines, add_files
from .outputs import check_out_folder
from .packages import need
from .told import Told

FOLDER = "dose"


class DoseControls:
    """Files, choices and findings under Dose back."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._ui = desk, desk.ui
        ui = desk.ui
        self._told = Told(desk)
        self._lines = PathLines(desk, {"doseStructures": ui.doseStructuresPathLineEdit})
        self._regimen = ChoiceBox(desk, ui.regimenComboBox, "doseRegimen", ())
        ui.addDoseButton.connect("clicked(bool)", lambda *_args: add_files(ui.doseFilesLineEdit, _("RTDOSE files")))
        ui.addPlanButton.connect("clicked(bool)", lambda *_args: add_files(ui.dosePlansLineEdit, _("RTPLAN files")))
        ui.checkDoseButton.connect("clicked(bool)", self.check)

    def enable(self, idle: bool) -> None:
        """Enable the check, and show what is kept."""
        self._ui.checkDoseButton.enabled = idle
        self._regimen.show()
        self._lines.fill()

    def list_regimens(self) -> None:
        """List the regimens of the plan's protocol."""
        session = self._desk.session
        self._regimen.fill(() if session is None else regimen_entries(session.trial))
        self._regimen.show()

    def fill(self) -> None:
        """Show what was found for this plan."""
        words = self._told.words
        self._ui.doseBrowser.html = words
        self._ui.doseBrowser.visible = bool(words)

    def check(self, *_args: Any) -> None:
        """Check the dose in a thread, show what was found, and write it where a folder is chosen."""
        session = self._desk.session
        words = _("The dose was not checked.")
        if session is None:
            return
        parameters, plan = session.parameters, session.plan

        def begin() -> None:
            if plan is not None and parameters.doseMarrowOfPlan and not session.current:
                raise InputError(
                    _("The plan in the panel was made with other inputs or choices than those of now"),
                    _("the plan whose bone marrow reserve is to be taken"),
                    _("find the lesions again, or choose as it was"),
                )
            given = dose_input(parameters, plan)
            reserve_of = plan if parameters.doseMarrowOfPlan else None
            self._desk.run(words, dose_work(given, session.protocol, reserve_of), self._found)

        self._desk.guard(words, begin)

    def _found(self, check: DoseCheck) -> None:
        self._told.tell(dose_html(check))
        verdict = _("Dose: {verdict}").format(verdict=verdict_word(check.verdict))
        self._desk.say(verdict)
        session = self._desk.session
        out = Path() if session is None else Path(session.parameters.outFolder)
        if out != Path():
            self._desk.guard(
                _("The dose was checked, but its report was not written."), lambda: self._write(check, out)
            )

    def _write(self, check: DoseCheck, out: Path) -> None:
        check_out_folder(out)
        folder = out / FOLDER
        taken = folder.exists() and any(folder.iterdir())
        if taken and not slicer.util.confirmOkCancelDisplay(_("Replace {folder}?").format(folder=folder)):
            return
        need("jinja2>=3.1", _("The report"))
        from ..report.dose_report import write_dose_folder

        write_dose_folder(check, folder, force=taken)
        told = _("Dose: {verdict}. Report: {file}")
        self._desk.say(told.format(verdict=verdict_word(check.verdict), file=folder / "report.html"))
