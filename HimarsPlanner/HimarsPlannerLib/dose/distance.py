"""Signed distance to contours on the pixels of their planes, finer than the pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..grid import FloatArray
from ..region import BoolArray
from ..study.scanline import Polygons, fill_planes

FloatImage = npt.NDArray[np.float32]
IndexArray = npt.NDArray[np.intp]

SAME_POINT = 1e-3
LONGEST_PIECE = 4.0
APART = 1e6


def signed_distance(planes: Sequence[Polygons], shape: tuple[int, int], spacing: tuple[float, float]) -> FloatImage:
    """Distance of every pixel from the contours of its plane, positive inside by the even-odd rule.

    Pixels beside a contour know their nearest point on it exactly; each other pixel takes the nearest point of the
    nearest such pixel (a vector distance transform), which is far better than the pixel size.

    Parameters
    ----------
    planes
        For each plane its closed polygons, each of shape (n, 2): x and y in pixel index units. None may be empty.
    shape
        Rows and columns of every plane.
    spacing
        Pixel size (y, x) in mm.

    Returns
    -------
    FloatImage
        mm, shape (planes, rows, columns).
    """
    inside = _filled(planes, shape)
    start, end, plane = _outline(planes)
    number, y, x, near = _beside(*_pieces(start, end, plane), shape, spacing)
    nearest = np.zeros((2, *inside.shape), dtype=np.float32)
    is_far = np.ones(inside.shape, dtype=bool)
    is_far[number, y, x] = False
    nearest[:, number, y, x] = near
    # Planes are set so far apart that the nearest pixel is always in the same one.
    k, j, i = ndimage.distance_transform_edt(is_far, (APART, *spacing), return_distances=False, return_indices=True)
    row = np.arange(shape[0], dtype=np.float32)[:, None] * np.float32(spacing[0])
    column = np.arange(shape[1], dtype=np.float32) * np.float32(spacing[1])
    distance = np.hypot(nearest[0, k, j, i] - row, nearest[1, k, j, i] - column)
    return np.asarray(np.where(inside, distance, -distance), dtype=np.float32)


def _filled(planes: Sequence[Polygons], shape: tuple[int, int]) -> BoolArray:
    mask, (row, column) = fill_planes(planes, shape)
    inside = np.zeros((len(planes), *shape), dtype=bool)
    inside[:, row : row + mask.shape[1], column : column + mask.shape[2]] = mask
    return inside


def _outline(planes: Sequence[Polygons]) -> tuple[FloatArray, FloatArray, IndexArray]:
    """Start, end and plane of every edge that parts inside from outside: those drawn twice, as keyholes are, do not."""
    polygons = [(number, polygon) for number, group in enumerate(planes) for polygon in group]
    start = np.concatenate([polygon for _, polygon in polygons])
    end = np.concatenate([np.roll(polygon, -1, axis=0) for _, polygon in polygons])
    plane = np.repeat([number for number, _ in polygons], [len(polygon) for _, polygon in polygons])
    ends = np.rint(np.stack([start, end], axis=1) / SAME_POINT).astype(np.int64)
    swapped = (ends[:, 0, 0] > ends[:, 1, 0]) | ((ends[:, 0, 0] == ends[:, 1, 0]) & (ends[:, 0, 1] > ends[:, 1, 1]))
    ends[swapped] = ends[swapped][:, ::-1]
    _, first, count = np.unique(
        np.column_stack([plane, ends.reshape(-1, 4)]), axis=0, return_index=True, return_counts=True
    )
    kept = np.sort(first[count % 2 == 1])
    return start[kept], end[kept], plane[kept]


def _pieces(start: FloatArray, end: FloatArray, plane: IndexArray) -> tuple[FloatArray, FloatArray, IndexArray]:
    """Edges cut into short pieces, so that the box around a slanting one stays small."""
    parts = np.maximum(np.ceil(np.abs(end - start).max(axis=1) / LONGEST_PIECE), 1).astype(np.intp)
    edge = np.repeat(np.arange(len(parts)), parts)
    order = (np.arange(len(edge)) - np.repeat(np.cumsum(parts) - parts, parts))[:, None]
    step = ((end - start) / parts[:, None])[edge]
    first = start[edge] + order * step
    return first, first + step, plane[edge]


def _beside(
    start: FloatArray, end: FloatArray, plane: IndexArray, shape: tuple[int, int], spacing: tuple[float, float]
) -> tuple[IndexArray, IndexArray, IndexArray, FloatArray]:
    """Plane, row and column of pixels within one of an edge, and their nearest point (y, x) on it in mm."""
    low = np.clip(np.floor(np.minimum(start, end)).astype(np.intp) - 1, 0, (shape[1] - 1, shape[0] - 1))
    high = np.clip(np.ceil(np.maximum(start, end)).astype(np.intp) + 1, 0, (shape[1] - 1, shape[0] - 1))
    wide, tall = (high - low + 1).T
    edge = np.repeat(np.arange(len(plane)), wide * tall)
    order = np.arange(len(edge)) - np.repeat(np.cumsum(wide * tall) - wide * tall, wide * tall)
    x, y = low[edge, 0] + order % wide[edge], low[edge, 1] + order // wide[edge]
    pixel_mm = np.array([spacing[1], spacing[0]])
    place = np.column_stack([x, y]) * pixel_mm
    first, along = (start * pixel_mm)[edge], ((end - start) * pixel_mm)[edge]
    length2 = np.maximum(np.einsum("ij,ij->i", along, along), 1e-12)
    share = np.clip(np.einsum("ij,ij->i", place - first, along) / length2, 0, 1)
    near = first + share[:, None] * along
    gap2 = np.einsum("ij,ij->i", place - near, place - near)
    number = plane[edge]
    nearest2 = np.full((plane.max() + 1, *shape), np.inf)
    np.minimum.at(nearest2, (number, y, x), gap2)
    chosen = np.flatnonzero(gap2 <= nearest2[number, y, x])
    return number[chosen], y[chosen], x[chosen], near[chosen, ::-1].T
