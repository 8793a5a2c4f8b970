"""Where the sides of a closed polygon cross."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..grid import FloatArray


def crosses_itself(points: FloatArray, tolerance: float = 1e-9) -> bool:
    """Whether two sides of a closed polygon cross inside both.

    Sides that touch, share a corner or lie on each other, as at the channel of a keyhole, do not cross.

    Parameters
    ----------
    points
        Shape (n, 2), first point not repeated.
    tolerance
        Crossings nearer than this to the end of a side are touches, in the unit of `points`.
    """
    return crossing_sides(points, tolerance) is not None


def crossing_sides(points: FloatArray, tolerance: float = 1e-9) -> tuple[int, int] | None:
    """Two sides that cross, by the number of their first points; None where none do.

    Parameters
    ----------
    points, tolerance
        See `crosses_itself`.
    """
    start = np.asarray(points, dtype=np.float64)
    end = np.roll(start, -1, axis=0)
    low, high = np.minimum(start, end), np.maximum(start, end)
    # Swept along the axis on which the sides are shorter, so that fewer of them overlap.
    axis = int(np.argmin((high - low).sum(axis=0)))
    order = np.argsort(low[:, axis], kind="stable")
    first, last = low[order, axis], high[order, axis]
    reach = np.searchsorted(first, last, "right")
    for step in range(1, int((reach - np.arange(len(order))).max(initial=0))):
        here = np.flatnonzero(reach > np.arange(len(order)) + step)
        one, other = order[here], order[here + step]
        met = _cross(start[one], end[one], start[other], end[other], tolerance)
        if met.any():
            at = int(np.argmax(met))
            return int(one[at]), int(other[at])
    return None


def _cross(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray, tolerance: float) -> npt.NDArray[np.bool_]:
    """Whether side a-b and side c-d cross, each end of both farther from the other's line than `tolerance`."""
    c_side, d_side = _distance(a, b, c), _distance(a, b, d)
    a_side, b_side = _distance(c, d, a), _distance(c, d, b)
    far = np.minimum.reduce(np.abs([a_side, b_side, c_side, d_side])) > tolerance
    return np.asarray(far & (c_side * d_side < 0) & (a_side * b_side < 0))


def _distance(a: FloatArray, b: FloatArray, point: FloatArray) -> FloatArray:
    """Signed distance of `point` from the line through a and b; 0 for a side of no length."""
    along, to = b - a, point - a
    length = np.linalg.norm(along, axis=1)
    across = along[:, 0] * to[:, 1] - along[:, 1] * to[:, 0]
    return np.asarray(np.divide(across, length, out=np.zeros_like(across), where=length > 0))
