"""Nodes that are wrong, missing, moved, deleted or others than a plan was made with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from slicer_host import Host
from slicer_host.application import MODULE

from HimarsPlannerLib.grid import Volume
from HimarsPlannerLib.mrml.volume import add_volume
from HimarsPlannerLib.study.study import Study

PANEL = MODULE.parent / "HimarsPlannerLib" / "panel"


def wait(widget: Any) -> None:
    widget.panel.runner.wait()


def test_bad_work_is_shown_with_what_to_do(host: Host, demo: Any) -> None:
    demo.panel.session.parameters.lesionSource = None
    demo.ui.findButton.click()
    wait(demo)
    assert "No segmentation of lesions is chosen" in host.errors[-1]
    assert "find lesions in the PET" in host.errors[-1]
    assert demo.ui.findButton.enabled


def test_a_segmentation_without_a_voxel_is_refused_by_its_name(host: Host, demo: Any) -> None:
    empty = host.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "begun and not drawn")
    empty.GetSegmentation().AddEmptySegment("one", "node")
    demo.panel.session.parameters.lesionSource = empty
    demo.ui.findButton.click()
    wait(demo)
    assert "'begun and not drawn' holds no voxel" in host.errors[-1]
    assert "--" not in host.errors[-1]


def test_a_pet_that_is_neither_dicom_nor_suv_is_refused(host: Host, demo: Any) -> None:
    demo.panel.session.parameters.pet.RemoveAttribute("HimarsPlanner.dicomFolder")
    demo.ui.findButton.click()
    wait(demo)
    assert "SUVbw cannot be computed" in host.errors[-1]
    assert demo.panel.session.plan is None


def test_suv_comes_from_slicers_dicom_database(host: Host, demo: Any, demo_folder: Path) -> None:
    host.database.take(demo_folder / "PET")
    instances = " ".join(str(dataset.SOPInstanceUID) for dataset in host.database.datasets)
    pet = demo.panel.session.parameters.pet
    pet.RemoveAttribute("HimarsPlanner.dicomFolder")
    pet.SetAttribute("DICOM.instanceUIDs", instances)
    demo.ui.findButton.click()
    wait(demo)
    plan = demo.panel.session.plan
    assert plan.study.pet.suv.factor != 1.0
    assert any("Units are BQML" in line for line in plan.study.pet.suv.trace)
    assert demo.panel.session.parameters.suvPet.GetVoxelValueUnits().GetCodeValue() == "{SUVbw}g/ml"


def test_a_ct_without_dicom_origin_is_planned_but_its_rtstruct_refused(host: Host, demo: Any, tmp_path: Path) -> None:
    demo.panel.session.parameters.ct.RemoveAttribute("HimarsPlanner.dicomFolder")
    demo.ui.findButton.click()
    wait(demo)
    demo.panel.session.parameters.outFolder = tmp_path
    demo.ui.rtstructButton.click()
    wait(demo)
    assert "it was not loaded from DICOM" in host.errors[-1]
    assert "save the segmentation" in host.errors[-1].lower()
    assert not (tmp_path / "selected_lesions.dcm").exists()
    assert demo.panel.session.parameters.lesionSegmentation.GetSegmentation().GetNumberOfSegments()


def test_a_transform_that_bends_is_refused(host: Host, demo: Any) -> None:
    transform = host.scene.AddNewNodeByClass("vtkMRMLBSplineTransformNode", "bend")
    demo.panel.session.parameters.pet.SetAndObserveTransformNodeID(transform.GetID())
    demo.ui.findButton.click()
    wait(demo)
    assert "under a transform that bends it" in host.errors[-1]


def test_a_ct_under_a_rigid_transform_is_planned_where_it_is_shown_without_rtstruct(demo: Any, host: Host) -> None:
    parameters = demo.panel.session.parameters
    import vtk

    shift = vtk.vtkMatrix4x4()
    shift.SetElement(0, 3, 12.0)
    transform = host.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "shift")
    transform.SetMatrixTransformToParent(shift)
    for node in (parameters.ct, parameters.pet, parameters.structures, parameters.lesionSource):
        node.SetAndObserveTransformNodeID(transform.GetID())
    demo.ui.findButton.click()
    wait(demo)
    assert not host.errors
    plan = demo.panel.session.plan
    assert plan.study.ct.reference is None
    first = plan.study.ct.volume.grid.origin[0]
    transformed = -(-parameters.ct.GetOrigin()[0] * -1 + 12.0)
    assert first == pytest.approx(transformed)
    assert len(plan.selection.decisions) == parameters.lesionSource.GetSegmentation().GetNumberOfSegments()


def test_nodes_deleted_while_the_panel_is_open(host: Host, planned: Any) -> None:
    parameters = planned.panel.session.parameters
    for node in (parameters.lesionSegmentation, parameters.suvPet, parameters.ct):
        host.scene.RemoveNode(node)
    box = planned.ui.levelComboBox
    box.setCurrentIndex(box.findData("3"))
    assert planned.panel.session.plan.level.name == "3"
    assert parameters.ct is None
    assert not planned.ui.findButton.enabled
    assert not planned.ui.editButton.enabled
    assert not host.errors


def test_a_plan_of_other_images_than_are_chosen_does_not_leave_the_panel(
    host: Host, planned: Any, demo_study: Study
) -> None:
    parameters, ui = planned.panel.session.parameters, planned.ui
    own = parameters.ct
    parameters.ct = add_volume(host.scene, demo_study.ct.volume, "CT of somebody else")
    for button in (ui.rtstructButton, ui.reportButton, ui.planJsonButton, ui.databaseButton, ui.sendButton):
        assert not button.enabled
    parameters.ct = own
    assert ui.rtstructButton.enabled


def test_a_plan_with_another_bone_than_is_shown_does_not_leave_the_panel(planned: Any) -> None:
    planned.ui.boneButton.click()
    wait(planned)
    assert not planned.ui.rtstructButton.enabled
    box = planned.ui.ruleComboBox
    box.setCurrentIndex(box.findData("greedy-stop"))
    wait(planned)
    assert not planned.ui.rtstructButton.enabled
    planned.ui.findButton.click()
    wait(planned)
    assert planned.ui.rtstructButton.enabled


def test_lesions_on_another_ct_of_the_same_lattice_are_not_planned_with_the_bone_of_the_first(
    host: Host, planned: Any, demo_study: Study
) -> None:
    ct = demo_study.ct.volume
    denser = Volume(np.where(ct.array > 150, ct.array + 300, ct.array), ct.grid)
    parameters, first = planned.panel.session.parameters, planned.panel.session.bone
    parameters.ct = add_volume(host.scene, denser, "later CT")
    planned.ui.findButton.click()
    wait(planned)
    assert not host.errors
    assert not np.array_equal(planned.panel.session.plan.bone.labels, first.labels)
