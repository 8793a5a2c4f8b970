"""Femora, humeri, forearms and the shoulder girdle."""

from __future__ import annotations

import numpy as np

from .patient import Patient
from .pelvis import hip_centre
from .shapes import Array, Point, Solid, cone, ellipsoid, flat_tube, smooth_min
from .skeleton import Bone

HEAD_RADIUS = 24.5


def femur_landmarks(patient: Patient) -> dict[str, Point]:
    """Landmarks of the left femur in body mm: head, base of the neck, lesser trochanter, shaft at mid-thigh."""
    hx, hy, hz = hip_centre(patient)
    reach, version = 43.0, patient.femur_version
    bx, by, bz = hx + reach * np.cos(version), hy + reach * np.sin(version), hz - 33.0
    return {
        "head": (hx, hy, hz),
        "base": (float(bx), float(by), bz),
        "greater": (float(bx) + 13, float(by) + 7, bz + 16),
        "lesser": (float(bx) - 13, float(by) + 13, bz - 40),
        "below": (float(bx) - 4, float(by) - 2, bz - 60),
        "mid": (float(bx) - 26, float(by) - 14, hz - 330),
    }


def shaft_top(patient: Patient) -> float:
    """Height (body mm) of the lower edge of the lesser trochanter, below which the medullary cavity is set apart."""
    return femur_landmarks(patient)["lesser"][2] - 14


def femur(patient: Patient, side: int) -> Bone:
    """Femur down to mid-thigh: `side` 1 left, -1 right."""
    m = femur_landmarks(patient)
    head, base, lesser = m["head"], m["base"], m["lesser"]

    def distance(x: Array, y: Array, z: Array) -> Array:
        u = x * np.float32(side)
        ball = ellipsoid(u, y, z, head, (HEAD_RADIUS, HEAD_RADIUS, HEAD_RADIUS))
        neck = flat_tube(u, y, z, head, base, (0, 1, 0), (14, 17), (15, 20))
        whole = smooth_min(ball, neck, 5.0)
        whole = smooth_min(whole, ellipsoid(u, y, z, m["greater"], (14, 19, 22)), 8.0)
        whole = smooth_min(whole, cone(u, y, z, base, m["below"], 19, 15.5), 6.0)
        whole = smooth_min(whole, ellipsoid(u, y, z, (lesser[0], lesser[1] - 1, lesser[2]), (8, 8, 13)), 7.0)
        return np.minimum(whole, cone(u, y, z, m["below"], m["mid"], 15.5, 14.0))

    def cortex(x: Array, y: Array, z: Array) -> Array:
        u = x * np.float32(side)
        down = np.clip((base[2] + 5 - z) / 65, 0, 1)
        inward = np.sqrt((u - head[0]) ** 2 + (y - head[1]) ** 2 + (z - head[2]) ** 2)
        neck = np.exp(-((inward - 36) ** 2) / 150)
        calcar = np.clip((base[0] - u) / 20, 0, 1) * np.exp(-((z - base[2] + 14) ** 2) / 500)
        return np.asarray(
            np.float32(patient.cortex)
            * (np.float32(1.0) + np.float32(0.9) * neck + 2 * calcar + np.float32(5.7) * down**2)
        )

    def marrow(x: Array, y: Array, z: Array) -> Array:
        u = x * np.float32(side)
        far = np.sqrt((u - head[0]) ** 2 + (y - head[1]) ** 2 + (z - head[2]) ** 2)
        red = np.exp(-(far**2) / 900)
        shaft = np.clip((base[2] - 15 - z) / 40, 0, 1)
        return np.asarray(np.float32(290 * patient.density) * red - 45 * (1 - red) - 40 * shaft)

    low: Point = (head[0] - 30, -70.0, m["mid"][2] - 15)
    high: Point = (base[0] + 32, base[1] + 38, head[2] + 30)
    if side < 0:
        low, high = (-high[0], low[1], low[2]), (-low[0], high[1], high[2])
    name = "femur_left" if side > 0 else "femur_right"
    return Bone(name, Solid(low, high, distance), cortex, marrow, gap=3.0, smooth=1.0)


def cavities(patient: Patient) -> list[Solid]:
    """Where the interior of a long bone is medullary cavity: femora below the lesser trochanter."""
    top = shaft_top(patient)
    result = []
    for side in (1, -1):
        low, high = (45.0, -90.0, top - 400), (200.0, 80.0, top)
        if side < 0:
            low, high = (-high[0], low[1], low[2]), (-low[0], high[1], high[2])

        def below(x: Array, y: Array, z: Array, low: Point = low, high: Point = high) -> Array:
            return np.asarray(np.maximum(np.maximum(low[0] - x, x - high[0]), z - np.float32(top)) + 0 * y)

        result.append(Solid(low, high, below))
    return result
