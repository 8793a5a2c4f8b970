"""Share of the canal's area that a lesion fills, slice by slice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...grid import FloatArray, Grid
from ...region import BoolArray, Region


@dataclass(frozen=True)
class Encroachment:
    """The slice of the canal that a lesion fills most; the slices are those nearest to axial.

    Parameters
    ----------
    fraction
        Of the canal's area, in [0, 1].
    index
        The slice's index along its array axis.
    at_lps
        Centre of the canal there, LPS mm.
    cord_share
        Share of the canal's area that the cord's contour takes in these slices; 0 without one.
    filled
        Whether lesion and cord leave nothing of the canal free in some slice; False without a cord.
    """

    fraction: float
    index: int
    at_lps: FloatArray
    cord_share: float = 0.0
    filled: bool = False


def find_encroachment(lesion: Region, canal: Region, cord: Region | None = None) -> Encroachment | None:
    """Worst slice of a lesion against the canal.

    Both areas are of the same plane: where the canal is oblique to it, both grow alike, so that the share is that of
    the plane orthogonal to the canal for whatever does not change quickly along it.

    Parameters
    ----------
    lesion, canal, cord
        Voxels on one grid.

    Returns
    -------
    Encroachment or None
        None where no slice holds both; the middle slice that does where the lesion is beside the canal in all.
    """
    axis = axial_axis(canal.grid)
    first = max(lesion.start[axis], canal.start[axis])
    last = min(lesion.start[axis] + lesion.mask.shape[axis], canal.start[axis] + canal.mask.shape[axis])
    if first >= last:
        return None
    inside = np.moveaxis(canal.mask, axis, 0)[first - canal.start[axis] : last - canal.start[axis]]
    covered = np.moveaxis(lesion.cut(canal), axis, 0)[first - canal.start[axis] : last - canal.start[axis]] & inside
    area, hit = (np.count_nonzero(mask, axis=(1, 2)) for mask in (inside, covered))
    known = np.flatnonzero(area)
    if not known.size:
        return None
    share = hit / np.maximum(area, 1)
    worst = int(np.argmax(share)) if hit.any() else int(known[len(known) // 2])
    centre = np.argwhere(inside[worst]).mean(axis=0)
    index = np.insert(centre, axis, 0.0) + np.asarray(canal.start)
    index[axis] = first + worst
    at = canal.grid.to_lps(index)
    if cord is None:
        return Encroachment(float(share[worst]), first + worst, at)
    start = first - canal.start[axis]
    held = np.moveaxis(cord.cut(canal), axis, 0)[start : start + len(inside)] & inside
    taken = float(np.count_nonzero(held) / np.count_nonzero(inside))
    return Encroachment(float(share[worst]), first + worst, at, taken, _filled(inside, covered, held))


def axial_axis(grid: Grid) -> int:
    """Array axis (of z, y, x) that runs most along the body."""
    return 2 - int(np.argmax(np.abs(grid.axes[2])))


def _filled(inside: BoolArray, covered: BoolArray, held: BoolArray) -> bool:
    taken = held.any(axis=(1, 2)) & covered.any(axis=(1, 2))
    return bool((taken & ~(inside & ~covered & ~held).any(axis=(1, 2))).any())
