"""The frame of a vertebra: left, back and up along its own axis, from the front wall of the canal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ...grid import FloatArray
from ...region import BoolArray, Region
from .canal_line import CanalLine

STEPS = {"up": (-26.0, 26.0, 0.5), "back": (-52.0, 5.0, 1.5), "left": (-30.0, 30.0, 2.5)}
AXIS_MM = 14.0
BESIDE_MM = 30.0
LEAST_DEPTH_MM = 6.0


@dataclass(frozen=True)
class Frame:
    """Axes of a vertebra in LPS.

    Parameters
    ----------
    origin
        Middle of the canal's front wall at the middle of the body's height, LPS mm.
    axes
        Shape (3, 3): rows are the unit vectors to the left, to the back and up.
    half_width, depth
        Of the canal, mm.
    """

    origin: FloatArray
    axes: FloatArray
    half_width: float
    depth: float

    def coordinates(self, points_lps: FloatArray) -> FloatArray:
        """Points (n, 3) in LPS as (left, back, up) in mm."""
        return np.asarray((points_lps - self.origin) @ self.axes.T)

    def sample(self, region: Region) -> tuple[BoolArray, tuple[FloatArray, FloatArray, FloatArray]]:
        """A region on a fine lattice in this frame.

        Returns
        -------
        tuple
            The region, shape (up, back, left), and the mm positions along each of these axes.
        """
        up, back, left = (np.arange(low, high + step / 2, step) for low, high, step in STEPS.values())
        w, v, u = np.meshgrid(up, back, left, indexing="ij")
        points = self.origin + np.stack([u, v, w], axis=-1) @ self.axes
        index = np.moveaxis(region.grid.to_index(points) - region.start, -1, 0)
        values = ndimage.map_coordinates(region.mask.astype(np.float32), index, order=1, cval=0.0)
        return values >= 0.5, (up, back, left)


def find_frame(vertebra: Region, canal: CanalLine) -> Frame | None:
    """Frame of a labelled vertebra.

    The axis is the canal's beside the body, so that a wedged body does not tilt it.

    Returns
    -------
    Frame or None
        None where the canal is not known beside the body, or nothing of the label lies in front of it.
    """
    points = vertebra.grid.to_lps(np.argwhere(vertebra.mask) + np.asarray(vertebra.start))
    z = points[:, 2]
    beside = np.abs(points[:, 0] - canal.at(z, canal.x)) < BESIDE_MM
    body = points[beside & (points[:, 1] < canal.at(z, canal.front) - LEAST_DEPTH_MM)]
    if len(body) < 50:
        return None
    middle = body.mean(axis=0)
    # Where the body's axis leans the canal beside its middle is not at the same height.
    height = float(middle[2])
    up = np.array([0.0, 0.0, 1.0])
    for _ in range(3):
        if not canal.covers(height - AXIS_MM, height + AXIS_MM):
            return None
        up = _axis(canal, height)
        front = _front(canal, height)
        height += float(np.dot(middle - front, up)) * float(up[2])
    left = np.array([1.0, 0.0, 0.0]) - up[0] * up
    left /= np.linalg.norm(left)
    at = np.array(height)
    depth = float(canal.at(at, canal.depth)) * float(up[2])
    return Frame(
        _front(canal, height), np.stack([left, np.cross(up, left), up]), float(canal.at(at, canal.half_width)), depth
    )


def _front(canal: CanalLine, height: float) -> FloatArray:
    at = np.array(height)
    return np.array([float(canal.at(at, canal.x)), float(canal.at(at, canal.front)), height])


def _axis(canal: CanalLine, height: float) -> FloatArray:
    near = np.abs(canal.z - height) <= AXIS_MM + 1e-6
    z = canal.z[near]
    slope = [float(np.polyfit(z, values[near], 1)[0]) for values in (canal.x, canal.front)]
    up = np.array([*slope, 1.0])
    return np.asarray(up / np.linalg.norm(up))
