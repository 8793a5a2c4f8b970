"""The panel driven as a user would: the self-test in Slicer, and the same under the tests' stand-in host."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import qt
import slicer
from vtkmodules.util import numpy_support

from . import tables
from .demo import DemoSize
from .outputs import PLAN, RTSTRUCT
from .parameters import facts_of

SMALL = DemoSize("pelvis", (2.5, 2.5, 4.0))


class DriveError(AssertionError):
    """The panel did not do what a user expects."""


def expect(condition: object, what: str) -> None:
    """Raise where something is not as a user expects."""
    if not condition:
        raise DriveError(what)


def drive(widget: Any, after_step: Callable[[str], None] = lambda _step: None) -> None:
    """Load the demo patient, plan, change the level, pin, exclude, edit, export, save, close, reload.

    Parameters
    ----------
    widget
        The module's widget.
    after_step
        Called with the name of each step, for pictures.

    Raises
    ------
    DriveError
        A step did not do what a user expects.
    """
    widget.panel.demo_size = SMALL
    with tempfile.TemporaryDirectory() as folder:
        for step in (load, plan, change_level, pin_and_exclude, click_row, edit, find_in_pet):
            step(widget)
            after_step(step.__name__)
        export(widget, Path(folder))
        after_step("export")
        close_and_reload(widget, Path(folder))
        after_step("close_and_reload")


def click(widget: Any, button: str) -> None:
    """Click a button and wait for what it starts."""
    control = getattr(widget.ui, button)
    expect(control.enabled, f"{button} can be clicked")
    control.click()
    widget.panel.runner.wait()


def ranking(widget: Any) -> list[str]:
    """Lesions of the ranking table, from top to bottom."""
    table = widget.ui.rankingTable
    return [tables.lesion_of_row(table, row) for row in range(table.rowCount)]


def selected(widget: Any) -> set[str]:
    """Lesions that the plan selects."""
    decisions = widget.panel.session.plan.selection.decisions
    return {one.ranked.lesion.id for one in decisions if one.verdict == "selected"}


def load(widget: Any) -> None:
    """The demo patient's nodes are in the scene and chosen."""
    click(widget, "loadDemoButton")
    chosen = widget.panel.session.parameters
    expect(chosen.ct is not None and chosen.pet is not None, "CT and PET of the demo patient are chosen")
    expect(chosen.lesionSource.GetSegmentation().GetNumberOfSegments() > 1, "the GTVs are in the scene")


def plan(widget: Any) -> None:
    """Bone first, then lesions: table, gauge and nodes are there."""
    click(widget, "boneButton")
    expect(widget.panel.session.parameters.boneSegmentation is not None, "the bone is in the scene")
    click(widget, "findButton")
    made = widget.panel.session.plan
    expect(made is not None, "there is a plan")
    expect(len(ranking(widget)) == len(made.selection.decisions), "every lesion has a row")
    expect("BMR" in widget.ui.gaugeLabel.text, "the gauge tells the reserve")
    expect(made.study.pet.suv.factor != 1.0, "SUV came from the DICOM headers")
    expect(made.study.ct.reference is not None, "the CT is known as a DICOM series")


def change_level(widget: Any) -> None:
    """A higher level has a larger budget, at once."""
    box, session = widget.ui.levelComboBox, widget.panel.session
    before = session.plan.selection.budget_ml
    box.setCurrentIndex(box.findData("3"))
    expect(session.plan.level.name == "3", "the plan is at level 3")
    expect(session.plan.selection.budget_ml > before, "its budget is larger")
    box.setCurrentIndex(box.findData("1"))
    expect(session.plan.selection.budget_ml == before, "and back")


def pin_and_exclude(widget: Any) -> None:
    """The last lesion, pinned, goes first; unticked it is excluded; ticked it may be treated again."""
    facts, table = widget.ui.factsTable, widget.ui.rankingTable
    last = ranking(widget)[-1]
    pinned = widget.panel.facts.table.number("pinned")
    facts.item(tables.row_of_lesion(facts, last), pinned).setCheckState(qt.Qt.Checked)
    expect(ranking(widget)[0] == last, "the pinned lesion is first")
    table.item(tables.row_of_lesion(table, last), tables.TREAT).setCheckState(qt.Qt.Unchecked)
    expect(last not in selected(widget), "the unticked lesion is not selected")
    expect(facts_of(widget.panel.session.parameters)[last].excluded, "the exclusion has a reason")
    table.item(tables.row_of_lesion(table, last), tables.TREAT).setCheckState(qt.Qt.Checked)
    expect(last in selected(widget) or not facts_of(widget.panel.session.parameters), "the exclusion is undone")


def click_row(widget: Any) -> None:
    """The slice views jump to the lesion, and the lines below tell about it."""
    table, session = widget.ui.rankingTable, widget.panel.session
    row = table.rowCount - 1
    widget.panel.ranking.look_at_row(row)
    lesion = session.plan.selection.decisions[row].ranked.lesion
    expect(lesion.name in widget.ui.detailBrowser.plainText, "the chosen lesion is told about")
    node = slicer.util.getNodesByClass("vtkMRMLSliceNode")[0]
    height = node.GetSliceToRAS().GetElement(2, 3)
    rows = lesion.region.box[0]
    low, high = (lesion.region.grid.to_lps((row, 0, 0))[2] for row in (rows.start, rows.stop))
    expect(min(low, high) <= height <= max(low, high), "the views are at the lesion")


