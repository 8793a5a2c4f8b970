"""Segments and regions: exact both ways, with names, colours, meanings and order."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import vtk

from HimarsPlannerLib.errors import GeometryError
from HimarsPlannerLib.export.codes import BONE, METASTASIS, TARGETS
from HimarsPlannerLib.export.segmentation import Segment
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.mrml.identity import lesions_of_segments
from HimarsPlannerLib.mrml.segments import segment_names, structures_of
from HimarsPlannerLib.mrml.show_segments import show_segments
from HimarsPlannerLib.mrml.volume import add_volume
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.study.label_names import is_totalsegmentators
from HimarsPlannerLib.study.loaded_labels import loaded_bone_labels, place_structures
from HimarsPlannerLib.study.study import CtImage, Source


def some_segments(grid: Grid, count: int) -> dict[str, Segment]:
    """Irregular blocks, many of which overlap."""
    rng = np.random.default_rng(5)
    segments = {}
    for number in range(1, count + 1):
        array = np.zeros(grid.shape, dtype=bool)
        z, y, x = (int(rng.integers(0, n - 8)) for n in grid.shape)
        array[z : z + 8, y : y + 7, x : x + 6] = rng.random((8, 7, 6)) > 0.3
        colour = (number % 256, 10, 255 - number % 256)
        segments[f"L{number:02d}"] = Segment(f"GTV {number}", colour, Region.from_array(array, grid), METASTASIS)
    return segments


def shown(scene: slicer.vtkMRMLScene, segments: dict[str, Segment], grid: Grid) -> slicer.vtkMRMLSegmentationNode:
    ct = add_volume(scene, Volume(np.zeros(grid.shape, dtype=np.int16), grid), "CT")
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "lesions")
    show_segments(node, segments, grid, ct)
    return node


def test_overlapping_regions_come_back_voxel_for_voxel(scene: slicer.vtkMRMLScene, oblique: Grid) -> None:
    segments = some_segments(oblique, 12)
    placed, notices = place_structures(structures_of(shown(scene, segments, oblique), oblique), oblique)
    assert [one.name for one in placed] == [one.name for one in segments.values()]
    for one, segment in zip(placed, segments.values(), strict=True):
        assert one.region.start == segment.region.start
        assert np.array_equal(one.region.mask, segment.region.mask)
    assert not notices


def test_slicer_itself_exports_the_same_voxels(scene: slicer.vtkMRMLScene, oblique: Grid) -> None:
    """Independent of the code that reads segments: Slicer's own export of one segment to a label volume."""
    segments = some_segments(oblique, 4)
    node = shown(scene, segments, oblique)
    ct = scene.GetFirstNodeByName("CT")
    for identifier, segment in segments.items():
        labels = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", identifier)
        chosen = vtk.vtkStringArray()
        chosen.InsertNextValue(identifier)
        logic = slicer.vtkSlicerSegmentationsModuleLogic
        assert logic.ExportSegmentsToLabelmapNode(node, chosen, labels, ct)
        assert np.array_equal(slicer.util.arrayFromVolume(labels) > 0, segment.region.to_array())


def test_slicers_import_of_a_label_volume_is_read_exactly(scene: slicer.vtkMRMLScene, oblique: Grid) -> None:
    array = np.zeros(oblique.shape, dtype=np.int16)
    array[3:9, 4:20, 30:38] = 1
    array[10:12, 2:5, 1:9] = 2
    labels = add_volume(scene, Volume(array, oblique), "labels", "vtkMRMLLabelMapVolumeNode")
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "imported")
    assert slicer.vtkSlicerSegmentationsModuleLogic.ImportLabelmapToSegmentationNode(labels, node)
    placed, _ = place_structures(structures_of(node, oblique), oblique)
    assert [np.array_equal(one.region.to_array(), array == n) for n, one in enumerate(placed, 1)] == [True, True]


def test_colours_and_meanings_are_slicers(scene: slicer.vtkMRMLScene, oblique: Grid) -> None:
    region = some_segments(oblique, 1)["L01"].region
    segments = {"a": Segment("Bone", (241, 214, 145), region, BONE), "b": Segment("GTV1", (1, 2, 3), region)}
    segmentation = shown(scene, segments, oblique).GetSegmentation()
    bone = segmentation.GetSegment("a")
    assert bone.GetColor() == pytest.approx((241 / 255, 214 / 255, 145 / 255))
    entry = slicer.vtkSlicerTerminologyEntry()
    text = vtk.reference("")
    assert bone.GetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), text)
    logic = slicer.vtkSlicerTerminologiesModuleLogic()
    logic.DeserializeTerminologyEntry(str(text), entry)
    assert entry.GetTypeObject().GetCodeValue() == "272673000"
    assert entry.GetCategoryObject().GetCodeMeaning() == "Anatomical Structure"
    assert segmentation.GetSegment("b").GetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), text)
    assert "85756007^Tissue" in str(text), "without a meaning it keeps Slicer's own default"


