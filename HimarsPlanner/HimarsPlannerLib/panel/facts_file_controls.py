"""The panel's buttons for clinical files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from .desk import Desk
from .facts_file import read_facts, write_facts
from .session import Session

NAME = "clinical.toml"


class FactsFileControls:
    """Reading and writing of facts."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        desk.ui.readFactsButton.connect("clicked(bool)", self.read)
        desk.ui.writeFactsButton.connect("clicked(bool)", self.write)

    def enable(self, idle: bool) -> None:
        """Enable the buttons where there is a plan."""
        session, ui = self._desk.session, self._desk.ui
        possible = idle and session is not None and session.plan is not None
        ui.readFactsButton.enabled = possible
        ui.writeFactsButton.enabled = possible

    def read(self, *_args: Any) -> None:
        """Ask for a clinical file and take its facts over."""
        session = self._desk.session
        if session is None:
            return
        file = qt.QFileDialog.getOpenFileName(None, _("Clinical file"), _folder(session), _filter())
        if file:
            self._desk.guard(_("The clinical file was not used."), lambda: self._read(session, Path(file)))

    def write(self, *_args: Any) -> None:
        """Ask where to, and write the facts; the dialog asks before a file is replaced."""
        session = self._desk.session
        if session is None:
            return
        suggested = str(Path(_folder(session)) / NAME)
        file = qt.QFileDialog.getSaveFileName(None, _("Clinical file"), suggested, _filter())
        if file:
            self._desk.guard(_("No clinical file was written."), lambda: self._write(session, Path(file)))

    def _read(self, session: Session, file: Path) -> None:
        count = read_facts(session, file)
        self._desk.show()
        self._desk.say(_("Facts of {count} lesions read from {file}").format(count=count, file=file.name))

    def _write(self, session: Session, file: Path) -> None:
        write_facts(session, file)
        self._desk.say(_("Written: {file}").format(file=file))


def _folder(session: Session) -> str:
    return str(session.parameters.outFolder)


def _filter() -> str:
    return _("Clinical file") + " (*.toml)"
