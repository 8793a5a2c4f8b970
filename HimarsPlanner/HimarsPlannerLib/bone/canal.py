"""The spinal canal's centreline: a free tube behind a column of bone, walled to the left, the right and the back."""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..region import BoolArray, Slices, bounding_box
from .enclosure import DIRECTIONS, Direction, sees
from .primitives import FloatImage, Spacing, distance
from .resolution import Coarse

WALL_SIGHT_MM = 22.0
CLEARANCE_MM = 9.0
LEVEL_MM = 12.0
AHEAD_MM = 23.0
COLUMN_MM = (20.0, 30.0, 26.0)
CONTENT_HU = (-200, 160)
DENSE_CONTENT_HU = 70
MIDLINE_MM = 40.0
CENTRAL_MM = 90.0
STRAIGHT_MM = 12.0
MIDLINE_COST = 0.05
STEP_COST = 0.05
WINDOW_MM = 30.0

Centreline = npt.NDArray[np.float64]


def find_centreline(ct: Coarse, body: BoolArray, shell: BoolArray, solid: BoolArray) -> Centreline:
    """Centre of the spinal canal in each slice where there is one.

    Parameters
    ----------
    ct, body
        Coarse CT and the patient in it.
    shell, solid
        Bright shells, and bone with its interior (canal included, as far as it is enclosed).

    Returns
    -------
    Centreline
        Shape (n, 3): (z, y, x) in block indices, one row a slice, z increasing; empty without a spine.
    """
    box = _central(bounding_box(shell), body, ct.spacing[2])
    if shell[box].size == 0:
        return np.zeros((0, 3))
    parts = _parts(shell[box], solid[box], ct.spacing)
    score = np.sum(parts, axis=0, dtype=np.float32)
    # Marrow is denser than cord, liquor and epidural fat, unless it is fatty itself.
    blurred = ndimage.uniform_filter(ct.mean[box], 3, output=np.float32, mode="nearest")
    score -= np.clip((blurred - DENSE_CONTENT_HU) / 50, 0, 1.5)
    free = ~shell[box] & (ct.mean[box] > CONTENT_HU[0]) & (ct.mean[box] < CONTENT_HU[1])
    score[~free] = -1.0
    middle = _midline(body)[box[0]] - box[2].start
    track = best_path(score - _cost(middle, score.shape[2], MIDLINE_MM, ct.spacing[2]), ct.spacing)
    sure, _ = _judge(track, parts, score, np.abs(track[:, 1] - middle), ct.spacing)
    if not sure.any():
        return np.zeros((0, 3))
    # Below the sacrum a hip may look more like a canal than what is left of it: stay in line with what is sure.
    z = np.arange(len(track))
    line = np.interp(z, z[sure], track[sure, 1]).astype(np.float32)
    track = best_path(score - _cost(line, score.shape[2], STRAIGHT_MM, ct.spacing[2]), ct.spacing)
    sure, plausible = _judge(track, parts, score, np.abs(track[:, 1] - middle), ct.spacing)
    runs, _ = ndimage.label(plausible)
    inside = plausible & np.isin(runs, np.unique(runs[sure & plausible]))
    points = np.column_stack([z, track]).astype(float) + [s.start for s in box]
    return np.asarray(points[inside])


def _parts(
    shell: BoolArray, solid: BoolArray, spacing: Spacing
) -> tuple[FloatImage, FloatImage, FloatImage, FloatImage]:
    """Walls here, walls at the level of the pedicles near by, column ahead, clearance: each in [0, 1]."""
    left, right, front, back = (np.zeros(shell.shape, dtype=np.uint8) for _ in range(4))
    for direction in DIRECTIONS:
        sides = [s for s, d in zip((left, right, front, back), _signs(direction), strict=True) if d]
        if sides:
            seen = sees(shell, direction, spacing, WALL_SIGHT_MM)
            for side in sides:
                side += seen
    hits = (left, right, front, back)
    walls = np.minimum.reduce(hits).astype(np.float32) / 9
    levels = ndimage.maximum_filter1d(walls, 2 * max(1, round(LEVEL_MM / spacing[0])) + 1, axis=0)
    window = [2 * max(1, round(mm / s / 2)) + 1 for mm, s in zip(COLUMN_MM, spacing, strict=True)]
    mean = ndimage.uniform_filter(solid.astype(np.float32), window, mode="nearest")
    ahead = np.zeros_like(mean)
    steps = round(AHEAD_MM / spacing[1])
    ahead[:, steps:] = mean[:, : mean.shape[1] - steps]
    clearance = np.minimum(distance(~shell, spacing), CLEARANCE_MM) / np.float32(CLEARANCE_MM)
    return walls, levels, ahead, np.asarray(clearance, dtype=np.float32)


