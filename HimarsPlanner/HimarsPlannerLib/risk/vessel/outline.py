"""A structure as a smooth signed distance, so that its outline is known more finely than its voxels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ...grid import FloatArray
from ...region import Region

THICK_SLICES = 1.6
FINE_MM = 1.0
SMOOTHING_VOXELS = 0.5
PAD = 2
SLICES_APART_MM = 1e4
FloatImage = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Outline:
    """Signed distance of a structure's part, mm, below 0 inside; exact near the outline.

    Places are in mm along the grid's own index axes (z, y, x): index times spacing. These axes are orthogonal, so an
    oblique grid needs no care.

    Parameters
    ----------
    values
        Shape (z, y, x).
    first_mm
        Place of the first value.
    spacing
        Between values, mm, (z, y, x).
    """

    values: FloatImage
    first_mm: FloatArray
    spacing: FloatArray

    @classmethod
    def of(cls, region: Region) -> Outline:
        """Outline of a region that has a voxel.

        Between thick slices the outlines' distances are interpolated (shape-based interpolation: Raya and Udupa, IEEE
        Trans Med Imaging 1990;9:32-42), in thin ones the distance is three-dimensional; a Gaussian of half a voxel
        takes the staircase away.
        """
        spacing = np.asarray(region.grid.spacing_zyx)
        first = (np.asarray(region.start) - PAD) * spacing
        mask = np.pad(region.mask, PAD)
        axis = int(np.argmax(spacing))
        finer = 1
        if spacing[axis] >= THICK_SLICES * np.median(spacing):
            finer = int(np.ceil(spacing[axis] / max(float(np.median(spacing)), FINE_MM)))
            values = _between(_by_slice(mask, spacing, axis), axis, finer)
        else:
            values = _signed(mask, spacing)
        steps = np.where(np.arange(3) == axis, spacing / finer, spacing)
        sigma = SMOOTHING_VOXELS * float(np.median(spacing)) / steps
        return cls(ndimage.gaussian_filter(values, sigma, mode="nearest"), first, steps)

    def at(self, places: FloatArray) -> FloatArray:
        """Signed distance at places (..., 3) in mm."""
        index = np.moveaxis((places - self.first_mm) / self.spacing, -1, 0)
        return np.asarray(ndimage.map_coordinates(self.values, index, order=1, mode="nearest"), dtype=np.float64)

    def surface(self) -> FloatArray:
        """Places (n, 3) at which the outline crosses the lines between neighbouring values, mm."""
        found = []
        for axis in range(3):
            low, high = (np.moveaxis(self.values, axis, 0)[part] for part in (slice(None, -1), slice(1, None)))
            index = np.argwhere((low < 0) != (high < 0))
            a, b = (side[tuple(index.T)].astype(np.float64) for side in (low, high))
            places = index.astype(np.float64)
            places[:, 0] += a / (a - b)
            order = [axis, *(other for other in range(3) if other != axis)]
            found.append(places[:, np.argsort(order)])
        return np.asarray(np.concatenate(found) * self.spacing + self.first_mm)


def _signed(mask: npt.NDArray[np.bool_], spacing: FloatArray) -> FloatImage:
    """Distance to the other side's nearest centre less half a voxel, so that the outline lies between centres."""
    half = float(np.median(spacing)) / 2
    outside, inside = (ndimage.distance_transform_edt(part, spacing) for part in (~mask, mask))
    return np.asarray(np.where(mask, half - inside, outside - half), dtype=np.float32)


def _by_slice(mask: npt.NDArray[np.bool_], spacing: FloatArray, axis: int) -> FloatImage:
    """Distance inside each slice; a slice without the structure mirrors its neighbour, which then ends half-way."""
    # So far apart that the nearest point of another slice never is the nearest.
    apart = np.where(np.arange(3) == axis, SLICES_APART_MM, spacing)
    values = np.moveaxis(_signed(mask, apart), axis, 0)
    filled = np.moveaxis(mask, axis, 0).any(axis=(1, 2))
    there = np.flatnonzero(filled)
    for n in np.flatnonzero(~filled):
        nearest = int(there[np.argmin(np.abs(there - n))])
        values[n] = np.abs(values[nearest]) + (abs(nearest - n) - 1) * spacing[axis]
    return np.moveaxis(values, 0, axis)


def _between(values: FloatImage, axis: int, finer: int) -> FloatImage:
    """Values with `finer - 1` slices put between each two, by cubics through four slices (Catmull and Rom, 1974).

    Straight lines would thin what runs oblique to the slices: there the distance is convex along the normal.
    """
    last = values.shape[axis] - 1
    at = np.arange(last * finer + 1) / finer
    low = np.minimum(at.astype(int), last - 1)
    t = (at - low).astype(np.float32).reshape([-1 if a == axis else 1 for a in range(3)])
    weights = (
        ((2 - t) * t - 1) * t / 2,
        ((3 * t - 5) * t * t + 2) / 2,
        ((4 - 3 * t) * t + 1) * t / 2,
        (t - 1) * t * t / 2,
    )
    fine = np.zeros([len(at) if a == axis else n for a, n in enumerate(values.shape)], dtype=np.float32)
    for shift, weight in zip((-1, 0, 1, 2), weights, strict=True):
        fine += np.take(values, np.clip(low + shift, 0, last), axis) * weight
    return fine
