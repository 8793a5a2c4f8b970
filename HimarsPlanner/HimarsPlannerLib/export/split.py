"""Contours of more points than a reader can take, parted along voxel edges into several of the same voxels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..study.scanline import fill_planes
from .contours import Contours, trace_slice
from .simplify import from_polygons, polygon_area

Corners = npt.NDArray[np.int32]

STANDARD_POINTS = 1560
"""Contour Data of as many points never passes 65534 bytes (1560 x 3 values of at most 13 characters and a backslash):
the longest value that Explicit VR can hold under its own VR, PS3.5 7.1.2 and 6.2.2."""


def split_long(contours: Contours, maximum: int) -> Contours:
    """Part every contour of more than `maximum` points by straight cuts.

    The parts fill the same voxels by the even-odd rule and share no voxel, so that a union of them is right too.

    Parameters
    ----------
    contours
        Contours along voxel edges.
    maximum
        Most points of a contour, 12 or more.
    """
    counts = np.diff(contours.first)
    if not (counts > maximum).any():
        return contours
    polygons, slices = [], []
    for slice_index, corners in contours:
        parts = _parts(corners, maximum)
        polygons += parts
        slices += [slice_index] * len(parts)
    return from_polygons(polygons, np.array(slices, np.int64))


def _parts(corners: Corners, maximum: int) -> list[Corners]:
    if len(corners) <= maximum:
        return [corners]
    offset = corners.min(axis=0)
    height, width = (corners.max(axis=0) - offset).tolist()
    mask, _ = fill_planes([[(corners - offset)[:, ::-1] - 0.5]], (height, width))
    # A hole's contour stays one: its parts run the way it did.
    turned = _is_hole(corners)
    parts: list[Corners] = []
    for half, shift in _halves(mask[0]):
        for polygon in trace_slice(half):
            whole = polygon + (offset + shift).astype(np.int32)
            parts += _parts(whole[::-1] if turned else whole, maximum)
    return parts


def _halves(mask: npt.NDArray[np.bool_]) -> list[tuple[npt.NDArray[np.bool_], npt.NDArray[np.intp]]]:
    """Both halves along the longer side, with the first voxel of each."""
    axis = int(np.argmax(mask.shape))
    middle = mask.shape[axis] // 2
    low, high = np.split(mask, [middle], axis=axis)
    shift = np.zeros(2, np.intp)
    shift[axis] = middle
    return [(low, np.zeros(2, np.intp)), (high, shift)]


def _is_hole(corners: Corners) -> bool:
    return bool(polygon_area(corners) < 0)
