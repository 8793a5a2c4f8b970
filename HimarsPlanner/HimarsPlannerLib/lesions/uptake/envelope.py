"""Bone with its gaps closed: where a lytic lesion has eaten the bone away that it lies in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ...grid import Grid
from ...region import BoolArray

BLOCK_MM = 4.0
GAP_MM = 28.0


@dataclass(frozen=True)
class Envelope:
    """The skeleton after a closing that fills gaps of up to `GAP_MM`, in blocks of about `BLOCK_MM`.

    Parameters
    ----------
    closed
        Blocks in bone or in a gap of it, (z, y, x).
    factors
        Voxels of the CT in a block along z, y, x.
    """

    closed: BoolArray
    factors: tuple[int, int, int]

    @classmethod
    def of(cls, bone: BoolArray, grid: Grid) -> Envelope:
        """Envelope of bone and spinal canal.

        Parameters
        ----------
        bone
            Bone and canal, (z, y, x).
        grid
            Their grid.
        """
        z, y, x = (max(round(BLOCK_MM / spacing), 1) for spacing in grid.spacing_zyx)
        whole = np.pad(bone, [(0, -n % f) for n, f in zip(bone.shape, (z, y, x), strict=True)])
        shape = whole.shape
        blocks = whole.reshape(shape[0] // z, z, shape[1] // y, y, shape[2] // x, x).any(axis=(1, 3, 5))
        spacing = tuple(s * f for s, f in zip(grid.spacing_zyx, (z, y, x), strict=True))
        grown = ndimage.distance_transform_edt(~blocks, spacing) <= GAP_MM / 2
        closed = ndimage.distance_transform_edt(grown, spacing) > GAP_MM / 2
        return cls(closed | blocks, (z, y, x))

    def holds(self, mask: BoolArray, start: tuple[int, int, int]) -> BoolArray:
        """Which voxels of the block of `mask` that begins at `start` lie in the envelope; same shape as `mask`."""
        places = [(np.arange(n) + s) // f for n, s, f in zip(mask.shape, start, self.factors, strict=True)]
        return np.asarray(mask & self.closed[np.ix_(*places)])
