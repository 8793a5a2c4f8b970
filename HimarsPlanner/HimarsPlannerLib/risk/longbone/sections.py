"""Sections across a bone, sampled along rays from its axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ...grid import FloatArray, Grid, extremes
from ...region import Region, Slices

RAYS = 120
STEP_MM = 0.5
REACH_MM = 38.0
RADII = np.arange(STEP_MM / 2, REACH_MM, STEP_MM)
ANGLES = (np.arange(RAYS) + 0.5) * 2 * np.pi / RAYS


@dataclass(frozen=True)
class Planes:
    """Planes across a bone, 1 mm apart or less.

    Parameters
    ----------
    centres
        LPS mm, shape (n, 3): where the rays of each plane begin.
    first, second
        LPS directions of the rays at 0 and 90 degrees.
    along
        Position of each plane along the bone's axis, mm, shape (n,).
    """

    centres: FloatArray
    first: FloatArray
    second: FloatArray
    along: FloatArray

    def points(self, every: int = 1) -> FloatArray:
        """LPS mm of every sample, or of every n-th ray and radius, shape (planes, rays, radii, 3)."""
        angles, radii = ANGLES[::every], RADII[::every]
        directions = np.outer(np.cos(angles), self.first) + np.outer(np.sin(angles), self.second)
        spokes = directions[:, None, :] * radii[None, :, None]
        return np.asarray(self.centres[:, None, None, :] + spokes[None])

    def shifted(self, offsets: FloatArray) -> Planes:
        """The same planes with their centres moved in the plane by (first, second) mm, shape (n, 2)."""
        moved = self.centres + offsets[:, :1] * self.first + offsets[:, 1:] * self.second
        return Planes(moved, self.first, self.second, self.along)


def sample(array: npt.NDArray[np.generic], grid: Grid, points: FloatArray, outside: float) -> npt.NDArray[np.float32]:
    """Values at LPS points by linear interpolation.

    Parameters
    ----------
    array
        Values on the whole grid, (z, y, x); only the block around the points is touched.
    points
        LPS mm, shape (..., 3).
    outside
        Value of points farther than half a voxel outside the grid.
    """
    index = grid.to_index(points)
    box = _around(index, grid)
    block = np.ascontiguousarray(array[box], dtype=np.float32)
    place = np.moveaxis(index - [s.start for s in box], -1, 0)
    values = np.asarray(ndimage.map_coordinates(block, place, order=1, mode="nearest"), dtype=np.float32)
    values[~grid.holds(index)] = outside
    return values


def sample_region(region: Region, points: FloatArray) -> npt.NDArray[np.float32]:
    """Share of a region at LPS points, in [0, 1], by linear interpolation of its mask."""
    index = region.grid.to_index(points) - region.start
    # Only the part of the mask around the points is touched: a few points are asked for thousands of times.
    first, last = extremes(index)
    low = np.clip(np.floor(first).astype(int), 0, region.mask.shape)
    high = np.clip(np.ceil(last).astype(int) + 1, low, region.mask.shape)
    z, y, x = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    padded = np.pad(region.mask[z, y, x], 1).astype(np.float32)
    place = np.moveaxis(index - low + 1, -1, 0)
    return np.asarray(ndimage.map_coordinates(padded, place, order=1, mode="constant"), dtype=np.float32)


def _around(index: FloatArray, grid: Grid) -> Slices:
    first, last = extremes(index)
    low = np.clip(np.floor(first).astype(int) - 1, 0, np.asarray(grid.shape) - 1)
    high = np.clip(np.ceil(last).astype(int) + 2, low + 1, grid.shape)
    z, y, x = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    return z, y, x
