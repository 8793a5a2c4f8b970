"""Choosing the rule, stating what was irradiated, and bad input about levels, as a person types it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import SimpleITK as sitk
from typer.testing import CliRunner, Result

from HimarsPlannerLib.cli.main import app
from HimarsPlannerLib.export.record import SCHEMA_FILE
from HimarsPlannerLib.plan import Plan

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a plan into a fresh folder."""
    out = tmp_path / "out" / "plan"
    return lambda *words: CliRunner().invoke(app, ["plan", *map(str, words), "--out", str(out)])


@pytest.fixture
def refused(run: Run, tmp_path: Path) -> Callable[..., str]:
    """Run a plan that must be refused; gives the sentence."""

    def check(*words: object) -> str:
        result = run(*words)
        assert result.exit_code == 2, result.output
        assert not (tmp_path / "out").exists()
        assert result.stderr.startswith("himars-planner: ")
        return " ".join(result.stderr.split())

    return check


def test_irradiated_bone_leaves_the_reserve_of_plan_and_cross_check(
    run: Run, demo_folder: Path, demo_plan: Plan, tmp_path: Path
) -> None:
    image = sitk.ReadImage(sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(demo_folder / "CT")))
    field = np.zeros(demo_plan.bone.grid.shape, np.uint8)
    field[20:50, :, : field.shape[2] // 2] = 1
    label = sitk.GetImageFromArray(field)
    label.CopyInformation(image)
    sitk.WriteImage(label, str(tmp_path / "PriorRT.nii.gz"))
    result = run(
        demo_folder, "--level", "1", "--structures", demo_folder / "RTSTRUCT", "--structures",
        tmp_path / "PriorRT.nii.gz", "--irradiated", "prior*", "--cross-check", "--rule", "greedy-stop",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    record = json.loads((tmp_path / "out" / "plan" / "plan.json").read_text(encoding="utf-8"))
    jsonschema.validate(record, json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
    outside = demo_plan.bone.trabecular & (field > 0)
    for decision in demo_plan.selection.decisions:
        outside &= ~decision.ranked.lesion.region.to_array()
    taken_out = np.count_nonzero(outside) * demo_plan.bone.grid.voxel_ml
    assert taken_out > 20
    volumes = record["volumes_ml"]
    assert volumes["irradiated_trabecular"] == pytest.approx(taken_out, abs=1e-3)
    expected = demo_plan.reserve.bone_marrow_reserve_ml - taken_out
    assert volumes["bone_marrow_reserve"] == pytest.approx(expected, abs=1e-3)
    assert record["bone"]["irradiated"] == ["PriorRT"]
    other = record["cross_check"]["volumes_ml"]
    total = other["total_trabecular_bone"] - other["trabecular_in_gtv"] - other["irradiated_trabecular"]
    assert other["irradiated_trabecular"] > 20
    assert other["bone_marrow_reserve"] == pytest.approx(total, abs=1e-3)
    assert f"of it irradiated before {taken_out:.1f} ml" in " ".join(result.stdout.split())
    page = (tmp_path / "out" / "plan" / "report.html").read_text(encoding="utf-8")
    assert f"({taken_out:.1f} ml outside the GTVs, in PriorRT)" in page
    assert record["protocol"]["selection_rule"] == "greedy-stop"
    assert "user" in record["protocol"]["sources"]["selection.rule"]


def test_an_irradiated_structure_that_does_not_exist_is_refused_with_the_nearest(
    refused: Callable[..., str], demo_folder: Path
) -> None:
    message = refused(demo_folder, "--level", "1", "--irradiated", "Bladdr")
    assert "No structure is called 'Bladdr'" in message
    assert "Did you mean 'Bladder'?" in message


def test_irradiated_soft_tissue_is_told_to_change_nothing(run: Run, demo_folder: Path, tmp_path: Path) -> None:
    result = run(demo_folder, "--level", "1", "--irradiated", "Bladder")
    assert "No trabecular bone outside the GTVs lies in what was irradiated before (Bladder)" in result.stdout
    record = json.loads((tmp_path / "out" / "plan" / "plan.json").read_text(encoding="utf-8"))
    assert record["volumes_ml"]["irradiated_trabecular"] == 0.0


def test_a_rule_that_does_not_exist_is_refused_with_the_nearest(refused: Callable[..., str], demo_folder: Path) -> None:
    assert "Did you mean 'greedy-stop'?" in refused(demo_folder, "--level", "1", "--rule", "greedy_stop")


def test_two_levels_are_refused_by_name(refused: Callable[..., str], demo_folder: Path) -> None:
    assert "Several cohort levels are given: 1, 2" in refused(demo_folder, "--level", "1", "--level", "2")


def test_another_level_in_the_clinical_file_is_refused_with_both(
    refused: Callable[..., str], run: Run, demo_folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "clinical.toml"
    file.write_text('level = "2"\n', encoding="utf-8")
    message = refused(demo_folder, "--level", "1", "--clinical", file)
    assert "clinical.toml states 2, the plan is to be made at 1" in message
    file.write_text('level = ["1", "2"]\n', encoding="utf-8")
    assert "level is ['1', '2']" in refused(demo_folder, "--level", "1", "--clinical", file)
    file.write_text("level = 1\n", encoding="utf-8")
    assert run(demo_folder / "CT", "--level", "1", "--clinical", file).exit_code == 0


def test_the_bound_the_eligibility_and_the_sensitivity_are_shown(run: Run, demo_folder: Path, tmp_path: Path) -> None:
    result = run(demo_folder, "--level", "1")
    record = json.loads((tmp_path / "out" / "plan" / "plan.json").read_text(encoding="utf-8"))
    page = " ".join((tmp_path / "out" / "plan" / "report.html").read_text(encoding="utf-8").split())
    shown = " ".join(result.stdout.split())
    bound = record["optimum"]["volume_ml"]
    assert record["volumes_ml"]["selected_gtv"] <= bound <= record["volumes_ml"]["budget"]
    assert f"Most that any choice could select {bound:.1f} ml" in shown
    assert f"<b>{bound:.1f} ml</b>" in page
    assert f"Symptomatic and high-risk / reserve {record['eligibility']['ratio']['low']:.1%}" in shown
    assert f"<b>{record['eligibility']['ratio']['low']:.1%}" in page
    for one in record["sensitivity"]:
        assert one["name"] in shown
        assert f"{one['volumes_ml']['bone_marrow_reserve']:.1f} ml" in page
        chosen = {lesion["id"] for lesion in record["lesions"] if lesion["decision"] == "selected"}
        assert set(one["differs"]) == chosen ^ set(one["selected"])
    flipping = {lesion["name"]: lesion["flips"] for lesion in record["lesions"] if lesion["flips"]}
    assert flipping
    for changes in flipping.values():
        assert f"Another decision with {', '.join(changes)}." in page
