"""Vein or artery, by the name of a structure."""

from __future__ import annotations

import re
from typing import Literal

from ...anatomy import recognise

VesselKind = Literal["vein", "artery", "vessel"]

_VEIN = re.compile(r"^v |(?<![a-z])([is]vc)(?![a-z])|vena|vein|jugular|azygos|sinus|portal")
_ARTERY = re.compile(r"^a |arter(y|ia|ies)|aorta|carotid|trunk|coeliac|celiac")


def vessel_kind(name: str) -> VesselKind:
    """Kind of a vessel by TG-263 (A_, V_), TotalSegmentator's classes or plain words; "vessel" where it tells neither.

    A name that tells both ("iliac artery and vein") is a "vessel" too: its lumen cannot be told apart.
    """
    part = recognise(name)
    text = part.name if part is not None else name.lower()
    vein, artery = _VEIN.search(text) is not None, _ARTERY.search(text) is not None
    if vein == artery:
        return "vessel"
    return "vein" if vein else "artery"
