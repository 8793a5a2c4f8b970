"""The panel as a user meets it, under the stand-in host."""

from __future__ import annotations

import ast
import gc
import threading
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import pydicom
import pytest
import slicer
from PySide6.QtWidgets import QTableWidgetSelectionRange
from slicer_host import Host
from slicer_host.application import MODULE
from slicer_host.pythonqt import unwrap

from HimarsPlannerLib.clinical.facts import Facts

PANEL = MODULE.parent / "HimarsPlannerLib" / "panel"


def wait(widget: Any) -> None:
    widget.panel.runner.wait()


def test_the_drive_of_the_self_test_passes_and_the_panel_can_be_seen(host: Host, tmp_path: Path) -> None:
    from PIL import Image

    from HimarsPlannerLib.panel.drive import drive

    pictures = []

    def look(step: str) -> None:
        assert not host.errors, host.errors
        pictures.append(tmp_path / f"{step}.png")
        # What Slicer 5.12 leaves to a module's panel at 1366x768.
        host.picture(pictures[-1], 480, 640)

    host.answers = [True]  # the drive edits a lesion, then finds again
    drive(host.widget, look)
    assert len(pictures) == 9
    with Image.open(pictures[1]) as picture:
        assert picture.size == (480, 640)
        assert len(picture.convert("RGB").getcolors(1 << 20) or ()) > 100
    assert host.area.horizontalScrollBar().maximum() == 0, "nothing is cut off at 480 px"


def test_the_module_says_what_it_is_and_offers_the_demo_patient(host: Host) -> None:
    assert host.described.parent.title == "HIMARS Planner"
    assert [sample["name"] for sample in host.samples] == ["HIMARS demo patient"]
    made = []
    host.widget.onLoadDemo = lambda: made.append(True)
    host.samples[0]["make"](None)
    assert made
    assert host.module == "HimarsPlanner"


def test_sample_data_starts_no_second_job_beside_a_running_one(host: Host, widget: Any) -> None:
    go = threading.Event()
    done: list[str] = []

    def work(_progress: Any) -> str:
        go.wait(10)
        return "first"

    widget.panel.desk.run("It failed.", work, done.append)
    host.samples[0]["make"](None)
    go.set()
    wait(widget)
    assert done == ["first"]
    assert not slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")


def test_without_a_ct_nothing_can_be_run_and_the_tooltip_says_why(widget: Any) -> None:
    assert not widget.ui.boneButton.enabled
    assert not widget.ui.findButton.enabled
    assert "Choose a CT" in widget.ui.findButton.toolTip
    assert not widget.ui.rtstructButton.enabled


def test_unknowns_that_matter_are_on_top_with_the_gauge_to_scale(planned: Any) -> None:
    assert "Not known for some or all lesions" in planned.ui.noticesBrowser.plainText
    plan = planned.panel.session.plan
    assert f"{plan.selection.selected_ml:.1f} ml" in planned.ui.gaugeLabel.text
    width = round(100 * plan.selection.selected_ml / plan.reserve.bone_marrow_reserve_ml)
    assert f'width="{width}%"' in planned.ui.gaugeLabel.text


def test_every_column_of_the_tables_has_a_meaning(widget: Any) -> None:
    for table in (widget.ui.rankingTable, widget.ui.factsTable, widget.ui.candidatesTable):
        for column in range(table.columnCount):
            assert table.horizontalHeaderItem(column).toolTip()


def test_a_lesion_said_to_be_symptomatic_goes_to_tier_1_at_once(planned: Any) -> None:
    from HimarsPlannerLib.panel import tables

    facts = planned.ui.factsTable
    last = planned.panel.session.plan.selection.decisions[-1].ranked
    assert last.tier > 1
    row = tables.row_of_lesion(facts, last.lesion.id)
    column = planned.panel.facts.table.number("symptomatic")
    before = planned.panel.session.plan
    choose_fact(planned, row, column, None)
    assert planned.panel.session.plan is before, "a click alone changes nothing"
    choose_fact(planned, row, column, "yes")
    assert facts.item(row, column).text() == "yes"
    ranked = {one.ranked.lesion.id: one.ranked for one in planned.panel.session.plan.selection.decisions}
    assert ranked[last.lesion.id].tier == 1
    choose_fact(planned, row, column, "not stated")
    assert facts.item(row, column).text() == "?"


