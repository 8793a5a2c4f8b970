"""Skin, subcutaneous fat, muscle and the scanner's table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..grid import FloatArray, Grid
from .arms import arm_line
from .frame import Block, axes_of, block_of, overlap
from .head import head_origin
from .patient import Patient
from .shapes import Array, Solid, ellipse, ellipsoid, smooth_max, smooth_min, superellipse
from .skeleton import interpolate
from .thorax import Cage
from .tissue import tube

# Height, half width, front and back (y) of the trunk in body mm.
_TRUNK = np.array([
    (-230, 178, -98, 104), (-150, 184, -102, 110), (-100, 181, -112, 112), (-50, 176, -122, 108), (0, 168, -134, 98),
    (50, 160, -146, 82), (100, 157, -152, 72), (160, 158, -150, 76), (220, 161, -150, 86), (300, 164, -146, 94),
    (360, 168, -128, 94), (400, 172, -112, 88), (430, 168, -108, 80), (455, 138, -105, 66), (475, 92, -99, 50),
    (492, 70, -94, 36), (520, 62, -96, 28), (560, 62, -100, 32), (590, 64, -98, 40),
])  # fmt: skip
CROTCH = -186.0
_STEP = 5.0


@dataclass(frozen=True)
class Outline:
    """The body's surface."""

    patient: Patient
    cage: Cage

    def trunk(self, x: Array, y: Array, z: Array) -> Array:
        """Distance to the skin of trunk and thighs."""
        width, front, back = (np.interp(z, _TRUNK[:, 0], _TRUNK[:, c]).astype(np.float32) for c in (1, 2, 3))
        belly = np.float32(0.8 * (self.patient.fat - 22)) * np.clip(1 - np.abs(z - 80) / 170, 0, 1)
        width, front = width * np.float32(self.patient.girth) + belly, front - belly
        trunk = superellipse(x, y - (front + back) / 2, width, (back - front) / 2, 2.4)
        trunk = smooth_max(trunk, np.float32(CROTCH) - z + y * y * np.float32(0.002), 50.0)
        drop = np.clip((np.float32(CROTCH) - z) / 280, 0, 1)
        leg = ellipse(np.abs(x) - (94 - 10 * drop), y - 2, 86 - 16 * drop, 96 - 22 * drop)
        leg = np.maximum(leg, z - np.float32(CROTCH + 60))
        trunk = smooth_min(trunk, leg, 12.0)
        top = self._top
        if float(z.max()) > top - 40:
            trunk = smooth_min(smooth_max(trunk, z - np.float32(top), 10.0), self._head(x, y, z), 15.0)
        return trunk

    @property
    def _top(self) -> float:
        return head_origin(self.patient)[2]

    def _head(self, x: Array, y: Array, z: Array) -> Array:
        ox, oy, oz = head_origin(self.patient)
        skull = ellipsoid(x, y, z, (ox, oy - 22, oz + 46), (81, 100, 79))
        face = ellipsoid(x, y, z, (ox, oy - 72, oz - 22), (64, 62, 74))
        return smooth_min(skull, face, 15.0)

    def arms(self) -> list[Solid]:
        """Arms in their skin, body mm."""
        shoulder, deltoid, elbow, wrist = arm_line(self.patient)
        result = []
        for side in (1, -1):
            path = [(p[0] * side, p[1], p[2]) for p in (shoulder, deltoid, elbow, wrist)]
            if self.patient.arms == "raised":
                path[0] = (path[0][0] - 10 * side, path[0][1], path[0][2] + 30)
            else:
                path.append((wrist[0] * side, wrist[1] - 6, wrist[2] - 130))
            result.append(tube(path, [52, 46, 42, 30, 22][: len(path)]))
        return result

    def fat_depth(self, x: Array, y: Array, z: Array) -> Array:
        """Thickness of subcutaneous fat in mm."""
        front = np.clip(np.float32(0.75) - y / 200, 0.35, 1.2)
        thorax = (
            np.float32(1)
            - np.float32(0.5) * np.clip((z - 150) / 120, 0, 1)
            - np.float32(0.3) * np.clip((z - 460) / 50, 0, 1)
        )
        return np.float32(self.patient.fat) * front * thorax + 0 * x

    def cavity(self, x: Array, y: Array, z: Array, skin: Array) -> Array:
        """Distance to the inside of the muscular wall: thorax, abdomen and pelvis."""
        half, back, front = self.cage.outline(z)
        chest: Array = superellipse(x, y - (front + back) / 2, half - 4, (back - front) / 2 - 4, 2.2)
        top = np.float32(self.patient.level("T1").centre[2])
        chest = smooth_max(chest, np.maximum(np.float32(150) - z, z - top), 15.0)
        belly: Array = skin + self.fat_depth(x, y, z) + 13
        belly = smooth_max(belly, y - np.float32(42), 25.0)
        belly = smooth_max(belly, np.maximum(z - np.float32(225), np.float32(-15) - z), 25.0)
        bowl: Array = ellipse(x, y + 22, 78 + 0.7 * np.maximum(z + 40, -60), 78 + 0.3 * np.maximum(z + 40, -100))
        bowl = np.maximum(np.maximum(bowl, np.float32(-150) - z), z - np.float32(10))
        return smooth_min(smooth_min(chest, belly, 8.0), bowl, 15.0)


class Surfaces:
    """Skin, fat and cavity on a coarse lattice: they are smooth, and dear to compute for every voxel.

    Attributes
    ----------
    skin, muscle, cavity
        Distance in mm to the skin, to the inside of the subcutaneous fat and to the inside of the muscular wall.
    """

    def __init__(self, outline: Outline, low: FloatArray, high: FloatArray) -> None:
        self.low = np.maximum(low, [-225.0, -225.0, -1e4]) - _STEP
        size = np.ceil((np.minimum(high, [225.0, 150.0, 1e4]) + _STEP - self.low) / _STEP).astype(int) + 1
        x, y, z = (first + _STEP * np.arange(n) for first, n in zip(self.low, size, strict=True))
        at = outline.patient.frame.coordinates(x, y, z)
        scale = np.float32(outline.patient.frame.scale)
        skin = outline.trunk(*at)
        self.skin = skin * scale
        self.muscle = (skin + outline.fat_depth(*at)) * scale
        self.cavity = outline.cavity(*at, skin) * scale
        self.high = self.low + _STEP * (size - 1)

    def block(self, grid: Grid, block: Block) -> Block:
        """Part of a block of an image that the body can reach."""
        return overlap(block_of(grid, self.low, self.high), block) or (slice(0, 0),) * 3

    def on(self, grid: Grid, block: Block) -> tuple[Array, Array, Array]:
        """Skin, muscle and cavity at the voxel centres of a block."""
        x, y, z = ((a - first) / _STEP for a, first in zip(axes_of(grid, block), self.low, strict=True))
        return (
            interpolate(self.skin, (z, y, x)),
            interpolate(self.muscle, (z, y, x)),
            interpolate(self.cavity, (z, y, x)),
        )


def table(x: Array, y: Array, z: Array) -> tuple[Array, Array]:
    """Distance to a carbon-fibre table top and to its foam core, body mm."""
    top = np.float32(TABLE_TOP_MM) - x * x * np.float32(0.00018) + 0 * z
    outer = np.maximum(np.maximum(top - y, y - top - 38), np.abs(x) - 205)
    return outer, np.maximum(np.maximum(top + 2.5 - y, y - top - 35.5), np.abs(x) - 202.5)


TABLE_TOP_MM = float(_TRUNK[:, 3].max()) - 3.0
"""Body y of the table's surface at its middle: where the back rests, pressed flat a little."""
