"""Contrast medium: bright bulk that no shell of its own surrounds."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ..region import BoolArray
from .enclosure import DIRECTIONS, Counts, sees
from .primitives import Spacing, distance, drop_small, within
from .resolution import Coarse

BRIGHT_HU = 120
HARDEST_HU = 700
BULK_MM = 5.0
SIGHT_MM = 40.0
OPEN_HITS = 8
RIM_HITS = 14
RIM_MM = 6.0
RIM_HU = 100
SMALLEST_MM3 = 300.0


def find_contrast(ct: Coarse, body: BoolArray, shell: BoolArray) -> BoolArray:
    """Blocks of contrast in heart, vessels, kidneys, bowel and bladder.

    Seen through bright tissue only, bone meets cortex on most sides. The bulk of contrast meets none, or only the wall
    of the bone that it lies against. From such cores contrast reaches `RIM_MM` far to its own edge, through what is as
    bright as the core and not better enclosed.

    Parameters
    ----------
    ct, body
        Coarse CT and the patient in it.
    shell
        Bright shells, from `skeleton`.
    """
    bright = (ct.mean > BRIGHT_HU) & body
    hits = _hits(ct, shell, bright)
    bulk = distance(bright, ct.spacing) >= BULK_MM
    core = bulk & (hits < OPEN_HITS) & (ct.mean < HARDEST_HU)
    core = drop_small(core, SMALLEST_MM3 / float(np.prod(ct.spacing)))
    if not core.any():
        return core
    rim = bright & (hits < RIM_HITS) & within(core, RIM_MM, ct.spacing)
    return core | (rim & (ct.mean < _level(ct, core, ct.spacing) + RIM_HU))


def _hits(ct: Coarse, shell: BoolArray, bright: BoolArray) -> Counts:
    hits = np.zeros(shell.shape, dtype=np.uint8)
    for direction in DIRECTIONS:
        hits += sees(shell, direction, ct.spacing, SIGHT_MM, bright)
    return hits


def _level(ct: Coarse, core: BoolArray, spacing: Spacing) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """HU of the cores near by."""
    sigma = [RIM_MM / 2 / s for s in spacing]
    weight = ndimage.gaussian_filter(core.astype(np.float32), sigma, truncate=3)
    total = ndimage.gaussian_filter(np.where(core, ct.mean, 0).astype(np.float32), sigma, truncate=3)
    return np.asarray(total / np.maximum(weight, 1e-4))
