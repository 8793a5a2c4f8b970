"""Fewer points on contours, no farther from the voxel edges than a stated tolerance (Douglas and Peucker 1973)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..grid import FloatArray, Grid
from .contours import Contours
from .crossings import crosses_itself
from .tracing import IntArray

Corners = npt.NDArray[np.int32]


def simplify(contours: Contours, grid: Grid, tolerance_mm: float) -> Contours:
    """Leave out corners while every corner stays within the tolerance of the contour.

    A contour that would lose its area, turn its sense or cross itself is left as it is.

    Parameters
    ----------
    contours
        Contours along voxel edges.
    grid
        For the pixel spacing.
    tolerance_mm
        Largest distance of a corner that is left out from the contour that remains; 0 leaves everything as it is.
    """
    if tolerance_mm <= 0 or not len(contours):
        return contours
    spacing = np.array(grid.spacing[1::-1])
    polygons = [_simplified(corners, spacing, tolerance_mm) for _, corners in contours]
    return from_polygons(polygons, contours.slices)


def from_polygons(polygons: list[Corners], slices: IntArray) -> Contours:
    """Contours of polygons, each of shape (n, 2), on their slices."""
    first = np.concatenate([[0], np.cumsum([len(polygon) for polygon in polygons])]).astype(np.int64)
    return Contours(np.concatenate(polygons), first, slices)


def _simplified(corners: Corners, spacing: FloatArray, tolerance_mm: float) -> Corners:
    points = corners * spacing
    far = int(np.argmax(((points - points[0]) ** 2).sum(axis=1)))
    kept = np.zeros(len(points) + 1, bool)
    kept[[0, far, -1]] = True
    around = np.concatenate([points, points[:1]])
    pending = [(0, far), (far, len(points))]
    while pending:
        low, high = pending.pop()
        if high - low < 2:
            continue
        distances = _to_side(around[low + 1 : high], around[low], around[high])
        worst = int(np.argmax(distances))
        if distances[worst] > tolerance_mm:
            at = low + 1 + worst
            kept[at] = True
            pending += [(low, at), (at, high)]
    fewer = corners[kept[:-1]]
    return fewer if _is_sound(fewer, corners) else corners


def _is_sound(fewer: Corners, corners: Corners) -> bool:
    if len(fewer) < 3 or polygon_area(fewer) * polygon_area(corners) <= 0:
        return False
    return not crosses_itself(fewer.astype(np.float64))


def polygon_area(corners: Corners) -> float:
    """Signed area in pixels, negative for holes."""
    y, x = corners.T.astype(np.int64)
    return float(np.sum((y + np.roll(y, -1)) * (np.roll(x, -1) - x)) / 2)


def _to_side(points: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    """Distance of points from the segment a-b."""
    along = b - a
    squared = float(along @ along)
    share = np.clip((points - a) @ along / squared, 0, 1)[:, np.newaxis] if squared else 0.0
    return np.asarray(np.linalg.norm(points - a - share * along, axis=1))
