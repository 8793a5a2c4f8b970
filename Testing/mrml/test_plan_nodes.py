"""A plan in the scene, saved as .mrb, loaded into another scene, and made again from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import slicer
import vtk

from HimarsPlannerLib.clinical.facts import Facts
from HimarsPlannerLib.errors import InputError
from HimarsPlannerLib.export.palette import tier_colour
from HimarsPlannerLib.export.record import plan_record
from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.mrml.inputs import SceneInputs, planning_inputs
from HimarsPlannerLib.mrml.look import look_at, preview_threshold, worst_point
from HimarsPlannerLib.mrml.plan_nodes import PlanNodes, keep_state, show_bone, show_plan, show_suv, update_plan
from HimarsPlannerLib.mrml.saved import saved_plan
from HimarsPlannerLib.mrml.state import restore
from HimarsPlannerLib.mrml.surfaces import make_surface, without_surface
from HimarsPlannerLib.mrml.volume import add_volume
from HimarsPlannerLib.plan import Plan
from HimarsPlannerLib.planner import make_plan
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.replan import Replanner
from HimarsPlannerLib.study.study import Study

TURNED = Grid((110, 70, 60), (4.0, 4.0, 5.0), (218.0, -138.0, 147.5), (-1.0, 0, 0, 0, 1.0, 0, 0, 0, -1.0))


def show(scene: slicer.vtkMRMLScene, plan: Plan, name: str = "Plan") -> tuple[slicer.vtkMRMLNode, PlanNodes]:
    ct = add_volume(scene, plan.study.ct.volume, f"{name} CT")
    nodes = PlanNodes()
    show_bone(scene, nodes, plan.bone, ct, name)
    if plan.study.pet is not None:
        show_suv(scene, nodes, plan.study.pet, ct, name)
    show_plan(scene, nodes, plan, ct, name)
    keep_state(scene, nodes, Replanner.of(plan), name)
    return ct, nodes


def scored(plan: Plan) -> Replanner:
    """Replanner that scores the lesions itself; those of plain shapes have scores that were only stated."""
    return Replanner(plan.study, plan.protocol, plan.bone, Replanner.of(plan).lesions)


def comparable(plan: Plan) -> dict[str, object]:
    """Record of a plan without what a restored one has to find anew."""
    record = plan_record(plan)
    return {key: record[key] for key in ("protocol", "volumes_ml", "ratio", "lesions")}


@pytest.mark.parametrize("grid", [None, TURNED])
def test_a_plan_comes_back_from_a_saved_scene(
    make_scene: Callable[[], slicer.vtkMRMLScene],
    make_board_plan: Callable[..., Plan],
    tmp_path: Path,
    grid: Grid | None,
) -> None:
    stated = make_board_plan() if grid is None else make_board_plan(grid)
    plan = scored(stated).plan("1")
    scene, other = make_scene(), make_scene()
    show(scene, plan)
    assert scene.WriteToMRB(str(tmp_path / "plan.mrb"))
    assert other.ReadFromMRB(str(tmp_path / "plan.mrb"), True)
    nodes = PlanNodes(
        *(other.GetFirstNodeByName(f"Plan {name}") for name in ("bone", "lesions", "PET SUVbw", "ranking", "plan"))
    )
    ct = other.GetFirstNodeByName("Plan CT")
    again = restore(saved_plan(SceneInputs(ct), nodes), read_protocol()).plan("1")
    assert np.array_equal(again.bone.labels, plan.bone.labels)
    before, after = comparable(plan), comparable(again)
    assert [one["name"] for one in after["lesions"]] == [one["name"] for one in before["lesions"]]  # type: ignore[index]
    assert after["volumes_ml"] == pytest.approx(before["volumes_ml"], abs=1e-3)
    for one, two in zip(before["lesions"], after["lesions"], strict=True):  # type: ignore[call-overload]
        for key in (
            "id",
            "kind",
            "site",
            "source",
            "volume_ml",
            "suv_max",
            "centroid_lps_mm",
            "diameter_mm",
            "mean_hu",
        ):
            assert two[key] == one[key], key


def test_the_reference_of_the_ct_survives_without_its_files(scene: slicer.vtkMRMLScene, demo_plan: Plan) -> None:
    _, nodes = show(scene, demo_plan)
    saved = saved_plan(SceneInputs(scene.GetFirstNodeByName("Plan CT")), nodes)
    again = restore(saved, read_protocol()).plan("1")
    before, after = demo_plan.study.ct.reference, again.study.ct.reference
    assert before is not None
    assert after is not None
    assert after.sop_instance_uids == before.sop_instance_uids
    assert np.array_equal(after.positions_lps, before.positions_lps)
    assert after.header.PatientID == before.header.PatientID
    assert again.study.pet.suv == demo_plan.study.pet.suv  # type: ignore[union-attr]


def test_lesions_that_were_edited_since_are_measured_again(
    scene: slicer.vtkMRMLScene, make_board_plan: Callable[..., Plan]
) -> None:
    plan = make_board_plan()
    ct, nodes = show(scene, plan)
    first = plan.selection.decisions[0].ranked.lesion
    name = slicer.vtkSegmentationConverter.GetBinaryLabelmapRepresentationName()
    segment = nodes.lesions.GetSegmentation().GetSegment(first.id)
    image = segment.GetRepresentation(name)
    labels = slicer.util.arrayFromSegmentInternalBinaryLabelmap(nodes.lesions, first.id)
    voxels = np.argwhere(labels == segment.GetLabelValue())
    labels[tuple(voxels[: len(voxels) // 2].T)] = 0
    image.Modified()
    again = restore(saved_plan(SceneInputs(ct), nodes), read_protocol()).plan("1")
    edited = next(one.ranked.lesion for one in again.selection.decisions if one.ranked.lesion.id == first.id)
    assert edited.volume_ml == pytest.approx(first.volume_ml / 2, rel=0.01)
    assert "edited by hand" in edited.origin.detail
    assert edited.site == first.site


def test_selected_lesions_are_strong_and_others_faint_in_the_colours_of_their_tiers(
    scene: slicer.vtkMRMLScene, make_board_plan: Callable[..., Plan]
) -> None:
    plan = make_board_plan()
    _, nodes = show(scene, plan)
    display = nodes.lesions.GetDisplayNode()
    verdicts = set()
    for decision in plan.selection.decisions:
        identifier, chosen = decision.ranked.lesion.id, decision.verdict == "selected"
        verdicts.add(decision.verdict)
        assert (display.GetSegmentOpacity3D(identifier) > 0.5) is chosen
        assert (display.GetSegmentOpacity2DFill(identifier) > 0.3) is chosen
        colour = nodes.lesions.GetSegmentation().GetSegment(identifier).GetColor()
        assert colour == pytest.approx([value / 255 for value in tier_colour(decision.ranked.tier)])
    assert verdicts == {"selected", "skipped"}
    skipped = next(one for one in plan.selection.decisions if one.verdict == "skipped").ranked.lesion.id
    update_plan(nodes, plan, highlighted=skipped)
    assert display.GetSegmentOpacity3D(skipped) == 1.0
    others = [one.ranked.lesion.id for one in plan.selection.decisions if one.ranked.lesion.id != skipped]
    assert max(display.GetSegmentOpacity3D(other) for other in others) < 0.5, "a highlighted lesion stands out from all"


def test_the_surface_of_a_lesion_stands_where_the_lesion_is_and_holds_its_volume(
    scene: slicer.vtkMRMLScene, make_board_plan: Callable[..., Plan]
) -> None:
    plan = make_board_plan()
    _, nodes = show(scene, plan)
    assert without_surface(nodes.lesions) == [one.ranked.lesion.id for one in plan.selection.decisions]
    lesion = max((one.ranked.lesion for one in plan.selection.decisions), key=lambda one: one.volume_ml)
    make_surface(nodes.lesions, lesion.id)
    assert lesion.id not in without_surface(nodes.lesions)
    surface = vtk.vtkPolyData()
    assert nodes.lesions.GetClosedSurfaceRepresentation(lesion.id, surface)
    mass, centre = vtk.vtkMassProperties(), vtk.vtkCenterOfMass()
    for measured in (mass, centre):
        measured.SetInputData(surface)
        measured.Update()
    # Slicer's conversion smooths: a coarse voxel's corners go.
    assert mass.GetVolume() / 1000 == pytest.approx(lesion.volume_ml, rel=0.1)
    right, front, up = centre.GetCenter()
    assert (-right, -front, up) == pytest.approx(lesion.centroid_lps_mm, abs=1.0)


def test_the_table_has_the_rows_of_lesions_csv(
    scene: slicer.vtkMRMLScene, make_board_plan: Callable[..., Plan]
) -> None:
    plan = make_board_plan()
    _, nodes = show(scene, plan)
    table = nodes.table.GetTable()
    names = [table.GetColumnName(n) for n in range(table.GetNumberOfColumns())]
    assert names[:3] == ["rank", "id", "name"]
    assert [table.GetValueByName(r, "name").ToString() for r in range(table.GetNumberOfRows())] == [
        decision.ranked.lesion.name for decision in plan.selection.decisions
    ]


def test_nodes_stand_in_a_folder_beside_their_ct(
    scene: slicer.vtkMRMLScene, make_board_plan: Callable[..., Plan]
) -> None:
    plan = make_board_plan()
    ct = add_volume(scene, plan.study.ct.volume, "CT")
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    patient = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), "BOARD-1")
    study = hierarchy.CreateStudyItem(patient, "planning")
    hierarchy.CreateItem(study, ct)
    nodes = PlanNodes()
    show_bone(scene, nodes, plan.bone, ct, "First")
    show_plan(scene, nodes, plan, ct, "First")
    show_plan(scene, nodes, plan, ct, "First")
    parents = {hierarchy.GetItemParent(hierarchy.GetItemByDataNode(node)) for node in nodes.all()}
    (folder,) = parents
    assert hierarchy.GetItemName(folder) == "First"
    assert hierarchy.GetItemParent(folder) == study
    assert hierarchy.GetNumberOfItemChildren(study) == 2


def test_two_plans_in_one_scene_do_not_touch_each_other(
    scene: slicer.vtkMRMLScene, make_board_plan: Callable[..., Plan]
) -> None:
    plan = make_board_plan()
    _, one = show(scene, plan, "One")
    _, two = show(scene, plan, "Two")
    before = two.state.GetText()
    two_visible = two.lesions.GetDisplayNode().GetSegmentOpacity3D("L01")
    show_plan(scene, one, scored(plan).plan("3", {"L01": Facts(excluded="patient's wish")}), None, "One")
    assert two.state.GetText() == before
    assert two.lesions.GetDisplayNode().GetSegmentOpacity3D("L01") == two_visible
    assert one.lesions.GetDisplayNode().GetSegmentOpacity3D("L01") < two_visible


@pytest.mark.parametrize("text", ["", "not JSON", "[]", json.dumps({"schema": "himars-scene/99"})])
def test_a_state_that_is_none_is_refused(
    scene: slicer.vtkMRMLScene, make_board_plan: Callable[..., Plan], text: str
) -> None:
    ct, nodes = show(scene, make_board_plan())
    nodes.state.SetText(text)
    with pytest.raises(InputError, match=r"lan again from the CT"):
        saved_plan(SceneInputs(ct), nodes)


def test_a_plan_whose_nodes_were_deleted_is_refused(
    scene: slicer.vtkMRMLScene, make_board_plan: Callable[..., Plan]
) -> None:
    ct, nodes = show(scene, make_board_plan())
    nodes.bone = None
    with pytest.raises(InputError, match=r"lacks its node\(s\): bone"):
        saved_plan(SceneInputs(ct), nodes)
    scene.RemoveNode(ct)
    nodes.bone = nodes.lesions
    with pytest.raises(InputError, match="was deleted from the scene"):
        saved_plan(SceneInputs(ct), nodes)


def test_a_study_from_nodes_gives_the_plan_that_its_files_give(
    scene: slicer.vtkMRMLScene, demo_study: Study, demo_plan: Plan
) -> None:
    """The whole way: nodes, copies, study, plan; against the command line's way from the same files."""
    ct = add_volume(scene, demo_study.ct.volume, "CT")
    assert demo_study.pet is not None
    pet = add_volume(scene, demo_study.pet.native, "PET")
    gtvs = {
        one.name: one.region for one in demo_study.structures if one.interpreted_type == "GTV" and one.region.voxels
    }
    from HimarsPlannerLib.export.segmentation import Segment
    from HimarsPlannerLib.mrml.show_segments import show_segments
    from HimarsPlannerLib.study.loaded import study_of

    lesions = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "GTVs")
    shown = {name: Segment(name, (9, 9, 9), region) for name, region in gtvs.items()}
    show_segments(lesions, shown, demo_study.ct.volume.grid, ct)
    loaded = planning_inputs(SceneInputs(ct, pet, (), lesions, pet_is_suv=True))
    plan = make_plan(study_of(loaded.study), read_protocol(), "1", bone=demo_plan.bone)
    before = {one.ranked.lesion.name: one.ranked.lesion for one in demo_plan.selection.decisions}
    after = {one.ranked.lesion.name: one.ranked.lesion for one in plan.selection.decisions}
    assert set(after) == set(before)
    for name, lesion in after.items():
        assert np.array_equal(lesion.region.to_array(), before[name].region.to_array())
        assert lesion.suv_max == pytest.approx(before[name].suv_max, rel=1e-5)
    assert plan.reserve == demo_plan.reserve
    assert "no-rtstruct" in [notice.code for notice in plan.notices]


