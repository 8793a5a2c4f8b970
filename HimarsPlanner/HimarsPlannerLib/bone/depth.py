"""Depth below a bone's surface, smooth across thick slices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..region import BoolArray, bounding_box
from .primitives import FloatImage, Spacing, distance, each

NORMAL_MM = 1.2
STEEPEST_SLICES = 1.0
THINNEST_STEP_MM = 1.0
STAIRCASE = 2.5
SLAB = 48
MARGIN = 4

Places = tuple[npt.NDArray[np.intp], ...]


@dataclass(frozen=True)
class Depth:
    """Depth of each voxel of a mask, on the mask's grid.

    Parameters
    ----------
    mm
        Distance in mm to the nearest outside point of the finely sliced mask; 0 outside the mask.
    step
        Smallest spacing of the finely sliced mask in mm: the surface lies half of it nearer.
    smooth
        `mm` smoothed over `NORMAL_MM`, negative outside.
    rise
        Derivative of `smooth` across the slices, per mm.
    """

    mm: FloatImage
    step: float
    smooth: FloatImage
    rise: FloatImage

    def normals(self, place: Places, spacing: Spacing) -> tuple[FloatImage, FloatImage]:
        """Inward unit normals (n, 3), (z, y, x), and the slope of the smoothed depth along them."""
        parts = [self.rise[place]]
        for axis in (1, 2):
            last = self.smooth.shape[axis] - 1
            after, before = list(place), list(place)
            after[axis] = np.minimum(place[axis] + 1, last)
            before[axis] = np.maximum(place[axis] - 1, 0)
            parts.append((self.smooth[tuple(after)] - self.smooth[tuple(before)]) / (2 * spacing[axis]))
        gradient = np.stack(parts, axis=1)
        slope = np.linalg.norm(gradient, axis=1)
        return np.asarray(gradient / np.maximum(slope, 1e-9)[:, None], dtype=np.float32), slope


def measure_depth(solid: BoolArray, spacing: Spacing, reach: float) -> Depth:
    """Depth below the surface, up to `reach` mm exactly.

    Between thick slices the outline is interpolated first (shape-based interpolation: Raya and Udupa, IEEE Trans Med
    Imaging 1990;9:32-42), because a surface oblique to them is a staircase otherwise, below which every voxel of a
    tread seems a whole voxel deep.

    Parameters
    ----------
    solid
        Shape (z, y, x).
    spacing
        Voxel spacing (z, y, x) in mm.
    reach
        Depth in mm to which the result is exact.
    """
    ratio = spacing[0] / max(min(spacing[1:]), THINNEST_STEP_MM)
    finer = round(ratio) if ratio >= STAIRCASE else 1
    fine = (spacing[0] / finer, spacing[1], spacing[2])
    mm, smooth, rise = (np.zeros(solid.shape, dtype=np.float32) for _ in range(3))
    halo = int(np.ceil(reach / spacing[0])) + 1
    starts = range(0, len(solid), SLAB)

    def work(start: int) -> None:
        first, last = max(0, start - halo), min(len(solid), start + SLAB + halo)
        own = slice(start - first, min(len(solid), start + SLAB) - first)
        _, y, x = bounding_box(solid[first:last], MARGIN)
        part = (slice(start, start + SLAB), y, x)
        if solid[first:last, y, x].size:
            mm[part], smooth[part], rise[part] = _slab(solid[first:last, y, x], spacing, fine, finer, own)

    for _ in each(work, starts):
        pass
    return Depth(mm, min(fine), smooth, rise)


def _slab(
    solid: BoolArray, spacing: Spacing, fine: Spacing, finer: int, own: slice
) -> tuple[FloatImage, FloatImage, FloatImage]:
    mask = solid if finer == 1 else _between_slices(solid, spacing, finer)
    depth = distance(mask, fine)
    signed = np.where(mask, depth, -np.float32(min(fine)))
    smooth = ndimage.gaussian_filter(signed, [NORMAL_MM / s for s in fine], truncate=2.5, mode="nearest")
    places = np.arange(own.start, own.stop) * finer
    above, below = np.minimum(places + 1, len(smooth) - 1), np.maximum(places - 1, 0)
    return depth[places], smooth[places], (smooth[above] - smooth[below]) / (2 * fine[0])


def _between_slices(solid: BoolArray, spacing: Spacing, finer: int) -> BoolArray:
    """Mask with `finer - 1` slices put between each two, as their outlines' distances interpolate."""
    apart = (1e4 * max(spacing), spacing[1], spacing[2])
    limit = np.float32(STEEPEST_SLICES * spacing[0])
    signed = np.minimum(distance(solid, apart), limit) - np.minimum(distance(~solid, apart), limit)
    fine = np.empty(((len(solid) - 1) * finer + 1, *solid.shape[1:]), dtype=bool)
    fine[::finer] = solid
    for step in range(1, finer):
        share = np.float32(step / finer)
        fine[step::finer] = signed[:-1] * (1 - share) + signed[1:] * share > 0
    return fine
