"""The PET methods by name."""

from __future__ import annotations

from collections.abc import Sequence

from ...protocol.protocol import LesionSettings
from ...region import Region, union
from ...study.study import PetImage
from .fixed_suv import fixed_suv
from .found import Organ
from .organ_based import ORGANS, organ_based
from .percent_of_max import percent_of_max
from .rule import PetMethod, Rule


def choose_rule(settings: LesionSettings, pet: PetImage, organs: Sequence[Organ]) -> Rule:
    """Rule of the method that the settings name.

    Raises
    ------
    InputError
        A method that measures an organ cannot; see `organ_based`.
    """
    method = PetMethod(settings.pet_method)
    if method is PetMethod.FIXED_SUV:
        return fixed_suv(settings)
    if method is PetMethod.PERCENT_OF_MAX:
        return percent_of_max(settings)
    return organ_based(settings, method, pet, _alone(ORGANS[method], organs))


def _alone(name: str, organs: Sequence[Organ]) -> Region | None:
    """Voxels of an organ that no other organ's label claims; None without its label."""
    mine = [organ.region for organ in organs if organ.name == name and organ.region.voxels]
    if not mine:
        return None
    own = union(mine, mine[0].grid)
    others = union((organ.region for organ in organs if organ.name != name), own.grid)
    return Region(own.grid, own.start, own.mask & ~others.cut(own))
