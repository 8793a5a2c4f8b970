"""From body coordinates to the scanner: the patient's size, place and slight rotation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..grid import FloatArray, Grid
from ..region import Region
from .shapes import Array, Point, Solid


@dataclass(frozen=True)
class Frame:
    """Affine map between body coordinates (mm, origin at the centre of the L5/S1 disc) and LPS.

    A small rotation is made of two shears, so that volumes scale by `scale` cubed exactly.

    Parameters
    ----------
    scale
        LPS mm per body mm.
    yaw, roll
        Slopes of y and z over x: rotation about the long and the antero-posterior axis, radians.
    """

    scale: float = 1.0
    yaw: float = 0.0
    roll: float = 0.0

    def to_lps(self, points: npt.ArrayLike) -> FloatArray:
        """LPS positions of body points, shape (..., 3)."""
        p = np.asarray(points, dtype=np.float64) * self.scale
        return np.stack([p[..., 0], p[..., 1] - self.yaw * p[..., 0], p[..., 2] - self.roll * p[..., 0]], axis=-1)

    def to_body(self, points: npt.ArrayLike) -> FloatArray:
        """Body positions of LPS points, shape (..., 3)."""
        x, y, z = np.moveaxis(np.asarray(points, dtype=np.float64), -1, 0)
        return np.stack([x, y + self.yaw * x, z + self.roll * x], axis=-1) / self.scale

    def coordinates(self, x: FloatArray, y: FloatArray, z: FloatArray) -> tuple[Array, Array, Array]:
        """Body coordinates of the tensor grid of LPS axes, broadcastable to (z, y, x)."""
        s = 1 / self.scale
        return (
            (x * s).astype(np.float32)[None, None, :],
            ((y[:, None] + self.yaw * x) * s).astype(np.float32)[None, :, :],
            ((z[:, None] + self.roll * x) * s).astype(np.float32)[:, None, :],
        )

    def box(self, low: Point, high: Point, margin: float = 0.0) -> tuple[FloatArray, FloatArray]:
        """LPS corners of the box that holds a body box, grown by `margin` mm."""
        corners = self.to_lps(
            [[a, b, c] for a in (low[0], high[0]) for b in (low[1], high[1]) for c in (low[2], high[2])]
        )
        return corners.min(axis=0) - margin, corners.max(axis=0) + margin


Block = tuple[slice, slice, slice]


def block_of(grid: Grid, low: FloatArray, high: FloatArray) -> Block:
    """Slices (z, y, x) of the voxels of an axis-aligned grid whose centres lie between two LPS corners."""
    first = np.ceil((low - grid.origin) / grid.spacing).astype(int)
    last = np.floor((high - grid.origin) / grid.spacing).astype(int) + 1
    z, y, x = (slice(max(first[a], 0), max(min(last[a], grid.size[a]), 0)) for a in (2, 1, 0))
    return z, y, x


def overlap(a: Block, b: Block) -> Block | None:
    """Part that two blocks of one grid have in common; None where there is none."""
    z, y, x = (slice(max(p.start, q.start), min(p.stop, q.stop)) for p, q in zip(a, b, strict=True))
    return None if any(s.stop <= s.start for s in (z, y, x)) else (z, y, x)


def inside(part: Block, block: Block) -> Block:
    """Slices of `part` in an array that holds `block` only."""
    z, y, x = (slice(p.start - b.start, p.stop - b.start) for p, b in zip(part, block, strict=True))
    return z, y, x


def axes_of(grid: Grid, block: Block) -> tuple[FloatArray, FloatArray, FloatArray]:
    """LPS coordinates (x, y, z) of the voxel centres of a block of an axis-aligned grid."""
    axes = [
        grid.origin[a] + grid.spacing[a] * np.arange(s.start, s.stop, dtype=np.float64)
        for a, s in enumerate(block[::-1])
    ]
    return axes[0], axes[1], axes[2]


def distance_on(solid: Solid, grid: Grid, frame: Frame, margin: float = 0.0) -> tuple[Block, Array] | None:
    """Distance in LPS mm at the voxel centres of the box around a solid; None when it is out of view."""
    block = block_of(grid, *frame.box(solid.low, solid.high, margin))
    if any(s.stop <= s.start for s in block):
        return None
    distance = solid.distance(*frame.coordinates(*axes_of(grid, block)))
    shape = tuple(s.stop - s.start for s in block)
    return block, np.broadcast_to(distance, shape) * np.float32(frame.scale)


def region_of(solid: Solid, grid: Grid, frame: Frame) -> Region:
    """Voxels whose centres lie inside a solid."""
    found = distance_on(solid, grid, frame)
    if found is None:
        return Region(grid=grid, start=(0, 0, 0), mask=np.zeros((0, 0, 0), dtype=bool))
    block, distance = found
    return Region.from_array(distance < 0, grid, (block[0].start, block[1].start, block[2].start))
