"""Whether SUV can be right: what the whole body and the liver hold."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ..grid import Volume
from ..notice import Notice
from .study import PetImage, Structure

MOST_RECOVERED = 1.3
LEAST_RECOVERED = 0.3
WHOLE_BODY_MM = 800.0
LIVER_SUV = (3.0, 8.0)
LIVER_SUV_OF_LIVER_EXCRETED = (5.0, 20.0)
LIVER_EXCRETED = re.compile(r"psma.?1007", re.IGNORECASE)
LIVER = re.compile(r"^(liver|leber|foie|hepar)$", re.IGNORECASE)


def recovered_activity(suv: Volume, weight_kg: float) -> float | None:
    """Fraction of the injected activity that an image holds; None where the weight is unknown.

    SUVbw averages to 1 over the body that holds all activity, so its integral over volume is the body's weight.
    """
    if not weight_kg:
        return None
    return float(suv.array.sum(dtype=np.float64)) * suv.grid.voxel_ml / (weight_kg * 1000)


def implausible_activity(suv: Volume, weight_kg: float) -> list[Notice]:
    """Notice that an image holds more activity than was injected, or a whole body hardly any of it."""
    share = recovered_activity(suv, weight_kg)
    if share is None:
        return []
    whole_body = suv.grid.size[2] * suv.grid.spacing[2] >= WHOLE_BODY_MM
    if share <= MOST_RECOVERED and not (whole_body and share < LEAST_RECOVERED):
        return []
    wrong = "injected activity, units or times (of values stored as SUV: weight) in its header are wrong"
    return [Notice("suv-implausible", f"The PET holds {share:.0%} of the injected activity: {wrong}.")]


def implausible_liver(pet: PetImage, structures: Sequence[Structure]) -> list[Notice]:
    """Notice that the liver, where one is contoured or labelled, takes up other than PSMA ligands do."""
    liver = next((one for one in structures if LIVER.match(one.name) and one.region.voxels), None)
    if liver is None or any(notice.code == "pet-tracer-not-psma" for notice in pet.suv.notices):
        return []
    mean = float(np.nanmean(liver.region.values(pet.on_ct.array)))
    low, high = LIVER_SUV_OF_LIVER_EXCRETED if LIVER_EXCRETED.search(pet.suv.tracer) else LIVER_SUV
    if np.isnan(mean) or low <= mean <= high:
        return []
    expected = f"{low:g} to {high:g} expected of {pet.suv.tracer or 'a PSMA ligand'}"
    message = f"SUVmean of the liver ({liver.name}) is {mean:.1f} ({expected}): check SUV before trusting it."
    return [Notice("suv-liver-unusual", message)]
