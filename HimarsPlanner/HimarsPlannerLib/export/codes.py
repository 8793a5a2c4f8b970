"""Coded meanings of what is exported: what a structure is."""

from __future__ import annotations

from typing import NamedTuple


class Code(NamedTuple):
    """A coded concept: value, coding scheme (SCT, DCM) and meaning."""

    value: str
    scheme: str
    meaning: str


class Property(NamedTuple):
    """What a structure is: Segmented Property Category (DICOM CID 9580) and type."""

    category: Code
    type: Code


_ABNORMAL = Code("49755003", "SCT", "Morphologically Abnormal Structure")
_ANATOMY = Code("91723000", "SCT", "Anatomical Structure")
_OBJECT = Code("260787004", "SCT", "Physical object")

METASTASIS = Property(_ABNORMAL, Code("128462008", "SCT", "Metastasis"))
BONE = Property(_ANATOMY, Code("272673000", "SCT", "Bone"))
BONE_MARROW = Property(_ANATOMY, Code("14016003", "SCT", "Bone Marrow"))
VERTEBRAL_CANAL = Property(_ANATOMY, Code("61853006", "SCT", "Vertebral canal"))
BLOOD_VESSEL = Property(_ANATOMY, Code("59820001", "SCT", "Blood Vessel"))
IMPLANT = Property(_OBJECT, Code("40388003", "SCT", "Implant"))

_TARGET = Code("130041", "DCM", "RT Target")
TARGETS = {
    "GTV": Property(_TARGET, Code("228791009", "SCT", "GTV")),
    "CTV": Property(_TARGET, Code("228792002", "SCT", "CTV")),
    "PTV": Property(_TARGET, Code("228793007", "SCT", "PTV")),
}
"""What a structure is by its RT ROI Interpreted Type (CID 9580 and 9534). The same two codes are its therapeutic role
(CID 9503 and 9534)."""
