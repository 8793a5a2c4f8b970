"""What leaves the panel, and bone and contours that come from the scene, under the stand-in host."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from slicer_host import Host

from HimarsPlannerLib.mrml.volume import add_volume
from HimarsPlannerLib.planner import make_plan
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.study.read import read_study


def wait(widget: Any) -> None:
    widget.panel.runner.wait()


def test_the_rtstruct_in_the_dicom_database_refers_to_the_ct(host: Host, planned: Any, demo_folder: Path) -> None:
    planned.ui.databaseButton.click()
    wait(planned)
    assert not host.errors
    (dataset,) = host.database.datasets
    ct = pydicom.dcmread(next((demo_folder / "CT").iterdir()))
    assert dataset.Modality == "RTSTRUCT"
    assert dataset.StudyInstanceUID == ct.StudyInstanceUID
    chosen = [one for one in planned.panel.session.plan.selection.decisions if one.verdict == "selected"]
    assert len(dataset.StructureSetROISequence) == len(chosen)
    host.database.files.clear()
    host.database.takes = False
    planned.ui.databaseButton.click()
    wait(planned)
    assert "did not take the RTSTRUCT" in host.errors.pop()
    host.database.isOpen = False
    planned.ui.databaseButton.click()
    wait(planned)
    assert "DICOM database is not open" in host.errors[-1]


def test_files_of_the_user_are_replaced_only_when_he_says_so(host: Host, planned: Any, tmp_path: Path) -> None:
    planned.ui.planJsonButton.click()
    wait(planned)
    assert "No folder for results is chosen" in host.errors.pop()
    planned.panel.session.parameters.outFolder = tmp_path
    (tmp_path / "plan.json").write_text("mine", encoding="utf-8")
    host.answers = [False, True]
    planned.ui.planJsonButton.click()
    wait(planned)
    assert (tmp_path / "plan.json").read_text(encoding="utf-8") == "mine"
    planned.ui.planJsonButton.click()
    wait(planned)
    assert json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))["schema"] == "himars-plan/1"
    assert not host.errors


def test_the_folder_under_out_is_the_one_that_was_chosen_even_where_it_is_the_application_s_own(
    host: Host, planned: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    button, parameters = planned.ui.outDirectoryButton, planned.panel.session.parameters
    assert button.text == "Choose a folder", "the button would name the application's own folder"
    monkeypatch.chdir(tmp_path)
    button.directory = str(tmp_path)
    assert parameters.outFolder == tmp_path
    assert button.text == str(tmp_path)
    planned.ui.planJsonButton.click()
    wait(planned)
    assert (tmp_path / "plan.json").is_file()
    planned.ui.newPlanButton.click()
    assert button.text == "Choose a folder"
    assert planned.panel.session.parameters.outFolder == Path()
    planned.ui.planSelector.setCurrentNode(parameters.parameterNode)
    wait(planned)
    assert button.text == str(tmp_path)
    assert not host.errors


def test_the_report_asks_for_jinja2_only_when_it_is_needed(
    host: Host, planned: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from HimarsPlannerLib.panel import packages

    planned.panel.session.parameters.outFolder = tmp_path
    planned.ui.reportButton.click()
    wait(planned)
    assert (tmp_path / "report.html").stat().st_size > 10_000
    assert not host.installed
    monkeypatch.setattr(packages, "_present", lambda _name: False)
    host.refuse_packages = "no network"
    host.answers = [True]
    planned.ui.reportButton.click()
    wait(planned)
    assert host.installed == ["jinja2>=3.1"]
    assert "which this Slicer does not have (no network)" in host.errors[-1]
    assert "PythonSlicer -m pip install" in host.errors[-1]


def test_an_rtstruct_file_gives_the_plan_that_its_contours_give(
    host: Host, demo: Any, demo_folder: Path, demo_plan: Any
) -> None:
    parameters = demo.panel.session.parameters
    parameters.lesionSource = parameters.structures = None
    demo.ui.rtstructPathLineEdit.currentPath = str(demo_folder / "nothing.dcm")
    demo.ui.readRtstructButton.click()
    wait(demo)
    assert "nothing.dcm is no file" in host.errors.pop()
    demo.ui.rtstructPathLineEdit.currentPath = str(demo_folder / "RTSTRUCT" / "structures.dcm")
    demo.ui.readRtstructButton.click()
    wait(demo)
    assert parameters.structures.GetSegmentation().GetNumberOfSegments() > 1
    demo.panel.session.show_bone(demo_plan.bone)
    demo.ui.findButton.click()
    wait(demo)
    assert not host.errors
    plan = demo.panel.session.plan
    read = make_plan(read_study([demo_folder]), read_protocol(), "1", bone=demo_plan.bone)
    assert plan.reserve == read.reserve
    verdicts = {one.ranked.lesion.name: one.verdict for one in plan.selection.decisions}
    assert verdicts == {one.ranked.lesion.name: one.verdict for one in read.selection.decisions}


def test_bone_from_a_segmentation_of_the_scene(host: Host, demo: Any, demo_phantom: Any) -> None:
    from HimarsPlannerLib.export.segmentation import Segment
    from HimarsPlannerLib.mrml.show_segments import show_segments
    from HimarsPlannerLib.region import Region

    grid = demo_phantom.ct.grid
    bone = Region.from_array(np.isin(demo_phantom.labels, (1, 2, 5)), grid)
    node = host.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "TotalSegmentator")
    show_segments(node, {"a": Segment("hip_left", (9, 9, 9), bone)}, grid, demo.panel.session.parameters.ct)
    demo.panel.session.parameters.boneSource = node
    demo.ui.boneButton.click()
    wait(demo)
    assert not host.errors
    assert demo.panel.session.bone.definition.startswith("labels")
    assert "hip_left" in demo.panel.session.bone.bones


def test_bone_that_was_edited_by_hand_is_what_the_plan_uses(host: Host, demo: Any) -> None:
    from HimarsPlannerLib.panel.drive import erase_half

    demo.ui.boneButton.click()
    wait(demo)
    before = demo.panel.session.bone.trabecular.sum()
    erase_half(demo.panel.session.parameters.boneSegmentation.GetSegmentation(), "label:2")
    demo.ui.findButton.click()
    wait(demo)
    assert not host.errors
    plan = demo.panel.session.plan
    assert plan.bone.trabecular.sum() == pytest.approx(before / 2, rel=0.01)
    assert "bone-edited" in [notice.code for notice in plan.notices]


def test_a_volume_that_is_no_ct_is_refused(host: Host, widget: Any, demo_study: Any) -> None:
    flat = add_volume(host.scene, demo_study.pet.native, "a PET")
    widget.panel.session.parameters.ct = flat
    widget.ui.boneButton.click()
    wait(widget)
    assert "which are not HU" in host.errors[-1]
