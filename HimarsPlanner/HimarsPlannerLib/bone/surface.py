"""The bone's outer surface at full resolution."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..region import BoolArray, bounding_box
from .joint import open_joints
from .primitives import box_size, each, grow
from .resolution import Coarse, peaks

SOFT_HU = 40
EDGE_SHARE = 0.37
EDGE_HU = (130, 300)
PEAK_REACH_MM = 3.0
PEEL_MM = 4.0
MARGIN = 2
SLAB = 48


def draw_surface(ct: npt.NDArray[np.int16], coarse: Coarse, solid: BoolArray, gaps: BoolArray) -> BoolArray:
    """Peel a coarse solid down to the edge of its own cortex.

    The edge lies where HU passes a fixed share of the way from soft tissue to the cortex near by, so that a thick
    bright cortex and a thin faint one are cut at the same place of their blurred profile. What lies deeper than one
    block is kept whatever its HU.

    Parameters
    ----------
    ct
        HU at full resolution, (z, y, x).
    coarse
        The same, averaged.
    solid
        Blocks of bone with its interior.
    gaps
        Blocks between bones that are known to be outside.

    Returns
    -------
    BoolArray
        Voxels of bone with its interior.
    """
    bone = np.zeros(ct.shape, dtype=bool)
    box = bounding_box(solid, MARGIN)
    if solid[box].size:
        part, voxels = coarse.crop(box)
        bone[voxels] = _peel(np.ascontiguousarray(ct[voxels]), part, solid[box], gaps[box])
    return bone


def _peel(ct: npt.NDArray[np.int16], coarse: Coarse, solid: BoolArray, gaps: BoolArray) -> BoolArray:
    values = np.where(solid, peaks(ct, coarse), np.int16(-1024))
    peak = ndimage.maximum_filter(values, size=box_size(PEAK_REACH_MM, coarse.spacing))
    edge = np.clip(SOFT_HU + EDGE_SHARE * (peak - SOFT_HU), *EDGE_HU).astype(np.int16)
    z, y, x = (s / f for s, f in zip(coarse.spacing, coarse.factors, strict=True))
    steps = int(np.ceil(PEEL_MM / min(z, y, x)))
    halo = steps // coarse.factors[0] + 2
    outside = np.ones(ct.shape, dtype=bool)

    def work(start: int) -> None:
        own = slice(start, min(start + SLAB, len(solid)))
        _, rows, columns = bounding_box(solid[own], MARGIN)
        part = (slice(max(0, start - halo), min(own.stop + halo, len(solid))), rows, columns)
        if solid[part].size:
            piece, voxels = coarse.crop(part)
            found = _peel_slab(ct[voxels], piece, solid[part], gaps[part], edge[part], steps)
            inner, place = coarse.crop((own, rows, columns))[1], voxels[0].start
            outside[inner] = found[inner[0].start - place : inner[0].stop - place]

    for _ in each(work, range(0, len(solid), SLAB)):
        pass
    open_joints(ct, edge, coarse.factors, outside, (z, y, x))
    return ~outside


def _peel_slab(
    ct: npt.NDArray[np.int16],
    coarse: Coarse,
    solid: BoolArray,
    gaps: BoolArray,
    edge: npt.NDArray[np.int16],
    steps: int,
) -> BoolArray:
    hull = coarse.spread(grow(solid))
    core = coarse.spread(~grow(~solid))
    soft = (ct < coarse.spread(edge)) & hull & ~core
    # A gap two blocks wide lies in the hull of both its sides.
    outside = ~hull | (soft & coarse.spread(gaps))
    for _ in range(steps):
        outside |= grow(outside) & soft
    return outside
