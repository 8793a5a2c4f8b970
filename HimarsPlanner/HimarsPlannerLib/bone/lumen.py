"""The spinal canal's lumen: in each slice a star around the centre, bridged where the wall is missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..region import BoolArray
from .canal import Centreline
from .primitives import Spacing

RAYS = 48
STEP_MM = 0.5
LONGEST_MM = 18.0
WALL_HU = 150
WALL_PEAK_HU = 800
PEAK_STEPS = 6
LIKE_NEIGHBOURS = (0.65, 1.35)
NEIGHBOURS_MM = 20.0
BRIDGE_MM = 6.0
BRIDGE_RAYS = 2.5
CENTRE_MM = 8.0
USUAL_MM = 8.0
RECENTRINGS = 3
NARROWEST_MM2 = 80.0
TUBE_MM = 14.0
TUBE_SHARE = 0.15
TUBE_RAYS = 4.0

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Lumen:
    """The spinal canal at full resolution, (z, y, x).

    Parameters
    ----------
    canal
        The even tube that the walls leave free all along: thecal sac and the fat around it.
    free
        All that lies between the walls, recesses included; none of it is bone.
    """

    canal: BoolArray
    free: BoolArray


def draw_lumen(ct: npt.NDArray[np.int16], spacing: Spacing, centreline: Centreline) -> Lumen:
    """Lumen of the spinal canal.

    Parameters
    ----------
    ct
        HU at full resolution, (z, y, x).
    spacing
        Voxel spacing (z, y, x) in mm.
    centreline
        Shape (n, 3): (z, y, x) in voxels, one row for each slice of the canal, z increasing and consecutive.
    """
    canal, free = np.zeros(ct.shape, dtype=bool), np.zeros(ct.shape, dtype=bool)
    centre = centreline
    if len(centre) == 0:
        return Lumen(canal, free)
    for _ in range(RECENTRINGS):
        centre = _smooth_centre(centre, spacing)
        tube = _tube(_wall_distance(ct, spacing, centre), spacing[0])
        centre = _recentre(centre, tube, spacing)
    centre = _without_tail(centre, tube)
    if len(centre) == 0:
        return Lumen(canal, free)
    walls = _wall_distance(ct, spacing, centre)
    tube = _tube(walls, spacing[0])
    _paint(canal, centre, tube, spacing)
    _paint(free, centre, np.maximum(tube, _bridge(walls, spacing[0])), spacing)
    return Lumen(canal, free)


def _without_tail(centre: Floats, tube: Floats) -> Floats:
    """Centre without its lower end where the tube is too narrow for a canal: past the sacral hiatus."""
    areas = (tube**2).sum(axis=1) * (np.pi / RAYS)
    wide = np.flatnonzero(areas >= NARROWEST_MM2)
    return centre[wide[0] :] if len(wide) else centre[:0]


def _angles() -> Floats:
    return np.asarray(np.arange(RAYS) * (2 * np.pi / RAYS))


def _smooth_centre(centre: Floats, spacing: Spacing) -> Floats:
    smooth = centre.copy()
    smooth[:, 1:] = ndimage.gaussian_filter1d(centre[:, 1:], CENTRE_MM / spacing[0], axis=0, mode="nearest")
    return smooth


def _wall_distance(ct: npt.NDArray[np.int16], spacing: Spacing, centre: Floats) -> Floats:
    """Distance in mm from the centre to the wall's half height for each slice and ray; NaN where no wall is met."""
    r = np.arange(0, LONGEST_MM + PEAK_STEPS * STEP_MM, STEP_MM)
    y = centre[:, 1, None, None] + np.sin(_angles())[None, :, None] * r / spacing[1]
    x = centre[:, 2, None, None] + np.cos(_angles())[None, :, None] * r / spacing[2]
    z = np.broadcast_to(centre[:, 0, None, None], y.shape)
    profile = ndimage.map_coordinates(ct, [z, y, x], output=np.float32, order=1, mode="nearest")
    content = np.median(profile[:, :, : round(4 / STEP_MM)], axis=(1, 2))[:, None]
    first = np.argmax(profile > WALL_HU, axis=2)
    met = (profile > WALL_HU).any(axis=2) & (r[first] <= LONGEST_MM)
    steps = np.minimum(first[..., None] + np.arange(PEAK_STEPS), len(r) - 1)
    peak = np.minimum(np.take_along_axis(profile, steps, axis=2).max(axis=2), WALL_PEAK_HU)
    half = (peak + content) / 2
    above = profile >= np.minimum(half, peak)[..., None]
    crossing = np.argmax(above, axis=2)
    after = np.take_along_axis(profile, crossing[..., None], axis=2)[..., 0]
    before = np.take_along_axis(profile, np.maximum(crossing - 1, 0)[..., None], axis=2)[..., 0]
    share = np.clip((half - before) / np.maximum(after - before, 1), 0, 1)
    found = (crossing - 1 + share) * STEP_MM
    return np.where(met & (crossing > 0), found, np.nan)


