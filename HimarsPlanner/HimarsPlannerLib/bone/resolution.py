"""What is where is decided on voxels of about 2 mm; only surfaces are drawn at full resolution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..region import BoolArray, Scalar
from .primitives import FloatImage, Spacing

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

    def spread(self, mask: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
        """Block values repeated on the CT's voxels."""
        for axis, factor in enumerate(self.factors):
            if factor > 1:
                mask = np.repeat(mask, factor, axis)
        return mask[tuple(slice(0, n) for n in self.shape)]

    def interpolate(self, field: npt.NDArray[np.generic]) -> FloatImage:
        """Block values interpolated linearly at the CT's voxel centres."""
        result = field.astype(np.float32)
        for axis, factor in enumerate(self.factors):
            result = _stretch(result, axis, factor, self.shape[axis])
        return result


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
    starts = np.arange(0, array.shape[axis], factor)
    total = np.add.reduceat(array, starts, axis=axis, dtype=np.int32)
    counts = np.minimum(factor, array.shape[axis] - starts)
    shape = [1, 1, 1]
    shape[axis] = -1
    return np.asarray(total // counts.reshape(shape), dtype=np.int16)


def _stretch(field: FloatImage, axis: int, factor: int, size: int) -> FloatImage:
    if factor == 1:
        return field
    position = (np.arange(size) + 0.5) / factor - 0.5
    last = field.shape[axis] - 1
    first = np.clip(np.floor(position).astype(int), 0, last)
    weight = np.clip(position - first, 0, 1).astype(np.float32).reshape([-1 if a == axis else 1 for a in range(3)])
    low = np.take(field, first, axis)
    low += (np.take(field, np.minimum(first + 1, last), axis) - low) * weight
    return np.asarray(low, dtype=np.float32)
