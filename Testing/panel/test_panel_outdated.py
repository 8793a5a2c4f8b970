"""A plan is that of its own inputs: what is chosen, edited or gone since is told, and nothing leaves the panel."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any

import pytest
import slicer
from slicer_host import Host
from slicer_host.pythonqt import unwrap

from HimarsPlannerLib.export.record import plan_record
from HimarsPlannerLib.mrml.volume import add_volume, volume_of
from HimarsPlannerLib.plan import Plan

LEAVING = ("rtstructButton", "reportButton", "planJsonButton", "databaseButton", "sendButton")


def wait(widget: Any) -> None:
    widget.panel.runner.wait()


def can_leave(widget: Any) -> bool:
    states = {bool(getattr(widget.ui, name).enabled) for name in LEAVING}
    assert len(states) == 1
    return states.pop()


def told(widget: Any) -> str:
    return str(widget.ui.gaugeLabel.text)


def erase_half(node: Any, segment: str) -> None:
    from HimarsPlannerLib.panel import drive

    drive.erase_half(node.GetSegmentation(), segment)


def said(plan: Plan, *but: str) -> dict[str, Any]:
    """All that plan.json says; the plan of the tests was made from files, which its scene does not have."""
    record = plan_record(plan)
    return {name: value for name, value in record.items() if name not in ("timing_s", *but)}


def copy_of(host: Host, node: Any) -> Any:
    return add_volume(host.scene, volume_of(node), f"another {node.GetName()}")


@pytest.mark.parametrize("chosen", ["ct", "pet", "structures", "lesionSource", "boneSource"])
def test_another_node_that_is_chosen_after_planning_lets_nothing_leave(host: Host, planned: Any, chosen: str) -> None:
    parameters = planned.panel.session.parameters
    assert can_leave(planned)
    before, gauge = getattr(parameters, chosen), told(planned)
    other = (
        copy_of(host, before)
        if chosen in ("ct", "pet")
        else host.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "other")
    )
    setattr(parameters, chosen, other)
    assert not can_leave(planned)
    assert "Find the lesions again" in told(planned)
    setattr(parameters, chosen, before)
    assert can_leave(planned)
    assert told(planned) == gauge


def test_settings_that_the_plan_does_not_rest_on_leave_it_as_it_is(planned: Any) -> None:
    parameters = planned.panel.session.parameters
    parameters.suvThreshold = 5.0
    assert can_leave(planned), "lesions came from segments"
    parameters.weightKg = 61.0
    assert not can_leave(planned)
    parameters.weightKg = 0.0
    parameters.lesionsFrom = type(parameters.lesionsFrom).PET
    assert not can_leave(planned)


def test_the_plan_comes_back_on_its_own_ct_whatever_is_chosen_by_then(host: Host, planned: Any) -> None:
    parameters = planned.panel.session.parameters
    before, ct = said(planned.panel.session.plan, "inputs"), parameters.ct
    parameters.ct = copy_of(host, ct)
    planned.onReload()
    again = host.widget
    wait(again)
    assert not host.errors
    assert said(again.panel.session.plan, "inputs") == before
    assert again.panel.session.ct is ct
    assert not can_leave(again)
    assert "CT" in told(again)


def test_facts_choices_and_edits_come_back_as_they_were(host: Host, planned: Any, tmp_path: Path) -> None:
    session, ui = planned.panel.session, planned.ui
    lesions = [lesion.id for lesion in session.replanner.lesions]
    session.state_facts(lesions[:1], pain="mechanical", symptomatic=True)
    session.state_facts(lesions[1:2], excluded="not wanted")
    for box, value in (("levelComboBox", "2"), ("ruleComboBox", "greedy-stop"), ("alignmentComboBox", "deformity")):
        combo = getattr(ui, box)
        combo.setCurrentIndex(combo.findData(value))
        wait(planned)
    line = unwrap(ui.irradiatedLineEdit)
    line.setText(next(one.name for one in session.plan.study.structures if one.interpreted_type != "GTV"))
    line.editingFinished.emit()
    wait(planned)
    erase_half(session.parameters.lesionSegmentation, lesions[2])
    while planned.panel.lesions.edited:
        slicer.app.processEvents()
    wait(planned)
    before = said(session.plan, "inputs")
    assert can_leave(planned)
    file = str(tmp_path / "plan.mrb")
    assert slicer.mrmlScene.WriteToMRB(file)
    slicer.mrmlScene.Clear()
    assert slicer.mrmlScene.ReadFromMRB(file, True)
    wait(planned)
    assert not host.errors
    assert said(planned.panel.session.plan, "inputs") == before
    assert can_leave(planned)


def test_bone_that_is_edited_after_planning_is_told_and_again_when_the_plan_comes_back(
    host: Host, planned: Any
) -> None:
    erase_half(planned.panel.session.parameters.boneSegmentation, "label:2")
    assert not can_leave(planned)
    assert "the bone" in told(planned)
    planned.onReload()
    again = host.widget
    wait(again)
    assert "bone-edited" in [notice.code for notice in again.panel.session.plan.notices]


def test_bone_that_is_only_looked_at_is_not_edited(planned: Any) -> None:
    node = planned.panel.session.parameters.boneSegmentation
    node.CreateClosedSurfaceRepresentation()
    node.GetSegmentation().GetSegment("label:2").SetColor(1.0, 0.0, 0.0)
    planned.panel.show()
    assert can_leave(planned)


def test_bone_segmented_again_ends_the_plan_and_facts_find_their_lesions(host: Host, planned: Any) -> None:
    session = planned.panel.session
    lesion = session.replanner.lesions[0].id
    session.state_facts([lesion], symptomatic=True)
    planned.ui.boneButton.click()
    wait(planned)
    assert session.plan is None
    assert not can_leave(planned)
    assert session.parameters.planState is None
    assert "Find the lesions again" in planned.ui.statusLabel.text
    planned.ui.findButton.click()
    wait(planned)
    assert not host.errors
    assert session.facts[lesion].symptomatic
    assert can_leave(planned)


def test_bones_from_a_segmentation_that_is_chosen_later_are_what_the_next_plan_uses(
    host: Host, demo: Any, demo_phantom: Any
) -> None:
    import numpy as np

    from HimarsPlannerLib.export.segmentation import Segment
    from HimarsPlannerLib.mrml.show_segments import show_segments
    from HimarsPlannerLib.region import Region

    demo.ui.boneButton.click()
    wait(demo)
    parameters, grid = demo.panel.session.parameters, demo_phantom.ct.grid
    bone = Region.from_array(np.isin(demo_phantom.labels, (1, 2, 5)), grid)
    parameters.boneSource = host.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "TotalSegmentator")
    show_segments(parameters.boneSource, {"a": Segment("hip_left", (9, 9, 9), bone)}, grid, parameters.ct)
    demo.ui.findButton.click()
    wait(demo)
    assert not host.errors
    assert demo.panel.session.plan.bone.definition.startswith("labels")
    assert can_leave(demo)


def test_structures_edited_after_planning_are_told_when_the_plan_comes_back(host: Host, planned: Any) -> None:
    structures = planned.panel.session.parameters.structures
    identifier = structures.GetSegmentation().GetSegmentIDs()[0]
    name = structures.GetSegmentation().GetSegment(identifier).GetName()
    erase_half(structures, identifier)
    planned.onReload()
    again = host.widget
    wait(again)
    notice = next(one for one in again.panel.session.plan.notices if one.code == "structures-changed")
    assert name in notice.message


def test_a_plan_without_pet_comes_back_without_the_pet_of_an_earlier_one(host: Host, planned: Any) -> None:
    planned.panel.session.parameters.pet = None
    planned.ui.findButton.click()
    wait(planned)
    before = said(planned.panel.session.plan)
    planned.onReload()
    again = host.widget
    wait(again)
    assert again.panel.session.plan.study.pet is None
    assert said(again.panel.session.plan) == before


def test_a_plan_whose_pet_or_ct_is_gone_or_moved_is_refused(host: Host, planned: Any) -> None:
    parameters = planned.panel.session.parameters
    parameters.ct.SetOrigin(0.0, 0.0, 0.0)
    planned.onReload()
    wait(host.widget)
    assert "The CT in this scene is not where" in host.errors.pop()
    assert host.widget.panel.session.plan is None
    host.scene.RemoveNode(parameters.suvPet)
    host.widget.onReload()
    wait(host.widget)
    assert host.widget.panel.session.plan is None
    assert host.errors.pop()


def test_what_is_chosen_and_stated_while_lesions_are_found_holds(host: Host, planned: Any) -> None:
    session, box = planned.panel.session, planned.ui.levelComboBox
    lesion = session.replanner.lesions[0].id
    other, ct = copy_of(host, session.parameters.ct), session.parameters.ct
    planned.ui.findButton.click()
    assert planned.panel.runner.busy
    box.setCurrentIndex(box.findData("3"))
    session.state_facts([lesion], symptomatic=True)
    session.parameters.ct = other
    wait(planned)
    assert not host.errors
    assert session.plan.level.name == "3"
    assert session.facts[lesion].symptomatic
    assert session.ct is ct
    assert not can_leave(planned)
    session.parameters.ct = ct
    assert can_leave(planned)


def test_a_choice_made_while_other_work_runs_is_followed_after_it(planned: Any) -> None:
    planned.ui.suvButton.click()
    assert planned.panel.runner.busy
    rule = planned.ui.ruleComboBox
    rule.setCurrentIndex(rule.findData("greedy-stop"))
    wait(planned)
    assert planned.panel.session.plan.selection.rule == "greedy-stop"
    assert can_leave(planned)


def test_work_in_the_thread_reads_no_node(planned: Any) -> None:
    from HimarsPlannerLib.progress import silent

    session = planned.panel.session
    parameters = session.parameters
    erase_half(parameters.lesionSegmentation, session.replanner.lesions[0].id)
    works = [session.edits_work(), session.find_work(), session.restore_work()]
    session.parameters = None
    try:
        for work in works:
            assert work(silent) is not None
    finally:
        session.parameters = parameters


def test_a_fact_whose_lesion_is_not_known_any_more_is_named(planned: Any) -> None:
    session = planned.panel.session
    session.parameters.facts = json.dumps({"L77": {"symptomatic": True}})
    planned.ui.findButton.click()
    wait(planned)
    assert "L77" in planned.ui.statusLabel.text
    assert not session.facts


def test_the_reserve_of_a_plan_of_other_inputs_judges_no_dose(host: Host, planned: Any, tmp_path: Path) -> None:
    parameters = planned.panel.session.parameters
    parameters.doseFiles, parameters.doseStructures = str(tmp_path / "dose.dcm"), str(tmp_path / "structures.dcm")
    parameters.doseMarrowOfPlan = True
    parameters.weightKg = 61.0
    planned.ui.checkDoseButton.click()
    wait(planned)
    assert "was made with other inputs" in host.errors.pop()


@pytest.mark.usefixtures("host")
def test_files_of_a_patient_that_were_written_to_be_sent_do_not_stay(demo_plan: Plan) -> None:
    from HimarsPlannerLib.export.structures import SELECTED_GTVS
    from HimarsPlannerLib.panel.plan_folder import PlanFolder
    from HimarsPlannerLib.progress import silent

    keeper = PlanFolder()
    write = keeper.prepare(demo_plan, Path(), SELECTED_GTVS)
    assert write is not None
    folder = write(silent)
    assert any(folder.iterdir())
    del keeper, write
    gc.collect()
    assert not folder.exists()


def test_refusals_and_notices_name_the_panel_s_controls(host: Host, demo: Any) -> None:
    parameters = demo.panel.session.parameters
    parameters.weightKg = 5.0
    demo.ui.suvButton.click()
    wait(demo)
    assert 'Use "SUV overrides" under Patient' in host.errors[-1]
    assert "--" not in host.errors.pop() + demo.ui.statusLabel.text
    parameters.weightKg = 0.0
    parameters.lesionsFrom = type(parameters.lesionsFrom).PET
    demo.ui.findButton.click()
    wait(demo)
    assert not host.errors
    assert "--" not in demo.ui.noticesBrowser.plainText