def _tube(radii: Floats, thickness: float) -> Floats:
    """Radii of the even tube: a low quantile of the walls near by, smooth along the canal and around it."""
    tight = _running_quantile(radii, max(3, 2 * round(TUBE_MM / thickness) + 1), TUBE_SHARE)
    return np.asarray(ndimage.gaussian_filter(tight, (BRIDGE_MM / thickness, TUBE_RAYS), mode=("nearest", "wrap")))


def _bridge(radii: Floats, thickness: float) -> Floats:
    """Radii with missing and unlike ones taken from their neighbours along the canal and around it."""
    window = max(3, 2 * round(NEIGHBOURS_MM / thickness) + 1)
    usual = _running_quantile(radii, window, 0.5)
    low, high = LIKE_NEIGHBOURS
    good = np.isfinite(radii) & (radii >= low * usual) & (radii <= high * usual)
    sigma = (BRIDGE_MM / thickness, BRIDGE_RAYS)
    mode = ("nearest", "wrap")
    weight = ndimage.gaussian_filter(good.astype(float), sigma, mode=mode)
    value = ndimage.gaussian_filter(np.where(good, radii, 0.0), sigma, mode=mode)
    bridged = np.where(weight > 1e-3, value / np.maximum(weight, 1e-3), usual)
    return np.where(good, radii, bridged)


def _running_quantile(radii: Floats, window: int, share: float) -> Floats:
    """Quantile along the canal for each ray, of what is finite; of the whole canal where nothing near is."""
    half = window // 2
    padded = np.pad(radii, ((half, half), (0, 0)), constant_values=np.nan)
    views = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1, axis=0)
    finite = np.isfinite(views)
    ordered = np.sort(np.where(finite, views, np.inf), axis=2)
    count = finite.sum(axis=2)
    place = np.rint(np.maximum(count - 1, 0) * share).astype(int)[..., None]
    found = np.take_along_axis(ordered, place, axis=2)[..., 0]
    overall = float(np.median(radii[np.isfinite(radii)])) if np.isfinite(radii).any() else USUAL_MM
    return np.where(count > 0, found, overall)


def _recentre(centre: Floats, radii: Floats, spacing: Spacing) -> Floats:
    """Centroid of each star-shaped section."""
    area = (radii**2).sum(axis=1)
    moved = centre.copy()
    moved[:, 1] += (radii**3 * np.sin(_angles())).sum(axis=1) * (2 / 3) / area / spacing[1]
    moved[:, 2] += (radii**3 * np.cos(_angles())).sum(axis=1) * (2 / 3) / area / spacing[2]
    return moved


def _paint(lumen: BoolArray, centre: Floats, radii: Floats, spacing: Spacing) -> None:
    reach_y, reach_x = (int(np.ceil(LONGEST_MM / s)) + 1 for s in spacing[1:])
    closed = np.concatenate([radii, radii[:, :1]], axis=1)
    for (z, y, x), radius in zip(centre, closed, strict=True):
        rows = np.arange(max(0, int(y) - reach_y), min(lumen.shape[1], int(y) + reach_y + 1))
        columns = np.arange(max(0, int(x) - reach_x), min(lumen.shape[2], int(x) + reach_x + 1))
        dy, dx = (rows[:, None] - y) * spacing[1], (columns - x) * spacing[2]
        turn = np.arctan2(dy, dx) % (2 * np.pi) * (RAYS / (2 * np.pi))
        lower = np.minimum(turn.astype(int), RAYS - 1)
        edge = radius[lower] + (turn - lower) * (radius[lower + 1] - radius[lower])
        lumen[round(z), rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] |= np.hypot(dy, dx) <= edge
