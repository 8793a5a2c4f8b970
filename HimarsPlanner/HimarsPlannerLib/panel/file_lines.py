"""Lines that name files, kept in the parameter node; "" names none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from .desk import Desk
from .parameters import names_of


class PathLines:
    """Path lines of one file each, bound to texts.

    Slicer binds ctkPathLineEdit to Path alone, in which "no file" is shown as ".", the current folder.

    Parameters
    ----------
    desk
        The panel's common ground.
    lines
        Widgets by the names of their parameters.
    """

    def __init__(self, desk: Desk, lines: Mapping[str, Any]) -> None:
        self._desk, self._lines = desk, lines
        for name, line in lines.items():
            line.connect("currentPathChanged(QString)", lambda path, name=name: self._keep(name, path))

    def fill(self) -> None:
        """Show what is kept."""
        session = self._desk.session
        for name, line in self._lines.items():
            kept = "" if session is None else getattr(session.parameters, name)
            if line.currentPath != kept:
                line.currentPath = kept

    def _keep(self, name: str, path: str) -> None:
        session = self._desk.session
        if session is not None and getattr(session.parameters, name) != path:
            setattr(session.parameters, name, path)


def add_files(line: Any, caption: str) -> None:
    """Ask for files and add them to a line that names several."""
    known = files_in(line.text)
    folder = str(known[-1].parent) if known else ""
    chosen = [Path(name) for name in qt.QFileDialog.getOpenFileNames(None, caption, folder, _("DICOM files") + " (*)")]
    files = dict.fromkeys((*known, *chosen))
    line.text = "; ".join(map(str, files))


def files_in(text: str) -> tuple[Path, ...]:
    """Files that a line names."""
    return tuple(Path(name) for name in names_of(text))


def file_in(text: str) -> Path | None:
    """File that a path line names; None where it names none."""
    return Path(text.strip()) if text.strip() else None
