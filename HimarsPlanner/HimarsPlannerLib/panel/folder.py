"""The folder under Out, shown in words while none is chosen."""

from __future__ import annotations

from pathlib import Path

from slicer.i18n import tr as _

from .desk import Desk


class FolderChoice:
    """The button of the folder for results.

    It is not bound to its parameter by Slicer: the button starts at the application's own folder, would show it as if
    it had been chosen, and would not write it when it is chosen.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        desk.ui.outDirectoryButton.connect("directorySelected(QString)", self._selected)

    def show_choices(self) -> None:
        """Show the plan's folder, or that none is chosen."""
        button, session = self._desk.ui.outDirectoryButton, self._desk.session
        folder = Path() if session is None else Path(session.parameters.outFolder)
        blocked = button.blockSignals(True)
        button.directory = str(folder)
        button.blockSignals(blocked)
        button.text = _("Choose a folder") if folder == Path() else str(folder)

    def _selected(self, folder: str) -> None:
        if self._desk.session is not None:
            self._desk.session.parameters.outFolder = Path(folder)
