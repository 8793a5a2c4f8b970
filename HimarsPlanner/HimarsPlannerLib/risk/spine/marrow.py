"""A patient's own uninvolved marrow in the vertebral bodies, with which lesions are compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ...bone.compartments import BoneCompartments, BoneLabel
from ...grid import FloatArray, Volume
from ...region import BoolArray, Region, Slices
from .canal_line import CanalLine

CORTEX_MM = 3.0
"""Deeper in bone than the cortex and the blur beside it."""
IN_FRONT_MM, BESIDE_MM = (5.0, 28.0), 13.0
NEAR_MM = (80.0, 200.0)
OFF_LESION_MM = 4.0
LEAST_ML = 2.0


@dataclass(frozen=True)
class Marrow:
    """CT values of uninvolved trabecular bone near a lesion: median and robust standard deviation, HU."""

    mean: float
    sd: float


@dataclass(frozen=True)
class SpineMarrow:
    """Voxels of uninvolved trabecular bone of the vertebral bodies.

    Parameters
    ----------
    height, values
        LPS z in mm and HU of each, shape (n,).
    voxel_ml
        Volume of one.
    """

    height: FloatArray
    values: FloatArray
    voxel_ml: float

    @classmethod
    def of(cls, ct: Volume, bone: BoneCompartments, line: CanalLine | None, lesions: Region) -> SpineMarrow:
        """Marrow in front of the canal and off all metastases; none where the canal is not known."""
        if line is None:
            return cls(np.zeros(0), np.zeros(0), ct.grid.voxel_ml)
        box = _box_around(line, ct)
        marrow = deep_in_bone(bone, box) & (bone.labels[box] == BoneLabel.TRABECULAR)
        start = (box[0].start, box[1].start, box[2].start)
        marrow &= ~_grown(lesions.cut(Region(ct.grid, start, marrow)), ct)
        index = np.argwhere(marrow)
        points = ct.grid.to_lps(index + np.asarray(start))
        z = points[:, 2]
        ahead = line.at(z, line.front) - points[:, 1]
        body = (ahead > IN_FRONT_MM[0]) & (ahead < IN_FRONT_MM[1]) & (z >= line.z[0]) & (z <= line.z[-1])
        body &= np.abs(points[:, 0] - line.at(z, line.x)) < BESIDE_MM
        values = ct.array[box][tuple(index[body].T)].astype(np.float64)
        return cls(z[body], values, ct.grid.voxel_ml)

    def near(self, height: float) -> Marrow | None:
        """Marrow within 80 mm of a height, or within 200 mm where there is less than 2 ml; None without as much."""
        for reach in NEAR_MM:
            values = self.values[np.abs(self.height - height) <= reach]
            if len(values) * self.voxel_ml >= LEAST_ML:
                middle = float(np.median(values))
                return Marrow(middle, float(1.4826 * np.median(np.abs(values - middle))))
        return None


def deep_in_bone(bone: BoneCompartments, box: Slices) -> BoolArray:
    """What of a box lies deeper in bone than its cortex."""
    inside = np.isin(bone.labels[box], (BoneLabel.CORTICAL, BoneLabel.TRABECULAR))
    if inside.all():
        return inside
    return np.asarray(ndimage.distance_transform_edt(inside, bone.grid.spacing_zyx) > CORTEX_MM)


def _box_around(line: CanalLine, ct: Volume) -> Slices:
    low = (line.x.min() - BESIDE_MM, line.front.min() - IN_FRONT_MM[1], line.z[0])
    high = (line.x.max() + BESIDE_MM, line.front.max(), line.z[-1])
    corners = np.stack(np.meshgrid(*zip(low, high, strict=True), indexing="ij"), axis=-1).reshape(-1, 3)
    index = ct.grid.to_index(corners)
    spans = zip(np.floor(index.min(axis=0)), np.ceil(index.max(axis=0)) + 1, ct.grid.shape, strict=True)
    z, y, x = (slice(max(int(first), 0), max(min(int(last), n), 0)) for first, last, n in spans)
    return z, y, x


def _grown(mask: BoolArray, ct: Volume) -> BoolArray:
    if not mask.any():
        return mask
    return np.asarray(ndimage.distance_transform_edt(~mask, ct.grid.spacing_zyx) <= OFF_LESION_MM)
