"""Vertebrae: body, pedicles, laminae, processes; atlas and axis apart."""

from __future__ import annotations

import numpy as np

from .patient import Level, Patient
from .shapes import (
    Array,
    Point,
    Solid,
    cone,
    ellipsoid,
    extrude,
    flat_tube,
    smooth_max,
    smooth_min,
    superellipse,
)
from .skeleton import Bone, constant
from .spine import Canal, local


def vertebrae(patient: Patient, canal: Canal) -> list[Bone]:
    """Vertebrae from L5 up to C1."""
    return [
        *(_vertebra(patient, level, canal) for level in patient.levels[:-2]),
        _axis(patient, canal),
        _atlas(patient, canal),
    ]


def vertebral_body(level: Level, u: Array, v: Array, w: Array) -> Array:
    """Distance to the waisted vertebral body in local coordinates."""
    width, depth, height = level.size["width"], level.size["depth"], level.size["height"]
    rim = np.minimum((2 / height * w) ** 2, 1)
    factor = np.float32(0.88) + np.float32(0.12) * rim
    across = superellipse(u, v, width / 2 * factor, depth / 2 * factor, 2.5)
    dip = np.clip(1 - (2.2 / width * u) ** 2 - (2.2 / depth * v) ** 2, 0, 1)
    lost = np.float32(level.collapse * height) * np.clip(np.float32(0.5) - v / np.float32(depth), 0, 1)
    top = w - np.float32(height / 2) + dip + lost
    bottom = -w - np.float32(height / 2) + dip
    return extrude(across, np.maximum(top, bottom), 1.8)


def _arch(level: Level, u: Array, v: Array, w: Array) -> Array:
    """Distance to the posterior elements; `u` is the absolute lateral coordinate."""
    s = level.size
    h, back, disc = s["height"], s["depth"] / 2, s["disc"]
    canal, px = s["canal_depth"], s["canal_width"] / 2 + s["pedicle_width"] / 2
    f = min(h / 27, 1.0) * 0.8 + 0.2
    lift = 0.18 * h
    joint: Point = (px + 1, back + 0.85 * canal, 0.1 * h)
    pedicle = flat_tube(
        u,
        v,
        w,
        (px - 1, back - 4, lift),
        (px, back + 0.8 * canal, lift),
        (1, 0, 0),
        (s["pedicle_width"] / 2, s["pedicle_height"] / 2),
        (s["pedicle_width"] / 2, s["pedicle_height"] / 2.3),
    )
    upper = cone(u, v, w, joint, (px + 1.5, back + 0.8 * canal, h / 2 + 0.5 * disc + 3), 5.2 * f, 4.2 * f)
    lower = cone(u, v, w, joint, (px - 2.5, back + 1.12 * canal, -h / 2 - 0.5 * disc - 3), 5.2 * f, 4.4 * f)
    lamina = flat_tube(
        u,
        v,
        w,
        (px - 1, back + 0.95 * canal, -0.08 * h),
        (0, back + canal + 4 * f, -0.22 * h),
        (0, 1, 0),
        (3.6 * f, 0.36 * h),
        (3.6 * f, 0.34 * h),
    )
    tip: Point = (s["transverse"], back + 0.75 * canal + s["transverse_back"], 0.2 * h)
    transverse = flat_tube(
        u, v, w, (px, back + 0.75 * canal, 0.15 * h), tip, (0, 0, 1), (6 * f, 4.5 * f), (4.5 * f, 3.5 * f)
    )
    end = back + canal + s["spinous"]
    start = back + canal + 3
    spinous = flat_tube(
        u,
        v,
        w,
        (0, start, -0.22 * h),
        (0, end, -0.22 * h - s["droop"] * (end - start)),
        (1, 0, 0),
        (3.2 * f, 0.34 * h),
        (3.6 * f, 0.26 * h),
    )
    arch = pedicle
    for part in (upper, lower, lamina, transverse, spinous):
        arch = smooth_min(arch, part, 3.0)
    return arch


