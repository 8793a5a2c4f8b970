"""Metal: implants, screws, clips."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..region import BoolArray, bounding_box
from .primitives import Spacing, drop_small, hysteresis

SURE_HU = 2600
EDGE_HU = 1900
SMALLEST_MM3 = 50.0


def find_metal(ct: npt.NDArray[np.int16], spacing: Spacing) -> BoolArray:
    """Voxels of metal: denser than any cortical bone, with their denser-than-cortex surroundings."""
    metal = np.zeros(ct.shape, dtype=bool)
    low = ct > EDGE_HU
    box = bounding_box(low)
    if low[box].size:
        grown = hysteresis(low[box], ct[box] > SURE_HU)
        metal[box] = drop_small(grown, SMALLEST_MM3 / float(np.prod(spacing)))
    return metal
