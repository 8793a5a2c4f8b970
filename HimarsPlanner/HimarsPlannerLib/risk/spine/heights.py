"""Heights of a vertebral body at its front, middle and back, along its own axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...grid import FloatArray
from ...region import BoolArray, Region
from .frame import STEPS, Frame

POSITIONS = ("anterior", "middle", "posterior")
CENTRAL = 0.6
FITTED, MIDDLE = (0.06, 0.94), (0.33, 0.67)
OUTLIER_MM = 4.0
LEAST_COLUMNS = 20
LEAST_MM = 4.0
WAIST_MM = 4.0
MIDLINE_MM = 6.0
LEAST_DEPTH_MM = 8.0


@dataclass(frozen=True)
class BodyHeights:
    """Heights of a body in mm.

    Parameters
    ----------
    anterior, middle, posterior
        At the front edge, in the middle and at the back edge of its midsagittal plane.
    depth, width
        Of the body at half its height, mm.
    """

    anterior: float
    middle: float
    posterior: float
    depth: float
    width: float


def measure_heights(vertebra: Region, frame: Frame) -> BodyHeights | None:
    """Heights of a labelled vertebra's body; None where no body is found.

    Each column of the body is measured from its lowest to its highest labelled point, so that a hole that a lesion
    leaves in the label does not matter. A smooth surface through the columns tells the heights at the edges: slices
    of 3 mm, rounded corners and osteophytes average out.
    """
    block, (up, back, left) = frame.sample(vertebra)
    body = block & (back < 0)[None, :, None]
    extent = _extent(body, up, back, left)
    if extent is None:
        return None
    front, width = extent
    share = (back - front) / -front
    across = 2 * left / width
    edges = _plane(_column_heights(body, up), share, across)
    if edges is None or min(edges) < LEAST_MM:
        return None
    return BodyHeights(*edges, depth=-front, width=width)


def _extent(body: BoolArray, up: FloatArray, back: FloatArray, left: FloatArray) -> tuple[float, float] | None:
    """Front edge and width of a body.

    The front edge is that of the foremost quarter of the heights: the front of a collapsed body is low, and what juts
    out at the endplates is osteophytes.
    """
    central: BoolArray = np.asarray(body[:, :, np.abs(left) <= MIDLINE_MM].any(axis=2))
    rows = [float(back[row.argmax()]) for row in central if row.any()]
    if not rows:
        return None
    front = float(np.percentile(rows, 25)) - STEPS["back"][2] / 2
    inside = np.flatnonzero(central.any(axis=1))
    waist = body[np.abs(up - up[inside].mean()) <= WAIST_MM]
    middle = waist[:, (back > 0.75 * front) & (back < 0.25 * front), :].any(axis=1)
    widths = [float(np.count_nonzero(row)) * STEPS["left"][2] for row in middle if row.any()]
    return (front, float(np.median(widths))) if widths and front < -LEAST_DEPTH_MM else None


def _column_heights(body: BoolArray, up: FloatArray) -> FloatArray:
    """Height of each column, mm, (back, left); NaN where there is none."""
    low = body.argmax(axis=0)
    high = len(up) - 1 - body[::-1].argmax(axis=0)
    return np.where(body.any(axis=0), (high - low + 1) * STEPS["up"][2], np.nan)


def _plane(heights: FloatArray, share: FloatArray, across: FloatArray) -> tuple[float, float, float] | None:
    """Front, middle and back height: a plane through the central columns without outliers, and its middle's mean.

    A plane, not a curved surface: on slices of 3 mm the steps of flat endplates feign curvature.
    """
    f, u = np.meshgrid(share, across, indexing="ij")
    use = np.isfinite(heights) & (f >= FITTED[0]) & (f <= FITTED[1]) & (np.abs(u) <= CENTRAL)
    terms = np.stack([np.ones_like(f), f, u], axis=-1)
    fit: FloatArray = np.zeros(3)
    for _ in range(3):
        if np.count_nonzero(use) < LEAST_COLUMNS:
            return None
        fit = np.asarray(np.linalg.lstsq(terms[use], heights[use], rcond=None)[0], dtype=np.float64)
        use &= np.abs(heights - terms @ fit) <= OUTLIER_MM
    middle = use & (f >= MIDDLE[0]) & (f <= MIDDLE[1])
    if not middle.any():
        return None
    return float(fit[0]), float(heights[middle].mean()), float(fit[0] + fit[1])
