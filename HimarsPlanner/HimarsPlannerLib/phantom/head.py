"""Skull, mandible, and what the head holds."""

from __future__ import annotations

from functools import partial

import numpy as np

from .patient import Patient
from .shapes import Array, Point, Solid, cone, ellipsoid, flat_tube, smooth_max, smooth_min
from .skeleton import Bone, constant
from .spine import Canal
from .tissue import Tissue, ball

_VAULT_MM = 6.2


def head_origin(patient: Patient) -> Point:
    """Middle of the foramen magnum, from which the head is laid out, body mm."""
    x, y, z = patient.level("C1").to_body(0, 18, 15)
    return x, y, z


def _at(patient: Patient, x: float, y: float, z: float) -> Point:
    ox, oy, oz = head_origin(patient)
    return ox + x, oy + y, oz + z


def _vault(patient: Patient, x: Array, y: Array, z: Array, shell: float) -> Array:
    return ellipsoid(x, y, z, _at(patient, 0, -22, 46), (75 - shell, 94 - shell, 72 - shell))


def _floor(patient: Patient, y: Array) -> Array:
    _, oy, oz = head_origin(patient)
    return np.float32(oz + 4) - (y - np.float32(oy)) * np.float32(0.26)


def skull(patient: Patient, canal: Canal) -> list[Bone]:
    """Calvaria with its diploe, skull base and face as one bone; the mandible as another."""
    zero = head_origin(patient)
    at = partial(_at, patient)

    def distance(x: Array, y: Array, z: Array) -> Array:
        u = np.abs(x - np.float32(zero[0])) + np.float32(zero[0])
        floor = _floor(patient, y)
        outer = smooth_max(_vault(patient, x, y, z, 0), floor - 8 - z, 6.0)
        inner = smooth_max(_vault(patient, x, y, z, _VAULT_MM), floor - z, 4.0)
        whole = smooth_max(outer, -inner, 1.5)
        petrous = cone(u, y, z, at(22, -20, 12), at(64, -2, 12), 7, 10)
        condyle = ellipsoid(u, y, z, at(17, -10, -4), (7, 10, 7))
        whole = smooth_min(smooth_min(whole, petrous, 4), condyle, 3)
        maxilla = ellipsoid(u, y, z, at(12, -92, -22), (26, 27, 32))
        for centre, radii in (
            (at(0, -94, -18), (11, 40, 22)),
            (at(24, -88, -18), (12, 19, 19)),
            (at(32, -108, 18), (18, 26, 16)),
        ):
            maxilla = smooth_max(maxilla, -ellipsoid(u, y, z, centre, radii), 2.0)
        cheek = smooth_min(
            cone(u, y, z, at(40, -100, -4), at(60, -72, 2), 6, 5),
            cone(u, y, z, at(60, -72, 2), at(66, -34, 8), 4.5, 4),
            3,
        )
        rim = cone(u, y, z, at(46, -88, 2), at(47, -86, 30), 4.5, 5)
        whole = smooth_min(smooth_min(whole, maxilla, 3), smooth_min(cheek, rim, 3), 3)
        orbit = cone(u, y, z, at(32, -120, 18), at(16, -72, 16), 18, 6)
        whole = smooth_max(whole, -orbit, 2.0)
        magnum = np.maximum(canal.carve(x, y, z), z - np.float32(zero[2] + 14))
        return smooth_max(whole, -magnum, 2.0)

    def marrow(x: Array, y: Array, z: Array) -> Array:
        return np.asarray(
            np.float32(170 * patient.density)
            + np.float32(1.5) * np.clip(np.float32(zero[2] + 20) - z, 0, 60)
            + 0 * (x + y)
        )

    solid = Solid(at(-82, -134, -62), at(82, 78, 122), distance)
    return [
        Bone("skull", solid, constant(1.5 * patient.cortex), marrow, gap=2.0, smooth=0.7),
        _mandible(patient),
    ]


def _mandible(patient: Patient) -> Bone:
    at = partial(_at, patient)
    zero = head_origin(patient)
    path = [at(48, -34, -2), at(45, -42, -52), at(30, -82, -70), at(8, -112, -74), at(0, -114, -74)]
    sizes = [(4.5, 7), (4.5, 13), (5.5, 12), (6.5, 14), (6.5, 14)]

    def distance(x: Array, y: Array, z: Array) -> Array:
        u = np.abs(x - np.float32(zero[0])) + np.float32(zero[0])
        whole: Array | None = None
        for a, b, ra, rb in zip(path[:-1], path[1:], sizes[:-1], sizes[1:], strict=True):
            across = (b[1] - a[1], a[0] - b[0], 0.0) if abs(b[0] - a[0]) > 3 else (1.0, 0.0, 0.0)
            part = flat_tube(u, y, z, a, b, across, ra, rb)
            whole = part if whole is None else smooth_min(whole, part, 4.0)
        return np.asarray(whole)

    solid = Solid(at(-62, -130, -96), at(62, -20, 10), distance)
    return Bone("mandible", solid, constant(2.2 * patient.cortex), constant(150 * patient.density), gap=2.5, smooth=0.7)


def head_contents(patient: Patient) -> list[Tissue]:
    """Brain, globes, airways and the glands that take up PSMA."""
    at = partial(_at, patient)
    rng = np.random.default_rng([patient.seed, 9])

    def brain(x: Array, y: Array, z: Array) -> Array:
        return smooth_max(_vault(patient, x, y, z, 8), _floor(patient, y) + 1 - z, 4.0)

    result = [Tissue("Brain", Solid(at(-70, -112, -4), at(70, 66, 112), brain), 38, 0.1)]
    gland = float(rng.uniform(10, 20))
    parts: list[tuple[str, Point, Point, float, float | None]] = [
        ("", (0, -94, -18), (10, 36, 20), -960, 0.1),
        ("", (0, -52, -50), (10, 11, 44), -960, 0.1),
    ]
    for suffix, side in (("L", 1), ("R", -1)):
        parts += [
            ("", (24 * side, -88, -18), (11, 18, 18), -960, 0.1),
            (f"Eye_{suffix}", (32 * side, -108, 18), (12.5, 12.5, 12.5), 15, 0.3),
            ("", (41 * side, -106, 29), (5, 6, 4), 45, gland * 0.6),
            (f"Parotid_{suffix}", (56 * side, -30, -34), (12, 17, 24), 20, gland),
            (f"Glnd_Submand_{suffix}", (26 * side, -72, -84), (10, 14, 9), 45, gland * 1.05),
        ]
    for name, centre, radii, hu, suv in parts:
        place = at(*centre)
        result.append(Tissue(name, ball(partial(ellipsoid, centre=place, radii=radii), place, radii), hu, suv))
    return result
