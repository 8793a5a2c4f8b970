"""A set of voxels on a grid, kept as its bounding box so that a hundred lesions stay small."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from .errors import GeometryError
from .grid import Grid

BoolArray = npt.NDArray[np.bool_]
Scalar = TypeVar("Scalar", bound=np.generic)
Slices = tuple[slice, slice, slice]


@dataclass(frozen=True)
class Region:
    """Voxels of `grid`, stored in the block of `mask.shape` that begins at `start`.

    Parameters
    ----------
    grid
        The whole grid that the region belongs to.
    start
        First voxel (z, y, x) of the block.
    mask
        The block in (z, y, x), True inside the region.
    """

    grid: Grid
    start: tuple[int, int, int]
    mask: BoolArray

    @classmethod
    def from_array(cls, array: npt.NDArray[np.generic], grid: Grid, start: tuple[int, int, int] = (0, 0, 0)) -> Region:
        """Region of the non-zero voxels of `array`, cropped to them.

        Parameters
        ----------
        array
            Shape (z, y, x); the block of `grid` that begins at `start`, by default all of it.
        grid
            The grid that the region belongs to.
        start
            First voxel (z, y, x) of `array` in `grid`.
        """
        inside = np.asarray(array, dtype=bool)
        box = bounding_box(inside)
        first = (start[0] + box[0].start, start[1] + box[1].start, start[2] + box[2].start)
        return cls(grid=grid, start=first, mask=np.ascontiguousarray(inside[box]))

    @property
    def box(self) -> Slices:
        """Slices of the block in an array on the grid."""
        z, y, x = (slice(first, first + n) for first, n in zip(self.start, self.mask.shape, strict=True))
        return z, y, x

    @property
    def voxels(self) -> int:
        """Number of voxels."""
        return int(np.count_nonzero(self.mask))

    @property
    def volume_ml(self) -> float:
        """Volume in ml, voxel count times voxel volume."""
        return self.voxels * self.grid.voxel_ml

    @property
    def centroid_lps(self) -> tuple[float, float, float]:
        """Mean voxel position, LPS mm."""
        index = np.argwhere(self.mask).mean(axis=0) + self.start
        point = self.grid.to_lps(index)
        return float(point[0]), float(point[1]), float(point[2])

    def values(self, array: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
        """Values of `array` (on the whole grid) inside the region, one-dimensional."""
        return array[self.box][self.mask]

    def to_array(self) -> BoolArray:
        """Mask on the whole grid, (z, y, x)."""
        full = np.zeros(self.grid.shape, dtype=bool)
        full[self.box] = self.mask
        return full

    def cut(self, other: Region) -> BoolArray:
        """Voxels of this region in the block of another on the same grid; shape of the other's mask."""
        block = np.zeros(other.mask.shape, dtype=bool)
        low = np.maximum(self.start, other.start)
        high = np.minimum(np.add(self.start, self.mask.shape), np.add(other.start, other.mask.shape))
        if np.all(high > low):
            here = tuple(slice(a - s, b - s) for a, b, s in zip(low, high, other.start, strict=True))
            there = tuple(slice(a - s, b - s) for a, b, s in zip(low, high, self.start, strict=True))
            block[here] = self.mask[there]
        return block

    def overlap(self, other: Region) -> int:
        """Number of voxels in both regions.

        Raises
        ------
        GeometryError
            The regions are on different grids.
        """
        if not self.grid.same_as(other.grid):
            raise GeometryError(
                "Two regions are on different grids", "one grid for both", "resample one onto the other first"
            )
        low = [max(a, b) for a, b in zip(self.start, other.start, strict=True)]
        high = [
            min(a + n, b + m)
            for a, n, b, m in zip(self.start, self.mask.shape, other.start, other.mask.shape, strict=True)
        ]
        if any(h <= lo for lo, h in zip(low, high, strict=True)):
            return 0
        mine, theirs = (
            region.mask[tuple(slice(lo - s, h - s) for lo, h, s in zip(low, high, region.start, strict=True))]
            for region in (self, other)
        )
        return int(np.count_nonzero(mine & theirs))


def union(regions: Iterable[Region], grid: Grid) -> Region:
    """Voxel union of regions on `grid`; empty when there is none."""
    several = [region for region in regions if region.mask.size]
    if not several:
        return Region(grid, (0, 0, 0), np.zeros((0, 0, 0), dtype=bool))
    low = np.min([region.start for region in several], axis=0)
    high = np.max([np.add(region.start, region.mask.shape) for region in several], axis=0)
    together = np.zeros(tuple(high - low), dtype=bool)
    for region in several:
        z, y, x = (slice(s.start - first, s.stop - first) for s, first in zip(region.box, low, strict=True))
        together[z, y, x] |= region.mask
    return Region.from_array(together, grid, (int(low[0]), int(low[1]), int(low[2])))


def bounding_box(inside: BoolArray, margin: int = 0) -> Slices:
    """Slices around the True voxels of a (z, y, x) array, grown by `margin` voxels; empty slices when none is."""
    spans = []
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        hit = np.flatnonzero(inside.any(axis=others))
        if hit.size == 0:
            return slice(0, 0), slice(0, 0), slice(0, 0)
        spans.append(slice(max(int(hit[0]) - margin, 0), min(int(hit[-1]) + 1 + margin, inside.shape[axis])))
    return spans[0], spans[1], spans[2]
