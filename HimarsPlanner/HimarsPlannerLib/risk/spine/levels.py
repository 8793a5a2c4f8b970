"""Vertebral levels: which a lesion may lie in, and what SINS and the cord ask of each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from ...anatomy import LEVEL
from ...lesions.lesion import Lesion

Content = Literal["cord", "conus", "cauda equina"]

CERVICAL = tuple(f"C{n}" for n in range(1, 8))
THORACIC = tuple(f"T{n}" for n in range(1, 13))
LUMBAR = tuple(f"L{n}" for n in range(1, 6))
SACRAL = tuple(f"S{n}" for n in range(1, 6))
ORDER = (*CERVICAL, *THORACIC, *LUMBAR, "L6", *SACRAL)

JUNCTIONAL = ("C1", "C2", "C7", "T1", "T2", "T11", "T12", "L1", "L5", "L6", "S1")
MOBILE = ("C3", "C4", "C5", "C6", "L2", "L3", "L4")
_BY_WORD = (("cervical", CERVICAL), ("thoracic", THORACIC), ("lumbar", LUMBAR), ("sacrum", SACRAL))


def location_points(level: str) -> int:
    """SINS points of a level: junctional 3, mobile 2, semirigid (T3 to T10) 1, rigid (S2 to S5) 0.

    L6 is junctional: it is the last above the sacrum.
    """
    if level in JUNCTIONAL:
        return 3
    if level in MOBILE:
        return 2
    return 1 if level in THORACIC else 0


def possible_levels(lesion: Lesion) -> tuple[tuple[str, ...], bool]:
    """Levels of a spine or sacrum lesion from the head down.

    Returns
    -------
    tuple
        The levels, and whether all of them hold the lesion (labels or a person named them) rather than one of them.
        Empty where its site is not in the spine.
    """
    named = [bone.removeprefix("vertebrae_") for bone in lesion.site.bones if bone.startswith("vertebrae_")]
    text = lesion.site.name.lower()
    named = named or [found.upper().replace("TH", "T") for found in LEVEL.findall(text)]
    if named:
        return ordered(named), True
    found = [level for word, levels in _BY_WORD if word in text or word in lesion.site.bones for level in levels]
    if not found and re.search(r"\bspine\b", text):
        found = [level for level in ORDER if level not in ("L6", *SACRAL)]
    return ordered(found), False


def ordered(levels: Sequence[str]) -> tuple[str, ...]:
    """Levels from the head down, each once."""
    return tuple(sorted({level for level in levels if level in ORDER}, key=ORDER.index))


def region_of(level: str) -> tuple[str, ...]:
    """Levels of the same part of the spine; the sacrum belongs to the lumbar spine."""
    if level in CERVICAL:
        return CERVICAL
    return THORACIC if level in THORACIC else (*LUMBAR, "L6", *SACRAL)


def content_of(levels: Sequence[str]) -> Content | None:
    """What runs in the canal of levels that hold a lesion, or one of which does; None where that is not certain.

    The conus ends at L1 or L2 in nearly all adults.
    """
    kinds = {_content(level) for level in levels}
    if "cauda equina" in kinds:
        return None if "cord" in kinds else "conus" if "conus" in kinds else "cauda equina"
    return "cord" if "cord" in kinds else "conus" if kinds else None


def _content(level: str) -> Content:
    if level in ("L1", "L2"):
        return "conus"
    return "cord" if level in CERVICAL or level in THORACIC else "cauda equina"
