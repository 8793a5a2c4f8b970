"""A bone as signed distance on a coarse lattice, and the head of a femur or humerus in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ...grid import FloatArray
from ...region import Region
from .sections import sample_region

CELL_MM = 2.0
MARGIN_MM = 12.0
HEAD_MM = 17.0


@dataclass(frozen=True)
class Head:
    """Head of a femur or humerus: its centre, LPS mm, and the radius of the largest ball in it, mm."""

    centre: FloatArray
    radius_mm: float


@dataclass(frozen=True)
class Shape:
    """Signed distance (mm, negative inside) on a coarse lattice along LPS; NaN where the scan ends."""

    first: FloatArray
    distance: npt.NDArray[np.float32]

    def at(self, points: FloatArray) -> FloatArray:
        """Distance at LPS points, shape (n, 3)."""
        place = ((points - self.first) / CELL_MM).T[::-1]
        return np.asarray(ndimage.map_coordinates(self.distance, place, order=1, mode="constant", cval=np.nan))

    def lattice(self) -> FloatArray:
        """LPS points of the lattice, shape (z, y, x, 3)."""
        index = np.moveaxis(np.indices(self.distance.shape), 0, -1)[..., ::-1]
        return np.asarray(self.first + index * CELL_MM)

    def head(self) -> Head | None:
        """Thickest part where it is as thick as the head of a femur or humerus."""
        depth = np.nan_to_num(-self.distance, nan=0.0)
        if depth.max() < HEAD_MM:
            return None
        thick = np.argwhere(depth >= depth.max() - CELL_MM / 2)
        # The head is the upper one of two thick parts.
        top = thick[thick[:, 0] >= thick[:, 0].max() - 3]
        centre = np.asarray(self.first + top.mean(axis=0)[::-1] * CELL_MM)
        return Head(centre, float(depth[tuple(top.T)].max()))


def shape_of(bone: Region, ends_in_view: bool) -> Shape:
    """Signed distance to a bone; past the scan's ends, or past where it could be followed, nothing is known.

    Parameters
    ----------
    bone
        Filled bone.
    ends_in_view
        Whether a bone that ends inside the scan ends in truth.
    """
    grid = bone.grid
    ends = np.array([[z, y, x] for z in (0, 1) for y in (0, 1) for x in (0, 1)])
    corners = ends * np.asarray(bone.mask.shape) + bone.start
    lps = grid.to_lps(corners - 0.5)
    low, high = lps.min(axis=0) - MARGIN_MM, lps.max(axis=0) + MARGIN_MM
    if not ends_in_view:
        low[2], high[2] = low[2] + MARGIN_MM, high[2] - MARGIN_MM
    size = np.ceil((high - low) / CELL_MM).astype(int) + 1
    shape = Shape(low, np.zeros(size[::-1], dtype=np.float32))
    points = shape.lattice()
    index = grid.to_index(points)
    known = grid.holds(index)
    inside = sample_region(bone, points) >= 0.5
    # Outside the scan the nearest slice goes on, so that the cut is no surface.
    last = np.clip(index, 0, np.asarray(grid.shape) - 1)
    inside |= ~known & (sample_region(bone, grid.to_lps(last)) >= 0.5)
    distance = ndimage.distance_transform_edt(~inside) - ndimage.distance_transform_edt(inside)
    return Shape(low, np.where(known, distance * CELL_MM, np.nan).astype(np.float32))