def test_views_jump_to_the_widest_slice_of_a_lesion(
    scene: slicer.vtkMRMLScene, make_board_plan: Callable[..., Plan]
) -> None:
    lesion = make_board_plan().selection.decisions[0].ranked.lesion
    slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(scene)
    slices = []
    for name, orientation in {"Red": "Axial", "Yellow": "Sagittal", "Green": "Coronal"}.items():
        node = slicer.vtkMRMLSliceNode()
        node.SetLayoutName(name)
        slices.append(scene.AddNode(node))
        slices[-1].SetOrientation(orientation)
    camera = scene.AddNewNodeByClass("vtkMRMLCameraNode")
    camera.SetFocalPoint(0, 0, 0)
    camera.SetPosition(0, 500, 0)
    point = worst_point(lesion)
    clipped: list[str] = []
    camera.AddObserver(camera.ResetCameraClippingEvent, lambda *_: clipped.append("anew"))
    look_at(scene, point)
    assert clipped, "what came nearer to the camera is not cut off"
    # The first lesion of the board is a ball at (12, 45, 70) LPS.
    assert point == pytest.approx((12, 45, 70), abs=4)
    for node in slices:
        centre = [node.GetSliceToRAS().GetElement(row, 3) for row in range(3)]
        assert centre == pytest.approx((-point[0], -point[1], point[2]), abs=0.01)
    assert camera.GetFocalPoint() == pytest.approx((-point[0], -point[1], point[2]))
    assert np.subtract(camera.GetPosition(), camera.GetFocalPoint()) == pytest.approx((0, 500, 0))