def test_a_segment_with_the_terminology_of_a_gtv_is_typed_gtv(scene: slicer.vtkMRMLScene, oblique: Grid) -> None:
    region = some_segments(oblique, 1)["L01"].region
    node = shown(scene, {"a": Segment("whatever", (1, 2, 3), region, TARGETS["GTV"])}, oblique)
    placed, _ = place_structures(structures_of(node, oblique), oblique)
    assert placed[0].interpreted_type == "GTV"


def test_closed_surfaces_are_rasterised_on_the_ct_and_the_node_stays(scene: slicer.vtkMRMLScene) -> None:
    grid = Grid((60, 60, 40), (1.0, 1.0, 1.5), (-30.0, -25.0, -30.0))
    sphere = vtk.vtkSphereSource()
    sphere.SetRadius(12.0)
    sphere.SetCenter(-4.0, 3.0, 2.0)
    sphere.SetThetaResolution(60)
    sphere.SetPhiResolution(60)
    sphere.Update()
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "surfaces")
    node.SetSourceRepresentationToClosedSurface()
    node.AddSegmentFromClosedSurfaceRepresentation(sphere.GetOutput(), "ball", (1, 0, 0))
    placed, _ = place_structures(structures_of(node, grid), grid)
    assert placed[0].region.volume_ml == pytest.approx(4 / 3 * np.pi * 1.2**3, rel=0.02)
    assert placed[0].region.centroid_lps == pytest.approx((4.0, -3.0, 2.0), abs=0.2)
    name = slicer.vtkSegmentationConverter.GetBinaryLabelmapRepresentationName()
    assert not node.GetSegmentation().ContainsRepresentation(name)


def test_another_lattice_keeps_place_and_volume(scene: slicer.vtkMRMLScene) -> None:
    ct = Grid((60, 60, 40), (1.0, 1.0, 1.5), (-30.0, -25.0, -30.0))
    other = Grid((50, 50, 50), (1.25, 1.25, 1.25), (-31.0, -26.0, -31.0))
    place = other.to_lps(np.moveaxis(np.indices(other.shape), 0, -1))
    ball = Region.from_array(np.sum((place - (4.0, -3.0, 2.0)) ** 2, axis=-1) < 12**2, other)
    node = shown(scene, {"a": Segment("ball", (1, 2, 3), ball)}, other)
    placed, _ = place_structures(structures_of(node, ct), ct)
    assert placed[0].region.volume_ml == pytest.approx(ball.volume_ml, rel=0.03)
    assert placed[0].region.centroid_lps == pytest.approx(ball.centroid_lps, abs=0.3)


def test_labels_far_from_the_ct_are_refused(scene: slicer.vtkMRMLScene, oblique: Grid) -> None:
    elsewhere = Grid((20, 20, 20), (1.3, 1.0, 1.0), (900.0, 900.0, 900.0))
    node = shown(scene, some_segments(elsewhere, 1), elsewhere)
    with pytest.raises(GeometryError, match="lies elsewhere than the CT"):
        place_structures(structures_of(node, oblique), oblique)


def test_what_reaches_beyond_the_ct_is_said(scene: slicer.vtkMRMLScene, oblique: Grid) -> None:
    half = oblique.crop((0, 0, 0), (10, 32, 40))
    array = np.zeros(oblique.shape, dtype=bool)
    array[5:15, 4:9, 4:9] = True
    node = shown(scene, {"a": Segment("long", (1, 2, 3), Region.from_array(array, oblique))}, oblique)
    placed, notices = place_structures(structures_of(node, half), half)
    assert placed[0].outside_ct
    assert placed[0].region.voxels == 5 * 25
    assert "structure-outside-ct" in [notice.code for notice in notices]


def test_empty_segments_and_names_that_come_twice_are_said(scene: slicer.vtkMRMLScene, oblique: Grid) -> None:
    segments = {key: Segment("GTV", one.colour, one.region) for key, one in some_segments(oblique, 2).items()}
    nothing = Region(oblique, (0, 0, 0), np.zeros((0, 0, 0), dtype=bool))
    segments["empty"] = Segment("forgotten", (0, 0, 0), nothing)
    node = shown(scene, segments, oblique)
    node.GetSegmentation().AddEmptySegment("also empty", "also empty")
    placed, notices = place_structures(structures_of(node, oblique), oblique)
    told = {notice.code: notice.message for notice in notices}
    assert len(placed) == 2
    assert "forgotten, also empty" in told["structure-empty"]
    assert "one name: GTV" in told["structure-names-twice"]


