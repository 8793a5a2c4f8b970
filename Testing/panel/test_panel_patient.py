"""Patient, bone and lesions as a user chooses them in the panel, beyond the first way through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pydicom
import pytest
import slicer
import vtk
from slicer_host import Host
from slicer_host.pythonqt import unwrap

from HimarsPlannerLib.lesions.uptake.rule import PetMethod
from HimarsPlannerLib.protocol.protocol import DEFAULT_FILE

MORE = ("patientMoreBox", "lesionsMoreBox")


def wait(widget: Any) -> None:
    widget.panel.runner.wait()


# How SUV is computed


def test_the_suv_decisions_are_shown_before_planning(host: Host, demo: Any, demo_folder: Path) -> None:
    header = pydicom.dcmread(next((demo_folder / "PET").iterdir()), stop_before_pixels=True)
    injection = header.RadiopharmaceuticalInformationSequence[0]
    assert demo.ui.suvBrowser.isHidden()
    demo.ui.suvButton.click()
    wait(demo)
    words = demo.ui.suvBrowser.plainText
    assert not demo.ui.suvBrowser.isHidden()
    assert f"Weight is {float(header.PatientWeight):g} kg" in words
    assert f"{float(injection.RadionuclideTotalDose) / 1e6:.2f} MBq (0018,1074)" in words
    assert demo.panel.session.plan is None
    assert not host.errors


def test_a_stated_weight_scales_the_factor_and_hides_what_was_shown_before(demo: Any) -> None:
    def factor() -> float:
        demo.ui.suvButton.click()
        wait(demo)
        line = next(one for one in demo.ui.suvBrowser.plainText.splitlines() if "slope + intercept of its slice" in one)
        return float(line.split("=")[1].split("x")[0])

    before = factor()
    header_kg = float(demo.ui.suvBrowser.plainText.split("Weight is ")[1].split(" kg")[0])
    demo.ui.weightSpinBox.value = 2 * header_kg
    assert demo.ui.suvBrowser.isHidden()
    assert factor() == pytest.approx(2 * before, rel=1e-4)
    assert "was stated by the user" in demo.ui.suvBrowser.plainText


def test_a_pet_that_is_refused_shows_why(host: Host, demo: Any) -> None:
    demo.panel.session.parameters.pet.RemoveAttribute("HimarsPlanner.dicomFolder")
    demo.ui.suvButton.click()
    wait(demo)
    assert "SUVbw cannot be computed" in host.errors[-1]
    assert "state that its values are SUVbw" in host.errors[-1]
    assert demo.ui.suvBrowser.isHidden()


# A PET that may not be the CT's


def say_otherwise(demo: Any, folder: Path, patient_pet: Path, **header: str) -> None:
    """Have the PET's DICOM files say something else."""
    folder.mkdir()
    for file in sorted(patient_pet.iterdir()):
        dataset = pydicom.dcmread(file)
        for keyword, value in header.items():
            setattr(dataset, keyword, value)
        dataset.save_as(folder / file.name)
    demo.panel.session.parameters.pet.SetAttribute("HimarsPlanner.dicomFolder", str(folder))


@pytest.mark.parametrize("suv", [False, True])
def test_a_pet_of_another_patient_is_refused(
    host: Host, demo: Any, demo_folder: Path, tmp_path: Path, suv: bool
) -> None:
    say_otherwise(demo, tmp_path / "pet", demo_folder / "PET", PatientID="SOMEBODY ELSE")
    demo.panel.session.parameters.petIsSuv = suv
    demo.ui.findButton.click()
    wait(demo)
    assert demo.panel.session.plan is None
    assert "SOMEBODY ELSE" in host.errors[-1]
    assert "of one patient" in host.errors[-1]


def test_a_pet_in_another_frame_of_reference_is_refused_until_it_is_moved(
    host: Host, demo: Any, demo_folder: Path, tmp_path: Path
) -> None:
    say_otherwise(demo, tmp_path / "pet", demo_folder / "PET", FrameOfReferenceUID="1.2.3")
    demo.ui.findButton.click()
    wait(demo)
    assert demo.panel.session.plan is None
    assert "frame of reference 1.2.3" in host.errors[-1]
    assert "Register PET to planning CT" in host.errors[-1]
    moved = host.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "REG of the hospital")
    matrix = vtk.vtkMatrix4x4()
    matrix.SetElement(0, 3, 2.0)
    moved.SetMatrixTransformToParent(matrix)
    demo.panel.session.parameters.pet.SetAndObserveTransformNodeID(moved.GetID())
    demo.ui.findButton.click()
    wait(demo)
    plan = demo.panel.session.plan
    assert plan is not None
    assert "registration-unchecked" in {notice.code for notice in plan.study.notices}
    assert plan.study.pet.source.frame_of_reference_uid == "1.2.3"


