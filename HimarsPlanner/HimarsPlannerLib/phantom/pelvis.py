"""Sacrum and hip bones."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np

from .patient import Patient
from .shapes import (
    Array,
    Point,
    Solid,
    cone,
    ellipse,
    ellipsoid,
    flat_tube,
    merge_near,
    plate,
    point,
    smooth_max,
    smooth_min,
)
from .skeleton import Bone, constant
from .spine import Canal, sacral_axis

# Landmarks of the left hip bone in mm; radii are half the local thickness of the bone.
_GRID: tuple[tuple[tuple[Point, float], ...], ...] = (
    (
        ((95, -52, -74), 9.0),
        ((92, -34, -72), 10.0),
        ((86, -10, -66), 9.0),
        ((74, 20, -62), 8.5),
        ((60, 40, -58), 8.0),
        ((52, 54, -52), 6.0),
    ),
    (
        ((108, -58, -50), 6.5),
        ((113, -36, -38), 4.2),
        ((106, -6, -30), 3.4),
        ((86, 22, -28), 5.5),
        ((66, 42, -30), 8.0),
        ((54, 58, -36), 6.5),
    ),
    (
        ((120, -64, -26), 6.5),
        ((131, -42, 2), 6.5),
        ((131, -8, 22), 5.5),
        ((112, 26, 22), 5.5),
        ((82, 52, 6), 6.5),
        ((56, 68, -22), 6.5),
    ),
)


def hip_centre(patient: Patient) -> Point:
    """Centre of the left femoral head, body mm."""
    p = patient.pelvis
    return 88.0 * p, -24.0 * p, -103.0 * p


def sacral_point(patient: Patient, x: float, along: float, back: float) -> Point:
    """Body position of a point of the sacrum: to the left, down its axis from the S1 endplate, to the back."""
    axis = sacral_axis(patient)
    y, z, lean = (float(np.interp(along, axis[:, 0], axis[:, c])) for c in (1, 2, 3))
    return x * patient.pelvis, y + back * float(np.cos(lean)), z + back * float(np.sin(lean))


def sacrum(patient: Patient, canal: Canal) -> Bone:
    """S1 to S5 and the coccyx, with canal and foramina."""
    axis = sacral_axis(patient)
    s, cy, cz, lean = axis[::-1].T
    half_width = np.interp(s, [0, 30, 62, 90, 105, 125], [27, 24, 19, 14, 9, 5])
    half_depth = np.interp(s, [0, 30, 62, 90, 105, 125], [17, 13.5, 9, 7, 6, 4])
    top = np.array([0.0, axis[0, 1], axis[0, 2]])
    p = patient.pelvis
    at = partial(sacral_point, patient)
    wings = (
        ((at(16, 14, 0), 12.0), (at(44, 14, 12), 12.0), (at(44, 46, 12), 10.0)),
        ((at(16, 14, 0), 12.0), (at(44, 46, 12), 10.0), (at(18, 52, 3), 9.0)),
        ((at(18, 52, 3), 9.0), (at(44, 46, 12), 10.0), (at(27, 80, 6), 5.5)),
    )
    holes = [
        (at(18 + 0.15 * n, n, -45), at(19 + 0.1 * n, n, 65), r) for n, r in ((29, 5.0), (52, 4.6), (73, 3.8), (91, 3.0))
    ]
    crest = [(at(0, 6, 38), at(0, 60, 24))]

    def distance(x: Array, y: Array, z: Array) -> Array:
        u = np.abs(x)
        yc, a, b, t = (np.interp(z, cz, c).astype(np.float32) for c in (cy, half_width, half_depth, lean))
        bodies = ellipse(x, (y - yc) * np.cos(t), a, b)
        wx, wy, wa, wb, wc = canal.section(z)
        roof = ellipse(x - wx, (y - wy) * wc, wa + 5, wb + 5)
        roof = np.maximum(roof, np.float32(axis[85, 2]) - z)
        whole = smooth_min(bodies, roof, 4.0)
        for corners in wings:
            points, radii = [c for c, _ in corners], [r for _, r in corners]
            merge_near(whole, (u, y, z), points, max(radii), partial(plate, corners=points, radii=radii), 4.0)
        for first, last in crest:
            whole = smooth_min(whole, flat_tube(x, y, z, first, last, (1, 0, 0), (3.5, 6), (3, 4)), 4.0)
        c, sn = np.float32(np.cos(axis[0, 3])), np.float32(np.sin(axis[0, 3]))
        whole = smooth_max(whole, (z - np.float32(top[2])) * c - (y - np.float32(top[1])) * sn - wing_drop(u), 3.0)
        whole = np.maximum(whole, np.float32(axis[-1, 2]) - z)
        for first, last, radius in holes:
            whole = smooth_max(whole, -cone(u, y, z, first, last, radius, radius), 2.0)
        return smooth_max(whole, -canal.carve(x, y, z), 1.0)

    def wing_drop(u: Array) -> Array:
        # Behind the endplate the arch rises a little above its plane.
        return np.where(u < 24, np.float32(0), np.float32(2)).astype(np.float32)

    def marrow(x: Array, y: Array, z: Array) -> Array:
        wing = np.clip((np.abs(x) - 14) / 20, 0, 1)
        return np.float32(150 * patient.density) * (1 - np.float32(0.75) * wing) - 20 * wing + 0 * (y + z)

    low = (-66 * p, float(axis[:, 1].min()) - 30, float(axis[-1, 2]) - 6)
    high = (66 * p, float(axis[:, 1].max()) + 40, float(axis[0, 2]) + 30)
    return Bone("sacrum", Solid(low, high, distance), constant(1.0 * patient.cortex), marrow, gap=2.5, smooth=0.8)


def hip(patient: Patient, side: int) -> Bone:
    """Hip bone: `side` 1 left, -1 right. Its joint surfaces follow femur and sacrum, added before."""
    p = patient.pelvis
    head = hip_centre(patient)
    grid = [[((x * p, y * p, z * p), r) for (x, y, z), r in row] for row in _GRID]
    faces = []
    for lower, upper in pairwise(grid):
        for i in range(len(lower) - 1):
            faces += [(lower[i], lower[i + 1], upper[i]), (lower[i + 1], upper[i + 1], upper[i])]
    opening = np.array([0.74, -0.30, -0.60])
    opening /= np.linalg.norm(opening)
    bars: tuple[tuple[Point, Point, float, float], ...] = (
        ((78, 2, -112), (66, 16, -142), 14, 12),
        ((66, 16, -142), (58, 8, -168), 12, 12.5),
        ((56, 4, -168), (24, -44, -152), 9, 6.5),
        ((24, -44, -152), (11, -60, -136), 6.5, 8),
        ((72, -46, -98), (38, -62, -100), 10, 7.5),
        ((38, -62, -100), (12, -62, -116), 7.5, 8.5),
    )

    def distance(x: Array, y: Array, z: Array) -> Array:
        u = x * np.float32(side)
        whole = np.full(np.broadcast_shapes(u.shape, y.shape, z.shape), 30, dtype=np.float32)
        for face in faces:
            corners, radii = [c for c, _ in face], [r for _, r in face]
            merge_near(whole, (u, y, z), corners, max(radii), partial(plate, corners=corners, radii=radii), 3.0)
        cup = cone(
            u, y, z, (head[0] - 3, head[1] + 2, head[2] + 2), (head[0] - 2, head[1] + 2, head[2] + 3), 32.5, 32.5
        )
        plane = (u - head[0]) * opening[0] + (y - head[1]) * opening[1] + (z - head[2]) * opening[2]
        whole = smooth_min(whole, smooth_max(cup, plane.astype(np.float32) - 8, 4.0), 6.0)
        for a, b, ra, rb in bars:
            first, last = point(np.multiply(a, p)), point(np.multiply(b, p))
            merge_near(
                whole,
                (u, y, z),
                (first, last),
                max(ra, rb),
                partial(cone, a=first, b=last, radius_a=ra, radius_b=rb),
                5.0,
            )
        pubis = ellipsoid(u, y, z, (11.5 * p, -62 * p, -124 * p), (10, 10, 20))
        return np.asarray(np.maximum(smooth_min(whole, pubis, 4.0), np.float32(2.2) - u))

    def cortex(x: Array, y: Array, z: Array) -> Array:
        ilium = np.clip((z + 70) / 30, 0, 1)
        return np.float32(patient.cortex) * (np.float32(1.5) - np.float32(0.3) * ilium) + 0 * (x + y)

    def marrow(x: Array, y: Array, z: Array) -> Array:
        dome = np.exp(-((z - head[2] - 36) ** 2) / 300 - (y - head[1]) ** 2 / 900)
        back = np.clip((y - 10) / 40, 0, 1)
        pubic = np.clip((-80 - z) / 40, 0, 1)
        return np.float32(patient.density) * (90 + 170 * dome + 60 * back) - 90 * pubic + 0 * x

    low: Point = (0, -85 * p, -186 * p)
    high: Point = (150 * p, 84 * p, 36 * p)
    if side < 0:
        low, high = (-high[0], low[1], low[2]), (0, high[1], high[2])
    name = "hip_left" if side > 0 else "hip_right"
    return Bone(name, Solid(low, high, distance), cortex, marrow, gap=3.0, smooth=1.4)
