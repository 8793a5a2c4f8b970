"""The DICOM node under Out: whom to send to, how, and what the node said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ..export.send.deliver import Transmission
from .desk import Desk
from .file_lines import PathLines
from .plan_folder import PlanFolder
from .send import need_sender, segmentations_of, send_work, settings_of
from .send_words import sent_words, transmission_html
from .structure_choices import structure_options_of
from .told import Told


class SendControls:
    """Row and connection of the DICOM node."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._ui = desk, desk.ui
        ui = desk.ui
        self._told = Told(desk)
        self._folder = PlanFolder()
        files = {
            "tlsCa": ui.tlsCaPathLineEdit,
            "tlsCertificate": ui.tlsCertificatePathLineEdit,
            "tlsKey": ui.tlsKeyPathLineEdit,
        }
        self._lines = PathLines(desk, files)
        self._of_tls = (ui.tlsNameLineEdit, *files.values())
        ui.sendButton.connect("clicked(bool)", self.send)

    def enable(self, possible: bool) -> None:
        """Enable sending where there is a plan, and what TLS needs where it is wanted."""
        self._ui.sendButton.enabled = possible
        session = self._desk.session
        encrypted = session is not None and session.parameters.useTls
        for control in self._of_tls:
            control.enabled = encrypted
        self._lines.fill()

    def fill(self) -> None:
        """Show what the node said of this plan."""
        words = self._told.words
        self._ui.sentLabel.text = words
        self._ui.sentLabel.visible = bool(words)

    def send(self, *_args: Any) -> None:
        """Send the RTSTRUCT, and segmentations on request, to the DICOM node that is typed in."""
        session = self._desk.session
        plan = None if session is None else session.plan
        if session is None or plan is None:
            return
        words, parameters = _("Nothing was sent."), session.parameters

        def begin() -> None:
            settings = settings_of(parameters)
            need_sender()
            write = self._folder.prepare(plan, Path(parameters.outFolder), structure_options_of(parameters))
            if write is not None:
                self._desk.run(words, send_work(write, settings, segmentations_of(parameters)), self._sent)

        self._desk.guard(words, begin)

    def _sent(self, done: Transmission) -> None:
        self._told.tell(transmission_html(done))
        error = done.error
        if error is None:
            self._desk.say(sent_words(done))
            return

        def refuse() -> None:
            raise error

        self._desk.guard(_("The DICOM node did not confirm everything."), refuse)
