"""Distance between two regions, and what of one is near the other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from ..grid import Grid
from ..region import Region, Slices


def gap_mm(first: Region, second: Region) -> float:
    """Smallest distance between the voxel centres of two non-empty regions on one grid, mm; 0 where they overlap.

    Touching voxels are one spacing apart; an oblique grid needs no care since index axes are orthogonal.
    """
    if first.overlap(second):
        return 0.0
    distance, _ = cKDTree(surface_of(second)).query(surface_of(first))
    return float(np.min(distance))


def surface_of(region: Region) -> npt.NDArray[np.float64]:
    """Centres in mm (grid axes) of the voxels with a face neighbour outside the region, shape (n, 3)."""
    padded = np.pad(region.mask, 1)
    inner = np.ones_like(region.mask)
    for axis in range(3):
        for shift in (-1, 1):
            inner &= np.roll(padded, shift, axis=axis)[1:-1, 1:-1, 1:-1]
    index = np.argwhere(region.mask & ~inner) + region.start
    return np.asarray(index * region.grid.spacing_zyx)


def grown(box: Slices, grid: Grid, mm: float) -> Slices:
    """Box grown by `mm`, inside the grid."""
    spans = []
    for span, spacing, n in zip(box, grid.spacing_zyx, grid.shape, strict=True):
        margin = int(np.ceil(mm / spacing))
        spans.append(slice(max(span.start - margin, 0), min(span.stop + margin, n)))
    return spans[0], spans[1], spans[2]


def crop(region: Region, box: Slices) -> Region | None:
    """Part of a region in a box; None where it has none."""
    low = [max(own.start, span.start) for own, span in zip(region.box, box, strict=True)]
    high = [min(own.stop, span.stop) for own, span in zip(region.box, box, strict=True)]
    if any(b <= a for a, b in zip(low, high, strict=True)):
        return None
    part = region.mask[tuple(slice(a - s, b - s) for a, b, s in zip(low, high, region.start, strict=True))]
    return Region.from_array(part, region.grid, (low[0], low[1], low[2])) if part.any() else None


def same_level(lesion: Region, other: Region) -> bool:
    """Whether both have a part at one height of the patient."""
    axis = 2 - int(np.argmax(np.abs(lesion.grid.axes[2])))
    first, second = (
        range(region.start[axis], region.start[axis] + region.mask.shape[axis]) for region in (lesion, other)
    )
    return max(first.start, second.start) < min(first.stop, second.stop)