def test_the_preview_shows_the_pet_from_the_threshold_on(
    scene: slicer.vtkMRMLScene, make_board_plan: Callable[..., Plan]
) -> None:
    plan = make_board_plan()
    ct, nodes = show(scene, plan)
    composite = scene.AddNewNodeByClass("vtkMRMLSliceCompositeNode")
    preview_threshold(scene, nodes.suv, ct, 4.0)
    display = nodes.suv.GetDisplayNode()
    assert display.GetApplyThreshold()
    assert display.GetLowerThreshold() == 4.0
    assert composite.GetForegroundVolumeID() == nodes.suv.GetID()
    preview_threshold(scene, nodes.suv, ct, None)
    assert not display.GetApplyThreshold()


def test_empty_regions_can_be_shown(scene: slicer.vtkMRMLScene, make_board_plan: Callable[..., Plan]) -> None:
    """A segmentation without a voxel: nothing to crop to."""
    from HimarsPlannerLib.export.segmentation import Segment
    from HimarsPlannerLib.mrml.show_segments import show_segments

    grid = make_board_plan().bone.grid
    ct = add_volume(scene, make_board_plan().study.ct.volume, "CT")
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "none")
    show_segments(node, {}, grid, ct)
    assert node.GetSegmentation().GetNumberOfSegments() == 0
    nothing = Region(grid, (0, 0, 0), np.zeros((0, 0, 0), dtype=bool))
    show_segments(node, {"a": Segment("a", (1, 1, 1), nothing)}, grid, ct)
    assert node.GetSegmentation().GetNumberOfSegments() == 1
