"""Distance between the surfaces of a lesion and a structure of the canal."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from ...grid import FloatArray
from ...region import Region, Slices


def surface_gap_mm(lesion: Region, other: Region, within_mm: float) -> float:
    """Smallest distance between the voxels of two regions as boxes, mm.

    Voxels that touch have none between them, and the true surfaces lie on average where the boxes end: no bias by the
    voxel's size, unlike the distance between centres.

    Parameters
    ----------
    lesion, other
        Voxels on one grid.
    within_mm
        What is farther is infinite; keeps the search small.
    """
    if lesion.overlap(other):
        return 0.0
    spacing = np.asarray(lesion.grid.spacing_zyx)
    near = _near(other, lesion, within_mm)
    mine, theirs = _surface(lesion), _surface(near)
    if not len(mine) or not len(theirs):
        return float("inf")
    # A box may be nearest without its centre being so: among the few nearest centres it is.
    found, index = cKDTree(theirs * spacing).query(mine * spacing, k=min(4, len(theirs)))
    steps = np.abs(mine[:, None] - theirs[np.reshape(index, (len(mine), -1))])
    gaps = np.linalg.norm(np.maximum(steps - 1, 0) * spacing, axis=-1)
    gap = float(gaps.min())
    return gap if np.isfinite(found).any() and gap <= within_mm else float("inf")


def signed_gap_mm(lesion: Region, cord: Region, within_mm: float) -> float:
    """Distance from a lesion to the cord; below zero how deep the lesion reaches into it, mm."""
    shared = lesion.cut(cord) & cord.mask
    if not shared.any():
        return surface_gap_mm(lesion, cord, within_mm)
    depth = ndimage.distance_transform_edt(np.pad(cord.mask, 1), cord.grid.spacing_zyx)[1:-1, 1:-1, 1:-1]
    return -float(depth[shared].max() - min(cord.grid.spacing_zyx) / 2)


def _near(region: Region, other: Region, within_mm: float) -> Region:
    """Part of a region around another."""
    margin = [int(np.ceil(within_mm / s)) + 1 for s in region.grid.spacing_zyx]
    spans = zip(region.start, region.mask.shape, other.box, margin, strict=True)
    box: Slices = tuple(  # type: ignore[assignment]
        slice(min(max(o.start - m - s, 0), n), min(max(o.stop + m - s, 0), n)) for s, n, o, m in spans
    )
    z, y, x = (s + part.start for s, part in zip(region.start, box, strict=True))
    return Region(region.grid, (z, y, x), region.mask[box])


def _surface(region: Region) -> FloatArray:
    """Indices of the voxels with a face neighbour outside the region, shape (n, 3)."""
    inner = ndimage.binary_erosion(np.pad(region.mask, 1))[1:-1, 1:-1, 1:-1] if region.mask.size else region.mask
    return np.asarray(np.argwhere(region.mask & ~inner) + region.start, dtype=np.float64)
