"""Trabecular bone: the skeleton without its cortex, whose thickness is measured everywhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..grid import Grid
from ..region import BoolArray, bounding_box
from .depth import Depth, measure_depth
from .primitives import FloatImage, Spacing
from .profile import Points, endosteum

CELL_MM = 6.0
AMBIGUOUS_VOXELS = 1.3
THICKEST_MM = 10.0
THICK_MM = 3.0
FINE_MM, COARSE_MM = 1.0, 1.4
ISOTROPIC = 1.6
HIDDEN_VOXELS = 0.1


@dataclass(frozen=True)
class ThicknessMap:
    """Depth of the inner cortical surface below the bone's surface in mm, on cells of `CELL_MM`."""

    depth: FloatImage
    cell: npt.NDArray[np.float32]

    def at(self, points: Points) -> npt.NDArray[np.float32]:
        """Depth at voxel indices (n, 3), interpolated between cells."""
        position = ((points + 0.5) / self.cell - 0.5).T
        return np.asarray(
            ndimage.map_coordinates(self.depth, position, output=np.float32, order=1, mode="nearest"), dtype=np.float32
        )


def remove_cortex(skeleton: BoolArray, ct: npt.NDArray[np.generic], grid: Grid) -> BoolArray:
    """Trabecular bone inside a bone mask from any source.

    Parameters
    ----------
    skeleton
        Bone with its interior, without the spinal canal, (z, y, x) on `grid`.
    ct
        HU on the same grid.
    grid
        Geometry of both.

    Returns
    -------
    BoolArray
        Voxels of the mask whose centre lies inside the inner surface of the cortex.
    """
    trabecular = np.zeros_like(skeleton)
    box = bounding_box(skeleton, margin=4)
    if skeleton[box].size:
        trabecular[box] = hollow(skeleton[box], np.ascontiguousarray(ct[box], dtype=np.int16), grid.spacing_zyx)
    return trabecular


def hollow(solid: BoolArray, ct: npt.NDArray[np.int16], spacing: Spacing) -> BoolArray:
    """`remove_cortex` on a cropped block with spacing (z, y, x) in mm."""
    depth = measure_depth(solid, spacing, THICKEST_MM)
    thickness = _map_thickness(solid, depth, ct, spacing)
    points = np.argwhere(solid & (depth.mm <= THICKEST_MM)).astype(np.float32)
    index = tuple(points.astype(np.intp).T)
    coarse = _coarseness(spacing)
    mean = thickness.at(points)
    thin = mean <= THICK_MM
    beyond = depth.mm[index] - mean - np.where(thin, HIDDEN_VOXELS * coarse * max(spacing[1:]), 0)
    trabecular = solid.copy()
    trabecular[index] = beyond > 0
    # Near the inner surface each voxel asks its own profile.
    near = np.abs(beyond) < AMBIGUOUS_VOXELS * max(spacing[1:])
    ask = points[near]
    place = tuple(ask.astype(np.intp).T)
    normals, steepness = depth.normals(place, spacing)
    # Halfway between two surfaces a voxel has no normal; what the surfaces say then holds.
    has = steepness > 0.6
    ask, normals, level, thin = ask[has], normals[has], beyond[near][has], thin[near][has]
    place = tuple(ask.astype(np.intp).T)
    surface = np.maximum(depth.mm[place] - 0.5 * depth.step, 0)
    own = endosteum(ct, ask, normals, spacing, surface)
    mean_share = np.where(thin, coarse, 0)
    trabecular[place] = mean_share * level - (1 - mean_share) * own > 0
    return trabecular


def _coarseness(spacing: Spacing) -> float:
    """From 0 to 1: how far a thin cortex is left to the mean of neighbouring profiles.

    Across voxels of more than 1 mm one profile errs by a third of a voxel and its neighbours' mean does not, unless
    slices are so thick that neighbours are blurred unlike.
    """
    if max(spacing) > ISOTROPIC * min(spacing):
        return 0.0
    return float(np.clip((max(spacing[1:]) - FINE_MM) / (COARSE_MM - FINE_MM), 0, 1))


def _map_thickness(solid: BoolArray, depth: Depth, ct: npt.NDArray[np.int16], spacing: Spacing) -> ThicknessMap:
    """Depth of the inner surface, measured on surface voxels and averaged over cells."""
    surface = solid & (depth.mm <= max(spacing) * 1.01)
    points = np.argwhere(surface)[::3].astype(np.float32)
    place = tuple(points.astype(np.intp).T)
    normals, _ = depth.normals(place, spacing)
    start = np.maximum(depth.mm[place] - 0.5 * depth.step, 0)
    level = np.clip(depth.mm[place] + endosteum(ct, points, normals, spacing, start), 0, THICKEST_MM)
    cell = np.asarray([max(1.0, CELL_MM / s) for s in spacing], dtype=np.float32)
    shape = tuple(int(np.ceil(n / c)) + 1 for n, c in zip(solid.shape, cell, strict=True))
    bins = np.ravel_multi_index(tuple((points / cell).astype(np.intp).T), shape)
    size = int(np.prod(shape))
    count = np.bincount(bins, minlength=size).reshape(shape).astype(np.float32)
    total = np.bincount(bins, weights=level, minlength=size).reshape(shape).astype(np.float32)
    weight = ndimage.gaussian_filter(count, 1.0, mode="nearest", truncate=4)
    value = ndimage.gaussian_filter(total, 1.0, mode="nearest", truncate=4)
    return ThicknessMap(value / np.maximum(weight, 1e-6), cell)
