"""The spinal canal as a line with a front wall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...grid import FloatArray
from ...region import Region

STEP_MM = 3.0
MIDDLE_MM = 5.0


@dataclass(frozen=True)
class CanalLine:
    """Canal at heights z, all LPS mm, each shape (n,), z rising.

    Parameters
    ----------
    x, y
        Centre of its axial section.
    front
        y of its front wall in the midline.
    half_width, depth
        Half its width; front to back.
    """

    z: FloatArray
    x: FloatArray
    y: FloatArray
    front: FloatArray
    half_width: FloatArray
    depth: FloatArray

    @classmethod
    def of(cls, canal: Region) -> CanalLine:
        """Line of a canal's voxels on any grid; heights without canal are left out."""
        points = canal.grid.to_lps(np.argwhere(canal.mask) + np.asarray(canal.start))
        half = half_voxel(canal.grid.axes, canal.grid.spacing)
        step = max(STEP_MM, 2 * float(half[2]))
        first = float(points[:, 2].min())
        rows = np.floor((points[:, 2] - first) / step).astype(int)
        order = np.argsort(rows, kind="stable")
        groups = np.split(points[order], np.flatnonzero(np.diff(rows[order])) + 1)
        table = np.array([_section(group, half) for group in groups])
        return cls(*table.T)

    def at(self, z: FloatArray, values: FloatArray) -> FloatArray:
        """One of the line's columns at heights z; the ends go on unchanged."""
        return np.asarray(np.interp(z, self.z, values))

    def covers(self, low: float, high: float) -> bool:
        """Whether the canal is known from a height to another, gaps of 15 mm aside."""
        inside = self.z[(self.z >= low) & (self.z <= high)]
        ends = np.concatenate([[low], inside, [high]])
        return bool(len(inside) >= 3 and np.diff(ends).max() <= 15.0)


def half_voxel(axes: FloatArray, spacing: tuple[float, float, float]) -> FloatArray:
    """Half a voxel along left, posterior and superior, mm."""
    return np.asarray(np.abs(axes) @ np.asarray(spacing) / 2)


def _section(points: FloatArray, half: FloatArray) -> tuple[float, ...]:
    x, y, z = points.mean(axis=0)
    middle = points[np.abs(points[:, 0] - x) <= MIDDLE_MM, 1]
    front, back = np.percentile(middle if middle.size else points[:, 1], (3, 97))
    left, right = np.percentile(points[:, 0], (97, 3))
    width = (left - right) / 2 + half[0]
    return float(z), float(x), float(y), float(front - half[1]), float(width), float(back - front + 2 * half[1])