def _signs(direction: Direction) -> tuple[bool, bool, bool, bool]:
    """Whether a direction points left, right, forward, backward; 9 of the 26 do for each."""
    return direction[2] > 0, direction[2] < 0, direction[1] < 0, direction[1] > 0


def _central(box: Slices, body: BoolArray, spacing: float) -> Slices:
    """Box without what lies further than `CENTRAL_MM` beside the body's middle."""
    middle = _midline(body)[box[0]]
    reach = CENTRAL_MM / spacing
    if middle.size == 0:
        return box
    first, last = round(float(middle.min()) - reach), round(float(middle.max()) + reach)
    return box[0], box[1], slice(max(box[2].start, first), max(min(box[2].stop, last), box[2].start, first))


def _midline(body: BoolArray) -> FloatImage:
    """Column halfway between the body's left and right end in each slice."""
    columns = np.asarray(body.any(axis=1))
    first = columns.argmax(axis=1)
    last = columns.shape[1] - 1 - columns[:, ::-1].argmax(axis=1)
    return np.asarray((first + last) / 2, dtype=np.float32)


def best_path(score: FloatImage, spacing: Spacing) -> npt.NDArray[np.intp]:
    """Path through all slices, at most about 60 degrees oblique, with the greatest sum of scores (Viterbi).

    Returns
    -------
    numpy.ndarray
        Shape (slices, 2): (y, x) of the path in each slice.
    """
    slices, height, width = score.shape
    # The sacral canal runs at up to 60 degrees to the slices' normal, backwards; nowhere so far sidewards.
    reach_y, reach_x = max(2, round(1.7 * spacing[0] / spacing[1])), max(1, round(spacing[0] / spacing[2]))
    steps = sorted(
        product(range(-reach_y, reach_y + 1), range(-reach_x, reach_x + 1)), key=lambda s: s[0] ** 2 + s[1] ** 2
    )
    total = score[0].copy()
    chosen = np.zeros(score.shape, dtype=np.int8)
    for z in range(1, slices):
        before = np.pad(total, ((reach_y, reach_y), (reach_x, reach_x)), constant_values=-np.inf)
        total = np.full((height, width), -np.inf, dtype=np.float32)
        for index, (dy, dx) in enumerate(steps):
            cost = np.float32(STEP_COST * np.hypot(dy, dx) * spacing[1] / spacing[0])
            candidate = before[reach_y - dy : reach_y - dy + height, reach_x - dx : reach_x - dx + width] - cost
            better = candidate > total
            total[better] = candidate[better]
            chosen[z][better] = index
        total += score[z]
    track = np.zeros((slices, 2), dtype=np.intp)
    track[-1] = np.unravel_index(int(total.argmax()), total.shape)
    for z in range(slices - 1, 0, -1):
        track[z - 1] = track[z] - steps[chosen[z][tuple(track[z])]]
    return track


def _cost(line: FloatImage, width: int, free: float, spacing: float) -> FloatImage:
    """Cost of each column in each slice, from `free` mm off a line on; shape (slices, 1, width)."""
    off = np.abs(np.arange(width) - line[:, None]) * spacing
    cost = MIDLINE_COST * np.maximum(off - free, 0)
    return np.asarray(cost[:, np.newaxis, :], dtype=np.float32)


def _judge(
    track: npt.NDArray[np.intp],
    parts: tuple[FloatImage, ...],
    score: FloatImage,
    off: npt.NDArray[np.floating],
    spacing: Spacing,
) -> tuple[BoolArray, BoolArray]:
    """Slices where the path surely is in a spinal canal, and where it plausibly is."""
    z = np.arange(len(track))
    window = max(1, min(len(track), round(WINDOW_MM / spacing[0])))
    values = (part[z, track[:, 0], track[:, 1]] for part in (*parts, score))
    walls, levels, ahead, clearance, sum_ = (ndimage.uniform_filter1d(v, window, mode="nearest") for v in values)
    sure = (walls > 0.45) & (levels > 0.6) & (ahead > 0.4) & (clearance > 0.6) & (off * spacing[2] < MIDLINE_MM + 10)
    return sure, (levels > 0.5) & (ahead > 0.25) & (clearance > 0.25) & (sum_ > 1.8)
