"""The plan under two definitions of bone: each is the rule on its own mask, and what differs is named everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from typer.testing import CliRunner

from HimarsPlannerLib.bone.intraosseous import find_intraosseous
from HimarsPlannerLib.cli.main import app
from HimarsPlannerLib.export.record import SCHEMA_FILE, plan_record
from HimarsPlannerLib.plan import Plan
from HimarsPlannerLib.planner import make_plan
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.report.html import render_report
from HimarsPlannerLib.study.study import Study


@pytest.fixture(scope="module")
def checked(demo_study: Study) -> Plan:
    """The made patient's plan with the cross-check."""
    return make_plan(demo_study, read_protocol(), "1", cross_check=True)


def test_the_other_reserve_is_that_of_the_other_mask(checked: Plan) -> None:
    other = checked.cross_check
    assert other is not None
    inside = find_intraosseous(checked.study.ct.volume, checked.bone)
    gtvs = np.zeros(inside.shape, bool)
    for decision in checked.selection.decisions:
        gtvs |= decision.ranked.lesion.region.to_array()
    expected = np.count_nonzero(inside & ~gtvs) * checked.bone.grid.voxel_ml
    assert other.reserve.bone_marrow_reserve_ml == pytest.approx(expected)
    assert other.selection.budget_ml == pytest.approx(0.3 * expected)
    assert other.selection.selected_ml <= other.selection.budget_ml


def test_the_plan_itself_does_not_change(checked: Plan, demo_plan: Plan) -> None:
    assert checked.reserve == demo_plan.reserve
    verdicts = [decision.verdict for decision in demo_plan.selection.decisions]
    assert [decision.verdict for decision in checked.selection.decisions] == verdicts
    assert demo_plan.cross_check is None
    assert plan_record(demo_plan)["cross_check"] is None


def test_lesions_with_another_verdict_are_named_in_record_and_report(checked: Plan) -> None:
    record = plan_record(checked)
    jsonschema.validate(record, json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
    told = record["cross_check"]
    chosen = {lesion["id"] for lesion in record["lesions"] if lesion["decision"] == "selected"}
    assert set(told["differs"]) == chosen ^ set(told["selected"])
    page = render_report(checked)
    assert "what hangs on the definition of bone" in page
    assert f"{told['volumes_ml']['bone_marrow_reserve']:.1f} ml" in page


def test_the_terminal_shows_both(demo_folder: Path, tmp_path: Path) -> None:
    words = ["plan", str(demo_folder), "--level", "1", "--out", str(tmp_path / "plan"), "--cross-check"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    record = json.loads((tmp_path / "plan" / "plan.json").read_text(encoding="utf-8"))
    assert "sambuceti-2012/1" in result.stdout
    assert f"{record['cross_check']['volumes_ml']['bone_marrow_reserve']:.1f}" in result.stdout