def test_a_label_volume_of_one_label_is_a_mask_of_lesions(scene: slicer.vtkMRMLScene, oblique: Grid) -> None:
    array = np.zeros(oblique.shape, dtype=np.uint8)
    array[2:4, 2:4, 2:4] = 7
    node = add_volume(scene, Volume(array, oblique), "mets", "vtkMRMLLabelMapVolumeNode")
    structures = structures_of(node, oblique)
    assert dict(structures.blocks[0].names) == {7: "lesions"}
    array[8:10, 2:4, 2:4] = 9
    several = add_volume(scene, Volume(array, oblique), "two", "vtkMRMLLabelMapVolumeNode")
    assert dict(structures_of(several, oblique).blocks[0].names) == {7: "two 7", 9: "two 9"}


def test_new_and_copied_segments_get_identifiers_that_nobody_had(scene: slicer.vtkMRMLScene, oblique: Grid) -> None:
    node = shown(scene, some_segments(oblique, 3), oblique)
    segmentation = node.GetSegmentation()
    segmentation.RemoveSegment("L03")
    segmentation.AddEmptySegment("drawn", "drawn")
    assert lesions_of_segments(node, ("L03", "L07")) == {"L01": "L01", "L02": "L02", "drawn": "L08"}
    copy = slicer.vtkSegment()
    copy.DeepCopy(segmentation.GetSegment("drawn"))
    segmentation.AddSegment(copy, "copied")
    assert lesions_of_segments(node, ("L03", "L07"))["copied"] == "L09"
    assert lesions_of_segments(node, ())["drawn"] == "L08"


def test_a_hundred_segments_take_few_layers(scene: slicer.vtkMRMLScene) -> None:
    grid = Grid((160, 160, 120), (2.0, 2.0, 3.0))
    segments = some_segments(grid, 100)
    node = shown(scene, segments, grid)
    assert node.GetSegmentation().GetNumberOfSegments() == 100
    assert node.GetSegmentation().GetNumberOfLayers() <= 3


# Names that Slicer's TotalSegmentator extension gives its segments: labels of its terminology file where they are
# wanted, as they are by default, else the class names (Resources/SegmentationCategoryTypeModifier-TotalSegmentator).
EXTENSION_NAMES = {
    "Sacrum": "sacrum",
    "S1 vertebra": "vertebrae_S1",
    "L5 vertebra": "vertebrae_L5",
    "T12 vertebra": "vertebrae_T12",
    "C1 vertebra": "vertebrae_C1",
    "left hip": "hip_left",
    "right hip": "hip_right",
    "left femur": "femur_left",
    "right humerus": "humerus_right",
    "left scapula": "scapula_left",
    "right clavicle": "clavicula_right",
    "left rib 9": "rib_left_9",
    "right rib 12": "rib_right_12",
    "vertebrae_L4": "vertebrae_L4",
    "rib_left_1": "rib_left_1",
}
NOT_BONES = (
    "left iliopsoas muscle",
    "brachiocephalic trunk",
    "left gluteus maximus",
    "costal cartilage",
    "hip implant",
)


def test_segments_of_slicer_s_totalsegmentator_are_known_as_its_bones(scene: slicer.vtkMRMLScene) -> None:
    grid = Grid((60, 40, 30), (2.0, 2.0, 3.0), (0.0, 0.0, 0.0))
    names = [*EXTENSION_NAMES, "Spinal cord", *NOT_BONES]
    segments = {}
    for number, name in enumerate(names):
        array = np.zeros(grid.shape, dtype=bool)
        array[5:15, 5:15, 2 * number : 2 * number + 2] = True
        segments[f"Segment_{number}"] = Segment(name, (9, 9, 9), Region.from_array(array, grid))
    node = shown(scene, segments, grid)
    ct = CtImage(Volume(np.full(grid.shape, 300, dtype=np.int16), grid), Source("CT", "ct", ()))
    found = loaded_bone_labels(structures_of(node, grid), ct)
    assert set(found.bones) == set(EXTENSION_NAMES.values())
    for number, bone in enumerate(EXTENSION_NAMES.values()):
        assert np.array_equal(found.bones[bone].to_array(), segments[f"Segment_{number}"].region.to_array()), bone
    assert found.cord is not None
    assert found.cord.voxels == 200
    assert "15 bones known by segment name" in found.taken
    assert segment_names(node) == names
    assert all(map(is_totalsegmentators, EXTENSION_NAMES))
    assert not any(map(is_totalsegmentators, (*NOT_BONES, "Femur_L", "L5", "Rib09_L")))
