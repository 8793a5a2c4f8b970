"""Contrast medium: bright bulk that no shell of its own surrounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..region import BoolArray
from .enclosure import DIRECTIONS, Counts, sees, surroundings, within
from .primitives import (
    Spacing,
    components,
    distance,
    drop_small,
    each,
    grow,
    hysteresis,
    keep_components,
    near,
)
from .resolution import Coarse

BRIGHT_HU = 120
SIGHT_HU = 85
HARDEST_HU = 700
BULK_MM = 5.0
SIGHT_MM = 40.0
OPEN_HITS = 8
RIM_HITS = 14
RIM_MM = 6.0
RIM_HU = 30
SMALLEST_MM3 = 300.0
CORE_MM = 3.0
SOURCE_ML = 3.0
VESSEL_HU = 50
DIM_HU = 100
LEVEL_STEP_HU = 40
VESSEL_HITS = 12
CORTEX_NEAR_MM = 4.0
EVEN_HU = 400
EVEN_RATIO = 1.4
REST_CONTACT = 0.05
REST_ENCLOSED = 0.2
REST_HU = 420
REST_ML = 4.0


def find_bulk(ct: Coarse, body: BoolArray, shell: BoolArray) -> BoolArray:
    """Blocks of the bulk of contrast in heart, large vessels, kidneys, bowel and bladder.

    Seen through bright tissue only, bone meets cortex on most sides. The bulk of contrast meets none, or only the wall
    of the bone that it lies against. From such cores contrast reaches `RIM_MM` far to its own edge, through what is as
    bright as the core and not better enclosed.

    Parameters
    ----------
    ct, body
        Coarse CT and the patient in it.
    shell
        Sure shells, from `skeleton`.
    """
    bright = (ct.mean > BRIGHT_HU) & body
    # Sight goes on through what noise makes a little darker.
    hits = _hits(ct, shell, (ct.mean > SIGHT_HU) & body)
    core = (distance(bright, ct.spacing) >= BULK_MM) & (hits < OPEN_HITS) & (ct.mean < HARDEST_HU)
    core = drop_small(core, SMALLEST_MM3 / float(np.prod(ct.spacing)))
    if not core.any():
        return core
    box = surroundings(core, ct.spacing, RIM_MM)
    rim = (bright & ~shell & (hits < RIM_HITS))[box] & near(core[box], RIM_MM, ct.spacing)
    part = replace(ct, mean=ct.mean[box])
    core[box] |= rim & (part.mean < _level(part, core[box], ct.spacing) + RIM_HU)
    return core


def follow_vessels(ct: Coarse, body: BoolArray, shell: BoolArray, bulk: BoolArray, marrow: BoolArray) -> BoolArray:
    """Blocks of vessels too thin to have a core, followed from large bulks as far as no cortex is near.

    Parameters
    ----------
    ct, body
        Coarse CT and the patient in it.
    shell
        Sure shells, from `skeleton`.
    bulk
        From `find_bulk`.
    marrow
        Dark blocks that shells enclose: what lies on them is an end plate, however dim.
    """
    source = drop_small(distance(bulk, ct.spacing) >= CORE_MM, SOURCE_ML * 1000 / float(np.prod(ct.spacing)))
    if not source.any():
        return source
    bright = (ct.mean > BRIGHT_HU) & body & ~grow(marrow)
    window = [2 * int(CORTEX_NEAR_MM / s) + 1 for s in ct.spacing]
    brightest = ndimage.maximum_filter(np.where(body, ct.mean, np.int16(0)), size=window)
    # All of this is local: only what hangs together with a bulk, and what is seen from there, matters.
    top = float(ct.mean[source].max()) + LEVEL_STEP_HU + VESSEL_HU
    box = surroundings(hysteresis((bright & (brightest < top)) | source, source), ct.spacing, SIGHT_MM)
    part = replace(ct, mean=ct.mean[box])
    contrast = bulk.copy()
    contrast[box] |= _follow(part, shell[box], bulk[box], source[box], brightest[box], bright[box])
    return contrast


def _follow(
    ct: Coarse,
    shell: BoolArray,
    bulk: BoolArray,
    source: BoolArray,
    brightest: npt.NDArray[np.int16],
    bright: BoolArray,
) -> BoolArray:
    hits = _hits(ct, shell, bright)
    contrast = bulk | _run_on(ct, source, brightest, bright & (hits < VESSEL_HITS))
    # A vessel's own wall counts as shell until it is known as vessel.
    box, further = (surroundings(shell & contrast, ct.spacing, n * SIGHT_MM) for n in (1, 2))
    if hits[box].size:
        near_by = replace(ct, mean=ct.mean[further])
        seen = _hits(near_by, (shell & ~contrast)[further], bright[further])
        hits[box] = seen[within(box, further)]
    return contrast | _run_on(ct, source, brightest, bright & (hits < VESSEL_HITS))


def _run_on(ct: Coarse, source: BoolArray, brightest: npt.NDArray[np.int16], open_: BoolArray) -> BoolArray:
    """From large cores on into what is open and not much brighter than the core, nor beside what is (`brightest`)."""
    labels, count = components(source)
    levels = np.asarray(ndimage.median(ct.mean[source], labels[source], np.arange(count + 1)))
    vessels = np.zeros_like(source)
    for low in range(BRIGHT_HU, HARDEST_HU, LEVEL_STEP_HU):
        here = (levels >= low) & (levels < low + LEVEL_STEP_HU)
        here[0] = False
        if here.any():
            own = here[labels]
            alike = open_ & (ct.mean > low - DIM_HU) & (brightest < low + LEVEL_STEP_HU + VESSEL_HU)
            vessels |= hysteresis(alike | own, own)
    return vessels


def _hits(ct: Coarse, shell: BoolArray, bright: BoolArray) -> Counts:
    hits = np.zeros(shell.shape, dtype=np.uint8)
    for seen in each(lambda direction: sees(shell, direction, ct.spacing, SIGHT_MM, bright), DIRECTIONS):
        hits += seen
    return hits


def drop_even(ct: Coarse, solid: BoolArray, enclosed: BoolArray, contrast: BoolArray) -> BoolArray:
    """Solid without components that are contrast: even in HU and not hard anywhere, or a dim rest on a found bulk.

    Parameters
    ----------
    ct
        The coarse CT.
    solid
        Blocks taken for bone.
    enclosed
        Blocks that shells enclose.
    contrast
        Blocks of contrast, not in `solid`.
    """
    labels, count = components(solid)
    beside = grow(contrast)
    keep = np.ones(count + 1, dtype=bool)
    own = labels[solid]
    order = np.argsort(own, kind="stable")
    values = ct.mean[solid][order]
    sizes = np.bincount(own, minlength=count + 1)
    inner = np.bincount(own, enclosed[solid], minlength=count + 1) / np.maximum(sizes, 1)
    contact = np.bincount(own, beside[solid], minlength=count + 1) / np.maximum(sizes, 1)
    ends = np.cumsum(sizes)
    smallest = REST_ML * 1000 / float(np.prod(ct.spacing))
    for label in range(1, count + 1):
        middle, high, highest = np.percentile(values[ends[label - 1] : ends[label]], [50, 90, 95])
        open_ = inner[label] < REST_ENCLOSED or sizes[label] < smallest
        rest = contact[label] > REST_CONTACT and open_ and high < REST_HU
        keep[label] = not rest and (highest > EVEN_HU or highest > EVEN_RATIO * middle)
    return keep_components(solid, keep, labels)


def _level(ct: Coarse, core: BoolArray, spacing: Spacing) -> npt.NDArray[np.float32]:
    """HU of the cores near by."""
    sigma = [RIM_MM / 2 / s for s in spacing]
    weight = ndimage.gaussian_filter(core.astype(np.float32), sigma, truncate=3)
    total = ndimage.gaussian_filter(np.where(core, ct.mean, 0).astype(np.float32), sigma, truncate=3)
    return np.asarray(total / np.maximum(weight, 1e-4))
