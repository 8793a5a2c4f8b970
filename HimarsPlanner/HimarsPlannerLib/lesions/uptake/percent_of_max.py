"""Percentage of SUVmax: each lesion ends where its uptake falls below a fraction of its own maximum."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ...protocol.protocol import LesionSettings
from ...region import BoolArray
from .basins import Index, ScalarArray
from .blocks import EVERY_NEIGHBOUR
from .rule import PetMethod, Rule


def percent_of_max(settings: LesionSettings) -> Rule:
    """`settings.percent_of_max` per cent of each lesion's SUVmax, for lesions that reach `settings.suv_threshold`.

    The 41 to 50 % of the EANM's FDG guideline (Boellaard, Eur J Nucl Med Mol Imaging 2015;42:328-54). Very hot
    lesions come out small, faint ones large: a lesion may grow past its uptake of `settings.suv_threshold` by at most
    the point spread. Uptake is always parted by its peaks, since a faint lesion beside a hot one would vanish.
    """
    percent, threshold = settings.percent_of_max, settings.suv_threshold
    detail = f"{percent:g} % of SUVmax of each peak of SUVbw >= {threshold:g}, within one point spread of that uptake"
    return Rule(PetMethod.PERCENT_OF_MAX, threshold, detail, percent / 100)


def outline(
    suv: ScalarArray,
    uptake: BoolArray,
    peak: Index,
    allowed: BoolArray,
    fraction: float,
    reach_mm: float,
    spacing: tuple[float, float, float],
) -> BoolArray:
    """Voxels of one lesion of at least a fraction of its maximum that hang together with its peak.

    Parameters
    ----------
    suv
        SUVbw in a block that holds the uptake and `reach_mm` around it, (z, y, x).
    uptake
        The lesion as it was detected.
    peak
        Index of its maximum in the block.
    allowed
        Where it may grow: its side of the bone's surface, outside other lesions.
    fraction
        Of the value at `peak`.
    reach_mm
        How far it may grow past `uptake`.
    spacing
        Of the block, (z, y, x), mm.
    """
    near = ndimage.distance_transform_edt(~uptake, spacing) <= reach_mm
    enough = (suv >= fraction * suv[peak]) & near & (allowed | uptake)
    labels, _ = ndimage.label(enough, EVERY_NEIGHBOUR)
    return np.asarray(labels == labels[peak])
