"""Liver-based threshold: uptake clearly above what the patient's own liver (or spleen) shows."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ...errors import InputError
from ...protocol.protocol import LesionSettings
from ...region import Region
from ...study.study import PetImage
from .native import native_values
from .rule import PetMethod, Rule

MINIMUM_ML = 10.0
MOST_VARIATION = 0.5
LIVER_EXCRETED = re.compile(r"1007")
ORGANS = {PetMethod.LIVER_BASED: "liver", PetMethod.SPLEEN_BASED: "spleen"}


def organ_based(settings: LesionSettings, method: PetMethod, pet: PetImage, organ: Region | None) -> Rule:
    """Threshold from the mean and standard deviation of a reference organ.

    qPSMA's formula for soft tissue (Gafita, J Nucl Med 2019;60:1277-83), used for all candidates by Seifert (J Nucl Med
    2020;61:1786-92) and so here: T = 4.30 / SUVmean x (SUVmean + SD) = 4.30 x (1 + CV), SUVmean and SD those of the
    liver. Tracers that the liver excretes (PSMA-1007) take the spleen.

    Parameters
    ----------
    settings
        `organ_factor` (4.30) and `point_spread_mm`, by which the organ is shrunk before it is measured.
    method
        Liver or spleen.
    pet
        Its own lattice is measured: values between voxels vary less than the voxels do.
    organ
        The organ's label on the CT; None where there is none.

    Raises
    ------
    InputError
        There is no label, it is too small inside the PET, or its uptake is no healthy organ's.
    """
    name = ORGANS[method]
    if organ is None:
        raise InputError(
            f"PET method {method} needs a {name} label, and no structure is one",
            f"a structure named {name.capitalize()}",
            "add it with --structures, or choose --pet-method fixed-suv",
        )
    if method is PetMethod.LIVER_BASED and LIVER_EXCRETED.search(pet.source.description):
        raise InputError(
            f"The PET {pet.source.description!r} shows a tracer that the liver excretes",
            "the spleen as its reference",
            "choose --pet-method spleen-based",
        )
    values = _inside(pet, organ, settings.point_spread_mm)
    if values.size * pet.native.grid.voxel_ml < MINIMUM_ML:
        raise InputError(
            f"Only {values.size * pet.native.grid.voxel_ml:.1f} ml of the {name} label lie in the PET, "
            f"{settings.point_spread_mm:g} mm inside its border",
            f"{MINIMUM_ML:g} ml or more",
            "give a whole label, or choose --pet-method fixed-suv",
        )
    mean, variation = float(values.mean()), float(values.std() / values.mean())
    if not variation <= MOST_VARIATION:
        raise InputError(
            f"The {name} label has SUVbw {mean:.1f} with a variation of {variation:.0%}",
            f"a healthy {name} with at most {MOST_VARIATION:.0%}",
            "check that label and PET belong together, or choose --pet-method fixed-suv",
        )
    threshold = settings.organ_factor * (1 + variation)
    detail = f"SUVbw >= {threshold:.2f} = {settings.organ_factor:g} x (1 + {variation:.3f}); {name} SUVmean {mean:.2f}"
    return Rule(method, threshold, detail)


def _inside(pet: PetImage, organ: Region, margin_mm: float) -> npt.NDArray[np.float64]:
    """Values of the PET voxels in the organ whose centre is at least `margin_mm` from its surface."""
    depth = ndimage.distance_transform_edt(np.pad(organ.mask, 1), organ.grid.spacing_zyx)[1:-1, 1:-1, 1:-1]
    return native_values(pet.native, Region(organ.grid, organ.start, depth > margin_mm))
