"""dose.json: a dose check as plain JSON values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ..protocol.dose_settings import DoseSettings, Regimen
from .check import DoseCheck
from .dose import DoseFile
from .dvh import BIN_GY, Dvh
from .measure import Sampled
from .organs import CORD, organ_of
from .radiobiology import bed, eqd2
from .solid import RULE
from .target_check import TargetCheck
from .verdict import Criterion

SCHEMA = "himars-dose/1"
CURVE_STEP_GY = 0.1


def dose_record(check: DoseCheck) -> dict[str, Any]:
    """Check as JSON-ready values; doses Gy, volumes ml, positions LPS mm, shares as fractions."""
    settings = check.protocol.dose
    return {
        "schema": SCHEMA,
        "software": check.software,
        "verdict": check.verdict,
        "inputs": _inputs(check),
        "protocol": {
            "name": check.protocol.name,
            "registry": check.protocol.registry,
            "version": check.protocol.version,
            "settings": asdict(settings),
            "sources": {
                name: source
                for name, source in check.protocol.sources.items()
                if name.split(".")[0] in ("dose", "regimens", "organ_limits")
            },
        },
        "method": _method(check),
        "largest_dose": {
            "dose_gy": _number(check.hottest_gy),
            "position_lps_mm": [round(value, 2) for value in check.hottest_lps_mm],
            "in_targets": list(check.hottest_in),
        },
        "targets": [_target(target, settings) for target in check.targets],
        "schedule": _criteria(check.schedule),
        "organs": [
            {"organ": limit.organ, "structures": list(limit.structures), **asdict(limit.criterion)}
            for limit in check.organs
        ],
        "organ_fractions": check.organ_fractions,
        "marrow": _marrow(check),
        "structures": [_structure(name, one, check) for name, one in check.measured.items()],
        "warnings": [{"code": notice.code, "message": notice.message} for notice in check.notices],
    }


def _inputs(check: DoseCheck) -> dict[str, Any]:
    return {
        "patient_id": check.dose.patient_id or None,
        "frame_of_reference_uid": check.dose.frame_uid,
        "doses": [_dose_file(file) for file in check.dose.files],
        "structures": {
            "file": str(check.structures.file),
            "sop_instance_uid": check.structures.sop_uid,
            "label": check.structures.label,
        },
        "plans": [
            {
                "file": str(plan.file),
                "sop_instance_uid": plan.sop_uid,
                "label": plan.label,
                "fractions": list(plan.fractions.values()),
                "prescriptions_gy": list(plan.prescriptions_gy),
            }
            for plan in check.plans
        ],
    }


def _dose_file(file: DoseFile) -> dict[str, Any]:
    return {
        "file": str(file.file),
        "sop_instance_uid": file.sop_uid,
        "type": file.kind,
        "summation": file.summation,
        "plan_uid": file.plan_uid or None,
    }


def _method(check: DoseCheck) -> dict[str, Any]:
    grid = check.dose.volume.grid
    return {
        "dose_grid": {"size": list(grid.size), "spacing_mm": [round(value, 4) for value in grid.spacing]},
        "doses_added": len(check.dose.files),
        "structures": RULE,
        "sampling": "each voxel of the dose grid is divided into cells (supersampling, z y x, of each structure); a "
        "cell counts by its share inside and has the trilinear dose at a point of its inside; the least and the "
        "largest dose are those of cell centres inside, among which are all centres of dose voxels",
        "bin_gy": BIN_GY,
        "v_counts": "dose at least as high as the level",
    }


def _target(one: TargetCheck, settings: DoseSettings) -> dict[str, Any]:
    figures = one.figures
    numbers = {name: _number(value) for name, value in asdict(figures).items() if isinstance(value, float)}
    numbers |= {"gradient_index": _number(figures.gradient_index), "near_max_gy": _number(figures.near_max_gy)}
    return {
        "name": one.target.name,
        "gtvs": list(one.target.gtvs),
        "regimen": one.regimen.name,
        "verdict": one.verdict,
        "criteria": _criteria(one.criteria),
        "figures": numbers | {"near_max_name": figures.near_max_name},
        "isodose": asdict(figures.isodose),
        "biological": [_biological(one, ratio) for ratio in settings.target_alpha_beta_gy],
    }


def _biological(one: TargetCheck, ratio: float) -> dict[str, Any]:
    fractions = one.regimen.fractions
    doses = {"prescription": one.regimen.dose_gy, "d98": one.figures.d98_gy, "d50": one.figures.d50_gy}
    result: dict[str, Any] = {"alpha_beta_gy": ratio}
    for name, dose in doses.items():
        result[f"{name}_bed_gy"] = _number(bed(dose, fractions, ratio))
        result[f"{name}_eqd2_gy"] = _number(eqd2(dose, fractions, ratio))
    return result


def _criteria(criteria: Sequence[Criterion]) -> list[dict[str, Any]]:
    return [asdict(criterion) for criterion in criteria]


def _marrow(check: DoseCheck) -> dict[str, Any] | None:
    dvh = check.marrow
    if dvh is None:
        return None
    return {
        "name": check.marrow_name,
        "volume_ml": _number(dvh.volume_ml),
        "covered": _number(dvh.covered),
        "mean_gy": _number(dvh.mean_gy),
        "volumes": [
            {"from_gy": dose, "ml": _number(volume := dvh.volume_from(dose)), "share": _number(volume / dvh.volume_ml)}
            for dose in check.protocol.dose.marrow_doses_gy
        ],
    }


def _structure(name: str, one: Sampled, check: DoseCheck) -> dict[str, Any]:
    dvh, organ = one.dvh, organ_of(name)
    ratio = check.protocol.dose.cord_alpha_beta_gy if organ == CORD else check.protocol.dose.organ_alpha_beta_gy
    return {
        "name": name,
        "organ": organ or None,
        "volume_ml": _number(dvh.volume_ml),
        "covered": _number(dvh.covered),
        "supersampling_zyx": list(one.supersampling),
        "min_gy": _number(dvh.min_gy),
        "mean_gy": _number(dvh.mean_gy),
        "max_gy": _number(dvh.max_gy),
        "max_eqd2": {
            "alpha_beta_gy": ratio,
            "fractions": check.organ_fractions,
            "gy": _number(eqd2(dvh.max_gy, check.organ_fractions, ratio)),
        }
        if organ
        else None,
        "dvh": {"step_gy": CURVE_STEP_GY, "share": curve(dvh)},
    }


def curve(dvh: Dvh) -> list[float]:
    """Cumulative DVH: share of the part inside the dose grid from 0 Gy on in steps of `CURVE_STEP_GY`."""
    count = int(dvh.max_gy / CURVE_STEP_GY) + 2
    return [round(dvh.volume_from(number * CURVE_STEP_GY) / dvh.inside_ml, 5) for number in range(count)]


def regimen_words(regimen: Regimen) -> str:
    """Regimen in words."""
    return f"{regimen.dose_gy:g} Gy in {regimen.fractions} fractions, {regimen.per_week} a week"


def _number(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
