"""Polygons to voxels: exact even-odd rule at voxel centres, all slices at once."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..grid import FloatArray

BoolArray = npt.NDArray[np.bool_]
Polygons = Sequence[FloatArray]


def fill_planes(planes: Sequence[Polygons], shape: tuple[int, int]) -> tuple[BoolArray, tuple[int, int]]:
    """Fill the polygons of several planes.

    A voxel is inside where a ray from its centre crosses the polygons of its plane an odd number of times: holes
    drawn as inner contours, as keyholes or as XOR all come out right. An edge belongs to the voxel above and to the
    left of it (half-open), so that polygons that share an edge neither overlap nor leave a gap.

    Parameters
    ----------
    planes
        For each plane its closed polygons, each of shape (n, 2): x and y in voxel index units, where voxel centres
        are whole numbers.
    shape
        Rows and columns of the image; what lies outside is cut off.

    Returns
    -------
    BoolArray, tuple of int
        Mask of shape (planes, rows, columns) of the block around all polygons, and the block's first (row, column).
    """
    start, end, plane = _edges(planes)
    if plane.size == 0:
        return np.zeros((len(planes), 0, 0), dtype=bool), (0, 0)
    low = np.floor(np.minimum(start.min(axis=0), end.min(axis=0))).astype(int)
    high = np.ceil(np.maximum(start.max(axis=0), end.max(axis=0))).astype(int)
    x0, x1 = max(int(low[0]), 0), min(int(high[0]) + 1, shape[1])
    y0, y1 = max(int(low[1]), 0), min(int(high[1]) + 1, shape[0])
    if x0 >= x1 or y0 >= y1:
        return np.zeros((len(planes), 0, 0), dtype=bool), (0, 0)
    row, column, edge = _crossings(start, end, (y0, y1))
    block = (len(planes), y1 - y0, x1 - x0)
    line = plane[edge] * block[1] + row - y0
    return _runs(line * block[2] + np.clip(column, x0, x1) - x0, block), (y0, x0)


def _runs(crossings: npt.NDArray[np.intp], shape: tuple[int, int, int]) -> BoolArray:
    """Mask that turns at each crossing, given as flat index; every row has an even number of them."""
    turns = np.concatenate([[0], np.sort(crossings), [math.prod(shape)]])
    inside = np.arange(len(turns) - 1) % 2 == 1
    return np.repeat(inside, np.diff(turns)).reshape(shape)


def _edges(planes: Sequence[Polygons]) -> tuple[FloatArray, FloatArray, npt.NDArray[np.intp]]:
    """Start and end point of every edge, shape (n, 2) each, and the plane it is in."""
    polygons = [(number, polygon) for number, group in enumerate(planes) for polygon in group]
    if not polygons:
        return np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0, dtype=np.intp)
    start = np.concatenate([polygon for _, polygon in polygons])
    end = np.concatenate([np.roll(polygon, -1, axis=0) for _, polygon in polygons])
    plane = np.repeat([number for number, _ in polygons], [len(polygon) for _, polygon in polygons])
    return start, end, plane


def _crossings(
    start: FloatArray, end: FloatArray, rows: tuple[int, int]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Where edges cross the centre lines of rows: row, first column at or right of the crossing, and the edge."""
    first = np.ceil(np.minimum(start[:, 1], end[:, 1])).astype(np.intp).clip(*rows)
    stop = np.ceil(np.maximum(start[:, 1], end[:, 1])).astype(np.intp).clip(*rows)
    count = stop - first
    edge = np.repeat(np.arange(len(count)), count)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    (xa, ya), (xb, yb) = start[edge].T, end[edge].T
    x = xa + (row - ya) * (xb - xa) / (yb - ya)
    return row, np.ceil(x).astype(np.intp), edge