def choose_fact(widget: Any, row: int, column: int, words: str | None) -> None:
    """Click a cell of the facts, and choose in the menu that comes up; None only looks at it."""
    unwrap(widget.ui.factsTable).cellClicked.emit(row, column)
    actions = {action.text: action for action in widget.panel.facts.menu.actions()}
    if words is not None:
        assert words in actions, actions.keys()
        actions[words].trigger()


def test_every_fact_of_the_command_line_can_be_stated_and_of_several_lesions_at_once(planned: Any) -> None:
    table, session = planned.panel.facts.table, planned.panel.session
    told = {column.fact for number in range(1, planned.ui.factsTable.columnCount) if (column := table.column(number))}
    assert told | {"accepted"} == {one.name for one in fields(Facts)}
    first, second = (planned.ui.factsTable.item(row, 0).data(tables_role()) for row in (0, 1))
    rows = unwrap(planned.ui.factsTable)
    rows.setRangeSelected(QTableWidgetSelectionRange(0, 0, 1, rows.columnCount() - 1), True)
    choose_fact(planned, 1, table.number("lesion_type"), "blastic")
    choose_fact(planned, 1, table.number("regimen"), "35/5")
    assert {session.facts[lesion].lesion_type for lesion in (first, second)} == {"blastic"}
    assert {session.facts[lesion].regimen for lesion in (first, second)} == {"35/5"}
    assert len(session.facts) == 2


def tables_role() -> int:
    from HimarsPlannerLib.panel.tables import LESION_ROLE

    return LESION_ROLE


def test_facts_that_contradict_each_other_are_refused_and_nothing_changes(host: Host, planned: Any) -> None:

    facts = planned.ui.factsTable
    facts.item(0, planned.panel.facts.table.number("excluded")).setText("patient's wish")
    before = planned.panel.session.parameters.facts
    facts.item(0, planned.panel.facts.table.number("pinned")).setCheckState(qt_checked())
    assert "contradicts itself: pinned and excluded" in host.errors[-1]
    assert planned.panel.session.parameters.facts == before
    assert facts.item(0, planned.panel.facts.table.number("pinned")).checkState() != qt_checked()


def qt_checked() -> Any:
    import qt

    return qt.Qt.Checked


def test_the_segment_editor_opens_on_the_chosen_lesion(host: Host, planned: Any) -> None:
    planned.ui.rankingTable.selectRow(2)
    planned.ui.editButton.click()
    lesion = planned.panel.session.plan.selection.decisions[2].ranked.lesion.id
    assert host.module == "SegmentEditor"
    assert host.editor.segmentation is planned.panel.session.parameters.lesionSegmentation
    assert host.editor.source is planned.panel.session.parameters.ct
    assert host.editor.segment == lesion


def test_edits_are_followed_by_themselves_after_a_moment(host: Host, planned: Any) -> None:
    from HimarsPlannerLib.panel.drive import erase_half, volume_of

    session = planned.panel.session
    lesion = max(session.replanner.lesions, key=lambda one: one.volume_ml)
    erase_half(session.parameters.lesionSegmentation.GetSegmentation(), lesion.id)
    end = time.monotonic() + 60
    while volume_of(session, lesion.id) == lesion.volume_ml and time.monotonic() < end:
        host.app.processEvents()
    assert volume_of(session, lesion.id) == pytest.approx(lesion.volume_ml / 2, rel=0.05)


