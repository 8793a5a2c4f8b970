"""Intervertebral discs: levels of the vertebral column without a wall of cortex around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..region import BoolArray
from .canal import Centreline
from .primitives import Spacing
from .resolution import Coarse

SMOOTH_MM = 7.0
BODY_CENTRE_MM = 22.0
WALL_MM = (6.0, 28.0)
ANGLES_DEGREES = tuple(range(-110, 111, 20))
WALLED = 0.55
THICKEST_MM = 17.0
DEPTH_MM = (5.0, 50.0)
HALF_WIDTH_MM = 30.0

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
    """

    centre: Floats
    forward: Floats
    sideward: Floats
    walled: Floats


def follow_column(line: Centreline, shell: BoolArray, spacing: Spacing) -> Column:
    """Look around from the vertebral bodies' centres, in planes across the canal.

    Parameters
    ----------
    line
        Centreline of the canal in blocks, one row a slice.
    shell
        Bright shells.
    spacing
        Spacing (z, y, x) of the blocks in mm.
    """
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
    points = (centre + BODY_CENTRE_MM * forward)[:, None, None] + rays[:, :, None] * reach[:, None]
    met = ndimage.map_coordinates(
        shell.astype(np.float32), np.moveaxis(points / np.asarray(spacing), -1, 0), order=1, mode="nearest"
    )
    return Column(centre, forward, sideward, (met.max(axis=2) > 0.5).mean(axis=1))


def find_discs(line: Centreline, shell: BoolArray, ct: Coarse) -> BoolArray:
    """Blocks of intervertebral discs and of what lies beside them at their level.

    A level without wall that is thicker than a disc is a destroyed vertebra, and not touched.
    """
    discs = np.zeros(shell.shape, dtype=bool)
    if len(line) < 3:
        return discs
    column = follow_column(line, shell, ct.spacing)
    runs, count = ndimage.label(column.walled < WALLED)
    steps = np.linalg.norm(np.gradient(column.centre, axis=0), axis=1)
    depth = np.arange(*DEPTH_MM, min(ct.spacing) / 2)
    width = np.arange(-HALF_WIDTH_MM, HALF_WIDTH_MM, min(ct.spacing) / 2)
    for run in range(1, count + 1):
        levels = np.flatnonzero(runs == run)
        if steps[levels].sum() > THICKEST_MM:
            continue
        for k in levels:
            plane = (
                column.centre[k] + depth[:, None, None] * column.forward[k] + width[None, :, None] * column.sideward[k]
            )
            index = np.rint(plane.reshape(-1, 3) / np.asarray(ct.spacing)).astype(int)
            index = index[((index >= 0) & (index < shell.shape)).all(axis=1)]
            discs[tuple(index.T)] = True
    # Oblique planes one slice apart leave gaps between them.
    closed = ndimage.binary_closing(discs, np.ones((3, 1, 1), dtype=bool))
    return np.asarray(closed & ~shell)
