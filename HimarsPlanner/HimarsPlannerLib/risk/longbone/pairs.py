"""Femora and humeri of a patient, found and matched with their partners once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...bone.compartments import BoneCompartments
from ...grid import Volume
from ...lesions.lesion import Lesion
from ...region import Region
from ..skeletal_part import Part, side_of
from .bone import LongBone, follow_femora, labelled_bone
from .homologue import Match, match_bones

OPPOSITE = {"left": "right", "right": "left"}
WORST_RESIDUAL_MM = 1.5
"""Bones of two sides that differ by more are not laid on each other."""


@dataclass(frozen=True)
class Pair:
    """The long bone that holds a lesion, and its partner.

    Parameters
    ----------
    partner, match
        None where the other one is not in view, or cannot be laid on this one.
    """

    bone: LongBone
    partner: LongBone | None
    match: Match | None


@dataclass(frozen=True)
class LongBones:
    """Where long bones are found.

    Parameters
    ----------
    ct, compartments, bones, gtv_total
        As in `Anatomy`.
    """

    ct: Volume
    compartments: BoneCompartments
    bones: Mapping[str, Region]
    gtv_total: Region
    _known: dict[str, Pair] = field(default_factory=dict, repr=False, compare=False)

    def pair_of(self, lesion: Lesion, part: Part) -> Pair | None:
        """Femur or humerus that holds a lesion, with its partner; None where neither labels nor the CT tell it."""
        for name in _names(lesion, part):
            bone = labelled_bone(name, self.bones)
            if bone is not None and bone.region.overlap(lesion.region):
                if name not in self._known:
                    self._known[name] = self._matched(bone, labelled_bone(_other(name), self.bones))
                return self._known[name]
        if part != "femur" or any(name.startswith("femur") for name in self.bones):
            return None
        for known in self._known.values():
            if known.bone.region.overlap(lesion.region) * 2 > lesion.region.voxels:
                return known
        followed = follow_femora(lesion.region, self.compartments)
        if followed is None:
            return None
        self._known[f"{lesion.id}: {followed[0].name}"] = pair = self._matched(*followed)
        return pair

    def _matched(self, bone: LongBone, partner: LongBone | None) -> Pair:
        if partner is None:
            return Pair(bone, None, None)
        match = match_bones(bone.region, partner.region, self.gtv_total, ends_in_view=bone.labelled)
        return Pair(bone, partner, match if match is not None and match.residual_mm <= WORST_RESIDUAL_MM else None)


def _names(lesion: Lesion, part: Part) -> list[str]:
    side = side_of(lesion)
    return [f"{part}_{side}"] if side else [f"{part}_left", f"{part}_right"]


def _other(name: str) -> str:
    bone, side = name.rsplit("_", 1)
    return f"{bone}_{OPPOSITE[side]}"
