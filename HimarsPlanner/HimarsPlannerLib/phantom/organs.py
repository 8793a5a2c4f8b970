"""Organs of chest, abdomen and pelvis."""

from __future__ import annotations

from functools import partial

import numpy as np

from .outline import Outline
from .patient import Patient
from .shapes import Array, Point, Solid, ellipsoid, smooth_max, smooth_min, superellipse
from .spine import Canal, cord_solids, discs
from .thorax import Cage, cartilages
from .tissue import Tissue, ball, tube


def limbs(outline: Outline) -> list[Tissue]:
    """Arms: skin, fat and muscle."""
    result = []
    for arm in outline.arms():
        result += [
            Tissue("", arm, 20, 0.5),
            Tissue("", _shrunk(arm, 2.0), -102, 0.5),
            Tissue("", _shrunk(arm, 9.0), 56, 0.5),
        ]
    return result


def _shrunk(solid: Solid, by: float) -> Solid:
    def distance(x: Array, y: Array, z: Array) -> Array:
        return solid.distance(x, y, z) + np.float32(by)

    return Solid(solid.low, solid.high, distance)


def muscles(patient: Patient) -> list[Tissue]:
    """Paraspinal muscles and both psoas."""
    spine = [patient.level(n) for n in ("L5", "L3", "L1", "T10", "T6", "T2", "C6", "C3")]
    result = []
    for side in (1, -1):
        back = [
            level.to_body(30 * side, level.size["depth"] / 2 + level.size["canal_depth"] + 10, 0) for level in spine
        ]
        result.append(Tissue("", tube([(34.0 * side, 62.0, -50.0), *back], [12, 25, 27, 25, 20, 17, 18, 22, 20]), 58))
        psoas = [
            patient.level("T12").to_body(24 * side, 0, 0),
            patient.level("L2").to_body(32 * side, 0, 0),
            patient.level("L4").to_body(44 * side, 0, 0),
            (62 * side, -32, -20),
            (90 * side, -62, -85),
            (110 * side, -20, -170),
        ]
        result.append(Tissue("", tube(psoas, [5, 12, 19, 22, 17, 9]), 60))
    return result


def spinal_contents(patient: Patient, canal: Canal) -> list[Tissue]:
    """Discs, epidural fat, thecal sac and cord."""
    cord = cord_solids(patient, canal)
    return [
        *(Tissue("", disc, 85, 0.4) for disc in discs(patient)),
        Tissue("", canal.tube(end=-60), -40, 0.4),
        Tissue("ThecalSac", cord["ThecalSac"], 22, 0.4),
        Tissue("SpinalCord", cord["SpinalCord"], 40, 0.5),
    ]


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
        half, back, front = cage.outline(z)
        u = x * np.float32(side)
        shell = superellipse(x, y - (front + back) / 2, half - 8, (back - front) / 2 - 8, 2.2)
        spine_y = np.interp(
            z, [level.centre[2] for level in patient.levels], [level.centre[1] for level in patient.levels]
        )
        middle = ellipsoid(x, y - spine_y.astype(np.float32), 0 * z, (4, -46, 0), (40, 62, 1e3))
        vertebra = ellipsoid(x, y - spine_y.astype(np.float32), 0 * z, (0, 8, 0), (26, 30, 1e3))
        floor = ellipsoid(u, y, z, dome, (88, 112, 105))
        lung = smooth_max(smooth_max(shell, -floor, 6), -smooth_min(middle, vertebra, 10), 8)
        apex = np.float32(z0) - z
        return np.asarray(np.maximum(np.maximum(np.maximum(lung, np.float32(t10 - 62) - z), -u), -apex))

    z0 = patient.level("T1").centre[2] + 8
    low, high = (0.0, -170.0, t10 - 64), (150.0, 110.0, z0)
    if side < 0:
        low, high = (-150.0, low[1], low[2]), (0.0, high[1], high[2])
    return Solid(low, high, distance)


def abdomen(patient: Patient, cage: Cage) -> list[Tissue]:
    """Liver, spleen, kidneys, stomach, duodenum and bladder."""
    z = patient.level("L1").centre[2]
    t11 = patient.level("T11").centre[2]
    rng = np.random.default_rng([patient.seed, 3])

    def inside_cage(solid_distance: Array, x: Array, y: Array, zz: Array) -> Array:
        half, back, front = cage.outline(zz)
        shell = superellipse(x, y - (front + back) / 2, half - 8, (back - front) / 2 - 8, 2.2)
        return smooth_max(solid_distance, shell, 6)

    def liver(x: Array, y: Array, zz: Array) -> Array:
        right = ellipsoid(x, y, zz, (-66, -26, t11 - 26), (78, 92, 88))
        left = ellipsoid(x, y, zz, (4, -62, t11 + 6), (72, 42, 38))
        return inside_cage(smooth_min(right, left, 18), x, y, zz)

    def spleen(x: Array, y: Array, zz: Array) -> Array:
        return inside_cage(ellipsoid(x, y, zz, (92, 26, t11 - 12), (30, 44, 52)), x, y, zz)

    result = [
        Tissue("Liver", ball(liver, (-30, -30, t11 - 20), (125, 95, 95)), 110, float(rng.uniform(4.2, 6))),
        Tissue("Spleen", ball(spleen, (92, 26, t11 - 12), (30, 44, 52)), 120, float(rng.uniform(3.4, 5))),
    ]
    uptake = float(rng.uniform(22, 36))
    for name, side, drop in (("Kidney_L", 1, 12), ("Kidney_R", -1, 24)):
        centre = (64.0 * side, 18.0, z - drop)
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
        _ellipsoid("Bladder", (0, -42, -100), (40, 33, 30), 12, float(rng.uniform(10, 20))),
        _ellipsoid("Prostate", (0, -30, -141), (24, 19, 17), 52, 2.5),
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
        (14, 20, -40),
        (0, 52, -78),
        (0, 40, -120),
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