def test_a_removed_and_a_new_segment_are_followed(planned: Any) -> None:
    session = planned.panel.session
    segmentation = session.parameters.lesionSegmentation.GetSegmentation()
    count = len(session.replanner.lesions)
    copy = slicer.vtkSegment()
    copy.DeepCopy(segmentation.GetSegment("L01"))
    copy.SetName("drawn")
    segmentation.AddSegment(copy, "Segment_9")
    segmentation.RemoveSegment("L02")
    planned.panel.lesions.follow_edits_now()
    wait(planned)
    names = {one.id: one.name for one in session.replanner.lesions}
    assert len(names) == count
    assert "L02" not in names
    assert names[f"L{count + 1:02d}"] == "drawn"
    planned.panel.lesions.follow_edits_now()
    wait(planned)
    assert {one.id: one.name for one in session.replanner.lesions} == names


def test_contours_made_by_hand_are_replaced_only_when_the_user_says_so(host: Host, planned: Any) -> None:
    from HimarsPlannerLib.panel.drive import erase_half, follow, volume_of

    session = planned.panel.session
    lesion = max(session.replanner.lesions, key=lambda one: one.volume_ml)
    erase_half(session.parameters.lesionSegmentation.GetSegmentation(), lesion.id)
    follow(planned)
    edited = volume_of(session, lesion.id)
    host.answers = [False, True]
    planned.ui.findButton.click()
    wait(planned)
    assert volume_of(session, lesion.id) == edited
    planned.ui.findButton.click()
    wait(planned)
    assert volume_of(session, lesion.id) == pytest.approx(lesion.volume_ml)
    planned.ui.findButton.click()
    wait(planned)
    assert not host.answers, "there is nothing left to ask about"


def test_surfaces_are_made_by_themselves_and_are_no_edits(host: Host, planned: Any) -> None:
    from HimarsPlannerLib.mrml.surfaces import without_surface

    node = planned.panel.session.parameters.lesionSegmentation
    assert without_surface(node)
    end = time.monotonic() + 60
    while without_surface(node) and time.monotonic() < end:
        host.app.processEvents()
    assert not without_surface(node)
    assert not planned.panel.lesions.edited
    assert planned.ui.rtstructButton.enabled


def test_cancel_stops_between_stages_and_leaves_the_scene_as_it_was(host: Host, demo: Any) -> None:
    nodes = host.scene.GetNumberOfNodes()
    go, stages = threading.Event(), []

    def work(progress: Any) -> str:
        progress("first", 0.2)
        go.wait(10)
        stages.append("second")
        progress("second", 0.6)
        stages.append("third")
        return "done"

    results: list[str] = []
    demo.panel.desk.run("It failed.", work, results.append)
    host.app.processEvents()
    assert not demo.ui.findButton.enabled
    assert demo.ui.progressBar.maximum == 100
    assert not gc.isenabled(), "no Qt object may end in the other thread"
    demo.ui.cancelButton.click()
    assert not demo.panel.runner.busy
    assert "Cancelled" in demo.ui.statusLabel.text
    assert not gc.isenabled()
    go.set()
    wait(demo)
    assert gc.isenabled()
    assert stages == ["second"]
    assert not results
    assert host.scene.GetNumberOfNodes() == nodes
    assert demo.ui.findButton.enabled


def test_the_application_answers_while_the_bone_is_segmented(host: Host, demo: Any) -> None:
    longest, last = 0.0, time.monotonic()
    demo.ui.boneButton.click()
    while demo.panel.runner.busy:
        host.app.processEvents()
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    # One poll hands the interpreter over for 40 ms; the rest is the scheduling of two cores under load.
    assert longest < 2.0
    assert demo.panel.session.parameters.boneSegmentation is not None


def test_a_new_plan_begins_without_the_words_of_another(planned: Any) -> None:
    planned.panel.desk.say("Facts of 3 lesions read")
    planned.ui.newPlanButton.click()
    assert planned.ui.statusLabel.text == ""


