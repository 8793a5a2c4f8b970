"""The panel's registration of a PET that was taken in another frame of reference."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from ..study.registration.register import registration_notices
from .desk import Desk
from .pet_registration import registration_of


class RegistrationControls:
    """The CT of the PET, its button, and what came of it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        desk.ui.registerButton.connect("clicked(bool)", self.register)

    def enable(self, idle: bool) -> None:
        """Enable what can be done now, and say how the chosen PET was registered."""
        session, ui = self._desk.session, self._desk.ui
        parameters = None if session is None else session.parameters
        chosen = parameters is not None and None not in (parameters.ct, parameters.pet, parameters.petCt)
        ui.registerButton.enabled = idle and chosen
        ui.registerButton.toolTip = (
            _("Register the CT of the PET rigidly by bone, and move it and the PET by a transform node")
            if chosen
            else _("Choose planning CT, PET and the CT of the PET first")
        )
        found = None if parameters is None else registration_of(parameters)
        told = [] if found is None else registration_notices(found)
        ui.registrationLabel.text = "\n".join(notice.message for notice in told)

    def register(self, *_args: Any) -> None:
        """Register in a thread, then move PET and its CT."""
        words = _("The PET could not be registered to the planning CT.")
        self._desk.start(words, lambda s: s.register_work(), lambda s: s.show_registration)
