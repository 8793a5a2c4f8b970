"""Which structures of a study are the spinal canal and vessels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..bone.compartments import BoneCompartments
from ..region import Region, union
from ..study.study import Structure

CANAL_NAME = re.compile(r"canal|thecal|dural.?sac", re.IGNORECASE)
VESSEL_NAME = re.compile(r"(^|_)(ivc|svc|[av]_)|vena|vein|arter|aorta|brachiocephalic|pulmonary_v", re.IGNORECASE)
TARGET_OR_MARGIN = re.compile(r"prv|ptv|gtv|ctv", re.IGNORECASE)


@dataclass(frozen=True)
class Anatomy:
    """What the risk scores look at besides the lesion.

    Parameters
    ----------
    canal
        Spinal canal: the contoured one where there is one, else the segmented one; None where neither is in view.
    canal_contoured
        Whether a person drew it.
    vessels
        Contoured vessels; empty means that vessels cannot be assessed.
    """

    canal: Region | None
    canal_contoured: bool
    vessels: tuple[Structure, ...]

    @classmethod
    def of(cls, structures: Sequence[Structure], bone: BoneCompartments) -> Anatomy:
        """Anatomy of a study."""
        drawn = [s.region for s in structures if _is(s, CANAL_NAME)]
        canal = union(drawn, bone.grid) if drawn else Region.from_array(bone.canal, bone.grid)
        return cls(
            canal=canal if canal.voxels else None,
            canal_contoured=bool(drawn),
            vessels=tuple(s for s in structures if _is(s, VESSEL_NAME)),
        )


def _is(structure: Structure, pattern: re.Pattern[str]) -> bool:
    if not structure.region.voxels or TARGET_OR_MARGIN.search(structure.name):
        return False
    return pattern.search(structure.name) is not None
