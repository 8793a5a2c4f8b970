"""Muscles, arms in their skin, and what lies in and between the vertebrae."""

from __future__ import annotations

import numpy as np

from .outline import Outline
from .patient import Patient
from .shapes import Array, Solid
from .spine import Canal, cord_solids, discs
from .tissue import Tissue, tube


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
