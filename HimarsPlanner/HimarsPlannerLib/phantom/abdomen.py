"""Organs of abdomen and pelvis."""

from __future__ import annotations

from functools import partial

import numpy as np

from .patient import Patient
from .shapes import Array, Point, ellipsoid, smooth_max, smooth_min
from .spine import around_spine
from .thorax import Cage
from .tissue import Tissue, ball, tube


def abdomen(patient: Patient, cage: Cage) -> list[Tissue]:
    """Liver, spleen, kidneys, stomach, duodenum and bladder."""
    z = patient.level("L1").centre[2]
    t11 = patient.level("T11").centre[2]
    rng = np.random.default_rng([patient.seed, 3])

    def liver(x: Array, y: Array, zz: Array) -> Array:
        right = ellipsoid(x, y, zz, (-66, -26, t11 - 26), (78, 92, 88))
        left = ellipsoid(x, y, zz, (4, -62, t11 + 6), (72, 42, 38))
        both = smooth_max(smooth_min(right, left, 18), cage.lining(x, y, zz), 6)
        return smooth_max(both, -around_spine(patient, x, y, zz), 8)

    def spleen(x: Array, y: Array, zz: Array) -> Array:
        return smooth_max(ellipsoid(x, y, zz, (92, 26, t11 - 12), (30, 44, 52)), cage.lining(x, y, zz), 6)

    result = [
        Tissue("Liver", ball(liver, (-30, -30, t11 - 20), (125, 95, 95)), 110, float(rng.uniform(4.2, 6))),
        Tissue("Spleen", ball(spleen, (92, 26, t11 - 12), (30, 44, 52)), 120, float(rng.uniform(3.4, 5))),
    ]
    uptake = float(rng.uniform(22, 36))
    for name, side, drop in (("Kidney_L", 1, 24), ("Kidney_R", -1, 36)):
        centre = (66.0 * side, 0.0, z - drop)
        result.append(_ellipsoid(name, centre, (28, 26, 56), 185, uptake))
        result.append(_ellipsoid("", (centre[0] - 10 * side, centre[1] - 6, centre[2]), (11, 10, 22), 60, uptake * 1.3))
    stomach = (52.0, -82.0, t11 - 14)
    result += [
        _ellipsoid("Stomach", stomach, (44, 34, 46), 45, 0.9),
        _ellipsoid("", (stomach[0], stomach[1] + 5, stomach[2]), (39, 26, 40), 260, 0.8),
        _ellipsoid("", (stomach[0], stomach[1] - 14, stomach[2] + 6), (30, 13, 30), -920, 0.2),
        Tissue(
            "Duodenum",
            tube(
                [(-20, -72, z + 12), (-46, -58, z), (-50, -56, z - 38), (-26, -58, z - 56), (22, -62, z - 52)], [13] * 5
            ),
            55,
            8.0,
        ),
        _ellipsoid("Bladder", (0, -21, -98), (40, 30, 30), 12, float(rng.uniform(10, 20))),
        _ellipsoid("Prostate", (0, -21, -140), (23, 17, 16), 52, 2.5),
    ]
    return result


def _ellipsoid(name: str, centre: Point, radii: Point, hu: float, suv: float) -> Tissue:
    return Tissue(name, ball(partial(ellipsoid, centre=centre, radii=radii), centre, radii), hu, suv)


def bowel(patient: Patient) -> list[Tissue]:
    """Loops of small bowel and colon with oral contrast, fluid and gas."""
    rng = np.random.default_rng([patient.seed, 4])
    z = patient.level("L1").centre[2]
    result = []
    for _ in range(9):
        start = np.array([rng.uniform(-65, 65), rng.uniform(-92, -60), rng.uniform(-10, z - 45)])
        points = [start]
        for _ in range(5):
            step = rng.normal(0, 1, 3) * [30, 12, 16]
            points.append(np.clip(points[-1] + step, [-85, -96, -25], [85, -52, z - 30]))
        fill = float(rng.choice([rng.uniform(200, 380), rng.uniform(200, 380), 25]))
        result += [
            Tissue("Bowel", tube(np.array(points), [12.0] * 6), 45, 1.6),
            Tissue("", tube(np.array(points), [9.0] * 6), fill, 1.2),
        ]
    colon = [
        (-104, -40, 0),
        (-112, -30, z - 90),
        (-110, -40, z - 40),
        (-60, -88, z - 28),
        (0, -98, z - 44),
        (60, -88, z - 26),
        (112, -30, z),
        (116, -14, z - 70),
        (108, -26, 10),
        (60, -40, -30),
        (14, -6, -40),
        (0, 20, -78),
        (0, 30, -116),
        (0, 34, -150),
    ]
    result += [
        Tissue("Bowel", tube(np.array(colon[:11]), [17.0] * 11), 45, 0.9),
        Tissue("Rectum", tube(np.array(colon[10:]), [16.0] * 4), 45, 0.8),
    ]
    for i in range(len(colon) - 1):
        a, b = np.array(colon[i], dtype=float), np.array(colon[i + 1], dtype=float)
        stretch = [a + (b - a) * t for t in np.linspace(0, 1, 4)]
        fill = float(rng.choice([rng.uniform(150, 400), -930, 30]))
        result.append(Tissue("", tube(np.array(stretch), list(rng.uniform(9, 14, 4))), fill, 0.5))
    return result
