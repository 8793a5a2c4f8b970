"""plan.json: complete, strict, and never a number that JSON does not have."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from HimarsPlannerLib.bone.compartments import BoneLabel
from HimarsPlannerLib.export.record import SCHEMA_FILE, plan_record, write_plan_json
from HimarsPlannerLib.plan import Plan
from HimarsPlannerLib.study.study import Registration, Source, SurfaceDistance

MakePlan = Callable[..., Plan]


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return content


def is_valid(record: object, schema: dict[str, Any]) -> bool:
    return jsonschema.Draft202012Validator(schema).is_valid(record)


def test_the_schema_is_itself_valid(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("names", [("GTV1", "GTV2", "GTV3", "GTV4", "GTV5"), ()], ids=["lesions", "no lesion"])
@pytest.mark.parametrize("pet", [True, False], ids=["pet", "no pet"])
def test_a_record_is_valid(
    make_board_plan: MakePlan, schema: dict[str, Any], names: tuple[str, ...], pet: bool
) -> None:
    jsonschema.Draft202012Validator(schema).validate(plan_record(make_board_plan(names=names, pet=pet)))


def test_the_demo_patients_record_is_valid(demo_plan: Plan, schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(schema).validate(plan_record(demo_plan))


def set_at(record: Any, path: tuple[Any, ...], value: object) -> None:
    for step in path[:-1]:
        record = record[step]
    record[path[-1]] = value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), "himars-plan/2"),
        (("surplus",), 1),
        (("ratio",), "0.3"),
        (("volumes_ml", "budget"), -1.0),
        (("volumes_ml", "selected_gtv"), None),
        (("protocol", "fraction"), 30.0),
        (("inputs", "pet", "suv_factor"), 0.0),
        (("inputs", "ct", "spacing_mm"), [1.0, 1.0]),
        (("lesions", 0, "decision"), "maybe"),
        (("lesions", 0, "kind"), "liver"),
        (("lesions", 0, "rank"), 0),
        (("lesions", 0, "centroid_lps_mm"), [1.0, 2.0, None]),
        (("lesions", 0, "risk", 0, "status"), "guessed"),
        (("lesions", 0, "risk", 0, "surplus"), 1),
        (("warnings", 0, "code"), "Not A Code"),
    ],
)
def test_a_damaged_record_is_rejected(
    make_board_plan: MakePlan, schema: dict[str, Any], path: tuple[Any, ...], value: object
) -> None:
    record = plan_record(make_board_plan())
    set_at(record, path, value)
    assert not is_valid(record, schema)


def test_a_record_that_lacks_anything_is_rejected(make_board_plan: MakePlan, schema: dict[str, Any]) -> None:
    record = plan_record(make_board_plan())
    for part in ("inputs", "protocol", "bone", "volumes_ml"):
        for key in record[part]:
            damaged = deepcopy(record)
            del damaged[part][key]
            assert not is_valid(damaged, schema), f"{part}.{key} may be absent"
    for key in record:
        assert not is_valid({name: value for name, value in record.items() if name != key}, schema)
    for key in record["lesions"][0]:
        damaged = deepcopy(record)
        del damaged["lesions"][0][key]
        assert not is_valid(damaged, schema), f"lesions.{key} may be absent"


def test_volumes_and_decisions_are_the_plans(make_board_plan: MakePlan) -> None:
    plan = make_board_plan()
    record = plan_record(plan)
    volumes = record["volumes_ml"]
    assert volumes["total_trabecular_bone"] == pytest.approx(plan.bone.trabecular.sum() * 0.08, abs=1e-4)
    assert volumes["bone_marrow_reserve"] == pytest.approx(
        volumes["total_trabecular_bone"] - volumes["trabecular_in_gtv"], abs=2e-4
    )
    assert volumes["budget"] == pytest.approx(0.3 * volumes["bone_marrow_reserve"], abs=1e-4)
    assert record["ratio"] == pytest.approx(volumes["selected_gtv"] / volumes["bone_marrow_reserve"], abs=1e-5)
    assert [lesion["name"] for lesion in record["lesions"]] == [d.ranked.lesion.name for d in plan.selection.decisions]
    assert [lesion["decision"] for lesion in record["lesions"]] == [
        "selected", "selected", "skipped", "selected", "selected",
    ]  # fmt: skip


def test_rounding_never_lifts_the_selected_volume_above_the_budget(make_board_plan: MakePlan) -> None:
    plan = make_board_plan()
    for budget in (80.12344999, 80.12345, 80.12345001, 80.1235):
        full = replace(plan, selection=replace(plan.selection, budget_ml=budget, selected_ml=budget))
        volumes = plan_record(full)["volumes_ml"]
        assert volumes["selected_gtv"] <= volumes["budget"]


def test_numbers_that_json_lacks_become_null(make_board_plan: MakePlan, tmp_path: Path) -> None:
    plan = make_board_plan()
    first = plan.selection.decisions[0]
    lesion = replace(first.ranked.lesion, suv_max=float("nan"), mean_hu=float("inf"))
    score = replace(first.ranked.scores[0], low=float("-inf"), parts={"gap_mm": float("nan"), "breach": True})
    odd = replace(first, ranked=replace(first.ranked, lesion=lesion, scores=(score,)))
    plan = replace(plan, selection=replace(plan.selection, decisions=(odd, *plan.selection.decisions[1:])))
    write_plan_json(plan, tmp_path / "plan.json")

    def refuse(constant: str) -> float:
        raise AssertionError(f"{constant} is not JSON")

    record = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"), parse_constant=refuse)
    written = record["lesions"][0]
    assert (written["suv_max"], written["mean_hu"], written["risk"][0]["low"]) == (None, None, None)
    assert written["risk"][0]["parts"] == {"gap_mm": None, "breach": True}


def test_a_patient_without_reserve_has_no_ratio(make_board_plan: MakePlan, schema: dict[str, Any]) -> None:
    plan = make_board_plan()
    empty = replace(plan.reserve, total_trabecular_bone_ml=0.0, trabecular_in_gtv_ml=0.0)
    record = plan_record(replace(plan, reserve=empty))
    assert record["ratio"] is None
    assert is_valid(record, schema)


def test_the_same_plan_is_written_alike_and_keeps_every_letter(make_board_plan: MakePlan, tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        write_plan_json(make_board_plan(names=("Läsion «1» 前立腺",)), tmp_path / name)
    first = (tmp_path / "a.json").read_bytes()
    assert first == (tmp_path / "b.json").read_bytes()
    assert "Läsion «1» 前立腺".encode() in first


def test_every_bone_compartment_is_reported(make_board_plan: MakePlan) -> None:
    volumes = plan_record(make_board_plan())["bone"]["volumes_ml"]
    assert set(volumes) == {label.name.lower() for label in BoneLabel} - {"background"}


@pytest.mark.parametrize("quality", [SurfaceDistance(1.3, 2.4, 0.98), None], ids=["checked", "unchecked"])
def test_a_registration_is_kept_with_its_matrix_and_quality(
    make_board_plan: MakePlan, schema: dict[str, Any], quality: SurfaceDistance | None
) -> None:
    plan = make_board_plan()
    matrix = np.array([[0.0, -1.0, 0.0, 5.0], [1.0, 0.0, 0.0, -7.5], [0.0, 0.0, 1.0, 0.25], [0.0, 0.0, 0.0, 1.0]])
    registration = Registration(matrix, "dicom-reg", (Source("REG", "fusion", (Path("reg.dcm"),)),), quality)
    record = plan_record(replace(plan, study=replace(plan.study, registration=registration)))
    jsonschema.Draft202012Validator(schema).validate(record)
    kept = record["inputs"]["registration"]
    assert kept["matrix"] == matrix.tolist()
    assert kept["rotation_deg"] == pytest.approx(90)
    assert kept["sources"][0]["files"] == ["reg.dcm"]
    expected = {"median_mm": 1.3, "p95_mm": 2.4, "compared": 0.98} if quality else None
    assert kept["bone_surface_distance"] == expected
    assert plan_record(plan)["inputs"]["registration"] is None


def test_the_suv_factor_keeps_its_digits(make_board_plan: MakePlan) -> None:
    plan = make_board_plan()
    assert plan.study.pet is not None
    pet = replace(plan.study.pet, suv=replace(plan.study.pet.suv, factor=2.3456789e-4))
    record = plan_record(replace(plan, study=replace(plan.study, pet=pet)))
    assert record["inputs"]["pet"]["suv_factor"] == pytest.approx(2.3456789e-4, rel=1e-9)
