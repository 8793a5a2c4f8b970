"""The patient: trunk and arms, without table, clothes and wires."""

from __future__ import annotations

import numpy as np

from ..errors import BoneError
from ..region import BoolArray
from .primitives import components, grow_along, keep_components
from .resolution import Coarse

TISSUE_HU = -300
SMALLEST_SHARE = 0.02
THIN_MM = 7.0


def find_body(ct: Coarse) -> BoolArray:
    """Blocks of the patient's body.

    Tissue is opened in the transverse plane, which takes off plates and wires thinner than `THIN_MM`; components
    larger than `SMALLEST_SHARE` of the largest are kept, so that both arms stay.

    Raises
    ------
    BoneError
        No component of tissue is left.
    """
    tissue = ct.mean > TISSUE_HU
    steps = tuple(max(1, round(THIN_MM / 2 / s)) for s in ct.spacing[1:])
    opened = _dilate(~_dilate(~tissue, steps), steps)
    labels, count = components(opened)
    if count == 0:
        raise BoneError(
            f"The CT holds no body: nothing thicker than {THIN_MM:g} mm is denser than {TISSUE_HU} HU",
            "a CT of a patient in Hounsfield units",
            "check that this series is the planning CT",
        )
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    body = keep_components(opened, sizes >= SMALLEST_SHARE * sizes.max(), labels)
    # The thin wall around lungs and bowel gas comes back.
    return _dilate(body, steps) & tissue


def _dilate(mask: BoolArray, steps: tuple[int, ...]) -> BoolArray:
    """Mask grown in the transverse plane by a number of blocks along y and x."""
    for axis, count in enumerate(steps, start=1):
        for _ in range(count):
            mask = grow_along(mask, axis)
    return mask
