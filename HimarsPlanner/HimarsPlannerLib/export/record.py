"""plan.json: the plan as a stable, versioned record for programs, archives and the report."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
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
from ..risk.missing import Missing, find_missing
from ..risk.score import Score
from ..selection.eligibility_ratio import EligibilityRatio
from ..selection.selection import Decision, Selection
from ..selection.sensitivity import Scenario, flips
from ..study.motion import rotation_deg
from ..study.study import CtImage, PetImage, Registration, Source, Structure, Study
from .structure_file import StructureFile

SCHEMA = "himars-plan/1"
SCHEMA_FILE = Path(__file__).with_name("plan.schema.json")


def plan_record(plan: Plan, structures: StructureFile | None = None) -> dict[str, Any]:
    """Plan as plain JSON values, in the order and form of plan.schema.json.

    Volumes are ml, positions LPS mm, CT values HU, uptake SUVbw. What was not measured, and what is not a finite
    number, is None. Rounding never lifts the selected volume above the budget, because both round alike.

    Parameters
    ----------
    plan
        The plan.
    structures
        The RTSTRUCT that was written of it.

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
        "optimum": {"volume_ml": _number(plan.optimum.ml, 4), "exact": plan.optimum.exact},
        "eligibility": _eligibility(plan.eligibility),
        "sensitivity": [_scenario(scenario) for scenario in plan.sensitivity],
        "cross_check": _cross_check(plan.cross_check, plan) if plan.cross_check else None,
        "lesions": lesion_records(plan),
        "missing": [_missing(one) for one in find_missing(decision.ranked for decision in plan.selection.decisions)],
        "rtstruct": structures.record() if structures else None,
        "warnings": [{"code": notice.code, "message": notice.message} for notice in plan.notices],
        "timing_s": {stage: _number(seconds, 3) for stage, seconds in plan.timing_s.items()},
    }


def lesion_records(plan: Plan) -> list[dict[str, Any]]:
    """Lesions of `plan_record` alone, in rank order."""
    return [_lesion(decision, plan.sensitivity) for decision in plan.selection.decisions]


def write_plan_json(plan: Plan, file: Path, structures: StructureFile | None = None) -> None:
    """Write plan.json (UTF-8, indented, never NaN or Infinity).

    Raises
    ------
    OSError
        The file cannot be written; the caller owns the folder and its clean-up.
    """
    text = json.dumps(plan_record(plan, structures), indent=2, ensure_ascii=False, allow_nan=False)
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
            "risk": _flat(asdict(protocol.risk)),
            "ranking": _flat({"tier": protocol.ranking.tiers, "scale": protocol.ranking.scale}),
            "margins": asdict(protocol.margins),
            "bone": {"shaft_cavities": protocol.bone.shaft_cavities},
            "eligibility": asdict(protocol.eligibility),
            "reference": _reference(protocol.reference),
        },
        "sources": dict(protocol.sources),
    }


def _flat(tables: Mapping[Any, Any]) -> dict[str, float]:
    """Numbers of nested tables by their dotted names, e.g. "tier.1.SINS"."""
    flat: dict[str, float] = {}
    for name, value in tables.items():
        below = _flat(value) if isinstance(value, Mapping) else {"": value}
        flat |= {f"{name}.{key}" if key else str(name): number for key, number in below.items()}
    return flat


def _reference(settings: ReferenceSettings) -> dict[str, float]:
    shares = {f"marrow_share.{region}": share for region, share in settings.marrow_share.items()}
    numbers = {name: value for name, value in asdict(settings).items() if name != "marrow_share"}
    return {**numbers, **shares}


def _bone(plan: Plan) -> dict[str, Any]:
    compartments = [label for label in BoneLabel if label is not BoneLabel.BACKGROUND]
    return {
        "definition": plan.bone.definition,
        "source": plan.bone.source or None,
        "irradiated": list(plan.irradiated),
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
        "irradiated_trabecular": _number(reserve.irradiated_trabecular_ml, 4),
        "bone_marrow_reserve": _number(reserve.bone_marrow_reserve_ml, 4),
        "budget": _number(selection.budget_ml, 4),
        "selected_gtv": _number(selection.selected_ml, 4),
    }


def _missing(missing: Missing) -> dict[str, Any]:
    return {
        "what": missing.what,
        "tier": missing.tier,
        "tiers": list(missing.tiers),
        "lesions": list(missing.names),
        "sentence": missing.sentence,
    }


def _cross_check(other: CrossCheck, plan: Plan) -> dict[str, Any]:
    return {
        "definition": other.definition,
        "source": other.source,
        "volumes_ml": _volumes(other.reserve, other.selection),
        "ratio": _number(other.ratio, 6),
        "selected": list(other.selection.chosen),
        "differs": list(other.differs(plan.selection)),
    }


def _eligibility(ratio: EligibilityRatio) -> dict[str, Any]:
    volumes = {"low": ratio.low_ml, "high": ratio.high_ml, "highest": ratio.highest_ml}
    return {
        "volume_ml": {end: _number(ml, 4) for end, ml in volumes.items()},
        "ratio": {end: _number(ratio.over_reserve(ml), 6) for end, ml in volumes.items()},
        "largest_ratio": _number(ratio.largest, 6),
        "exceeded": {end: ratio.exceeded_by(ml) for end, ml in volumes.items()},
    }


def _scenario(scenario: Scenario) -> dict[str, Any]:
    return {
        "name": scenario.name,
        "volumes_ml": {
            "bone_marrow_reserve": _number(scenario.reserve_ml, 4),
            "budget": _number(scenario.selection.budget_ml, 4),
            "selected_gtv": _number(scenario.selection.selected_ml, 4),
        },
        "ratio": _number(scenario.ratio, 6),
        "selected": list(scenario.selection.chosen),
        "differs": list(scenario.differs),
        "vanished": list(scenario.vanished),
    }


def _lesion(decision: Decision, scenarios: Sequence[Scenario]) -> dict[str, Any]:
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
        "lowest_tier": ranked.lowest_tier or ranked.tier,
        "severity": _number(ranked.severity, 4),
        "tier_reason": ranked.reason,
        "summary": ranked.sentence,
        "would_change": [{"what": change.what, "tiers": list(change.tiers)} for change in ranked.changes],
        "rank": ranked.rank,
        "decision": decision.verdict,
        "reason": decision.reason,
        "flips": list(flips(scenarios, lesion.id)),
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
        "measures": {name: [_number(value.low, 4), _number(value.high, 4)] for name, value in score.measures.items()},
        "unknown": [one.what for one in score.unknown],
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
