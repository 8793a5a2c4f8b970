"""Which structures of a study are the spinal canal and vessels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..anatomy import Kind, recognise
from ..bone.compartments import BoneCompartments
from ..region import Region, union
from ..study.study import Structure


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
        drawn = [s.region for s in structures if _is(s, "canal")]
        canal = union(drawn, bone.grid) if drawn else Region.from_array(bone.canal, bone.grid)
        return cls(
            canal=canal if canal.voxels else None,
            canal_contoured=bool(drawn),
            vessels=tuple(s for s in structures if _is(s, "vessel")),
        )


def _is(structure: Structure, kind: Kind) -> bool:
    part = recognise(structure.name)
    return part is not None and part.kind == kind and structure.region.voxels > 0
