"""Metastases: where they grow, what they do to bone, how avid they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from ..grid import FloatArray
from .arms import shoulder
from .head import head_origin
from .limbs import femur_landmarks
from .patient import Patient
from .pelvis import sacral_point
from .shapes import Array, Point, Solid, ellipsoid
from .skeleton import Skeleton
from .thorax import rib_path, sternum_line
from .tissue import ball
from .vessels import vessel_paths

Type = Literal["blastic", "lytic", "mixed", "node"]
Values = Callable[[Array, Array, Array], tuple[Array, Array | None, Array]]


@dataclass(frozen=True)
class Mass:
    """A metastasis.

    Parameters
    ----------
    site
        Anatomical site in words; `bone` is the bone that it belongs to, "" for a node.
    solid
        Its shape before it is bounded by its bone.
    beyond_bone
        How far in mm it may grow past the periosteum of its bone (into soft tissue or the canal).
    values
        HU in marrow, in cortex (None: the cortex stands) and outside bone, at body coordinates.
    suv
        True SUVbw.
    """

    name: str
    site: str
    bone: str
    type: Type
    solid: Solid
    beyond_bone: float
    values: Values
    suv: float

    @property
    def kind(self) -> Literal["bone", "node"]:
        """Kind of lesion."""
        return "bone" if self.bone else "node"

    def distance(self, skeleton: Skeleton, positions: tuple[FloatArray, FloatArray, FloatArray], outer: Array) -> Array:
        """Signed distance in mm to the GTV at fractional lattice indices (z, y, x), where `outer` is interpolated."""
        z, y, x = (o + skeleton.grid.spacing[0] * p for o, p in zip(skeleton.grid.origin[::-1], positions, strict=True))
        distance = self.solid.distance(*skeleton.frame.coordinates(x, y, z)) * np.float32(skeleton.frame.scale)
        if not self.bone:
            return distance
        own = skeleton.own_distance(self.bone, positions)
        # Beyond its bone a lesion ends where another bone is nearer.
        bounded: Array = np.maximum(np.maximum(distance, own - np.float32(self.beyond_bone)), own - outer - np.float32(0.5))
        return bounded


@dataclass(frozen=True)
class _Plan:
    site: str
    bone: str
    type: Type
    centre: Point
    radii: Point
    beyond: float
    suv: tuple[float, float] = (7, 38)
    lean: str = ""


def make_masses(patient: Patient, size: str) -> tuple[Mass, ...]:
    """Metastases of a patient in a scan of that size."""
    rng = np.random.default_rng([patient.seed, 2])
    plans = _pelvic(patient, canal=size == "pelvis")
    if size != "pelvis":
        plans += _thoracolumbar(patient)
    if size == "whole-body":
        plans += _distant(patient)
    masses = [_grow(plan, i, patient, rng) for i, plan in enumerate(plans, 1)]
    return (*masses, node(patient, f"GTV{len(masses) + 1}", float(rng.uniform(8, 25))))


def _pelvic(patient: Patient, *, canal: bool) -> list[_Plan]:
    femur = femur_landmarks(patient)
    head, base, below = (np.array(femur[k]) for k in ("head", "base", "below"))
    neck = head + 0.58 * (base - head) + [2, -2, 7]
    shaft = (base + 0.82 * (below - base) + [9, -3, 0]) * [-1, 1, 1]
    p = patient.pelvis
    five = patient.level("L5")
    behind = five.size["depth"] / 2
    vertebra = (
        _Plan("L5 body and canal", "vertebrae_L5", "mixed", five.to_body(5, behind - 1, 0), (16, 15, 12), 9.0)
        if canal
        else _Plan("L5", "vertebrae_L5", "blastic", five.to_body(-3, 1, 0), (27, 23, 17), 0.0)
    )
    return [
        _Plan("left femoral neck", "femur_left", "lytic", _point(neck), (14, 14, 13), 1.5),
        _Plan("right femur below the trochanters", "femur_right", "lytic", _point(shaft), (11, 13, 19), 1.0),
        _Plan("right ilium", "hip_right", "blastic", (-98 * p, 10 * p, -18 * p), (44, 48, 45), 0.0),
        _Plan("left ilium", "hip_left", "mixed", (90 * p, -20 * p, -52 * p), (33, 33, 31), 0.5),
        _Plan("right acetabulum", "hip_right", "lytic", (-76 * p, -30 * p, -84 * p), (22, 20, 18), 2.0),
        _Plan("left ischium", "hip_left", "blastic", (64 * p, 12 * p, -148 * p), (17, 17, 21), 0.0),
        _Plan("sacrum, right wing", "sacrum", "blastic", sacral_point(patient, -30, 26, 8), (28, 25, 33), 0.0),
        _Plan("sacrum S2, left", "sacrum", "blastic", sacral_point(patient, 27, 50, 6), (8, 8, 8), 0.0, (3.8, 4.6)),
        vertebra,
    ]


def _thoracolumbar(patient: Patient) -> list[_Plan]:
    at = {n: patient.level(n) for n in ("L4", "L3", "L2", "L1", "T12", "T11", "T10", "T9", "T8", "T7")}
    line = sternum_line(patient)
    back = {n: level.size["depth"] / 2 for n, level in at.items()}
    left, right = rib_path(patient, 7), rib_path(patient, 9) * [-1, 1, 1]
    return [
        _Plan("T12 body and canal", "vertebrae_T12", "mixed", at["T12"].to_body(5, back["T12"] - 1, 0), (15, 15, 11.5), 9.0),
        _Plan("L3", "vertebrae_L3", "blastic", at["L3"].to_body(2, 1, 0), (25, 22, 17), 0.0),
        _Plan("L2", "vertebrae_L2", "blastic", at["L2"].to_body(-2, 2, 0), (27, 23, 18), 0.0),
        _Plan("L1", "vertebrae_L1", "mixed", at["L1"].to_body(-6, -1, 0), (18, 17, 15), 0.0),
        _Plan("L4 posterior elements", "vertebrae_L4", "blastic", at["L4"].to_body(-14, back["L4"] + 19, -4), (15, 13, 15), 0.0),
        _Plan("T11", "vertebrae_T11", "blastic", at["T11"].to_body(-1, 1, 0), (23, 19, 15), 0.0),
        _Plan("T8", "vertebrae_T8", "mixed", at["T8"].to_body(3, 0, 0), (15, 15, 12), 0.0),
        _Plan("T9", "vertebrae_T9", "lytic", at["T9"].to_body(1, -1, 0), (17, 15, 11), 0.5),
        _Plan("T7", "vertebrae_T7", "blastic", at["T7"].to_body(-3, 1, 0), (13, 13, 10), 0.0),
        _Plan("T10", "vertebrae_T10", "blastic", at["T10"].to_body(7, -3, 2), (8.5, 8.5, 8), 0.0, (3.8, 4.8)),
        _Plan("sternum", "sternum", "mixed", _point(0.45 * line[1] + 0.55 * line[2]), (19, 12, 26), 1.0),
        _Plan("left rib 7", "rib_left_7", "lytic", _point(left[9]), (14, 18, 14), 3.5),
        _Plan("right rib 9", "rib_right_9", "blastic", _point(right[5]), (18, 16, 14), 0.0),
    ]


def _distant(patient: Patient) -> list[_Plan]:
    at = {n: patient.level(n) for n in ("T4", "T2", "C5")}
    return [
        _Plan("T4", "vertebrae_T4", "blastic", at["T4"].to_body(2, 0, 0), (14, 12, 10), 0.0),
        _Plan("T2", "vertebrae_T2", "mixed", at["T2"].to_body(-3, 0, 0), (11, 9, 8), 0.0),
        _Plan("skull, left parietal", "skull", "blastic", _parietal(patient), (24, 24, 24), 0.0),
        _Plan("left humeral head", "humerus_left", "lytic", _point(np.array(shoulder(patient)) + [2, 2, -8]), (17, 16, 18), 0.5),
        _Plan("right scapula", "scapula_right", "mixed", _point((np.array(shoulder(patient)) + [-38, 10, -4]) * [-1, 1, 1]), (17, 17, 22), 1.0),
        _Plan("left clavicle", "clavicula_left", "blastic", _point(np.array(shoulder(patient)) + [-64, -22, 34]), (14, 12, 12), 0.0),
        _Plan("right rib 4", "rib_right_4", "blastic", _point(rib_path(patient, 4)[7] * [-1, 1, 1]), (16, 18, 14), 0.0),
        _Plan("C5", "vertebrae_C5", "blastic", at["C5"].to_body(3, 0, 0), (9, 8, 6.5), 0.0),
    ]


def _parietal(patient: Patient) -> Point:
    x, y, z = head_origin(patient)
    return x + 52, y - 22, z + 96


def _point(values: FloatArray) -> Point:
    return float(values[0]), float(values[1]), float(values[2])


def _grow(plan: _Plan, number: int, patient: Patient, rng: np.random.Generator) -> Mass:
    radii = _point(np.array(plan.radii) * rng.uniform(0.92, 1.08, 3))
    centre = _point(np.array(plan.centre) + rng.uniform(-1.5, 1.5, 3))
    phase = rng.uniform(0, 2 * np.pi, 3)

    def lumpy(x: Array, y: Array, z: Array) -> Array:
        lumps = np.sin(x * 0.32 + phase[0]) * np.sin(y * 0.3 + phase[1]) * np.sin(z * 0.34 + phase[2])
        return ellipsoid(x, y, z, centre, radii) + np.float32(0.08 * min(radii)) * lumps.astype(np.float32)

    return Mass(
        name=f"GTV{number}",
        site=plan.site,
        bone=plan.bone,
        type=plan.type,
        solid=ball(lumpy, centre, np.add(radii, 2).tolist()),
        beyond_bone=plan.beyond,
        values=_values(plan.type, rng),
        suv=float(np.exp(rng.uniform(*np.log(plan.suv)))),
    )


def _values(kind: Type, rng: np.random.Generator) -> Values:
    dense, soft = rng.uniform(600, 900), rng.uniform(30, 60)
    waves = [(rng.normal(size=3) / rng.uniform(1.2, 2.4), rng.uniform(0, 2 * np.pi)) for _ in range(9)]

    def values(x: Array, y: Array, z: Array) -> tuple[Array, Array | None, Array]:
        wave = sum(np.sin(x * w[0] + y * w[1] + z * w[2] + phase) for w, phase in waves).astype(np.float32) / 3
        flat = np.zeros_like(wave)
        if kind == "blastic":
            return np.float32(dense) + 70 * wave, None, flat + np.float32(soft + 20)
        if kind == "lytic":
            return flat + np.float32(soft), flat + np.float32(soft), flat + np.float32(soft)
        share = np.clip(np.float32(0.5) + np.float32(1.3) * wave, 0, 1)
        mixed = np.float32(soft) + (np.float32(dense * 0.8) - np.float32(soft)) * share
        return mixed, np.maximum(mixed, 1000 * share), flat + np.float32(soft)

    return values


def node(patient: Patient, name: str, suv: float) -> Mass:
    """Lymph node between the right external iliac vein and the pelvic wall's artery, pressing on the vein; an ellipsoid."""
    points, radii = vessel_paths(patient)["V_Iliac_R"]
    middle, along = 0.5 * (points[2] + points[3]), points[3] - points[2]
    side = np.cross(along / np.linalg.norm(along), [0.0, 0.35, 1.0])
    side *= np.sign(side[0]) / np.linalg.norm(side)
    radius = float(radii[2])
    half = (11.0, 11.0, 15.0)
    centre = _point(middle + side * (half[0] + radius * 0.15))
    solid = ball(partial(ellipsoid, centre=centre, radii=half), centre, half)

    def values(x: Array, y: Array, z: Array) -> tuple[Array, Array | None, Array]:
        flat = np.full(np.broadcast_shapes(x.shape, y.shape, z.shape), 65, dtype=np.float32)
        return flat, None, flat

    return Mass(name, "right external iliac node", "", "node", solid, 0.0, values, suv)


