"""A section as it was before the lesion: destroyed rays get the mean profile of the sound ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...grid import FloatArray
from .sections import RADII
from .surfaces import Surfaces

Array = npt.NDArray[np.float32]

BINS = 48
LAST = 2.4
LEAST_SHARE = 0.2


def restore(hu: Array, surfaces: Surfaces, sound: npt.NDArray[np.bool_]) -> Array:
    """HU on the rays with those of destroyed rays replaced.

    The profile is a mean over sound rays by the place in the bone: 0 at the axis, 1 at the inner and 2 at the outer
    surface of the cortex. A plane with few sound rays takes the profile of the nearest plane that has enough.

    Parameters
    ----------
    hu
        (planes, rays, radii).
    surfaces
        Recovered surfaces on every ray.
    sound
        Rays that no lesion touches, (planes, rays).
    """
    place = _place(surfaces)
    profiles = _profiles(hu, place, sound)
    middles = (np.arange(BINS) + 0.5) * LAST / BINS
    result = hu.copy()
    for plane, profile in enumerate(profiles):
        gap = ~sound[plane]
        if gap.any() and not np.isnan(profile).all():
            result[plane][gap] = np.interp(place[plane][gap], middles, profile)
    return result


def _place(surfaces: Surfaces) -> FloatArray:
    inner, outer = (np.nan_to_num(a, nan=0.0)[..., None] for a in (surfaces.inner, surfaces.outer))
    within = RADII / np.maximum(inner, 1e-3)
    wall = 1 + (RADII - inner) / np.maximum(outer - inner, 1e-3)
    return np.asarray(np.where(within < 1, within, wall))


def _profiles(hu: Array, place: FloatArray, sound: npt.NDArray[np.bool_]) -> FloatArray:
    """Mean profile of each plane's sound rays, (planes, BINS)."""
    bins = (place * BINS / LAST).astype(int)
    used = (bins < BINS) & sound[..., None]
    plane = np.broadcast_to(np.arange(len(hu))[:, None, None], hu.shape)[used]
    key = plane * BINS + bins[used]
    size = len(hu) * BINS
    count = np.bincount(key, minlength=size).reshape(-1, BINS)
    mean = np.bincount(key, hu[used], minlength=size).reshape(-1, BINS) / np.maximum(count, 1)
    enough = sound.mean(axis=1) >= LEAST_SHARE
    result = np.full(mean.shape, np.nan)
    if not enough.any():
        return result
    good = np.flatnonzero(enough)
    for n in range(len(hu)):
        source = good[np.abs(good - n).argmin()]
        filled = np.flatnonzero(count[source])
        result[n] = np.interp(np.arange(BINS), filled, mean[source][filled])
    return result
