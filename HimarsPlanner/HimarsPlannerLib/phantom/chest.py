"""Lungs, heart and costal cartilage."""

from __future__ import annotations

from functools import partial

import numpy as np

from .patient import Patient
from .shapes import Array, Point, Solid, ellipse, ellipsoid, smooth_max, smooth_min
from .spine import around_spine, spine_y
from .thorax import Cage, cartilages
from .tissue import Tissue, ball


def chest(patient: Patient, cage: Cage) -> list[Tissue]:
    """Lungs, heart and costal cartilage."""
    t9 = patient.level("T9").centre[2]
    heart: Point = (24.0, patient.level("T8").centre[1] - 62, t9 + 34)
    result = [Tissue(f"Lung_{s}", _lung(patient, cage, side), _lung_hu, 0.45) for s, side in (("L", 1), ("R", -1))]
    for centre, radii, hu, suv in (
        (heart, (56.0, 46.0, 50.0), 110.0, 1.3),
        ((heart[0] + 14, heart[1] + 4, heart[2] - 6), (28.0, 24.0, 30.0), 190.0, 1.3),
        ((heart[0] - 26, heart[1] - 8, heart[2]), (22.0, 26.0, 32.0), 175.0, 1.3),
    ):
        result.append(Tissue("Heart", ball(partial(ellipsoid, centre=centre, radii=radii), centre, radii), hu, suv))
    result += [Tissue("", solid, _cartilage_hu, 0.4) for solid in cartilages(patient)]
    return result


def _lung_hu(x: Array, y: Array, z: Array) -> Array:
    vessels = (
        np.sin(x * 0.33 + 1.7 * np.sin(y * 0.11))
        * np.sin(y * 0.29 + 1.3 * np.sin(z * 0.13))
        * np.sin(z * 0.27 + x * 0.05)
    )
    return np.asarray(
        np.float32(-845)
        + np.float32(1.0) * np.clip(y, -120, 80) * np.float32(0.4)
        + 320 * np.maximum(vessels - np.float32(0.62), 0)
    )


def _cartilage_hu(x: Array, y: Array, z: Array) -> Array:
    spots = np.sin(x * 0.7) * np.sin(y * 0.9 + 1) * np.sin(z * 0.8 + 2)
    return np.asarray(np.float32(95) + 500 * np.maximum(spots - np.float32(0.7), 0))


def _lung(patient: Patient, cage: Cage, side: int) -> Solid:
    t10 = patient.level("T10").centre[2]
    dome: Point = (68.0, -28.0, t10 - 100 + (10 if side < 0 else 0))

    def distance(x: Array, y: Array, z: Array) -> Array:
        u = x * np.float32(side)
        middle = ellipse(x - 4, y - spine_y(patient, z) + 46, 40, 62)
        floor = ellipsoid(u, y, z, dome, (88, 112, 105))
        keep_out = smooth_min(middle, around_spine(patient, x, y, z), 10)
        lung = smooth_max(smooth_max(cage.lining(x, y, z), -floor, 6), -keep_out, 8)
        ends = np.maximum(np.float32(t10 - 62) - z, z - np.float32(apex))
        return np.asarray(np.maximum(np.maximum(lung, ends), -u))

    apex = patient.level("T1").centre[2] + 8
    low, high = (0.0, -170.0, t10 - 64), (150.0, 110.0, apex)
    if side < 0:
        low, high = (-150.0, low[1], low[2]), (0.0, high[1], high[2])
    return Solid(low, high, distance)
