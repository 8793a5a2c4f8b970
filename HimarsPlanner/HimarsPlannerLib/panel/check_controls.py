"""Checks of RTSTRUCTs under Out: what the panel wrote, and files of any vendor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from ..errors import InputError
from ..export.conformance.check import Conformance, check_rtstruct
from ..mrml.dicom_files import files_of
from ..progress import Progress
from .check_words import conformance_html, verdict_words
from .desk import Desk
from .file_lines import PathLines, file_in
from .told import Told


class CheckControls:
    """Line, button and findings."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._ui = desk, desk.ui
        ui = desk.ui
        self._told = Told(desk)
        self._lines = PathLines(desk, {"checkedFile": ui.checkPathLineEdit})
        ui.checkButton.connect("clicked(bool)", self.check)

    def enable(self, idle: bool) -> None:
        """Enable the check where there is a CT."""
        session = self._desk.session
        has_ct = session is not None and session.parameters.ct is not None
        self._ui.checkButton.enabled = idle and has_ct
        self._lines.fill()

    def fill(self) -> None:
        """Show what was found for this plan."""
        words = self._told.words
        self._ui.checkBrowser.html = words
        self._ui.checkBrowser.visible = bool(words)

    def check(self, *_args: Any) -> None:
        """Check the file that is named against the planning CT's files."""
        session = self._desk.session
        words = _("The RTSTRUCT was not checked.")
        if session is None:
            return
        parameters = session.parameters

        def begin() -> None:
            file, ct = file_in(parameters.checkedFile), _files(parameters.ct)
            if file is None or not file.is_file():
                raise InputError(
                    _("No RTSTRUCT file is chosen") if file is None else _("{file} is no file").format(file=file),
                    _("an RTSTRUCT file"),
                    _("choose it beside Check under Out"),
                )
            self.hold(words, file, ct, lambda verdict: self._desk.say(f"{file.name}: {verdict}"))

        self._desk.guard(words, begin)

    def hold(
        self,
        words: str,
        file: Path,
        ct: Sequence[Path],
        then: Callable[[str], None],
        write: Callable[[], None] = lambda: None,
    ) -> None:
        """Hold a file against a CT in a thread, show what was found, then do something with the verdict.

        Parameters
        ----------
        words
            Begin an error's message.
        file
            RTSTRUCT.
        ct
            The CT's DICOM files.
        then
            Given the verdict in words.
        write
            Writes the file first, in the thread.
        """

        def show(found: Conformance) -> None:
            self._told.tell(conformance_html(file.name, found))
            then(verdict_words(found))

        def work(_progress: Progress) -> Conformance:
            write()
            return check_rtstruct(file, ct)

        self._desk.run(words, work, show)


def _files(ct: Any) -> tuple[Path, ...]:
    """The planning CT's DICOM files.

    Raises
    ------
    InputError
        They are not known.
    """
    files = files_of(ct, slicer.dicomDatabase)
    if not files:
        raise InputError(
            _("The DICOM files of {name} are not known").format(name=ct.GetName()),
            _("a CT loaded from DICOM"),
            _("load it with the DICOM module"),
        )
    return files
