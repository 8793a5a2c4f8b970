"""A lesion one shell of voxels larger or smaller."""

from __future__ import annotations

import numpy as np

from ..region import Region


def with_shell(region: Region) -> Region:
    """Lesion with every voxel of the grid that shares a face with it.

    Parameters
    ----------
    region
        In its box.
    """
    block, start = _grown(region)
    around = np.pad(block, 1)
    grown = block | around[2:, 1:-1, 1:-1] | around[:-2, 1:-1, 1:-1]
    grown |= around[1:-1, 2:, 1:-1] | around[1:-1, :-2, 1:-1] | around[1:-1, 1:-1, 2:] | around[1:-1, 1:-1, :-2]
    return Region.from_array(grown, region.grid, start)


def without_shell(region: Region) -> Region:
    """Lesion without its voxels that share a face with one outside it; empty where nothing is left.

    The end of the grid is no surface: what lies beyond it is not known.

    Parameters
    ----------
    region
        In its box.
    """
    block, start = _grown(region)
    around = np.pad(block, 1, mode="edge")
    kept = block & around[2:, 1:-1, 1:-1] & around[:-2, 1:-1, 1:-1]
    kept &= around[1:-1, 2:, 1:-1] & around[1:-1, :-2, 1:-1] & around[1:-1, 1:-1, 2:] & around[1:-1, 1:-1, :-2]
    return Region.from_array(kept, region.grid, start)


def _grown(region: Region) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.bool_]], tuple[int, int, int]]:
    """Mask in a box one voxel larger on each side where the grid goes on, and where that box begins."""
    low = [min(first, 1) for first in region.start]
    sizes = zip(region.start, region.mask.shape, region.grid.shape, strict=True)
    high = [min(whole - (first + size), 1) for first, size, whole in sizes]
    start = (region.start[0] - low[0], region.start[1] - low[1], region.start[2] - low[2])
    return np.pad(region.mask, list(zip(low, high, strict=True))), start
