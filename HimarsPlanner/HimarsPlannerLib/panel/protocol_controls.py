"""The panel's choice of a protocol file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from .desk import Desk


class ProtocolControls:
    """The line that names the protocol file, and its buttons.

    Parameters
    ----------
    desk
        The panel's common ground.
    list_offers
        Lists anew what the protocol offers elsewhere in the panel.
    """

    def __init__(self, desk: Desk, list_offers: Callable[[], None]) -> None:
        self._desk, self._list_offers = desk, list_offers
        desk.ui.protocolButton.connect("clicked(bool)", self.choose)
        desk.ui.ownProtocolButton.connect("clicked(bool)", lambda *_: self._take(None))

    def enable(self, idle: bool) -> None:
        """Enable what can be done now."""
        session, ui = self._desk.session, self._desk.ui
        ui.protocolButton.enabled = idle
        ui.ownProtocolButton.enabled = idle and session is not None and bool(session.parameters.protocolFile)

    def choose(self, *_args: Any) -> None:
        """Ask for a protocol file."""
        session = self._desk.session
        if session is None:
            return
        folder = str(Path(session.parameters.protocolFile).parent)
        file = qt.QFileDialog.getOpenFileName(None, _("Protocol file"), folder, _("Protocol") + " (*.toml)")
        if file:
            self._take(Path(file))

    def _take(self, file: Path | None) -> None:
        session = self._desk.session
        if session is not None:
            had_plan = session.plan is not None
            words = _("The protocol was not changed.")
            self._desk.guard(words, lambda: self._changed(session, file, had_plan))
            self._desk.show()

    def _changed(self, session: Any, file: Path | None, had_plan: bool) -> None:
        session.choose_protocol(file)
        self._list_offers()
        told = _("Protocol: {name} {version}").format(name=session.trial.name, version=session.trial.version)
        self._desk.say(f"{told}. {_('Find the lesions again: the plan was made by another one')}" if had_plan else told)
