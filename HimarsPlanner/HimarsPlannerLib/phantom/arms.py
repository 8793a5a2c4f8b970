"""Clavicle, scapula and the bones of the arm."""

from __future__ import annotations

from functools import partial

import numpy as np

from .patient import Patient
from .shapes import Array, Distance, Point, Solid, cone, ellipsoid, empty, flat_tube, merge_near, plate, smooth_min
from .skeleton import Bone, constant
from .thorax import sternum_line

_SHOULDER: Point = (184.0, -4.0, 0.0)


def shoulder(patient: Patient) -> Point:
    """Centre of the left humeral head, body mm."""
    return _SHOULDER[0], _SHOULDER[1], patient.level("T4").centre[2] + 6


def arm_line(patient: Patient) -> list[Point]:
    """Left arm: shoulder, deltoid tuberosity, elbow, wrist (body mm)."""
    x, y, z = shoulder(patient)
    if patient.arms == "raised":
        return [(x, y, z), (x - 6, y - 18, z + 130), (x - 16, y - 42, z + 300), (x - 60, y - 60, z + 520)]
    return [(x, y, z), (200.0, 6.0, z - 130), (210.0, 18.0, z - 300), (212.0, -22.0, z - 545)]


def girdle(patient: Patient) -> list[Bone]:
    """Both humeri, clavicles and scapulae, and the forearms when the arms lie at the sides."""
    bones = []
    for side in (1, -1):
        bones += [_humerus(patient, side), _clavicle(patient, side), _scapula(patient, side)]
        if patient.arms == "sides":
            bones += _forearm(patient, side)
    return bones


def cavities(patient: Patient) -> list[Solid]:
    """Where the interior of arm bones is medullary cavity: beyond the deltoid tuberosity."""
    level = arm_line(patient)[1][2]
    up = patient.arms == "raised"
    result = []
    for side in (1, -1):
        low, high = (
            (110.0 if up else 162.0, -150.0, level if up else level - 700),
            (290.0, 120.0, level + 700 if up else level),
        )
        if side < 0:
            low, high = (-high[0], low[1], low[2]), (-low[0], high[1], high[2])
        result.append(_half(low, high, level, up=up))
    return result


def _half(low: Point, high: Point, level: float, *, up: bool) -> Solid:
    def beyond(x: Array, y: Array, z: Array) -> Array:
        past = np.float32(level) - z if up else z - np.float32(level)
        return np.asarray(np.maximum(np.maximum(low[0] - x, x - high[0]), past) + 0 * y)

    return Solid(low, high, beyond)


def _humerus(patient: Patient, side: int) -> Bone:
    head, deltoid, elbow, _ = arm_line(patient)
    sign = 1 if elbow[2] < head[2] else -1
    neck: Point = (head[0] + 8, head[1] + 1, head[2] - 22 * sign)

    def distance(x: Array, y: Array, z: Array) -> Array:
        u = x * np.float32(side)
        whole = ellipsoid(u, y, z, head, (23.5, 23.5, 23.5))
        whole = smooth_min(whole, ellipsoid(u, y, z, (head[0] + 14, head[1] - 6, head[2] - 4 * sign), (13, 16, 18)), 6)
        whole = smooth_min(whole, cone(u, y, z, neck, deltoid, 15.5, 11.5), 8)
        whole = smooth_min(whole, cone(u, y, z, deltoid, elbow, 11.5, 10.5), 3)
        return smooth_min(
            whole,
            flat_tube(
                u,
                y,
                z,
                (elbow[0] - 18, elbow[1], elbow[2]),
                (elbow[0] + 18, elbow[1], elbow[2]),
                (0, 1, 0),
                (9, 11),
                (9, 11),
            ),
            12,
        )

    def cortex(x: Array, y: Array, z: Array) -> Array:
        down = np.clip((np.float32(neck[2]) - z) * np.float32(sign / 70), 0, 1)
        end = np.clip((np.float32(elbow[2] + 40 * sign) - z) * np.float32(sign / 40), 0, 1)
        return np.asarray(
            np.float32(patient.cortex) * (np.float32(0.9) + 3 * down - np.float32(2.4) * end) + 0 * (x + y)
        )

    def marrow(x: Array, y: Array, z: Array) -> Array:
        far = (z - np.float32(head[2])) ** 2
        red = np.exp(-far / 700)
        return np.asarray(np.float32(130 * patient.density) * red - 60 * (1 - red) + 0 * (x + y))

    low, high = _bounds([head, deltoid, elbow], 32)
    return Bone(_name("humerus", side), _on_side(side, low, high, distance), cortex, marrow, gap=3.0, smooth=1.0)


def _name(bone: str, side: int) -> str:
    return f"{bone}_{'left' if side > 0 else 'right'}"


def _bounds(points: list[Point], reach: float) -> tuple[Point, Point]:
    low, high = np.min(points, axis=0) - reach, np.max(points, axis=0) + reach
    return (low[0], low[1], low[2]), (high[0], high[1], high[2])


def _on_side(side: int, low: Point, high: Point, distance: Distance) -> Solid:
    if side < 0:
        low, high = (-high[0], low[1], low[2]), (-low[0], high[1], high[2])
    return Solid(low, high, distance)


