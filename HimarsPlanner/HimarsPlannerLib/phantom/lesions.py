"""Metastases: their shape, what they do to bone and how avid they are."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from ..grid import FloatArray
from .patient import Patient
from .shapes import Array, Solid, ellipsoid, point
from .sites import Plan, Type, plans
from .skeleton import Skeleton
from .tissue import ball
from .vessels import vessel_paths

Values = Callable[[Array, Array, Array], tuple[Array, Array | None, Array]]


@dataclass(frozen=True)
class Mass:
    """A metastasis.

    Parameters
    ----------
    name
        Name of its GTV.
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
    shaft
        Whether it sits in the shaft of a long bone.
    """

    name: str
    site: str
    bone: str
    type: Type
    solid: Solid
    beyond_bone: float
    values: Values
    suv: float
    shaft: bool = False

    @property
    def kind(self) -> Literal["bone", "node"]:
        """Kind of lesion."""
        return "bone" if self.bone else "node"

    def distance(self, skeleton: Skeleton, positions: tuple[FloatArray, FloatArray, FloatArray], outer: Array) -> Array:
        """Signed distance in mm to the GTV at fractional lattice indices (z, y, x), where `outer` is interpolated."""
        distance = self.solid.distance(*skeleton.coordinates(positions)) * np.float32(skeleton.frame.scale)
        if not self.bone:
            return np.asarray(distance)
        own = skeleton.own_distance(self.bone, positions)
        # Beyond its bone a lesion ends where another bone is nearer.
        bounded = np.maximum(distance, own - np.float32(self.beyond_bone))
        return np.asarray(np.maximum(bounded, own - outer - np.float32(0.5)))


def make_masses(patient: Patient, size: str) -> tuple[Mass, ...]:
    """Metastases of a patient in a scan of that size: bone metastases, then a node."""
    masses = [_grow(plan, f"GTV{number}", patient) for number, plan in enumerate(plans(patient, size), 1)]
    return (*masses, _node(patient, "GTVn1"))


def _grow(plan: Plan, name: str, patient: Patient) -> Mass:
    # Keyed by site: a patient has the same lesion there whatever the scan covers.
    rng = np.random.default_rng([patient.seed, 2, zlib.crc32(plan.site.encode())])
    radii = point(np.array(plan.radii) * rng.uniform(0.92, 1.08, 3))
    centre = point(np.array(plan.centre) + rng.uniform(-1.5, 1.5, 3))
    phase = rng.uniform(0, 2 * np.pi, 3)

    def lumpy(x: Array, y: Array, z: Array) -> Array:
        lumps = np.sin(x * 0.32 + phase[0]) * np.sin(y * 0.3 + phase[1]) * np.sin(z * 0.34 + phase[2])
        return np.asarray(ellipsoid(x, y, z, centre, radii) + np.float32(0.08 * min(radii)) * lumps.astype(np.float32))

    return Mass(
        name=name,
        site=plan.site,
        bone=plan.bone,
        type=plan.type,
        solid=ball(lumpy, centre, np.add(radii, 2).tolist()),
        beyond_bone=plan.beyond,
        values=_values(plan.type, rng),
        suv=float(np.exp(rng.uniform(*np.log(plan.suv)))),
        shaft=plan.shaft,
    )


def _values(kind: Type, rng: np.random.Generator) -> Values:
    dense, soft = rng.uniform(600, 900), rng.uniform(30, 60)
    waves = [(_direction(rng) * rng.uniform(0.4, 0.95), rng.uniform(0, 2 * np.pi)) for _ in range(14)]

    def values(x: Array, y: Array, z: Array) -> tuple[Array, Array | None, Array]:
        pattern = sum((np.sin(x * k[0] + y * k[1] + z * k[2] + phase) for k, phase in waves), np.zeros(()))
        pattern = pattern.astype(np.float32) / np.float32(np.sqrt(len(waves)))
        tumour = np.full_like(pattern, soft)
        if kind == "blastic":
            return np.float32(dense) + 70 * pattern, None, tumour
        if kind == "lytic":
            return tumour, tumour, tumour
        share = np.clip(np.float32(0.5) + np.float32(1.3) * pattern, 0, 1)
        mixed = tumour + (np.float32(0.8 * dense) - tumour) * share
        return mixed, np.maximum(mixed, 1000 * share), tumour

    return values


def _direction(rng: np.random.Generator) -> FloatArray:
    vector = rng.normal(size=3)
    return np.asarray(vector / np.linalg.norm(vector))


def _node(patient: Patient, name: str) -> Mass:
    """Ellipsoid beside the right external iliac vein, pressing on it."""
    rng = np.random.default_rng([patient.seed, 2])
    points, radii = vessel_paths(patient)["V_Iliac_R"]
    middle, along = 0.5 * (points[2] + points[3]), points[3] - points[2]
    side = np.cross(along / np.linalg.norm(along), [0.0, 0.35, 1.0])
    side *= np.sign(side[0]) / np.linalg.norm(side)
    half = point(np.array([11.0, 11.0, 15.0]) * rng.uniform(0.9, 1.1, 3))
    centre = point(middle + side * (half[0] + float(radii[2]) * rng.uniform(-0.1, 0.45)))
    solid = ball(partial(ellipsoid, centre=centre, radii=half), centre, half)

    def values(x: Array, y: Array, z: Array) -> tuple[Array, Array | None, Array]:
        flat = np.full(np.broadcast_shapes(x.shape, y.shape, z.shape), 65, dtype=np.float32)
        return flat, None, flat

    return Mass(name, "right external iliac node", "", "node", solid, 0.0, values, float(rng.uniform(8, 25)))