def _extent(level: Level) -> tuple[Point, Point]:
    s = level.size
    reach = max(s["transverse"], s["width"] / 2) + 8
    behind = s["depth"] / 2 + s["canal_depth"] + s["spinous"] + 8
    below = s["height"] / 2 + s["disc"] + 12 + s["droop"] * s["spinous"]
    above = s["height"] / 2 + s["disc"] + 10
    corners = np.array([level.to_body(0, v, w) for v in (-s["depth"] / 2 - 3, behind) for w in (-below, above)])
    low, high = corners.min(axis=0), corners.max(axis=0)
    return (low[0] - reach, low[1], low[2]), (high[0] + reach, high[1], high[2])


def _vertebra(patient: Patient, level: Level, canal: Canal) -> Bone:
    back = level.size["depth"] / 2

    def distance(x: Array, y: Array, z: Array) -> Array:
        u, v, w = local(level, x, y, z)
        whole = smooth_min(vertebral_body(level, u, v, w), _arch(level, np.abs(u), v, w), 2.5)
        return smooth_max(whole, -canal.carve(x, y, z), 1.0)

    def cortex(x: Array, y: Array, z: Array) -> Array:
        _, v, _ = local(level, x, y, z)
        return np.float32(patient.cortex) * (np.float32(0.42) + np.float32(0.8) * np.clip((v - back) / 8, 0, 1))

    def marrow(x: Array, y: Array, z: Array) -> Array:
        u, v, w = local(level, x, y, z)
        vein = np.exp(-(u * u / 60) - (v - back * np.float32(0.7)) ** 2 / 60 - w * w / 12)
        ends = np.minimum((2 / level.size["height"] * w) ** 2, 1.2)
        return np.asarray(np.float32(level.marrow) * (np.float32(0.9) + np.float32(0.25) * ends - vein))

    low, high = _extent(level)
    return Bone(f"vertebrae_{level.name}", Solid(low, high, distance), cortex, marrow, gap=2.0, smooth=0.5)


def _axis(patient: Patient, canal: Canal) -> Bone:
    """C2: a vertebra with the dens."""
    plain = _vertebra(patient, patient.level("C2"), canal)
    level = patient.level("C2")
    atlas = patient.level("C1")
    foot = level.to_body(0, -1.5, 0)
    tip = atlas.to_body(0, 0.5, 9)

    def distance(x: Array, y: Array, z: Array) -> Array:
        return smooth_min(plain.solid.distance(x, y, z), cone(x, y, z, foot, tip, 7.0, 5.0), 4.0)

    high = (plain.solid.high[0], plain.solid.high[1], tip[2] + 10)
    return Bone("vertebrae_C2", Solid(plain.solid.low, high, distance), plain.cortex, plain.marrow, gap=2.0, smooth=0.5)


def _atlas(patient: Patient, canal: Canal) -> Bone:
    """C1: two lateral masses joined by an anterior and a posterior arch."""
    level = patient.level("C1")
    s = level.size
    behind = s["depth"] / 2 + s["canal_depth"]

    def distance(x: Array, y: Array, z: Array) -> Array:
        u, v, w = local(level, x, y, z)
        u = np.abs(u)
        mass = ellipsoid(u, v, w, (19.0, 3.0, 2.0), (8.5, 10.0, 9.5))
        front = cone(u, v, w, (19, -2, 2), (0, -9.5, 2), 4.5, 4.2)
        rear = smooth_min(
            cone(u, v, w, (21, 8, 2), (14, behind - 1, 2), 4.0, 4.0),
            cone(u, v, w, (14, behind - 1, 2), (0, behind + 4, 2), 4.0, 4.2),
            3,
        )
        side = cone(u, v, w, (22, 4, 1), (36, 5, 0), 5.0, 4.0)
        whole = smooth_min(smooth_min(mass, front, 3), smooth_min(rear, side, 3), 3)
        return smooth_max(whole, -canal.carve(x, y, z), 1.0)

    x0, y0, z0 = level.centre
    box = Solid((x0 - 45, y0 - 18, z0 - 14), (x0 + 45, y0 + 45, z0 + 16), distance)
    return Bone("vertebrae_C1", box, constant(1.1 * patient.cortex), constant(level.marrow), gap=2.0, smooth=0.5)