def test_two_plans_in_one_scene_keep_their_own(host: Host, planned: Any) -> None:
    first = planned.panel.session
    planned.ui.newPlanButton.click()
    second = planned.panel.session
    assert second is not first
    assert second.plan is None
    assert planned.ui.rankingTable.rowCount == 0
    second.parameters.ct = first.parameters.ct
    second.parameters.lesionSource = first.parameters.lesionSource
    second.parameters.structures = first.parameters.structures
    box = planned.ui.levelComboBox
    box.setCurrentIndex(box.findData("-1"))
    planned.ui.findButton.click()
    wait(planned)
    assert not host.errors
    nodes = [node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLSegmentationNode")]
    assert len(nodes) == len(set(nodes)) == 6
    planned.ui.planSelector.setCurrentNode(first.parameters.parameterNode)
    wait(planned)
    assert planned.panel.session.plan.level.name == "1"
    assert planned.ui.levelComboBox.currentData == "1"
    assert second.parameters.level == "-1"


def test_a_control_writes_into_the_plan_that_is_shown_and_into_no_other(planned: Any) -> None:
    first = planned.panel.session.parameters
    first.suvThreshold, first.injectionTime = 5.0, "10:30"
    planned.ui.newPlanButton.click()
    second = planned.panel.session.parameters
    assert planned.ui.thresholdSlider.value == 3.0
    planned.ui.thresholdSlider.value = 7.0
    planned.ui.injectionTimeLineEdit.text = "11:45"
    assert (second.suvThreshold, second.injectionTime) == (7.0, "11:45")
    assert (first.suvThreshold, first.injectionTime) == (5.0, "10:30")
    first.suvThreshold = 6.0
    assert planned.ui.thresholdSlider.value == 7.0, "a plan that is not shown does not move the controls"


def test_the_application_ends_with_a_plan_shown(host: Host, planned: Any) -> None:
    """Then the window and the panel in it are gone before `cleanup` is called."""
    assert planned.panel.session.plan is not None
    host.end()
    assert not host.errors


def test_a_fault_of_the_program_is_shown_and_not_only_logged(
    host: Host, planned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_session: Any) -> None:
        raise RuntimeError("a fault of the program")

    monkeypatch.setattr(type(planned.panel.session), "select", broken)
    box = planned.ui.levelComboBox
    box.setCurrentIndex(box.findData("3"))
    assert "The level could not be applied." in host.errors[-1]
    assert "a fault of the program" in host.errors[-1]
    assert [str(fault) for fault in host.faults] == ["a fault of the program"]
    host.faults.clear()


def test_the_plan_is_there_after_the_module_is_reloaded(host: Host, planned: Any) -> None:
    before = planned.panel.session.plan
    planned.onReload()
    again = host.widget
    wait(again)
    assert again is not planned
    after = again.panel.session.plan
    assert [one.verdict for one in after.selection.decisions] == [one.verdict for one in before.selection.decisions]
    assert again.ui.rankingTable.rowCount == len(before.selection.decisions)


def test_a_plan_is_not_made_again_on_another_series(
    host: Host, planned: Any, demo_folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for file in (demo_folder / "CT").iterdir():
        dataset = pydicom.dcmread(file)
        dataset.SeriesInstanceUID = "1.2.3"
        dataset.save_as(other / file.name)
    planned.panel.session.parameters.ct.SetAttribute("HimarsPlanner.dicomFolder", str(other))
    planned.onReload()
    wait(host.widget)
    assert "is series 1.2.3, the plan was made on" in host.errors.pop()
    assert host.widget.panel.session.plan is None


def test_the_scene_is_closed_while_a_job_runs(host: Host, demo: Any) -> None:
    demo.ui.findButton.click()
    host.scene.Clear()
    wait(demo)
    host.app.processEvents()
    assert demo.panel.session.plan is None
    assert not slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
    assert not host.errors


@pytest.mark.parametrize("file", [MODULE, *sorted(PANEL.glob("*.py"))], ids=lambda file: file.name)
def test_what_is_translated_is_plain_text(file: Path) -> None:
    """`_()` finds a text by its literal: f-strings and variables would never be translated."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
            assert len(node.args) == 1
            assert isinstance(node.args[0], ast.Constant)
            assert isinstance(node.args[0].value, str)


def test_the_module_file_stays_wiring() -> None:
    assert len(MODULE.read_text(encoding="utf-8").splitlines()) < 400
