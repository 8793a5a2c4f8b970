"""Outlines of a flat mask as an SVG path, without tracing loops."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..region import BoolArray

# Corners of a cell of four pixel centres, as bits: top left 1, top right 2, bottom right 4, bottom left 8. The line
# runs between the middles of the sides whose corners differ; (row, column) of the middles of the four sides:
TOP, RIGHT, BOTTOM, LEFT = (0.0, 0.5), (0.5, 1.0), (1.0, 0.5), (0.5, 0.0)
SEGMENTS = {
    1: [(LEFT, TOP)],
    2: [(TOP, RIGHT)],
    3: [(LEFT, RIGHT)],
    4: [(RIGHT, BOTTOM)],
    5: [(LEFT, TOP), (RIGHT, BOTTOM)],
    6: [(TOP, BOTTOM)],
    7: [(LEFT, BOTTOM)],
    8: [(BOTTOM, LEFT)],
    9: [(BOTTOM, TOP)],
    10: [(TOP, RIGHT), (BOTTOM, LEFT)],
    11: [(BOTTOM, RIGHT)],
    12: [(RIGHT, LEFT)],
    13: [(RIGHT, TOP)],
    14: [(TOP, LEFT)],
}


def outline_segments(mask: BoolArray) -> npt.NDArray[np.float64]:
    """Border of a flat mask as line segments (marching squares).

    Parameters
    ----------
    mask
        Shape (rows, columns).

    Returns
    -------
    NDArray
        Shape (n, 2, 2): segments, their two ends, (row, column) in pixels; pixel centres are whole numbers.
    """
    padded = np.pad(mask, 1).astype(np.uint8)
    cells = padded[:-1, :-1] | padded[:-1, 1:] << 1 | padded[1:, 1:] << 2 | padded[1:, :-1] << 3
    lines = [np.empty((0, 2, 2))]
    for case, segments in SEGMENTS.items():
        corners = np.argwhere(cells == case) - 1.0
        lines += [corners[:, None, :] + np.array(segment) for segment in segments]
    return np.concatenate(lines)


def path_data(segments: npt.NDArray[np.float64]) -> str:
    """SVG path data of segments whose ends are (x, y)."""
    return "".join(f"M{a:.1f} {b:.1f}L{c:.1f} {d:.1f}" for a, b, c, d in segments.reshape(-1, 4))
