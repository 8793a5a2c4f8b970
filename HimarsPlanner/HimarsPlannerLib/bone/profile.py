"""Cortical thickness read from HU profiles along the inward normal, independent of the scan's blur."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..region import BoolArray
from .primitives import FloatImage, Spacing, each

OUTSIDE_MM = 3.5
INSIDE_MM = 12.0
STEP_MM = 0.5
RIDGE_MM = (-2.0, 2.5)
CORTICAL_HU = 1200.0
SOFT_HU = (-100.0, 100.0)
FAINT_HU = 40.0
THINNEST_MM = 0.4
RISE_HU = 100.0
THIN_MM = 2.5
THICK_HU = 900.0
NEAR_MM = 4.0
_CHUNK = 100_000

Points = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float32]


def endosteum(ct: npt.NDArray[np.int16], points: Points, normals: Points, spacing: Spacing, surface: Floats) -> Floats:
    """Distance in mm from points to the inner surface of the cortex along their inward normal.

    A cortex thinner than the point spread shows as a peak whose height and width depend on the blur, but whose excess
    over its surroundings, integrated along the normal, is thickness times (cortical - surrounding) HU, and whose
    centroid is the middle of the cortex: the inner surface lies half a thickness behind it. For a thick cortex the
    same rule finds the half height of its inner edge. (The mass model of cortical bone mapping, Treece et al.,
    Med Image Anal 2010;14:276-290, without its fit.)

    Parameters
    ----------
    ct
        HU, (z, y, x).
    points
        Shape (n, 3): voxel indices (z, y, x).
    normals
        Shape (n, 3): inward unit vectors (z, y, x) in mm.
    spacing
        Voxel spacing (z, y, x) in mm.
    surface
        Distance in mm from each point to the outer surface, back along its normal.

    Returns
    -------
    Floats
        Positive where the inner surface lies deeper than the point, shape (n,).
    """
    parts = [slice(start, start + _CHUNK) for start in range(0, len(points), _CHUNK)]
    found = each(lambda part: _endosteum(ct, points[part], normals[part], spacing, surface[part]), parts)
    return np.concatenate([np.zeros(0, dtype=np.float32), *found])


def _endosteum(ct: npt.NDArray[np.int16], points: Points, normals: Points, spacing: Spacing, surface: Floats) -> Floats:
    s = np.arange(-OUTSIDE_MM, INSIDE_MM + STEP_MM / 2, STEP_MM, dtype=np.float32)
    profile = _sample(ct, points, normals, spacing, s - surface[:, None])
    rows = np.arange(len(points))
    near = (s >= RIDGE_MM[0]) & (s <= RIDGE_MM[1])
    first = int(np.flatnonzero(near)[0])
    ridge = first + np.argmax(profile[:, near], axis=1)
    peak = profile[rows, ridge]
    index = np.arange(len(s))
    behind = index > ridge[:, None]
    blur = np.linalg.norm(normals * np.asarray(spacing, dtype=np.float32), axis=1)
    reach = _reach(profile, ridge, peak, behind, blur)
    trough = np.where(reach, profile, np.inf).min(axis=1)
    outer = np.clip(np.where(index < ridge[:, None], profile, np.inf).min(axis=1), *SOFT_HU)
    floor = np.where(behind, trough[:, None], outer[:, None])
    # The peak ends where the profile first comes down to its trough.
    low = reach & (profile <= (trough + 0.1 * (peak - trough))[:, None])
    end = np.where(low.any(axis=1), np.argmax(low, axis=1), ridge)
    excess = np.where(index <= end[:, None], np.maximum(profile - floor, 0), 0)
    mass = excess.sum(axis=1) * STEP_MM
    centre = (excess * s).sum(axis=1) / np.maximum(excess.sum(axis=1), 1e-3)
    contrast = np.maximum(CORTICAL_HU, peak) - (outer + trough) / 2
    inner = centre + np.maximum(mass / contrast, THINNEST_MM) / 2
    # Without a peak there is an edge only: the cortex is behind it.
    middle = (outer + trough) / 2
    edge = s[np.argmax(profile >= middle[:, None], axis=1)]
    faint = peak - np.maximum(trough, outer) < FAINT_HU
    return np.asarray(np.where(faint, edge + THINNEST_MM / 2, inner) - surface, dtype=np.float32)


def _reach(
    profile: FloatImage, ridge: npt.NDArray[np.intp], peak: Floats, behind: BoolArray, blur: Floats
) -> BoolArray:
    """Samples behind the ridge that belong to it: until the profile rises again, or soon if it is not thick cortex."""
    fallen = np.minimum.accumulate(np.where(behind, profile, np.inf), axis=1)
    rises = profile > fallen + np.maximum(RISE_HU, 0.25 * (peak[:, None] - fallen))
    open_ = behind & ~np.logical_or.accumulate(rises & behind, axis=1)
    past = np.minimum(ridge + round(THIN_MM / STEP_MM), profile.shape[1] - 1)
    thick = np.take_along_axis(profile, past[:, None], axis=1) > THICK_HU
    near = np.arange(profile.shape[1]) <= (ridge + np.maximum(NEAR_MM, 1.5 * blur) / STEP_MM)[:, None]
    return np.asarray(open_ & (near | thick))


def _sample(ct: npt.NDArray[np.int16], points: Points, normals: Points, spacing: Spacing, along: Floats) -> FloatImage:
    step = normals / np.asarray(spacing, dtype=np.float32)
    positions = points[:, :, None] + step[:, :, None] * along[:, None, :]
    return np.asarray(
        ndimage.map_coordinates(ct, np.moveaxis(positions, 1, 0), output=np.float32, order=1, mode="nearest")
    )