def _clavicle(patient: Patient, side: int) -> Bone:
    notch = sternum_line(patient)[0]
    x, y, z = shoulder(patient)
    path: list[Point] = [
        (30, float(notch[1]) - 2, float(notch[2]) + 4),
        (75, float(notch[1]) + 2, z + 22),
        (120, y - 26, z + 34),
        (x - 22, y - 8, z + 38),
    ]

    def distance(x: Array, y: Array, z: Array) -> Array:
        u = x * np.float32(side)
        whole = empty(u, y, z)
        for a, b, ra, rb in zip(path[:-1], path[1:], (9, 6.5, 6), (6.5, 6, 7), strict=True):
            merge_near(whole, (u, y, z), (a, b), 9, partial(cone, a=a, b=b, radius_a=ra, radius_b=rb), 3.0)
        return whole

    low, high = _bounds(path, 11)
    return Bone(
        _name("clavicula", side),
        _on_side(side, low, high, distance),
        constant(1.6 * patient.cortex),
        constant(80 * patient.density),
        gap=2.5,
    )


def _scapula(patient: Patient, side: int) -> Bone:
    x, y, z = shoulder(patient)
    glenoid, top, tip, root = (x - 36, y + 6, z - 4), (74.0, 64.0, z + 26), (104.0, 74.0, z - 108), (76.0, 72.0, z + 2)
    spine_end, acromion = (x - 34, y + 42, z + 34), (x - 8, y + 4, z + 38)

    def distance(x: Array, y: Array, z: Array) -> Array:
        u = x * np.float32(side)
        whole = plate(u, y, z, (glenoid, top, tip), (3.2, 2.2, 3.6))
        whole = smooth_min(whole, cone(u, y, z, glenoid, (glenoid[0] - 16, glenoid[1] + 8, glenoid[2]), 13, 6), 5.0)
        whole = smooth_min(whole, plate(u, y, z, (top, tip, root), (2.4, 4.0, 3.0)), 3.0)
        whole = smooth_min(whole, cone(u, y, z, glenoid, tip, 5.5, 4.0), 4.0)
        whole = smooth_min(whole, cone(u, y, z, root, spine_end, 3.5, 7.5), 4.0)
        whole = smooth_min(whole, flat_tube(u, y, z, spine_end, acromion, (0, 0, 1), (5, 10), (4.5, 11)), 5.0)
        coracoid = cone(
            u,
            y,
            z,
            (glenoid[0], glenoid[1] - 8, glenoid[2] + 14),
            (glenoid[0] + 6, glenoid[1] - 42, glenoid[2] + 8),
            8,
            5.5,
        )
        return smooth_min(whole, coracoid, 4.0)

    low, high = _bounds([glenoid, top, tip, root, spine_end, acromion, (glenoid[0], glenoid[1] - 42, glenoid[2])], 16)
    return Bone(
        _name("scapula", side),
        _on_side(side, low, high, distance),
        constant(1.1 * patient.cortex),
        constant(110 * patient.density),
        gap=3.0,
    )


def _forearm(patient: Patient, side: int) -> list[Bone]:
    _, _, elbow, wrist = arm_line(patient)
    ulna: list[Point] = [
        (elbow[0] - 8, elbow[1] + 14, elbow[2] + 8),
        (elbow[0] - 8, elbow[1] + 2, elbow[2] - 22),
        (wrist[0] - 14, wrist[1] + 8, wrist[2]),
    ]
    radius: list[Point] = [
        (elbow[0] + 12, elbow[1] - 8, elbow[2] - 18),
        (elbow[0] + 12, elbow[1] - 8, elbow[2] - 40),
        (wrist[0] + 10, wrist[1] - 4, wrist[2]),
    ]
    bones = []
    for name, path, radii in (("ulna", ulna, (11, 9, 6)), ("radius", radius, (11, 7, 12))):

        def distance(x: Array, y: Array, z: Array, path: list[Point] = path, radii: tuple[float, ...] = radii) -> Array:
            u = x * np.float32(side)
            return smooth_min(
                cone(u, y, z, path[0], path[1], radii[0], radii[1]),
                cone(u, y, z, path[1], path[2], radii[1], radii[2]),
                4,
            )

        low, high = _bounds(path, 14)
        bones.append(
            Bone(
                _name(name, side),
                _on_side(side, low, high, distance),
                constant(2.2 * patient.cortex),
                constant(-50),
                gap=2.5,
            )
        )
    return [*bones, _hand(patient, side, wrist)]


def _hand(patient: Patient, side: int, wrist: Point) -> Bone:
    x0, y0, z0 = wrist

    def distance(x: Array, y: Array, z: Array) -> Array:
        u = x * np.float32(side)
        whole = ellipsoid(u, y, z, (x0, y0, z0 - 26), (22, 11, 13))
        for i in range(4):
            fan = (i - 1.5) * 4
            whole = np.minimum(
                whole, cone(u, y, z, (x0 + fan * 2.2, y0, z0 - 44), (x0 + fan * 3.2, y0 - 8, z0 - 104), 4.5, 4.5)
            )
        return whole

    low, high = _bounds([(x0 - 22, y0, z0 - 14), (x0 + 22, y0 - 8, z0 - 106)], 12)
    return Bone(
        _name("hand", side), _on_side(side, low, high, distance), constant(1.2 * patient.cortex), constant(20), gap=2.5
    )
