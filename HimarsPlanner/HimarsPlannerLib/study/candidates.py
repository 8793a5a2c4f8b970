"""What a series is fit for, by its header alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from .image_file import stem
from .series import STRUCTURE_MODALITIES, Series

Role = Literal["ct", "pet", "structures"]

TITLES: dict[Role, str] = {"ct": "planning CT", "pet": "PSMA PET", "structures": "structures"}
MODALITIES: dict[Role, tuple[str, ...]] = {"ct": ("CT",), "pet": ("PT",), "structures": STRUCTURE_MODALITIES}
OPTIONS: dict[Role, str] = {"ct": "--ct UID", "pet": "--pet UID", "structures": "--structures FILE"}
FILE_NAMES: dict[Role, set[str]] = {
    "structures": {"seg", "segmentation", "label", "labels", "mask", "gtv", "lesion", "lesions", "structures"},
    "pet": {"pet", "pt", "suv", "suvbw", "psma"},
    "ct": {"ct"},
}
NOT_VOLUMES = {
    "LOCALIZER": "localizer",
    "SCOUT": "localizer",
    "MIP": "projection",
    "PROJECTION IMAGE": "projection",
    "SCREEN SAVE": "screen shot",
}
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def candidates(series: Sequence[Series], role: Role) -> list[Series]:
    """DICOM series fit for a role; where there is none, image files with a telling name.

    Localizers, projections, screen shots and single slices are no volumes. A PET without attenuation correction
    counts only where there is no other, so that its refusal can say why.
    """
    fit = [one for one in series if one.modality in MODALITIES[role] and (role == "structures" or is_volume(one))]
    if role == "pet":
        fit = [one for one in fit if "ATTN" in one.corrected] or fit
    return fit or [one for one in series if one.is_file and _named_role(one.files[0]) == role]


def is_volume(series: Series) -> bool:
    """Whether a CT or PET series holds more than single, projected or photographed slices."""
    if series.sop_class_uid.startswith(SECONDARY_CAPTURE) or series.size[2] < 2:
        return False
    return not any(part.upper() in NOT_VOLUMES for part in series.image_type)


def why_not(series: Series) -> str:
    """Why a series that is no candidate is none."""
    if series.is_file:
        return "name it with --ct, --pet or --structures"
    if not any(series.modality in modalities for modalities in MODALITIES.values()):
        return f"{series.modality} is not needed"
    for part in series.image_type:
        if part.upper() in NOT_VOLUMES:
            return NOT_VOLUMES[part.upper()]
    if series.sop_class_uid.startswith(SECONDARY_CAPTURE):
        return "screen shot"
    return "single slice" if series.size[2] < 2 else "not attenuation-corrected"


def _named_role(file: Path) -> Role | None:
    if file.name.lower().endswith(".seg.nrrd"):
        return "structures"
    words = set(re.split(r"[^a-z0-9]+", stem(file).lower()))
    return next((role for role, names in FILE_NAMES.items() if words & names), None)
