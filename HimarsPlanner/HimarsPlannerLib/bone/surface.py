"""The bone's outer surface at full resolution."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..region import BoolArray
from .joint import open_joints
from .primitives import box_size
from .resolution import Coarse, peaks

SOFT_HU = 40
EDGE_SHARE = 0.35
EDGE_HU = (100, 400)
PEAK_REACH_MM = 3.0
PEEL_MM = 4.0


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
    values = np.where(solid, peaks(ct, coarse), np.int16(-1024))
    peak = ndimage.maximum_filter(values, size=box_size(PEAK_REACH_MM, coarse.spacing))
    edge = np.clip(SOFT_HU + EDGE_SHARE * (peak.astype(np.float32) - SOFT_HU), *EDGE_HU)
    cross = ndimage.generate_binary_structure(3, 1)
    hull = coarse.spread(ndimage.binary_dilation(solid, cross))
    core = coarse.spread(ndimage.binary_erosion(solid, cross, border_value=1))
    fine_edge = coarse.interpolate(edge)
    soft = (ct < fine_edge) & hull & ~core
    # A gap two blocks wide lies in the hull of both its sides.
    outside = ~hull | (soft & coarse.spread(gaps))
    z, y, x = (s / f for s, f in zip(coarse.spacing, coarse.factors, strict=True))
    spacing = (z, y, x)
    for _ in range(int(np.ceil(PEEL_MM / min(spacing)))):
        outside |= ndimage.binary_dilation(outside, cross) & soft
    open_joints(ct, fine_edge, outside, spacing)
    return np.asarray(~outside)
