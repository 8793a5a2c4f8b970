"""truth.json: everything that is known of a phantom, with its definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .. import __version__
from ..grid import FloatArray, Grid
from ..region import Region
from . import risks, truth
from .lesions import Mass
from .patient import Patient
from .pressure import DEFINITION as PRESSURE
from .pressure import vein_pressure
from .sample import Scene
from .shapes import Solid
from .spine import Canal
from .truth import MassTruth, View
from .vessels import vein_of_node

SCHEMA = "himars-phantom/1"
COLLAPSE = "anterior height lost against the same vertebra uncollapsed, and against the mean of its neighbours"


def describe(
    patient: Patient,
    scene: Scene,
    canal: Canal,
    cavities: Sequence[Solid],
    grid: Grid,
    structures: Mapping[str, Region],
) -> dict[str, Any]:
    """Truth of a phantom as JSON-ready values; volumes in ml, positions LPS in mm."""
    view = View.of(grid)
    skeleton = scene.skeleton
    volumes = truth.bone_volumes(skeleton, cavities, view)
    measured = truth.measure_masses(scene.masses, skeleton, cavities, view)
    seen = [m for m in measured if m.volume_ml > 0 and m.mass.name in structures]
    in_gtv = sum(m.own_trabecular_ml for m in seen)
    volumes |= {
        "spinal_canal": truth.solid_volume(canal.tube(), skeleton, view),
        "gtv_total": sum(m.own_ml for m in seen),
        "trabecular_in_gtv": in_gtv,
        "bone_marrow_reserve": volumes["total_trabecular_bone"] - in_gtv,
    }
    return {
        "schema": SCHEMA,
        "software": f"HimarsPlanner {__version__}",
        "definitions": truth.DEFINITIONS | risks.DEFINITIONS | {"vein": PRESSURE, "collapse": COLLAPSE},
        "spacing_mm": list(grid.spacing),
        "matrix": list(grid.size),
        "field_of_view_lps_mm": {"low": view.low.tolist(), "high": view.high.tolist()},
        "volumes_ml": volumes,
        "lesions": [_lesion(m) for m in seen],
        "canal_centreline_lps_mm": _centreline(canal, patient, view).round(3).tolist(),
        "vertebrae": _vertebrae(patient, view),
        "risks": _risks(patient, scene, canal, view, [m.mass for m in seen]),
        "patient": {
            "scale": patient.frame.scale,
            "trabecular_density_factor": patient.density,
            "cortical_thickness_factor": patient.cortex,
        },
    }


def _lesion(m: MassTruth) -> dict[str, Any]:
    mass = m.mass
    return {
        "name": mass.name,
        "kind": mass.kind,
        "site": mass.site,
        "bone": mass.bone,
        "type": mass.type,
        "volume_ml": m.volume_ml,
        "trabecular_ml": m.trabecular_ml,
        "cortical_ml": m.cortical_ml,
        "centroid_lps_mm": m.centroid_lps_mm,
        "suv": mass.suv,
        "beyond_bone_mm": mass.beyond_bone,
    }


def _centreline(canal: Canal, patient: Patient, view: View) -> FloatArray:
    points = np.column_stack([canal.x, canal.y, canal.z])[canal.z >= canal.bottom]
    lps = patient.frame.to_lps(points)
    return np.asarray(lps[(lps[:, 2] >= view.low[2]) & (lps[:, 2] <= view.high[2])])


def _vertebrae(patient: Patient, view: View) -> list[dict[str, Any]]:
    rows = []
    for level in patient.levels:
        centre = patient.frame.to_lps(level.centre)
        if view.low[2] <= centre[2] <= view.high[2]:
            height = level.size["height"] * patient.frame.scale
            rows.append(
                {
                    "name": level.name,
                    "body_centre_lps_mm": centre.round(3).tolist(),
                    "lean_degrees": float(np.rad2deg(level.lean)),
                    "anterior_height_mm": height * (1 - level.collapse),
                    "posterior_height_mm": height,
                }
            )
    return rows


def _risks(patient: Patient, scene: Scene, canal: Canal, view: View, masses: Sequence[Mass]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "canal_encroachment": {},
        "cortical_involvement": {},
        "rigidity_reduction": {},
        "vein": {},
        "collapse": _collapse(patient, masses),
    }
    for mass in masses:
        if mass.bone.startswith("vertebrae"):
            found = risks.canal_encroachment(mass, canal, scene.skeleton, view)
            if found:
                result["canal_encroachment"][mass.name] = found
        if mass.shaft:
            for what, values in risks.shaft_risks(mass, scene.skeleton, view).items():
                result[what][mass.name] = values
        if mass.kind == "node":
            name, path, free = vein_of_node(patient)
            pressed = next(t.solid for t in scene.tissues if t.name == name)
            figures = vein_pressure(path, free, pressed, mass.solid, patient.frame.scale)
            result["vein"][mass.name] = {"vessel": name, **figures}
    return result


def _collapse(patient: Patient, masses: Sequence[Mass]) -> dict[str, Any]:
    result = {}
    names = [level.name for level in patient.levels]
    for mass in masses:
        name = mass.bone.removeprefix("vertebrae_")
        if name in names and patient.level(name).collapse:
            i = names.index(name)
            near = [patient.levels[k].size["height"] for k in (i - 1, i + 1)]
            front = patient.levels[i].size["height"] * (1 - patient.levels[i].collapse)
            result[mass.name] = {
                "percent_of_own_height": 100 * patient.levels[i].collapse,
                "percent_of_neighbours": 100 * (1 - front / float(np.mean(near))),
            }
    return result
