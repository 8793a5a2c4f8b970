"""Outer and inner surface of the cortex along the rays of a section, where no lesion destroyed it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...grid import FloatArray
from .sections import RADII, STEP_MM

Array = npt.NDArray[np.float32]

BEYOND_MM = 2.0
"""How far outside a label's surface the cortex may still reach."""
DEEPEST_MM = 12.0
LEAST_PEAK_HU = 250.0
SOFT_HU = 40.0
MARROW_MM = 4.0
LEAST_KNOWN = 0.7


@dataclass(frozen=True)
class Surfaces:
    """Radii in mm of the cortex on each ray, shape (planes, rays); NaN where it is not known."""

    outer: FloatArray
    inner: FloatArray


def find_surfaces(hu: Array, share: Array) -> Surfaces:
    """Cortex on each ray at half of its height above what lies on either side of it.

    Parameters
    ----------
    hu
        HU on the rays, (planes, rays, radii).
    share
        Share of the filled bone there.
    """
    planes, _, radii = hu.shape
    edge = np.where(share >= 0.5, np.arange(radii), -1).max(axis=2)
    steps = np.arange(radii)
    inside = steps <= (edge + round(BEYOND_MM / STEP_MM))[..., None]
    near = inside & (steps >= (edge - round(DEEPEST_MM / STEP_MM))[..., None])
    framed = np.where(near, hu, -np.inf)
    at = framed.argmax(axis=2)
    peak = framed.max(axis=2)
    core = hu[:, :, RADII < MARROW_MM].reshape(planes, -1)
    marrow = np.median(core, axis=1)[:, None]
    outer = _crossing(hu, at, (peak + SOFT_HU) / 2, 1)
    inner = _crossing(hu, at, (peak + np.minimum(marrow, peak)) / 2, -1)
    found = (edge >= 0) & (peak >= LEAST_PEAK_HU)
    # A neighbouring bone's cortex is no edge of this one.
    found &= np.abs(outer - RADII[np.clip(edge, 0, radii - 1)]) <= BEYOND_MM + 1.5
    return Surfaces(np.where(found, outer, np.nan), np.where(found, np.minimum(inner, outer), np.nan))


def _crossing(hu: Array, start: npt.NDArray[np.int64], level: FloatArray, step: int) -> FloatArray:
    """Radius where HU falls below a level, going outwards (1) or inwards (-1) from a start; NaN where it never does.

    A cortex that is solid to the axis has no cavity: 0.
    """
    radii = hu.shape[2]
    order = np.arange(radii)
    beyond = (order >= start[..., None]) if step > 0 else (order <= start[..., None])
    below = beyond & (hu < level[..., None])
    first = below.argmax(axis=2) if step > 0 else radii - 1 - below[..., ::-1].argmax(axis=2)
    none = ~below.any(axis=2)
    before = np.clip(first - step, 0, radii - 1)
    a, b = (np.take_along_axis(hu, i[..., None], axis=2)[..., 0] for i in (before, first))
    part = np.clip((a - level) / np.maximum(a - b, 1e-3), 0, 1)
    result = RADII[before] + step * part * STEP_MM
    return np.asarray(np.where(none, np.nan if step > 0 else 0.0, result))


def touched(gtv: Array, surfaces: Surfaces, margin_mm: float) -> npt.NDArray[np.bool_]:
    """Rays on which a lesion comes within a margin of the cortex, or on which no cortex was found, (planes, rays)."""
    low, high = surfaces.inner - margin_mm, surfaces.outer + margin_mm
    around = between(low, high)
    return np.asarray(np.isnan(surfaces.outer) | np.isnan(surfaces.inner) | (around & (gtv >= 0.1)).any(axis=2))


def between(low: FloatArray, high: FloatArray) -> npt.NDArray[np.bool_]:
    """Samples on the rays from one radius to another, (planes, rays, radii); none where either is NaN."""
    return np.asarray(np.less_equal(low[..., None], RADII) & np.greater_equal(high[..., None], RADII))


def from_partner(own: Surfaces, partner: Surfaces, sound: npt.NDArray[np.bool_]) -> Surfaces:
    """Surfaces with those of the partner where the own ones are destroyed, moved by how far sound ones differ.

    The difference on the sound rays of each plane is carried over the gap around the bone.
    """
    return Surfaces(*(_fill(a, b, sound) for a, b in ((own.outer, partner.outer), (own.inner, partner.inner))))


def _fill(own: FloatArray, partner: FloatArray, sound: npt.NDArray[np.bool_]) -> FloatArray:
    result = np.where(sound, own, np.nan)
    for plane, row in enumerate(result):
        known = sound[plane] & ~np.isnan(partner[plane])
        gap = ~sound[plane]
        offset = np.median((own - partner)[plane][known]) if known.sum() >= len(row) // 6 else 0.0
        row[gap] = partner[plane][gap] + offset
    return result


def along_shaft(own: Surfaces, sound: npt.NDArray[np.bool_], along: FloatArray) -> Surfaces:
    """Surfaces with the destroyed ones interpolated on each ray between sound planes above and below.

    Where one side only is in view, the nearest sound plane stands for all.
    """
    thickness = own.outer - own.inner
    outer, wall = (_interpolated(values, sound, along) for values in (own.outer, thickness))
    return Surfaces(outer, outer - wall)


def _interpolated(values: FloatArray, sound: npt.NDArray[np.bool_], along: FloatArray) -> FloatArray:
    result = values.copy()
    for ray in range(values.shape[1]):
        known = sound[:, ray] & ~np.isnan(values[:, ray])
        if known.any():
            gap = ~sound[:, ray]
            result[gap, ray] = np.interp(along[gap], along[known], values[known, ray])
        else:
            result[:, ray] = np.nan
    return result


def close(surfaces: Surfaces) -> Surfaces:
    """Surfaces with short gaps closed around the bone; planes with less than `LEAST_KNOWN` of their rays stay NaN."""
    return Surfaces(_closed(surfaces.outer), _closed(surfaces.inner))


def _closed(values: FloatArray) -> FloatArray:
    result = values.copy()
    rays = np.arange(values.shape[1])
    for row in result:
        known = ~np.isnan(row)
        if known.mean() < LEAST_KNOWN:
            row[:] = np.nan
        elif not known.all():
            row[~known] = np.interp(rays[~known], rays[known], row[known], period=len(rays))
    return result