@pytest.fixture
def other_protocol(tmp_path: Path) -> Path:
    """HIMARS's protocol with other levels and another threshold."""
    text = DEFAULT_FILE.read_text(encoding="utf-8")
    for old, new in (
        ('"-1" = 0.20', '"0" = 0.10'),
        ("suv_threshold = 3.0", "suv_threshold = 4.0"),
        ('pet_method = "fixed-suv"', 'pet_method = "percent-of-max"'),
    ):
        assert old in text, old
        text = text.replace(old, new, 1)
    file = tmp_path / "other.toml"
    file.write_text(text, encoding="utf-8")
    return file


def levels(widget: Any) -> list[str]:
    box = widget.ui.levelComboBox
    return [box.itemData(n) for n in range(box.count)]


def choose_protocol(host: Host, file: Path) -> None:
    host.files.answers = [str(file)]
    host.widget.ui.protocolButton.click()


def test_a_protocol_file_brings_its_levels_and_its_pet_method(host: Host, demo: Any, other_protocol: Path) -> None:
    assert levels(demo) == ["-1", "1", "2", "3"]
    choose_protocol(host, other_protocol)
    assert not host.errors
    assert levels(demo) == ["0", "1", "2", "3"]
    assert demo.ui.protocolLineEdit.text == str(other_protocol)
    assert demo.ui.thresholdSlider.value == 4.0
    assert demo.ui.petMethodComboBox.currentText == "a part of SUVmax"
    box = demo.ui.levelComboBox
    box.setCurrentIndex(box.findData("0"))
    demo.ui.findButton.click()
    wait(demo)
    plan = demo.panel.session.plan
    assert plan.selection.budget_ml == pytest.approx(0.1 * plan.reserve.bone_marrow_reserve_ml)
    assert "stated by the user for this plan" not in plan.protocol.sources.values()
    demo.ui.ownProtocolButton.click()
    assert levels(demo) == ["-1", "1", "2", "3"]
    assert demo.panel.session.plan is None
    assert demo.ui.levelComboBox.currentIndex == -1, "no level is guessed in place of one that is gone"
    demo.ui.findButton.click()
    wait(demo)
    assert "Cohort level '0' does not exist" in host.errors.pop()


