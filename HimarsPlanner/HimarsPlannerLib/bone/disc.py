"""Intervertebral discs: levels of the vertebral column without a wall of cortex around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..region import BoolArray, Scalar
from .canal import Centreline
from .primitives import FloatImage, Spacing, grow_along
from .resolution import Coarse

SMOOTH_MM = 7.0
BODY_CENTRE_MM = 22.0
WALL_MM = (6.0, 28.0)
ANGLES_DEGREES = tuple(range(-110, 111, 20))
WALLED = 0.55
SOFT_HU = 40
NEIGHBOURS_MM = 20.0
FAINT = 0.42
THICKEST_MM = 17.0
DEPTH_MM = (5.0, 50.0)
HALF_WIDTH_MM = 30.0
CORE_MM = 9.0
PEDICLE_REACH = np.arange(5.0, 16.0)
PEDICLE_DEGREES = (-10, 5, 20, 35)
PEDICLED = 0.8
DARK_HU = 135.0
DARKER_HU = 20.0
ENDPLATE_HU = 50.0
ENDPLATE_MM = 8.0

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Column:
    """The vertebral column along the spinal canal.

    Parameters
    ----------
    centre
        Points of the canal's centreline, (n, 3), (z, y, x) in mm from the first block.
    forward, sideward
        Unit vectors (n, 3) across the canal, towards the vertebral bodies and towards a side.
    walled
        Share of the directions from the vertebral body's centre, sideward and forward, that meet a shell; (n,).
    strength
        Brightness of that wall above soft tissue, as a share of what it is near by; (n,).
    density
        Median HU in the middle of the vertebral body; (n,).
    pedicled
        Whether the canal is closed on both sides, as it is between pedicles; (n,).
    """

    centre: Floats
    forward: Floats
    sideward: Floats
    walled: Floats
    strength: Floats
    density: Floats
    pedicled: BoolArray


def follow_column(line: Centreline, shell: BoolArray, ct: Coarse) -> Column:
    """Look around from the vertebral bodies' centres, in planes across the canal.

    Parameters
    ----------
    line
        Centreline of the canal in blocks, one row a slice.
    shell
        Bright shells.
    ct
        The coarse CT.
    """
    spacing = ct.spacing
    centre = line * np.asarray(spacing)
    sigma = SMOOTH_MM / spacing[0]
    centre[:, 1:] = ndimage.gaussian_filter1d(centre[:, 1:], sigma, axis=0, mode="nearest")
    along = np.gradient(centre, axis=0)
    along[:, 1:] = ndimage.gaussian_filter1d(along[:, 1:], sigma, axis=0, mode="nearest")
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    forward = np.array([0.0, -1.0, 0.0]) + along * along[:, 1:2]
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    sideward = np.cross(along, forward)
    angles = np.deg2rad(ANGLES_DEGREES)[:, None]
    rays = forward[:, None] * np.cos(angles) + sideward[:, None] * np.sin(angles)
    reach = np.arange(*WALL_MM)
    middle = centre + BODY_CENTRE_MM * forward
    ahead = middle[:, None, None] + rays[:, :, None] * reach[:, None]
    met = _sample(shell, ahead, spacing)
    peak = np.median(_sample(ct.mean, ahead, spacing).max(axis=2), axis=1) - SOFT_HU
    window = 2 * max(1, round(NEIGHBOURS_MM / spacing[0])) + 1
    usual = ndimage.percentile_filter(peak, 75, window, mode="nearest")
    strength = np.asarray(peak / np.maximum(usual, 1), dtype=np.float64)
    across = np.arange(-CORE_MM, CORE_MM + 1, 2.0)
    core = forward[:, None, None] * across[:, None, None] + sideward[:, None, None] * across[:, None]
    inner = _sample(ct.mean, middle[:, None, None] + core, spacing)
    density = np.asarray(np.median(inner, axis=(1, 2)), dtype=np.float64)
    closed = [
        _sample(shell, centre[:, None, None] + _fan(forward, side * sideward) * PEDICLE_REACH[:, None], spacing)
        for side in (1, -1)
    ]
    pedicled = np.minimum(*((hits.max(axis=2) > 0.5).mean(axis=1) for hits in closed)) > PEDICLED
    walled = (met.max(axis=2) > 0.5).mean(axis=1)
    return Column(centre, forward, sideward, walled, strength, density, pedicled)


def _fan(forward: Floats, sideward: Floats) -> Floats:
    """Directions (n, 4, 1, 3) from sideward to half forward."""
    angles = np.deg2rad(PEDICLE_DEGREES)[:, None]
    return np.asarray(sideward[:, None] * np.cos(angles) + forward[:, None] * np.sin(angles))[:, :, None]


def _sample(field: npt.NDArray[Scalar], points: Floats, spacing: Spacing) -> FloatImage:
    """Values at points (..., 3) in mm, (z, y, x)."""
    index = np.moveaxis(points / np.asarray(spacing), -1, 0)
    return np.asarray(ndimage.map_coordinates(field.astype(np.float32), index, order=1, mode="nearest"))


def find_discs(line: Centreline, shell: BoolArray, ct: Coarse) -> BoolArray:
    """Blocks of intervertebral discs and of what lies beside them at their level.

    A disc is a level without wall, or in thick slices with less than half of it; or, where osteophytes bridge it, a
    dark level between two bright endplates. What is thicker than a disc is a destroyed vertebra, and not touched.
    """
    discs = np.zeros(shell.shape, dtype=bool)
    if len(line) < 3:
        return discs
    column = follow_column(line, shell, ct)
    steps = np.linalg.norm(np.gradient(column.centre, axis=0), axis=1)
    for level in _thin_runs((column.walled < WALLED) | (column.strength < FAINT), steps):
        _paint(discs, column, level, ct.spacing)
    bridged = np.zeros_like(discs)
    for level in _thin_runs(_dark(column, ct.spacing[0]), steps):
        _paint(bridged, column, level, ct.spacing)
    discs |= bridged & (ct.mean < DARK_HU)
    # Oblique planes one slice apart leave gaps between them.
    closed = ~grow_along(~grow_along(discs, 0), 0)
    return np.asarray((closed | discs) & ~shell)


def _thin_runs(levels: BoolArray, steps: Floats) -> npt.NDArray[np.intp]:
    """Indices of the levels in runs no thicker than a disc."""
    runs, count = ndimage.label(levels)
    thickness = ndimage.sum_labels(steps, runs, np.arange(count + 1))
    thin = thickness <= THICKEST_MM
    thin[0] = False
    return np.flatnonzero(thin[runs])


def _dark(column: Column, thickness: float) -> BoolArray:
    """Levels darker than marrow, with something much brighter than themselves close by on both sides."""
    walled = column.walled >= WALLED
    reach = round(ENDPLATE_MM / thickness)
    # Slices too thick to show an end plate apart show a dark vertebra between two bright ones, too.
    if thickness > ENDPLATE_MM / 2 or not walled.any():
        return np.zeros_like(walled)
    padded = np.pad(column.density, reach, mode="edge")
    views = np.lib.stride_tricks.sliding_window_view(padded, reach)
    below, above = views[: len(walled)].max(axis=1), views[reach + 1 :].max(axis=1)
    bright = np.minimum(below, above) > column.density + ENDPLATE_HU
    marrow = float(np.median(column.density[walled]))
    return np.asarray(bright & ~column.pedicled & (column.density < min(marrow - DARKER_HU, DARK_HU)))


def _paint(discs: BoolArray, column: Column, level: int, spacing: Spacing) -> None:
    step = min(spacing) / 2
    depth = np.arange(*DEPTH_MM, step)[:, None, None] * column.forward[level]
    width = np.arange(-HALF_WIDTH_MM, HALF_WIDTH_MM, step)[None, :, None] * column.sideward[level]
    plane = (column.centre[level] + depth + width).reshape(-1, 3)
    index = np.rint(plane / np.asarray(spacing)).astype(int)
    index = index[((index >= 0) & (index < discs.shape)).all(axis=1)]
    discs[tuple(index.T)] = True
