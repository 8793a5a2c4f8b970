"""Where the metastases of a phantom grow, and of what type they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from .arms import shoulder
from .head import head_origin
from .limbs import femur_landmarks
from .patient import Patient
from .pelvis import sacral_point
from .shapes import Point, point
from .thorax import rib_path, sternum_line

Type = Literal["blastic", "lytic", "mixed", "node"]


@dataclass(frozen=True)
class Plan:
    """A metastasis to grow: an ellipsoid in body mm, bounded by its bone but for `beyond` mm."""

    site: str
    bone: str
    type: Type
    centre: Point
    radii: Point
    beyond: float = 0.0
    suv: tuple[float, float] = (7, 38)
    shaft: bool = False


_FAINT = (3.8, 4.8)


def plans(patient: Patient, size: str) -> list[Plan]:
    """Bone metastases for a scan of that size."""
    found = _pelvic(patient, canal=size == "pelvis")
    if size != "pelvis":
        found += _thoracolumbar(patient)
    if size == "whole-body":
        found += _distant(patient)
    return found


def _canal(patient: Patient, level: str) -> Plan:
    """Through the posterior wall into the canal, by an amount that varies between patients."""
    vertebra = patient.level(level)
    shift = float(np.random.default_rng([patient.seed, 12]).uniform(-8, -1))
    centre = vertebra.to_body(5, vertebra.size["depth"] / 2 + shift, 0)
    radii = (15.0, 12.5, 0.45 * vertebra.size["height"])
    return Plan(f"{level} body and canal", f"vertebrae_{level}", "mixed", centre, radii, 9.0)


def _pelvic(patient: Patient, *, canal: bool) -> list[Plan]:
    femur = femur_landmarks(patient)
    head, base, below = (np.array(femur[k]) for k in ("head", "base", "below"))
    neck = head + 0.58 * (base - head) + [2, -2, 7]
    shaft = (base + 0.82 * (below - base) + [9, -3, 0]) * [-1, 1, 1]
    p = patient.pelvis
    five = patient.level("L5").to_body(-3, 1, 0)
    return [
        Plan("left femoral neck", "femur_left", "lytic", point(neck), (14, 14, 13), 1.5),
        Plan("right femur below the trochanters", "femur_right", "lytic", point(shaft), (11, 13, 19), 1.0, shaft=True),
        Plan("right ilium", "hip_right", "blastic", (-98 * p, 10 * p, -18 * p), (44, 48, 45)),
        Plan("left ilium", "hip_left", "mixed", (90 * p, -20 * p, -52 * p), (33, 33, 31), 0.5),
        Plan("right acetabulum", "hip_right", "lytic", (-76 * p, -30 * p, -84 * p), (22, 20, 18), 2.0),
        Plan("left ischium", "hip_left", "blastic", (64 * p, 12 * p, -148 * p), (17, 17, 21)),
        Plan("sacrum, right wing", "sacrum", "blastic", sacral_point(patient, -30, 26, 8), (28, 25, 33)),
        Plan("sacrum S2, left", "sacrum", "blastic", sacral_point(patient, 27, 50, 6), (8, 8, 8), suv=_FAINT),
        _canal(patient, "L5") if canal else Plan("L5", "vertebrae_L5", "blastic", five, (27, 23, 17)),
    ]


def _thoracolumbar(patient: Patient) -> list[Plan]:
    four = patient.level("L4")
    arch = four.to_body(-14, four.size["depth"] / 2 + 19, -4)
    line = sternum_line(patient)
    left, right = rib_path(patient, 7), rib_path(patient, 9) * [-1, 1, 1]
    return [
        _canal(patient, "T12"),
        _body(patient, "L3", "blastic", (2, 1, 0), (25, 22, 17)),
        _body(patient, "L2", "blastic", (-2, 2, 0), (27, 23, 18)),
        _body(patient, "L1", "mixed", (-6, -1, 0), (18, 17, 15)),
        Plan("L4 posterior elements", "vertebrae_L4", "blastic", arch, (15, 13, 15)),
        _body(patient, "T11", "blastic", (-1, 1, 0), (23, 19, 15)),
        _body(patient, "T10", "blastic", (7, -3, 2), (8.5, 8.5, 8), _FAINT),
        _body(patient, "T9", "lytic", (1, -1, 0), (17, 15, 11)),
        _body(patient, "T8", "mixed", (3, 0, 0), (15, 15, 12)),
        _body(patient, "T7", "blastic", (-3, 1, 0), (13, 13, 10)),
        Plan("sternum", "sternum", "mixed", point(0.45 * line[1] + 0.55 * line[2]), (19, 12, 26), 1.0),
        Plan("left rib 7", "rib_left_7", "lytic", point(left[9]), (14, 18, 14), 3.5),
        Plan("right rib 9", "rib_right_9", "blastic", point(right[5]), (18, 16, 14)),
    ]


def _distant(patient: Patient) -> list[Plan]:
    joint, mirror = shoulder(patient), np.array([-1.0, 1.0, 1.0])
    skull = point(np.add(head_origin(patient), [52, -22, 96]))
    rib = rib_path(patient, 4)[7] * mirror
    scapula = np.add(joint, [-38, 10, -4]) * mirror
    clavicle = point(np.add(joint, [-64, -22, 34]))
    return [
        _body(patient, "T4", "blastic", (2, 0, 0), (14, 12, 10)),
        _body(patient, "T2", "mixed", (-3, 0, 0), (11, 9, 8)),
        _body(patient, "C5", "blastic", (3, 0, 0), (9, 8, 6.5)),
        Plan("skull, left parietal", "skull", "blastic", skull, (24, 24, 24)),
        Plan("left humeral head", "humerus_left", "lytic", point(np.add(joint, [2, 2, -8])), (17, 16, 18), 0.5),
        Plan("right scapula", "scapula_right", "mixed", point(scapula), (17, 17, 22), 1.0),
        Plan("left clavicle", "clavicula_left", "blastic", clavicle, (14, 12, 12)),
        Plan("right rib 4", "rib_right_4", "blastic", point(rib), (16, 18, 14)),
    ]


def _body(
    patient: Patient, level: str, kind: Type, at: Point, radii: Point, suv: tuple[float, float] = (7, 38)
) -> Plan:
    return Plan(level, f"vertebrae_{level}", kind, patient.level(level).to_body(*at), radii, suv=suv)
