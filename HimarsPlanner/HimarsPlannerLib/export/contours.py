"""Trace a region into closed polygons along its voxel edges, so exactly that filling them gives the region back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..grid import FloatArray, Grid
from ..region import BoolArray, Region
from .keyholes import cut_channels
from .tracing import ByteArray, IntArray, Loops, corner_vertices, vertex_codes, walk

Holes = Literal["keyhole", "separate"]

# Vertices traced at once: bounds memory, and keeps the passes over a block inside the cache.
_BLOCK = 4_000_000


@dataclass(frozen=True)
class Contours:
    """Closed polygons on the slices of a grid, first point not repeated, no three points in line.

    On a screen with x to the right and y down, outer contours run counter-clockwise and holes clockwise.

    Parameters
    ----------
    corners
        Lattice corners (y, x), int32, shape (n, 2), polygon after polygon. Voxel (y, x) reaches from corner (y, x) to
        corner (y + 1, x + 1), so that a corner's fractional array index is corner - 0.5.
    first
        Offsets of the polygons in `corners`, with the end appended, shape (polygons + 1,).
    slices
        Slice (array z) of each polygon, ascending, shape (polygons,).
    """

    corners: npt.NDArray[np.int32]
    first: IntArray
    slices: IntArray

    def __len__(self) -> int:
        """Number of polygons."""
        return int(self.slices.size)

    def __iter__(self) -> Iterator[tuple[int, npt.NDArray[np.int32]]]:
        """Give (slice, corners (y, x)) of each polygon."""
        for number, slice_index in enumerate(self.slices.tolist()):
            yield slice_index, self.corners[self.first[number] : self.first[number + 1]]

    @property
    def areas(self) -> FloatArray:
        """Signed area of each polygon in pixels, negative for holes, shape (polygons,)."""
        y, x = self.corners.T.astype(np.int64)
        if y.size == 0:
            return np.zeros(0)
        following = np.arange(1, y.size + 1)
        following[self.first[1:] - 1] = self.first[:-1]
        return np.asarray(np.add.reduceat((y + y[following]) * (x[following] - x), self.first[:-1]) / 2)

    def to_lps(self, grid: Grid, slice_origins: FloatArray | None = None) -> list[FloatArray]:
        """LPS positions of the polygons.

        Parameters
        ----------
        grid
            The grid that was traced.
        slice_origins
            LPS mm of voxel (0, 0) of each slice, shape (z, 3): ImagePositionPatient where there is one; by default
            from `grid`.

        Returns
        -------
        list of FloatArray
            Points of each polygon, shape (n, 3), LPS mm.
        """
        if slice_origins is None:
            slice_origins = grid.to_lps([(z, 0, 0) for z in range(grid.size[2])])
        counts = np.diff(self.first)
        in_plane = (self.corners[:, ::-1] - 0.5) * grid.spacing[:2] @ grid.axes[:, :2].T
        points = in_plane + np.repeat(slice_origins[self.slices], counts, axis=0)
        return np.split(points, self.first[1:-1]) if len(self) else []


def trace_region(region: Region, holes: Holes = "keyhole") -> Contours:
    """Trace a region on every slice.

    Filling the polygons by the even-odd rule at voxel centres gives the region back exactly, and their area is its
    voxel count. Voxels that touch in a corner only become separate polygons.

    Parameters
    ----------
    region
        What to trace; an empty region gives no polygon.
    holes
        "keyhole" joins each hole to the contour around it by a channel of no width along voxel edges (never through a
        voxel centre), so that every polygon has positive area; "separate" gives holes as polygons of their own, of
        the opposite sense, to be read by the even-odd (XOR) rule.
    """
    depth, height, width = region.mask.shape
    step = max(1, _BLOCK // max(1, (height + 1) * (width + 1)))
    parts = [_trace_block(region.mask[z : z + step], z, holes) for z in range(0, depth, step)]
    offset = np.array(region.start[1:], dtype=np.int32)
    corners = np.concatenate([part.corners for part in parts] or [np.zeros((0, 2), np.int32)]) + offset
    counts = np.concatenate([np.diff(part.first) for part in parts] or [np.zeros(0, np.int64)])
    slices = np.concatenate([part.slices for part in parts] or [np.zeros(0, np.int64)]) + region.start[0]
    return Contours(corners, np.concatenate([[0], np.cumsum(counts)]), slices)


def trace_slice(mask: BoolArray, holes: Holes = "keyhole") -> list[npt.NDArray[np.int32]]:
    """Trace one slice.

    Parameters
    ----------
    mask
        Shape (y, x), True inside.
    holes
        As in `trace_region`.

    Returns
    -------
    list of int32 arrays
        Lattice corners (y, x) of each polygon, shape (n, 2); a corner's fractional array index is corner - 0.5.
    """
    return [polygon for _, polygon in _trace_block(mask[np.newaxis], 0, holes)]


def _trace_block(mask: BoolArray, z_first: int, holes: Holes) -> Contours:
    padded: ByteArray = np.pad(mask.astype(np.uint8, copy=False), ((0, 0), (1, 1), (1, 1)))
    codes = vertex_codes(padded)
    vertices = corner_vertices(codes)
    loops = walk(vertices)
    if holes == "keyhole" and (loops.areas < 0).any():
        loops = walk(cut_channels(padded, codes, vertices, loops))
    return _contours(loops, z_first)


def _contours(loops: Loops, z_first: int) -> Contours:
    corners = np.stack([loops.y[loops.corner], loops.x[loops.corner]], axis=1).astype(np.int32)
    slices = loops.z[loops.corner[loops.first[:-1]]]
    return Contours(corners, loops.first, slices + z_first)
