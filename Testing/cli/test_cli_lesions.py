"""Lesions on the command line: PET methods, acceptance, names, the clinical file and its template."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from HimarsPlannerLib.cli.main import app
from HimarsPlannerLib.export.record import write_plan_json
from HimarsPlannerLib.plan import Plan as BoardPlan

Plan = Callable[..., Result]


@pytest.fixture
def plan(demo_folder: Path, tmp_path: Path) -> Plan:
    """Plan the made pelvis into plan/ with more words on the command line."""

    def run(*words: object, study: tuple[Path, ...] = (demo_folder,)) -> Result:
        fixed = ("plan", *study, "--level", "1", "--out", tmp_path / "plan", "--force")
        return CliRunner().invoke(app, [str(word) for word in (*fixed, *words)])

    return run


def record(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "plan" / "plan.json").read_text(encoding="utf-8")))


def lesions(folder: Path) -> dict[str, dict[str, Any]]:
    return {lesion["name"]: lesion for lesion in record(folder)["lesions"]}


def test_uptake_that_needs_review_counts_only_once_accepted(plan: Plan, tmp_path: Path) -> None:
    assert plan("--lesions", "pet").exit_code == 0
    before, found = record(tmp_path), lesions(tmp_path)
    waiting = [lesion for lesion in found.values() if lesion["needs_review"]]
    assert waiting
    assert all((one["decision"], one["counts"]) == ("excluded", False) for one in waiting)
    assert all(one["reason"] == f"needs review: {one['needs_review']}" for one in waiting)
    assert {"bladder"} <= set(" ".join(w["message"] for w in before["warnings"]).replace(":", "").split())
    counted = sum(lesion["volume_ml"] for lesion in found.values() if lesion["counts"])
    assert before["volumes_ml"]["gtv_total"] == pytest.approx(counted, rel=1e-3)
    name = waiting[0]["name"]
    assert plan("--lesions", "pet", "--accept", name).exit_code == 0
    after = record(tmp_path)
    assert lesions(tmp_path)[name]["counts"]
    grown = after["volumes_ml"]["gtv_total"] - before["volumes_ml"]["gtv_total"]
    assert grown == pytest.approx(waiting[0]["volume_ml"], rel=1e-3)
    with (tmp_path / "plan" / "lesions.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["name"]: row for row in csv.DictReader(stream)}
    assert rows[name]["accepted"] == "True"
    assert all(rows[one["name"]]["needs_review"] == one["needs_review"] for one in waiting[1:])
    report = (tmp_path / "plan" / "report.html").read_text(encoding="utf-8")
    assert "Uptake not counted as metastasis" in report


def test_threshold_and_method_are_recorded_with_who_stated_them(plan: Plan, tmp_path: Path) -> None:
    words = ("--suv-threshold", "4", "--pet-method", "percent-of-max", "--percent", "45")
    assert plan("--lesions", "pet", *words).exit_code == 0
    protocol = record(tmp_path)["protocol"]
    assert protocol["settings"]["lesions"]["suv_threshold"] == 4
    assert "user" in protocol["sources"]["lesions.suv_threshold"]
    assert lesions(tmp_path)
    for lesion in lesions(tmp_path).values():
        assert "45 % of SUVmax of each peak of SUVbw >= 4" in lesion["source"]["detail"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--suv-threshold", "0"), "suv_threshold is 0"),
        (("--percent", "140"), "percent_of_max is 140"),
        (("--lesions", "pet", "--pet-method", "liver-based"), "needs a liver label"),
        (("--lesion-roi", "GVT*"), "No structure is called 'GVT*'"),
        (("--accept", "Uptake-1"), "no lesion is called 'Uptake-1'"),
        (("--clinical", "nowhere.toml"), "nowhere.toml cannot be read"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_in_one_sentence(plan: Plan, words: tuple[str, ...], message: str) -> None:
    result = plan(*words)
    assert result.exit_code == 2, result.output
    assert message in " ".join(result.stderr.split())


def test_only_the_named_structures_are_lesions(plan: Plan, tmp_path: Path) -> None:
    assert plan("--lesion-roi", "GTV2", "--lesion-roi", "gtv[34]").exit_code == 0
    assert set(lesions(tmp_path)) == {"GTV2", "GTV3", "GTV4"}


def test_the_clinical_file_changes_tier_order_choice_and_site(plan: Plan, tmp_path: Path) -> None:
    assert plan().exit_code == 0
    before = lesions(tmp_path)
    calm = [name for name, lesion in before.items() if lesion["tier"] > 1]
    hurting, pinned, excluded = calm[-1], calm[0], calm[1]
    result = CliRunner().invoke(app, ["clinical-template", str(tmp_path / "plan")])
    assert result.exit_code == 0
    text = result.stdout
    for name, line in (
        (hurting, "symptomatic = true\nsite = 'L5'"),
        (pinned, "pinned = true"),
        (excluded, "excluded = 'irradiated last year'"),
    ):
        text = text.replace(f'[lesions."{name}"]', f'[lesions."{name}"]\n{line}')
    (tmp_path / "clinical.toml").write_text(text, encoding="utf-8")
    assert plan("--clinical", tmp_path / "clinical.toml").exit_code == 0
    after = lesions(tmp_path)
    assert (after[hurting]["tier"], after[hurting]["site"], after[hurting]["site_estimated"]) == (1, "L5", False)
    assert after[hurting]["clinical"]["symptomatic"] is True
    assert after[pinned]["rank"] == 1
    assert after[excluded]["decision"] == "excluded"
    assert "irradiated last year" in after[excluded]["reason"]
    assert record(tmp_path)["volumes_ml"]["bone_marrow_reserve"] > 0
    assert sum(one["counts"] for one in after.values()) == len(before), "an excluded metastasis counts in GTV_total"
    assert record(tmp_path)["inputs"]["clinical_file"] == str(tmp_path / "clinical.toml")


def test_the_template_is_written_once_and_never_over_a_file(
    make_board_plan: Callable[..., BoardPlan], tmp_path: Path
) -> None:
    write_plan_json(make_board_plan(), tmp_path / "plan.json")
    words = ["clinical-template", str(tmp_path / "plan.json"), "--out", str(tmp_path / "facts.toml")]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert (tmp_path / "facts.toml").read_text(encoding="utf-8").count("at_lps_mm") == 5
    again = CliRunner().invoke(app, words)
    assert again.exit_code == 2
    assert "exists" in again.stderr


def test_a_template_of_no_plan_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text('{"schema": "other"}')
    for place in (tmp_path, tmp_path / "nowhere"):
        result = CliRunner().invoke(app, ["clinical-template", str(place)])
        assert result.exit_code == 2