def edit(widget: Any) -> None:
    """A segment that shrinks in the Segment Editor makes a smaller lesion; an undo brings it back."""
    panel = widget.panel
    session = panel.session
    largest = max(session.replanner.lesions, key=lambda lesion: lesion.volume_ml)
    click(widget, "editButton")
    segmentation = session.parameters.lesionSegmentation.GetSegmentation()
    history = slicer.vtkSegmentationHistory()
    history.SetSegmentation(segmentation)
    history.SaveState()
    erase_half(segmentation, largest.id)
    follow(widget)
    expect(volume_of(session, largest.id) < 0.7 * largest.volume_ml, "the edited lesion is smaller")
    history.RestorePreviousState()
    follow(widget)
    expect(abs(volume_of(session, largest.id) - largest.volume_ml) < 1e-6, "the undo brings it back")
    slicer.util.selectModule("HimarsPlanner")


def erase_half(segmentation: Any, segment: str) -> None:
    """Erase a segment's voxels in the upper half of its slices."""
    name = slicer.vtkSegmentationConverter.GetBinaryLabelmapRepresentationName()
    one = segmentation.GetSegment(segment)
    image = one.GetRepresentation(name)
    labels = numpy_support.vtk_to_numpy(image.GetPointData().GetScalars())
    inside = (labels == one.GetLabelValue()).nonzero()[0]
    labels[inside[len(inside) // 2 :]] = 0
    image.Modified()
    segmentation.InvokeEvent(slicer.vtkSegmentation.SourceRepresentationModified)


def follow(widget: Any) -> None:
    """Wait until the panel has followed an edit."""
    expect(not widget.ui.rtstructButton.enabled, "nothing leaves the panel before the edit is followed")
    while widget.panel.lesions.edited:
        slicer.app.processEvents()
    widget.panel.runner.wait()


def volume_of(session: Any, lesion: str) -> float:
    """Volume of a lesion as the plan has it, ml."""
    decisions = session.plan.selection.decisions
    return next(float(one.ranked.lesion.volume_ml) for one in decisions if one.ranked.lesion.id == lesion)


def find_in_pet(widget: Any) -> None:
    """Uptake above the slider's threshold, previewed and found; a candidate is accepted."""
    parameters = widget.panel.session.parameters
    parameters.lesionsFrom = type(parameters.lesionsFrom).PET
    widget.ui.previewCheckBox.checked = True
    widget.ui.thresholdSlider.value = 4.0
    display = parameters.suvPet.GetDisplayNode()
    from_four = abs(display.GetLowerThreshold() - 4.0) < 1e-6  # a slider counts steps of 0.1
    expect(display.GetApplyThreshold() and from_four, "the preview shows SUV from 4 on")
    click(widget, "findButton")
    expect(not display.GetApplyThreshold(), "the preview is over")
    waiting = widget.ui.candidatesTable
    before = widget.panel.session.plan.reserve.gtv_total_ml
    if waiting.rowCount:
        waiting.selectRow(0)
        click(widget, "acceptButton")
        expect(widget.panel.session.plan.reserve.gtv_total_ml > before, "an accepted candidate counts in GTV_total")
    parameters.lesionsFrom = type(parameters.lesionsFrom).SEGMENTS
    click(widget, "findButton")


def export(widget: Any, folder: Path) -> None:
    """RTSTRUCT and plan.json are in the folder and agree with the panel."""
    widget.panel.session.parameters.outFolder = folder
    click(widget, "rtstructButton")
    click(widget, "planJsonButton")
    names = [item.ROIName for item in pydicom.dcmread(folder / RTSTRUCT).StructureSetROISequence]
    record = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    chosen = [one["id"] for one in record["lesions"] if one["decision"] == "selected"]
    expect(set(chosen) == selected(widget), "plan.json has the panel's selection")
    expect(len(names) == len(chosen), "the RTSTRUCT has the selected lesions")


def close_and_reload(widget: Any, folder: Path) -> None:
    """The plan survives a saved scene; a closed scene leaves an empty panel."""
    box = widget.ui.levelComboBox
    box.setCurrentIndex(box.findData("2"))
    before = {one.ranked.lesion.id: one.verdict for one in widget.panel.session.plan.selection.decisions}
    reserve = widget.panel.session.plan.reserve
    file = str(folder / "plan.mrb")
    expect(slicer.mrmlScene.WriteToMRB(file), "the scene can be saved")
    slicer.mrmlScene.Clear()
    expect(not ranking(widget), "a closed scene leaves no lesion in the panel")
    expect(slicer.mrmlScene.ReadFromMRB(file, True), "the scene can be loaded")
    widget.panel.runner.wait()
    again = widget.panel.session.plan
    expect(again is not None, "the plan is there again")
    expect({one.ranked.lesion.id: one.verdict for one in again.selection.decisions} == before, "with its selection")
    expect(again.level.name == "2", "at its level")
    expect(again.reserve == reserve, f"and its reserve: {again.reserve} was {reserve}")
