"""What is chosen for the whole plan in the panel: alignment, rule, earlier irradiation, cross-check."""

from __future__ import annotations

import time
from typing import Any

import pytest
from slicer_host import Host
from slicer_host.pythonqt import unwrap

from HimarsPlannerLib.plan import Plan
from HimarsPlannerLib.planner import make_plan
from HimarsPlannerLib.protocol.protocol import override_rule, read_protocol
from HimarsPlannerLib.risk.score import Score
from HimarsPlannerLib.study.study import Study


def choose(widget: Any, box: str, value: str) -> None:
    combo = getattr(widget.ui, box)
    combo.setCurrentIndex(combo.findData(value))
    widget.panel.runner.wait()


def test_the_alignment_of_the_spine_changes_sins_of_spinal_lesions_and_stays_in_the_plan(planned: Any) -> None:
    session, before = planned.panel.session, sins(planned)
    choose(planned, "alignmentComboBox", "translation")
    after = sins(planned)
    # Translation is worth 4 points, the most of this part of SINS (Fisher 2010, table 1): the upper end stays.
    assert [one.high for one in after] == [one.high for one in before]
    assert max(b.low - a.low for a, b in zip(before, after, strict=True)) == 4
    assert not [one for one in after if "spinal alignment" in {unknown.what for unknown in one.unknown}]
    assert session.parameters.spineAlignment == "translation"
    assert session.current
    choose(planned, "alignmentComboBox", "")
    assert sins(planned) == before


def sins(widget: Any) -> list[Score]:
    decisions = widget.panel.session.plan.selection.decisions
    by_lesion = sorted(decisions, key=lambda one: one.ranked.lesion.id)
    return [score for one in by_lesion for score in one.ranked.scores if score.name == "SINS"]


def test_another_rule_is_the_plan_of_that_rule(planned: Any, demo_study: Study, demo_plan: Plan) -> None:
    choose(planned, "levelComboBox", "-1")
    choose(planned, "ruleComboBox", "tier-then-optimum")
    protocol = override_rule(read_protocol(), "tier-then-optimum")
    made = make_plan(demo_study, protocol, "-1", bone=demo_plan.bone)
    assert planned.panel.session.plan.selection.chosen == made.selection.chosen
    assert planned.panel.session.plan.selection.rule == "tier-then-optimum"


def test_bone_that_was_irradiated_before_is_taken_out_and_a_wrong_name_keeps_the_plan_in(
    host: Host, planned: Any, demo_study: Study, demo_plan: Plan
) -> None:
    name = next(one.name for one in demo_study.structures if one.interpreted_type != "GTV" and one.region.voxels)
    line = unwrap(planned.ui.irradiatedLineEdit)
    line.setText(f" {name} ; ")
    line.editingFinished.emit()
    planned.panel.runner.wait()
    made = make_plan(demo_study, read_protocol(), "1", bone=demo_plan.bone, irradiated=[name])
    assert planned.panel.session.plan.reserve == made.reserve
    assert planned.ui.rtstructButton.enabled
    line.setText("nothing like it")
    line.editingFinished.emit()
    planned.panel.runner.wait()
    assert "No structure is called 'nothing like it'" in host.errors[-1]
    assert not planned.ui.rtstructButton.enabled, "what is shown is not what is chosen"
    line.setText("")
    line.editingFinished.emit()
    planned.panel.runner.wait()
    assert planned.panel.session.plan.reserve == demo_plan.reserve
    assert planned.ui.rtstructButton.enabled


def test_the_cross_check_tells_its_reserve(planned: Any, demo_study: Study, demo_plan: Plan) -> None:
    planned.ui.ruleSection.collapsed = False
    planned.ui.crossCheckBox.click()
    planned.panel.runner.wait()
    planned.panel.ranking.settle()
    made = make_plan(demo_study, read_protocol(), "1", bone=demo_plan.bone, cross_check=True)
    assert made.cross_check is not None
    told = f"reserve {made.cross_check.reserve.bone_marrow_reserve_ml:.0f} ml"
    assert told in planned.ui.noticesBrowser.plainText


def test_facts_stay_with_their_lesions_when_these_are_found_again(host: Host, planned: Any) -> None:
    session = planned.panel.session
    lesion = session.replanner.lesions[0]
    session.state_facts([lesion.id], symptomatic=True, site="L4")
    planned.ui.findButton.click()
    planned.panel.runner.wait()
    assert not host.errors
    (fact,) = session.facts.values()
    assert (fact.symptomatic, fact.site) == (True, "L4")
    stated = next(one.ranked for one in session.plan.selection.decisions if one.ranked.lesion.name == lesion.name)
    assert stated.lesion.site.name == "L4"
    assert session.current


def test_what_the_choice_hangs_on_is_told_after_a_moment(planned: Any, demo_plan: Plan) -> None:
    flipping = {lesion for scenario in demo_plan.sensitivity for lesion in scenario.differs}
    if not flipping:
        pytest.fail("the demo patient has a decision that hangs on a tenth of the bone")
    planned.panel.ranking.settle()
    names = {one.ranked.lesion.name for one in demo_plan.selection.decisions if one.ranked.lesion.id in flipping}
    line = planned.ui.noticesBrowser.plainText.split("Decided otherwise")[1]
    assert all(name in line for name in names)


def test_the_table_node_follows_the_choice_after_a_moment(host: Host, planned: Any) -> None:
    choose(planned, "levelComboBox", "-1")
    decisions = planned.panel.session.plan.selection.decisions
    end = time.monotonic() + 60
    while decided(planned) != [one.verdict for one in decisions] and time.monotonic() < end:
        host.app.processEvents()
    assert decided(planned) == [one.verdict for one in decisions]


def decided(widget: Any) -> list[str]:
    table = widget.panel.session.parameters.rankingTable.GetTable()
    (column,) = (table.GetColumn(n) for n in range(table.GetNumberOfColumns()) if table.GetColumnName(n) == "decision")
    return [column.GetValue(n) for n in range(table.GetNumberOfRows())]
