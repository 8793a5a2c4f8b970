"""Aorta, vena cava and the iliac vessels."""

from __future__ import annotations

import numpy as np

from ..grid import FloatArray
from .patient import Patient
from .shapes import Array, Point, Solid, ellipsoid
from .tissue import Tissue, ball, tube

Path = tuple[FloatArray, FloatArray]


def vessel_paths(patient: Patient) -> dict[str, Path]:
    """Centreline points (body mm) and radii of each vessel, from above down."""
    down = ["T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12", "L1", "L2", "L3"]
    aorta, cava = [], []
    for i, name in enumerate(down):
        level = patient.level(name)
        front = level.size["depth"] / 2
        radius = float(np.interp(i, [0, 10], [13.0, 9.5]))
        beside = float(np.interp(i, [0, 4, 10], [20, 13, 8]))
        aorta.append(
            (*level.to_body(beside, -float(np.sqrt((front + radius + 1.5) ** 2 - 0.35 * beside**2)), 0), radius)
        )
        if name in ("T9", "T10", "T11", "T12", "L1", "L2", "L3"):
            lift = float(np.interp(i, [4, 7], [26, 0]))
            cava.append((*level.to_body(-18, -(front + 12 + lift), 0), 11.5))
    fork = patient.level("L4").to_body(4, -(patient.level("L4").size["depth"] / 2 + 10), 4)
    join = patient.level("L5").to_body(-12, -(patient.level("L5").size["depth"] / 2 + 11), 8)
    aorta.append((*fork, 9.5))
    cava += [(*patient.level("L4").to_body(-16, -(patient.level("L4").size["depth"] / 2 + 12), 0), 11.5), (*join, 11.0)]
    arch: list[tuple[float, float, float, float]] = []
    top = patient.level("T4")
    heart = patient.level("T8").centre
    arch += [
        (8, heart[1] - 62, heart[2] + 20, 15),
        (-14, heart[1] - 66, heart[2] + 60, 15.5),
        (-4, heart[1] - 55, top.centre[2] - 4, 14.5),
    ]
    arch += [(14, top.centre[1] - 32, top.centre[2] + 4, 14), (22, top.centre[1] - 20, top.centre[2] - 12, 13.5)]
    paths = {"A_Aorta": arch + aorta, "V_Venacava_I": [(-22.0, heart[1] - 42, heart[2] - 8, 12.0), *cava]}
    p = patient.pelvis
    for suffix, side in (("L", 1), ("R", -1)):
        paths[f"A_Iliac_{suffix}"] = _iliac(fork, side, 0.0, p, (6.5, 6, 5, 4.8))
        paths[f"V_Iliac_{suffix}"] = _iliac(join, side, 13.0, p, (8.5, 8, 7, 6.5))
    return {name: (np.array(rows)[:, :3], np.array(rows)[:, 3]) for name, rows in paths.items()}


def _iliac(
    start: Point, side: int, behind: float, p: float, radii: tuple[float, ...]
) -> list[tuple[float, float, float, float]]:
    medial = behind * 0.35
    points = [
        start,
        ((30 - medial) * side * p, -38 + 0.6 * behind, -14 * p),
        ((56 - medial) * side * p, -38 + behind, -48 * p),
        ((70 - medial) * side * p, -72 + 0.5 * behind, -82 * p),
        ((78 - medial) * side * p, -84 + 0.3 * behind, -118 * p),
        ((80 - medial) * side * p, -60 + 0.6 * behind, -180 * p),
        ((76 - medial) * side * p, -34 + 0.6 * behind, -330 * p),
    ]
    sizes = np.interp(range(len(points)), [0, 2, 4, 6], radii)
    return [(*point, float(r)) for point, r in zip(points, sizes, strict=True)]


def vessels(patient: Patient, pressing: Solid | None) -> list[Tissue]:
    """Vessels with their contrast; veins give way to `pressing`, a mass that keeps 0.8 mm off the lumen."""
    result = []
    for name, (points, radii) in vessel_paths(patient).items():
        vein = name.startswith("V_")
        solid = tube(points, [float(r) for r in radii])
        if vein and pressing is not None:
            solid = _give_way(solid, pressing)
        hu = (165.0 if "cava" in name else 150.0) if vein else 285.0
        result.append(Tissue(name, solid, hu, 1.3))
    return result + _calcifications(patient)


def _give_way(solid: Solid, pressing: Solid) -> Solid:
    def distance(x: Array, y: Array, z: Array) -> Array:
        return np.asarray(np.maximum(solid.distance(x, y, z), np.float32(0.8) - pressing.distance(x, y, z)))

    return Solid(solid.low, solid.high, distance)


def _calcifications(patient: Patient) -> list[Tissue]:
    rng = np.random.default_rng([patient.seed, 5])
    result = []
    for name, count in (("A_Aorta", 16), ("A_Iliac_L", 5), ("A_Iliac_R", 5)):
        points, radii = vessel_paths(patient)[name]
        for _ in range(count):
            at = rng.uniform(
                len(points) * 0.45 if name == "A_Aorta" else 0, min(len(points) - 1.01, 20 if name == "A_Aorta" else 3)
            )
            i, f = int(at), at % 1
            middle, radius = points[i] * (1 - f) + points[i + 1] * f, radii[i] * (1 - f) + radii[i + 1] * f
            angle = rng.uniform(0, 2 * np.pi)
            where = (
                float(middle[0] + radius * np.cos(angle)),
                float(middle[1] + radius * np.sin(angle)),
                float(middle[2]),
            )
            size = (float(rng.uniform(1, 2.6)), float(rng.uniform(1, 2.6)), float(rng.uniform(1.5, 4)))

            def distance(x: Array, y: Array, z: Array, where: Point = where, size: Point = size) -> Array:
                return ellipsoid(x, y, z, where, size)

            result.append(Tissue("", ball(distance, where, size), float(rng.uniform(500, 1000))))
    return result


def vein_of_node(patient: Patient) -> tuple[str, FloatArray, Solid]:
    """Vein that the node presses on: its name, centreline points (body mm), and its shape without the node."""
    name = "V_Iliac_R"
    points, radii = vessel_paths(patient)[name]
    return name, points, tube(points, [float(r) for r in radii])
