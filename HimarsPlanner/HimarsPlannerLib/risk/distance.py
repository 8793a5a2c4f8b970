"""Distance between two regions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from ..region import Region


def gap_mm(first: Region, second: Region) -> float:
    """Smallest distance between the voxel centres of two non-empty regions on one grid, mm; 0 where they overlap.

    Touching voxels are one spacing apart; an oblique grid needs no care since index axes are orthogonal.
    """
    if first.overlap(second):
        return 0.0
    distance, _ = cKDTree(_surface(second)).query(_surface(first))
    return float(np.min(distance))


def _surface(region: Region) -> npt.NDArray[np.float64]:
    """Centres in mm (grid axes) of the voxels with a face neighbour outside the region, shape (n, 3)."""
    padded = np.pad(region.mask, 1)
    inner = np.ones_like(region.mask)
    for axis in range(3):
        for shift in (-1, 1):
            inner &= np.roll(padded, shift, axis=axis)[1:-1, 1:-1, 1:-1]
    index = np.argwhere(region.mask & ~inner) + region.start
    return np.asarray(index * region.grid.spacing_zyx)
