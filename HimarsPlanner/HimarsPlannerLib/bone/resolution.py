"""What is where is decided on voxels of about 2 mm; only surfaces are drawn at full resolution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..region import BoolArray, Scalar, Slices
from .primitives import Spacing

COARSE_MM = 2.0


@dataclass(frozen=True)
class Coarse:
    """A CT averaged over blocks of whole voxels.

    Parameters
    ----------
    mean
        Block means in HU, (z, y, x).
    spacing
        Spacing (z, y, x) of the blocks in mm.
    factors
        Voxels per block along z, y, x.
    shape
        Shape of the CT.
    """

    mean: npt.NDArray[np.int16]
    spacing: Spacing
    factors: tuple[int, int, int]
    shape: tuple[int, ...]

    def crop(self, box: Slices) -> tuple[Coarse, Slices]:
        """The blocks of a box, and the slices of its voxels in the CT."""
        z, y, x = (
            slice(s.start * f, min(s.stop * f, n)) for s, f, n in zip(box, self.factors, self.shape, strict=True)
        )
        shape = (z.stop - z.start, y.stop - y.start, x.stop - x.start)
        return Coarse(np.ascontiguousarray(self.mean[box]), self.spacing, self.factors, shape), (z, y, x)

    def spread(self, mask: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
        """Block values repeated on the CT's voxels."""
        for axis, factor in enumerate(self.factors):
            if factor > 1:
                mask = np.repeat(mask, factor, axis)
        return mask[tuple(slice(0, n) for n in self.shape)]


def coarsen(ct: npt.NDArray[np.int16], spacing: Spacing) -> Coarse:
    """Average a CT over blocks that come closest to `COARSE_MM`; voxels above 1.5 mm stay single."""
    factors = tuple(max(1, round(COARSE_MM / s)) if s < 0.75 * COARSE_MM else 1 for s in spacing)
    mean = ct
    for axis, factor in enumerate(factors):
        if factor > 1:
            mean = _block_mean(mean, axis, factor)
    z, y, x = factors
    return Coarse(np.ascontiguousarray(mean), (spacing[0] * z, spacing[1] * y, spacing[2] * x), (z, y, x), ct.shape)


def peaks(ct: npt.NDArray[np.int16], coarse: Coarse) -> npt.NDArray[np.int16]:
    """Block maxima of a CT on the blocks of `coarse`."""
    for axis, factor in enumerate(coarse.factors):
        if factor > 1:
            starts = np.arange(0, ct.shape[axis], factor)
            ct = np.maximum.reduceat(ct, starts, axis=axis)
    return ct


def blocks(mask: BoolArray, coarse: Coarse) -> BoolArray:
    """Blocks that hold a voxel of a mask on the CT."""
    for axis, factor in enumerate(coarse.factors):
        if factor > 1:
            mask = np.logical_or.reduceat(mask, np.arange(0, mask.shape[axis], factor), axis=axis)
    return mask


def _block_mean(array: npt.NDArray[np.int16], axis: int, factor: int) -> npt.NDArray[np.int16]:
    """Mean of `factor` neighbours along an axis; the last block may be shorter. HU up to 4000 add up in int16."""
    parts = [array[(slice(None),) * axis + (slice(first, None, factor),)] for first in range(factor)]
    total = parts[0].copy()
    for part in parts[1:]:
        total[(slice(None),) * axis + (slice(0, part.shape[axis]),)] += part
    whole = array.shape[axis] // factor
    total[(slice(None),) * axis + (slice(0, whole),)] //= np.int16(factor)
    rest = array.shape[axis] - whole * factor
    if rest:
        total[(slice(None),) * axis + (slice(whole, None),)] //= np.int16(rest)
    return total