def test_a_file_that_is_no_protocol_is_refused_and_nothing_changes(host: Host, planned: Any, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("levels = 3\n", encoding="utf-8")
    plan = planned.panel.session.plan
    choose_protocol(host, wrong)
    assert "The protocol was not changed" in host.errors[-1]
    assert str(wrong) in host.errors[-1]
    far = tmp_path / "far.toml"
    text = DEFAULT_FILE.read_text(encoding="utf-8")
    far.write_text(text.replace("suv_threshold = 3.0", "suv_threshold = 30.0", 1), encoding="utf-8")
    choose_protocol(host, far)
    assert "suv_threshold is 30" in host.errors[-1]
    assert planned.ui.protocolLineEdit.text == ""
    assert planned.panel.session.plan is plan
    host.files.answers = [""]
    planned.ui.protocolButton.click()
    assert len(host.errors) == 2, "a dialog that was cancelled changes and says nothing"


def test_a_plan_is_made_again_by_its_own_protocol_or_not_at_all(host: Host, demo: Any, other_protocol: Path) -> None:
    choose_protocol(host, other_protocol)
    box = demo.ui.levelComboBox
    box.setCurrentIndex(box.findData("0"))
    demo.ui.findButton.click()
    wait(demo)
    demo.onReload()
    wait(host.widget)
    assert host.widget.panel.session.plan.level.name == "0"
    with other_protocol.open("a", encoding="utf-8") as stream:
        stream.write("\n# another version\n")
    host.widget.onReload()
    wait(host.widget)
    assert "was changed since it was chosen" in host.errors[-1]
    assert host.widget.panel.session.plan is None
    assert levels(host.widget) == []


# Lesions


def test_named_segments_alone_are_lesions(host: Host, demo: Any) -> None:
    names = [one for one in segment_names(demo) if one.startswith("GTV")]
    assert len(names) > 2
    demo.ui.lesionRoiLineEdit.text = f"{names[0]}; {names[1].lower()}"
    demo.ui.findButton.click()
    wait(demo)
    assert not host.errors
    found = {one.ranked.lesion.name for one in demo.panel.session.plan.selection.decisions}
    assert found == set(names[:2])
    demo.ui.lesionRoiLineEdit.text = "Liver*"
    demo.ui.findButton.click()
    wait(demo)
    assert "No structure is called 'Liver*'" in host.errors.pop(), "only segments of the chosen segmentation count"


def segment_names(widget: Any) -> list[str]:
    segmentation = widget.panel.session.parameters.lesionSource.GetSegmentation()
    return [segmentation.GetNthSegment(n).GetName() for n in range(segmentation.GetNumberOfSegments())]


def test_a_lesion_ends_at_the_chosen_part_of_its_suvmax(host: Host, demo: Any) -> None:
    parameters = demo.panel.session.parameters
    parameters.lesionsFrom = type(parameters.lesionsFrom).PET
    assert not demo.ui.percentSpinBox.enabled
    demo.ui.petMethodComboBox.setCurrentIndex(demo.ui.petMethodComboBox.findText("a part of SUVmax"))
    assert demo.ui.percentSpinBox.enabled
    assert demo.ui.thresholdSlider.enabled
    demo.ui.percentSpinBox.value = 70
    demo.ui.findButton.click()
    wait(demo)
    assert not host.errors
    plan = demo.panel.session.plan
    lesions = [one.ranked.lesion for one in plan.selection.decisions if one.ranked.lesion.kind == "bone"]
    assert lesions
    for lesion in lesions:
        values = lesion.region.values(plan.study.pet.on_ct.array)
        assert values.min() >= 0.69 * values.max()
    assert plan.protocol.sources["lesions.percent_of_max"] == "stated by the user for this plan"


def test_a_threshold_from_an_organ_leaves_nothing_to_set_by_the_slider(demo: Any) -> None:
    parameters = demo.panel.session.parameters
    parameters.lesionsFrom = type(parameters.lesionsFrom).PET
    demo.ui.petMethodComboBox.setCurrentIndex(demo.ui.petMethodComboBox.findText("the liver's uptake"))
    assert not demo.ui.thresholdSlider.enabled
    assert not demo.ui.previewCheckBox.enabled
    assert not demo.ui.percentSpinBox.enabled


def test_the_panel_has_every_pet_method_of_the_library() -> None:
    from HimarsPlannerLib.panel.parameters import UptakeEnd

    assert {one.value for one in UptakeEnd} == {one.value for one in PetMethod}


def test_an_override_that_changes_suv_changes_the_pet_in_the_scene(host: Host, demo: Any) -> None:
    def highest() -> float:
        demo.ui.findButton.click()
        wait(demo)
        node = demo.panel.session.parameters.suvPet
        return float(slicer.util.arrayFromVolume(node).max())

    before = highest()
    demo.ui.activitySpinBox.value = 300.0
    after = highest()
    stated = [line for line in demo.panel.session.plan.study.pet.suv.trace if "300 MBq" in line]
    assert stated
    assert after == pytest.approx(float(demo.panel.session.plan.study.pet.native.array.max()))
    assert after != pytest.approx(before, rel=0.01)
    assert not host.errors


# Bone


def test_the_bone_line_says_whose_names_the_segments_have(host: Host, demo: Any) -> None:
    node = host.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "TotalSegmentator")
    for name in ("L1 vertebra", "left hip", "right rib 9", "liver"):
        node.GetSegmentation().AddEmptySegment(name, name)
    demo.panel.session.parameters.boneSource = node
    assert "3 of 4 segments are bones by TotalSegmentator's names" in demo.ui.boneLabel.text
    node.GetSegmentation().AddEmptySegment("Femur_L", "Femur_L")
    demo.panel.show()
    assert "4 of 5 segments are bones by their names" in demo.ui.boneLabel.text
    only = host.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "organs")
    only.GetSegmentation().AddEmptySegment("liver", "liver")
    demo.panel.session.parameters.boneSource = only
    assert "None of 1 segment names" in demo.ui.boneLabel.text


# The panel


def test_rare_choices_are_folded_away_and_fit_the_panel_when_opened(host: Host, demo: Any) -> None:
    for name in MORE:
        assert getattr(demo.ui, name).collapsed
        getattr(demo.ui, name).collapsed = False
    host.picture(host.folder / "open.png", 480, 640)
    assert unwrap(demo.ui.protocolButton).isVisibleTo(unwrap(demo.ui.patientMoreBox))
    assert host.area.horizontalScrollBar().maximum() == 0


def test_the_choices_are_those_of_each_plan(host: Host, demo: Any, other_protocol: Path) -> None:
    first = demo.panel.session.parameters
    choose_protocol(host, other_protocol)
    demo.ui.lesionRoiLineEdit.text = "GTV1"
    demo.ui.newPlanButton.click()
    assert demo.ui.lesionRoiLineEdit.text == ""
    assert levels(demo) == ["-1", "1", "2", "3"]
    demo.ui.planSelector.setCurrentNode(first.parameterNode)
    wait(demo)
    assert demo.ui.lesionRoiLineEdit.text == "GTV1"
    assert levels(demo) == ["0", "1", "2", "3"]
    assert not host.errors
