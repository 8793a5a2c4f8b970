"""Direction of a bone where a lesion lies."""

from __future__ import annotations

import numpy as np

from ...grid import FloatArray
from ...region import Region
from .sections import sample_region

DIRECTIONS = 150
HALF_MM = 40.0
STEP_MM = 2.5
APART_MM = 8.0
STRAIGHT_MM = 24.0
TURNS = 3


def across_axis(axis: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Two unit vectors across an axis, the first as far to the patient's left as it can be."""
    start = np.array([1.0, 0, 0]) if abs(axis[0]) < 0.9 else np.array([0, 1.0, 0])
    first = start - (start @ axis) * axis
    first /= np.linalg.norm(first)
    return first, np.cross(axis, first)


def find_axis(bone: Region, centre_lps: FloatArray) -> FloatArray:
    """Unit vector, towards the head, across which the bone's section through a point is smallest.

    Parameters
    ----------
    bone
        Filled bone.
    centre_lps
        Point inside, LPS mm.
    """
    directions = _hemisphere()
    offsets = np.arange(-HALF_MM, HALF_MM + 1, STEP_MM)
    first, second = np.meshgrid(offsets, offsets, indexing="ij")
    areas = []
    for axis in directions:
        u, v = across_axis(axis)
        plane = centre_lps + first[..., None] * u + second[..., None] * v
        areas.append(float(sample_region(bone, plane).sum()))
    # The mean of the best few is steadier than the best one.
    best = np.argsort(areas)[:6]
    near = directions[best] * np.sign(directions[best] @ directions[best[0]])[:, None]
    axis = np.mean(near, axis=0)
    axis *= 1.0 if axis[2] >= 0 else -1.0
    return np.asarray(axis / np.linalg.norm(axis))


def straighten(
    bone: Region, centre_lps: FloatArray, axis: FloatArray, half_length_mm: float
) -> tuple[FloatArray, FloatArray]:
    """Axis through the centres of the bone's sections around a point: a point on it and its direction.

    Parameters
    ----------
    half_length_mm
        Sections up to this far from the point to either side count.
    """
    centre = np.asarray(centre_lps)
    offsets = np.arange(-HALF_MM, HALF_MM + 1, STEP_MM)
    first, second = np.meshgrid(offsets, offsets, indexing="ij")
    reach = max(half_length_mm, STRAIGHT_MM)
    along = np.arange(-reach, reach + 1, APART_MM / 2)
    for _ in range(TURNS):
        u, v = across_axis(axis)
        planes = centre + along[:, None, None, None] * axis + first[None, ..., None] * u + second[None, ..., None] * v
        share = sample_region(bone, planes)
        weight = share.sum(axis=(1, 2))
        seen = weight > 0.5 * np.median(weight[weight > 0])
        middle = (share[..., None] * planes).sum(axis=(1, 2))[seen] / weight[seen, None]
        mean = middle.mean(axis=0)
        _, _, rows = np.linalg.svd(middle - mean)
        new = rows[0] * (1.0 if rows[0] @ axis >= 0 else -1.0)
        axis = new / np.linalg.norm(new)
        centre = mean + ((np.asarray(centre_lps) - mean) @ axis) * axis
    return centre, axis


def _hemisphere() -> FloatArray:
    """Evenly spread unit vectors of the upper half."""
    n = np.arange(DIRECTIONS) + 0.5
    z = 1 - n / DIRECTIONS
    angle = np.pi * (1 + np.sqrt(5)) * n
    radius = np.sqrt(1 - z**2)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle), z])
