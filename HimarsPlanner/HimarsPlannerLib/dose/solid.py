"""The solid that contours stand for: its shape between and beyond their planes, as fractions of small cells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..grid import FloatArray
from ..region import BoolArray
from ..study.contour_planes import Plane
from .distance import FloatImage, signed_distance

END_CAP = 0.5
RULE = (
    "contours joined by shape-based interpolation (parabolas through a level function that is exact for ellipsoids); "
    "an end closes where its last three contours say, if that is before the next slice, else half a slice beyond"
)


def fill_cells(
    planes: Sequence[Plane], step: float, heights: FloatArray, shape: tuple[int, int], cell: tuple[float, float, float]
) -> FloatImage:
    """Fraction of each cell inside the solid of contours on adjacent planes.

    In each plane the signed distance d to the contours is made into the level d (2 m - d), where m is its largest
    value: for circles that is r^2 - rho^2, which for a sphere or an ellipsoid is a parabola along the normal, so that
    interpolation keeps the shape and its poles. A cell's fraction follows from the distance of its centre.

    Parameters
    ----------
    planes
        In the order of their positions; positions in mm along the normal, polygons (x, y) in units of cells, whose
        centres are whole numbers.
    step
        Distance of planes of this structure in mm; the ends reach no further than that beyond the last plane.
    heights
        Positions of the layers of cells along the normal, mm, increasing and equally spaced.
    shape
        Rows and columns of cells.
    cell
        Size of a cell (z, y, x) in mm.

    Returns
    -------
    FloatImage
        0 to 1, shape (heights, rows, columns).
    """
    distance = signed_distance([plane.polygons for plane in planes], shape, cell[1:])
    radius = distance.max(axis=(1, 2)).clip(min=1e-3)
    level = (distance * (2 * radius[:, None, None] - distance)).reshape(len(planes), -1)
    position = np.array([plane.position for plane in planes])
    # Level and squared radius are interpolated alike, and turned into a distance again.
    both = np.column_stack([level, radius.astype(np.float32) ** 2])
    low, high, ends = _ends(position, both, step)
    heights_used = np.clip(heights, *ends)
    found = _weights(position, heights_used).astype(np.float32) @ both
    _keep_between(found, both, position, heights_used)
    # Beyond its last plane nothing reaches higher than the middle, where the contours are widest.
    open_still = (found[:, -1:] > 0) | _is_between(position, heights)[:, None]
    level, radius2 = found[:, :-1], np.maximum(found[:, -1:], 1e-6)
    rho = np.sqrt(np.maximum(radius2 - level, 0))
    share = np.clip(0.5 + (np.sqrt(radius2) - rho) / np.float32(np.sqrt(cell[1] * cell[2])), 0, 1)
    share *= open_still
    within = np.clip((np.minimum(heights + cell[0] / 2, high) - np.maximum(heights - cell[0] / 2, low)) / cell[0], 0, 1)
    return np.asarray((share * within[:, None]).reshape(len(heights), *shape), dtype=np.float32)


def _ends(position: FloatArray, both: FloatImage, step: float) -> tuple[float, float, tuple[float, float]]:
    """Lowest and highest place of the solid, and between which places its level is interpolated."""
    low, high = position[0] - END_CAP * step, position[-1] + END_CAP * step
    first, last = position[0], position[-1]
    if len(position) >= 3:
        beyond = _weights(position, np.array([position[0] - step, position[-1] + step])) @ both[:, -1]
        if beyond[0] < 0:
            low = first = position[0] - step
        if beyond[1] < 0:
            high = last = position[-1] + step
    return float(low), float(high), (float(first), float(last))


def _is_between(position: FloatArray, heights: FloatArray) -> BoolArray:
    return np.asarray((heights >= position[0]) & (heights <= position[-1]))


def _keep_between(found: FloatImage, both: FloatImage, position: FloatArray, heights: FloatArray) -> None:
    """Raise levels to the lower of those of the planes around them: no neck between two contours is pinched off."""
    if len(position) < 2:
        return
    between = np.flatnonzero(_is_between(position, heights))
    below = np.clip(np.searchsorted(position, heights[between], side="right") - 1, 0, len(position) - 2)
    for row, plane in zip(between, below, strict=True):
        np.maximum(found[row], np.minimum(both[plane], both[plane + 1]), out=found[row])


def _weights(position: FloatArray, heights: FloatArray) -> FloatArray:
    """Weight of each plane at each height: the mean of the parabolas through the two nearest triples of planes."""
    count = len(position)
    weights = np.zeros((len(heights), count))
    below = np.clip(np.searchsorted(position, heights, side="right") - 1, 0, max(count - 2, 0))
    width = min(count, 3)
    for first in (below - 1, below):
        triple = np.clip(first, 0, count - width)[:, None] + np.arange(width)
        weights[np.arange(len(heights))[:, None], triple] += _lagrange(position[triple], heights) / 2
    return weights


def _lagrange(nodes: FloatArray, at: FloatArray) -> FloatArray:
    """Lagrange weights at `at`, shape (n,), of nodes, shape (n, m)."""
    weights = np.ones(nodes.shape)
    for one in range(nodes.shape[1]):
        for other in range(nodes.shape[1]):
            if other != one:
                weights[:, one] *= (at - nodes[:, other]) / (nodes[:, one] - nodes[:, other])
    return weights
