"""Ribs, costal cartilage and sternum, and the cage that they span."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from ..grid import FloatArray
from .patient import Patient
from .shapes import Array, Point, Solid, cone, empty, flat_tube, merge_near, point, smooth_min, superellipse
from .skeleton import Bone, constant

# Ribs 1 to 12, mm and degrees: half width and half depth of the arch, angle of its end (0 at the back), drop in front.
_WIDTH = (55, 76, 92, 104, 113, 120, 125, 129, 131, 129, 122, 112)
_DEPTH = (40, 54, 66, 75, 83, 90, 95, 98, 99, 97, 92, 86)
_END = (148, 147, 145, 143, 139, 134, 128, 121, 113, 104, 74, 52)
_DROP = (30, 45, 60, 72, 82, 92, 98, 101, 100, 95, 66, 42)


@dataclass(frozen=True)
class Cage:
    """Outline of the rib cage against height (body mm): half width, back and front (y) of the rib centres."""

    side_z: FloatArray
    half_width: FloatArray
    back_z: FloatArray
    back: FloatArray
    front_z: FloatArray
    front: FloatArray

    def outline(self, z: Array) -> tuple[Array, Array, Array]:
        """Half width, back and front at heights z."""
        return (
            np.interp(z, self.side_z, self.half_width).astype(np.float32),
            np.interp(z, self.back_z, self.back).astype(np.float32),
            np.interp(z, self.front_z, self.front).astype(np.float32),
        )

    def lining(self, x: Array, y: Array, z: Array) -> Array:
        """Distance to the inside of the ribs."""
        half, back, front = self.outline(z)
        return superellipse(x, y - (front + back) / 2, half - 8, (back - front) / 2 - 8, 2.2)


def rib_path(patient: Patient, number: int) -> FloatArray:
    """Centreline of a left rib from its head to its bony end, body mm, shape (n, 3)."""
    level = patient.level(f"T{number}")
    s, i = level.size, number - 1
    depth, width = _DEPTH[i] * patient.girth, _WIDTH[i] * patient.girth
    back = s["depth"] / 2 + 0.75 * s["canal_depth"] + s["transverse_back"]
    start = level.to_body(s["width"] / 2 + 5, s["depth"] / 2 - 3, 0.25 * s["height"])
    neck = level.to_body(min(s["transverse"], 31) + 1, back - 7, 0.28 * s["height"])
    centre = np.array(level.centre)
    rear = neck[1] + 9
    first = np.rad2deg(np.arcsin(min((neck[0] - centre[0] + 12) / width, 0.9)))
    angle = np.deg2rad(np.linspace(first, _END[i], 15))
    bend = (1 - np.cos(angle)) / (1 - np.cos(np.deg2rad(_END[i])))
    path = np.column_stack(
        [width * np.sin(angle) ** 0.92, rear - depth * (1 - np.cos(angle)), neck[2] - 4 - (_DROP[i] - 4) * bend**0.9]
    )
    return np.vstack([start, neck, path])


def make_cage(patient: Patient) -> Cage:
    """The outline that the twelve pairs of ribs span."""
    side, back, front = [], [], []
    for number in range(12, 0, -1):
        path = rib_path(patient, number)
        widest, rear = path[np.argmax(path[:, 0])], path[np.argmax(path[:, 1])]
        side.append((widest[2], widest[0]))
        back.append((rear[2], rear[1]))
        if number <= 10:
            front.append((path[-1, 2], path[-1, 1]))
    side_z, width = np.array(side).T
    back_z, rear_y = np.array(back).T
    front_z, front_y = np.array(front).T
    return Cage(side_z, width, back_z, rear_y, np.maximum.accumulate(front_z), front_y)


def ribs(patient: Patient) -> list[Bone]:
    """Twelve pairs of ribs."""
    return [_rib(patient, number, side) for number in range(12, 0, -1) for side in (1, -1)]


def _rib(patient: Patient, number: int, side: int) -> Bone:
    path = rib_path(patient, number) * [side, 1, 1]
    tall, thick = (5.0, 4.0) if number == 1 else (5.8 if number < 11 else 5.0, 3.7)
    sizes = [(0.8 * thick + 0.6, 0.8 * tall)] * 2 + [(thick, tall)] * (len(path) - 2)

    def distance(x: Array, y: Array, z: Array) -> Array:
        whole = empty(x, y, z)
        for i in range(len(path) - 1):
            a, b = (point(p) for p in path[i : i + 2])
            outward = (b[1] - a[1], a[0] - b[0], 0.0)
            tube = partial(flat_tube, a=a, b=b, across=outward, radii_a=sizes[i], radii_b=sizes[i + 1])
            merge_near(whole, (x, y, z), (a, b), tall, tube)
        return whole

    def marrow(x: Array, y: Array, z: Array) -> Array:
        return np.float32(120 * patient.density) + np.clip((y - 20) / 60, -1, 1) * np.float32(40) + 0 * (x + z)

    low, high = path.min(axis=0) - 8, path.max(axis=0) + 8
    name = f"rib_{'left' if side > 0 else 'right'}_{number}"
    solid = Solid((low[0], low[1], low[2]), (high[0], high[1], high[2]), distance)
    return Bone(name, solid, constant(0.75 * patient.cortex), marrow, gap=2.0, smooth=0.8)


def sternum_line(patient: Patient) -> FloatArray:
    """Mid points of the sternum from the jugular notch down: notch, sternal angle, end of the body, xiphoid tip."""
    cage = make_cage(patient)
    top, angle, end = (patient.level(name).centre[2] for name in ("T2", "T4", "T9"))
    z = np.array([top - 6, angle - 4, end, end - 22])
    y = np.interp(z, cage.front_z, cage.front) - np.array([14, 14, 16, 14])
    return np.column_stack([np.zeros(4), y, z])


def sternum(patient: Patient) -> Bone:
    """Manubrium, body and xiphoid."""
    line = sternum_line(patient)
    points = [point(p) for p in line]

    def distance(x: Array, y: Array, z: Array) -> Array:
        upper = flat_tube(x, y, z, points[0], points[1], (1, 0, 0), (28, 7), (17, 6.5))
        body = flat_tube(x, y, z, points[1], points[2], (1, 0, 0), (16, 6.5), (19, 6))
        tip = cone(x, y, z, points[2], points[3], 6, 4)
        return smooth_min(smooth_min(upper, body, 3), tip, 4)

    low, high = line.min(axis=0), line.max(axis=0)
    solid = Solid((-38, low[1] - 12, low[2] - 8), (38, high[1] + 12, high[2] + 14), distance)
    cortex, marrow = constant(0.9 * patient.cortex), constant(110 * patient.density)
    return Bone("sternum", solid, cortex, marrow, gap=2.0, smooth=0.8)


def cartilages(patient: Patient) -> list[Solid]:
    """Costal cartilage of ribs 1 to 10, both sides."""
    line = sternum_line(patient)
    joints = np.interp(np.arange(1, 8), [1, 2, 7], [line[0, 2] - 14, line[1, 2], line[2, 2] + 2])
    result = []
    inner: Point = (0.0, 0.0, 0.0)
    for number in range(1, 11):
        end = rib_path(patient, number)[-1]
        previous = inner
        if number <= 7:
            z = float(joints[number - 1])
            inner = (18.0 if number > 1 else 26.0, float(np.interp(z, line[::-1, 2], line[::-1, 1])), z)
        else:
            inner = (previous[0] + 16, previous[1] + 10, previous[2] - 16)
        for side in (1, -1):
            a, b = (float(end[0]) * side, float(end[1]), float(end[2])), (inner[0] * side, inner[1], inner[2])
            low, high = np.minimum(a, b) - 8, np.maximum(a, b) + 8
            solid = Solid(
                (low[0], low[1], low[2]),
                (high[0], high[1], high[2]),
                partial(cone, a=a, b=b, radius_a=5.2, radius_b=5.2),
            )
            result.append(solid)
    return result
