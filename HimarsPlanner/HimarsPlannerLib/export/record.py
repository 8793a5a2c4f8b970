"""plan.json: the plan as a stable, versioned record for programs, archives and the report."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, SupportsFloat

import numpy as np

from ..bone.compartments import BoneLabel, BoneVolumes
from ..bone.coverage import Coverage
from ..bone.reserve import Reserve
from ..clinical.facts import Facts
from ..plan import CrossCheck, Plan
from ..protocol.protocol import Protocol, ReferenceSettings
from ..risk.score import Score
from ..selection.selection import Decision, Selection
from ..study.motion import rotation_deg
from ..study.study import CtImage, PetImage, Registration, Source, Structure, Study

SCHEMA = "himars-plan/1"
SCHEMA_FILE = Path(__file__).with_name("plan.schema.json")


def plan_record(plan: Plan) -> dict[str, Any]:
    """Plan as plain JSON values, in the order and form of plan.schema.json.

    Volumes are ml, positions LPS mm, CT values HU, uptake SUVbw. What was not measured, and what is not a finite
    number, is None. Rounding never lifts the selected volume above the budget, because both round alike.

    Parameters
    ----------
    plan
        The plan.

    Returns
    -------
    dict
        Lesions are in rank order.
    """
    return {
        "schema": SCHEMA,
        "software": plan.software,
        "inputs": _inputs(plan.study) | {"clinical_file": plan.clinical_file or None},
        "protocol": _protocol(plan),
        "bone": _bone(plan),
        "volumes_ml": _volumes(plan.reserve, plan.selection),
        "ratio": _number(plan.ratio, 6),
        "cross_check": _cross_check(plan.cross_check, plan) if plan.cross_check else None,
        "lesions": lesion_records(plan.selection),
        "warnings": [{"code": notice.code, "message": notice.message} for notice in plan.notices],
        "timing_s": {stage: _number(seconds, 3) for stage, seconds in plan.timing_s.items()},
    }


def lesion_records(selection: Selection) -> list[dict[str, Any]]:
    """Lesions of `plan_record` alone, in rank order."""
    return [_lesion(decision) for decision in selection.decisions]


def write_plan_json(plan: Plan, file: Path) -> None:
    """Write plan.json (UTF-8, indented, never NaN or Infinity).

    Raises
    ------
    OSError
        The file cannot be written; the caller owns the folder and its clean-up.
    """
    text = json.dumps(plan_record(plan), indent=2, ensure_ascii=False, allow_nan=False)
    file.write_text(text + "\n", encoding="utf-8")


def _inputs(study: Study) -> dict[str, Any]:
    return {
        "patient_id": study.patient_id,
        "ct": _ct(study.ct),
        "pet": _pet(study.pet) if study.pet else None,
        "registration": _registration(study.registration) if study.registration else None,
        "structures": [_structures(source, index, study) for index, source in enumerate(study.structure_sources)],
    }


def _ct(ct: CtImage) -> dict[str, Any]:
    grid = ct.volume.grid
    return _source(ct.source) | {
        "size": list(grid.size),
        "spacing_mm": [_number(value, 6) for value in grid.spacing],
        "origin_lps_mm": [_number(value, 4) for value in grid.origin],
        "direction": [_number(value, 8) for value in grid.direction],
    }


def _pet(pet: PetImage) -> dict[str, Any]:
    return _source(pet.source) | {"suv_factor": float(f"{pet.suv.factor:.10g}"), "suv_trace": list(pet.suv.trace)}


def _registration(registration: Registration) -> dict[str, Any]:
    quality = registration.quality
    distance = None
    if quality is not None:
        distance = {
            "median_mm": _number(quality.median_mm, 3),
            "p95_mm": _number(quality.p95_mm, 3),
            "compared": _number(quality.compared, 4),
        }
    return {
        "method": registration.method,
        "matrix": [[_number(value, 9) for value in row] for row in registration.matrix],
        "rotation_deg": _number(rotation_deg(registration.matrix), 4),
        "bone_surface_distance": distance,
        "sources": [_source(source) for source in registration.sources],
    }


def _structures(source: Source, index: int, study: Study) -> dict[str, Any]:
    mine = [structure for structure in study.structures if structure.source == index]
    return _source(source) | {"structures": [_structure(structure) for structure in mine]}


def _structure(structure: Structure) -> dict[str, Any]:
    return {
        "number": structure.number,
        "name": structure.name,
        "interpreted_type": structure.interpreted_type or None,
        "volume_ml": _number(structure.region.volume_ml, 4),
    }


def _source(source: Source) -> dict[str, Any]:
    return {
        "modality": source.modality,
        "description": source.description,
        "series_uid": source.series_uid or None,
        "study_uid": source.study_uid or None,
        "frame_of_reference_uid": source.frame_of_reference_uid or None,
        "files": [str(file) for file in source.files],
    }


def _protocol(plan: Plan) -> dict[str, Any]:
    protocol = plan.protocol
    return {
        "name": protocol.name,
        "registry": protocol.registry,
        "version": protocol.version,
        "level": plan.level.name,
        "fraction": _number(plan.level.fraction, 6),
        "selection_rule": plan.selection.rule,
        "settings": {
            "lesions": asdict(protocol.lesions),
            "risk": asdict(protocol.risk),
            "bone": {"shaft_cavities": protocol.bone.shaft_cavities},
            "reference": _reference(protocol.reference),
        },
        "sources": dict(protocol.sources),
    }


def _reference(settings: ReferenceSettings) -> dict[str, float]:
    shares = {f"marrow_share.{region}": share for region, share in settings.marrow_share.items()}
    numbers = {name: value for name, value in asdict(settings).items() if name != "marrow_share"}
    return {**numbers, **shares}


def _bone(plan: Plan) -> dict[str, Any]:
    compartments = [label for label in BoneLabel if label is not BoneLabel.BACKGROUND]
    return {
        "definition": plan.bone.definition,
        "source": plan.bone.source or None,
        "volumes_ml": {label.name.lower(): _number(plan.bone.volume_ml(label), 4) for label in compartments},
        "bones": [_one_bone(name, volumes) for name, volumes in plan.bone.bone_volumes().items()],
        "coverage": _coverage(plan.coverage, plan.protocol) if plan.coverage.known else None,
    }


def _coverage(coverage: Coverage, protocol: Protocol) -> dict[str, Any]:
    low, high = coverage.share(protocol.reference.marrow_share)
    return {
        "estimated": coverage.estimated,
        "complete": coverage.complete,
        "marrow_share": [_number(low, 4), _number(high, 4)],
        "regions": [
            {
                "name": one.name,
                "extent": one.extent,
                "fraction_in_view": [_number(one.low, 4), _number(one.high, 4)],
            }
            for one in coverage.regions
        ],
    }


def _one_bone(name: str, volumes: BoneVolumes) -> dict[str, Any]:
    return {"name": name} | {part: _number(value, 4) for part, value in asdict(volumes).items()}


def _volumes(reserve: Reserve, selection: Selection) -> dict[str, float | None]:
    return {
        "total_trabecular_bone": _number(reserve.total_trabecular_bone_ml, 4),
        "gtv_total": _number(reserve.gtv_total_ml, 4),
        "trabecular_in_gtv": _number(reserve.trabecular_in_gtv_ml, 4),
        "bone_marrow_reserve": _number(reserve.bone_marrow_reserve_ml, 4),
        "budget": _number(selection.budget_ml, 4),
        "selected_gtv": _number(selection.selected_ml, 4),
    }


def _cross_check(other: CrossCheck, plan: Plan) -> dict[str, Any]:
    chosen = [one.ranked.lesion.id for one in other.selection.decisions if one.verdict == "selected"]
    return {
        "definition": other.definition,
        "source": other.source,
        "volumes_ml": _volumes(other.reserve, other.selection),
        "ratio": _number(other.ratio, 6),
        "selected": chosen,
        "differs": list(other.differs(plan.selection)),
    }


def _lesion(decision: Decision) -> dict[str, Any]:
    ranked = decision.ranked
    lesion = ranked.lesion
    return {
        "id": lesion.id,
        "name": lesion.name,
        "kind": lesion.kind,
        "site": lesion.site.name,
        "site_estimated": lesion.site.estimated,
        "bones": list(lesion.site.bones),
        "source": {
            "method": lesion.origin.method,
            "detail": lesion.origin.detail,
            "names": list(lesion.origin.names),
        },
        "needs_review": lesion.needs_review or None,
        "counts": lesion.counts,
        "clinical": _facts(lesion.facts),
        "volume_ml": _number(lesion.volume_ml, 4),
        "pet_volume_ml": _number(lesion.pet_volume_ml, 4),
        "diameter_mm": _number(lesion.diameter_mm, 2),
        "centroid_lps_mm": [_number(value, 2) for value in lesion.centroid_lps_mm],
        "suv_max": _number(lesion.suv_max, 4),
        "suv_mean": _number(lesion.suv_mean, 4),
        "tl_psma": _number(lesion.tl_psma, 4),
        "mean_hu": _number(lesion.mean_hu, 2),
        "in_bone": _number(lesion.in_bone, 4),
        "risk": [_score(score) for score in ranked.scores],
        "tier": ranked.tier,
        "tier_reason": ranked.reason,
        "rank": ranked.rank,
        "decision": decision.verdict,
        "reason": decision.reason,
    }


def _facts(facts: Facts) -> dict[str, bool | str | None]:
    return {name: None if value == "" else value for name, value in asdict(facts).items()}


def _score(score: Score) -> dict[str, Any]:
    return {
        "name": score.name,
        "domain": score.domain,
        "status": score.status,
        "low": _number(score.low, 4),
        "high": _number(score.high, 4),
        "unit": score.unit,
        "parts": _parts(score.parts),
        "unknown": list(score.unknown),
        "sentence": score.sentence,
        "source": score.source,
    }


def _parts(parts: Mapping[str, float | bool | str]) -> dict[str, float | bool | str | None]:
    return {name: _part(value) for name, value in parts.items()}


def _part(value: float | bool | str) -> float | bool | str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return bool(value)
    return _number(value, 4)


def _number(value: SupportsFloat | None, digits: int) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return round(float(value), digits)
