"""What the RTSTRUCT is to hold, and how, as chosen in the panel."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from ..errors import InputError
from ..export.contours import Holes
from ..export.margins import read_margin
from ..export.profiles import PROFILES, ProfileName
from ..export.structures import RoiChoice, StructureOptions
from ..protocol.margins import Margin
from .choice_box import ChoiceBox
from .desk import Desk
from .parameters import names_of

HOLES: dict[str, Holes | None] = {"": None, "keyhole": "keyhole", "xor": "separate"}
CHOICES = {
    "writeSelected": RoiChoice.SELECTED,
    "writeAll": RoiChoice.ALL,
    "writeCtv": RoiChoice.CTV,
    "writePtv": RoiChoice.PTV,
    "writeTrabecular": RoiChoice.TRABECULAR,
    "writeReserve": RoiChoice.BMR,
    "writeCanal": RoiChoice.CANAL,
}


class StructureChoices:
    """Lists under "What the RTSTRUCT holds"; the rest of it is bound by Slicer."""

    def __init__(self, desk: Desk) -> None:
        profiles = [
            (ProfileName.GENERIC.value, _("any planning system")),
            *((name.value, name.value.capitalize()) for name in ProfileName if name is not ProfileName.GENERIC),
        ]
        holes = [
            ("", _("as the system needs them")),
            ("keyhole", _("keyholes")),
            ("xor", _("contours of their own (XOR)")),
        ]
        self._profile = ChoiceBox(desk, desk.ui.profileComboBox, "profile", profiles)
        self._holes = ChoiceBox(desk, desk.ui.holesComboBox, "holes", holes)

    def show_choices(self) -> None:
        """Show what is chosen."""
        self._profile.show()
        self._holes.show()


def structure_options_of(parameters: Any) -> StructureOptions:
    """What is chosen in the panel, as the library takes it.

    Raises
    ------
    InputError
        Nothing is chosen.
    OutputError
        A margin is not one or three numbers.
    """
    choices = tuple(choice for name, choice in CHOICES.items() if getattr(parameters, name))
    if not choices:
        raise InputError(
            _("Nothing is chosen for the RTSTRUCT"), _("at least the selected GTVs"), _("tick something under Out")
        )
    return StructureOptions(
        choices=choices,
        profile=PROFILES[ProfileName(parameters.profile)],
        holes=HOLES[parameters.holes],
        simplify_mm=parameters.simplifyMm,
        ctv_margin=_margin_of(parameters.ctvMargin),
        ptv_margin=_margin_of(parameters.ptvMargin),
        ptv_crop=names_of(parameters.ptvCrop),
        dose_gy=parameters.doseGy or None,
        role_codes=parameters.roleCodes,
    )


def _margin_of(line: str) -> Margin | None:
    return read_margin(line) if line.strip() else None
