"""Grow and shrink structures by margins in millimetres of the patient."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt
from scipy.spatial import cKDTree

from ..errors import OutputError
from ..grid import FloatArray, Grid
from ..protocol.margins import Margin
from ..region import BoolArray, Region

NO_MARGIN: Margin = (0.0, 0.0, 0.0)
_LARGEST_MM = 100.0
_NO_MARGIN_MM = 1e-6
_ROUNDING = 1e-9
# Slices thicker than this many pixels are interpolated before the surface is taken.
_THICK = 1.5


@dataclass(frozen=True)
class Grown:
    """A structure with its margin.

    Parameters
    ----------
    region
        The part inside the CT.
    lost_ml
        Volume of the margin that would lie outside the CT.
    """

    region: Region
    lost_ml: float


def read_margin(text: str) -> Margin:
    """Margin of a line of text: one length in mm for all directions, or left-right, front-back and head-foot.

    Raises
    ------
    OutputError
        It is not one or three numbers.
    """
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 1:
        return numbers[0], numbers[0], numbers[0]
    if len(numbers) != 3:
        raise OutputError(
            f"The margin {text!r} is not a margin", "mm such as 3, or left-right,front-back,head-foot such as 3,3,5"
        )
    return numbers[0], numbers[1], numbers[2]


def check_margin(margin: Margin) -> None:
    """Refuse a margin that makes no sense.

    Raises
    ------
    OutputError
        It is negative or above 100 mm.
    """
    if not all(0 <= length <= _LARGEST_MM for length in margin):
        shown = " x ".join(f"{length:g}" for length in margin)
        raise OutputError(f"A margin of {shown} mm cannot be used", f"0 to {_LARGEST_MM:g} mm", "correct it")


def grow(region: Region, margin: Margin) -> Grown:
    """Add a margin: every voxel whose centre lies within an ellipsoid around a point of the surface.

    Parameters
    ----------
    region
        What to grow, not empty.
    margin
        Millimetres along the patient's axes (LPS), whatever way the grid lies.

    Returns
    -------
    Grown
        Contains `region`.

    Raises
    ------
    OutputError
        A margin is negative or above 100 mm.
    """
    block, start = _padded(region, margin)
    outside = np.argwhere(~block)
    near = _relative_distance(block, outside, region.grid, margin) <= 1 + _ROUNDING
    block[tuple(outside[near].T)] = True
    inside = Region.from_array(*_within_grid(block, start, region.grid))
    return Grown(inside, (int(np.count_nonzero(block)) - inside.voxels) * region.grid.voxel_ml)


def shrink(region: Region, margin: Margin) -> Region:
    """Take a margin away: what remains lies beyond the ellipsoid around every point of the surface.

    Parameters
    ----------
    region, margin
        As for `grow`.

    Raises
    ------
    OutputError
        A margin is negative or above 100 mm.
    """
    block, start = _padded(region, margin)
    inside = np.argwhere(block)
    near = _relative_distance(block, inside, region.grid, margin) < 1 - _ROUNDING
    block[tuple(inside[near].T)] = False
    return Region.from_array(*_within_grid(block, start, region.grid))


def _padded(region: Region, margin: Margin) -> tuple[BoolArray, tuple[int, int, int]]:
    """Block of the region with room for the margin, beyond the CT too, and its first voxel."""
    check_margin(margin)
    reach = np.linalg.norm(region.grid.axes * np.array(margin)[:, np.newaxis], axis=0)[::-1]
    room = [math.ceil(length / step) + 1 for length, step in zip(reach, region.grid.spacing_zyx, strict=True)]
    z, y, x = (first - pad for first, pad in zip(region.start, room, strict=True))
    return np.pad(region.mask, [(pad, pad) for pad in room]), (z, y, x)


def _within_grid(
    block: BoolArray, start: tuple[int, int, int], grid: Grid
) -> tuple[BoolArray, Grid, tuple[int, int, int]]:
    low = [max(-first, 0) for first in start]
    high = [min(first + n, size) - first for first, n, size in zip(start, block.shape, grid.shape, strict=True)]
    z, y, x = (slice(a, max(a, b)) for a, b in zip(low, high, strict=True))
    return block[z, y, x], grid, (start[0] + low[0], start[1] + low[1], start[2] + low[2])


def _relative_distance(block: BoolArray, voxels: npt.NDArray[np.intp], grid: Grid, margin: Margin) -> FloatArray:
    """Distance of voxel centres (z, y, x) from the block's surface, in margins; infinite beyond one margin."""
    to_margins = (grid.axes * grid.spacing) / np.maximum(margin, _NO_MARGIN_MM)[:, np.newaxis]
    surface = _surface(block, grid.spacing_zyx)[:, ::-1] @ to_margins.T
    distance, _ = cKDTree(surface).query(voxels[:, ::-1] @ to_margins.T, distance_upper_bound=1 + 2 * _ROUNDING)
    return np.asarray(distance)


def _surface(block: BoolArray, spacing: tuple[float, float, float]) -> FloatArray:
    """Middles of the faces between inside and outside, in voxels of the block, shape (n, 3)."""
    fine, parts = _interpolated(block, spacing)
    points = []
    for axis in range(3):
        faces = np.argwhere(np.diff(fine.view(np.int8), axis=axis)).astype(np.float64)
        faces[:, axis] += 0.5
        points.append(faces / parts)
    return np.concatenate(points)


def _interpolated(block: BoolArray, spacing: tuple[float, float, float]) -> tuple[BoolArray, npt.NDArray[np.intp]]:
    """Block with its long voxel sides divided, by linear interpolation of the signed distance; and the divisions."""
    step = min(spacing)
    # Odd, so that the faces between two voxels of one line stay half way between them.
    parts = np.array([2 * round((side / step - 1) / 2) + 1 if side > _THICK * step else 1 for side in spacing])
    if (parts == 1).all():
        return block, parts
    signed = distance_transform_edt(~block, sampling=spacing) - distance_transform_edt(block, sampling=spacing)
    for axis, count in enumerate(parts):
        place = np.arange((signed.shape[axis] - 1) * count + 1) / count
        low = np.minimum(place.astype(np.intp), signed.shape[axis] - 2)
        weight = (place - low).reshape(np.roll((-1, 1, 1), axis))
        signed = np.take(signed, low, axis) * (1 - weight) + np.take(signed, low + 1, axis) * weight
    return signed <= 0, parts
