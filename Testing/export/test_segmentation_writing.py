"""Segmentations: what readers that are not ours find in a .seg.nrrd."""

from __future__ import annotations

import nrrd
import numpy as np
import pytest
import SimpleITK as sitk

from HimarsPlannerLib.errors import OutputError
from HimarsPlannerLib.export.codes import BONE_MARROW, METASTASIS
from HimarsPlannerLib.export.segmentation import LabelSegment, Segment, write_label_segmentation, write_segmentation
from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.region import Region

COS, SIN = np.cos(0.2), np.sin(0.2)
TURNED = Grid((20, 18, 9), (0.9, 1.1, 2.5), (-50.0, 20.0, 300.0), (COS, -SIN, 0, SIN, COS, 0, 0, 0, 1))


def ball(centre: tuple[int, int, int], radius: float, grid: Grid = TURNED) -> Region:
    offset = np.indices(grid.shape) - np.reshape(centre, (3, 1, 1, 1))
    return Region.from_array((offset**2).sum(axis=0) <= radius**2, grid)


def read(file):
    """Layers (layer, z, y, x) and header fields by pynrrd."""
    data, header = nrrd.read(str(file), index_order="C")
    return (np.moveaxis(data, -1, 0) if data.ndim == 4 else data[np.newaxis]), header


def voxels(file, number: int, grid: Grid) -> np.ndarray:
    """Voxels of a segment on the whole grid, found as Slicer finds them."""
    layers, header = read(file)
    x, y, z = (int(word) for word in header["Segmentation_ReferenceImageExtentOffset"].split())
    field = f"Segment{number}_"
    block = layers[int(header[field + "Layer"])] == int(header[field + "LabelValue"])
    x0, x1, y0, y1, z0, z1 = (int(word) for word in header[field + "Extent"].split())
    outside = block.copy()
    outside[z0 : z1 + 1, y0 : y1 + 1, x0 : x1 + 1] = False
    assert not outside.any()
    full = np.zeros([n + 1 for n in grid.shape], bool)
    full[z : z + block.shape[0], y : y + block.shape[1], x : x + block.shape[2]] = block
    return full[:-1, :-1, :-1]


def test_overlapping_regions_keep_every_voxel(tmp_path):
    regions = [ball((4, 8, 8), 4), ball((4, 8, 11), 4), ball((5, 9, 9), 2), ball((1, 2, 2), 1)]
    file = tmp_path / "lesions.seg.nrrd"
    write_segmentation([Segment(f"GTV{n}", (255, 0, 0), region) for n, region in enumerate(regions)], TURNED, file)
    for number, region in enumerate(regions):
        np.testing.assert_array_equal(voxels(file, number, TURNED), region.to_array())
    layers, header = read(file)
    assert len(layers) == 3
    assert header["kinds"] == ["list", "domain", "domain", "domain"]


def test_regions_apart_share_one_layer(tmp_path):
    regions = [ball((1, 2, 2), 1), ball((6, 12, 12), 2)]
    file = tmp_path / "lesions.seg.nrrd"
    write_segmentation([Segment("a", (1, 2, 3), region) for region in regions], TURNED, file)
    layers, header = read(file)
    assert len(layers) == 1
    assert header["dimension"] == 3
    for number, region in enumerate(regions):
        np.testing.assert_array_equal(voxels(file, number, TURNED), region.to_array())


def test_names_colours_and_meanings_are_slicers(tmp_path):
    file = tmp_path / "lesions.seg.nrrd"
    write_segmentation([Segment("Läsion | L3:\nlinks", (255, 51, 0), ball((4, 8, 8), 2), METASTASIS)], TURNED, file)
    header = read(file)[1]
    assert header["space"] == "left-posterior-superior"
    assert header["Segment0_ID"] == "Segment_1"
    assert header["Segment0_Color"] == "1 0.2 0"
    assert b"Segment0_Name:=" + "Läsion | L3: links\n".encode() in file.read_bytes()
    assert header["Segment0_Tags"] == (
        "TerminologyEntry:Segmentation category and type - 3D Slicer General Anatomy list"
        "~SCT^49755003^Morphologically Abnormal Structure~SCT^128462008^Metastasis~^^"
        "~Anatomic codes - DICOM master list~^^~^^|"
    )


def test_voxels_are_where_they_were(tmp_path):
    region = ball((4, 8, 8), 3)
    file = tmp_path / "lesions.seg.nrrd"
    write_segmentation([Segment("GTV1", (255, 0, 0), region)], TURNED, file)
    image = sitk.ReadImage(file)
    found = [
        image.TransformIndexToPhysicalPoint(index[::-1].tolist())
        for index in np.argwhere(sitk.GetArrayFromImage(image))
    ]
    expected = TURNED.to_lps(np.argwhere(region.mask) + region.start)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_whole_grid_is_offered_for_editing(tmp_path):
    file = tmp_path / "lesions.seg.nrrd"
    write_segmentation([Segment("GTV1", (255, 0, 0), ball((4, 8, 8), 2))], TURNED, file)
    name, geometry, _ = read(file)[1]["Segmentation_ConversionParameters"].rstrip("&").split("|")
    numbers = [float(word) for word in geometry.rstrip(";").split(";")]
    assert name == "Reference image geometry"
    assert numbers[16:] == [0, 19, 0, 17, 0, 8]
    far_corner = np.reshape(numbers[:16], (4, 4)) @ [19, 17, 8, 1]
    np.testing.assert_allclose(far_corner[:3] * [-1, -1, 1], TURNED.to_lps((8, 17, 19)))


def test_more_segments_than_a_byte_can_number(tmp_path):
    grid = Grid((300, 2, 1), (1.0, 1.0, 1.0))
    regions = [Region(grid, (0, 0, column), np.ones((1, 1, 1), bool)) for column in range(300)]
    file = tmp_path / "many.seg.nrrd"
    write_segmentation([Segment(str(n), (9, 9, 9), region) for n, region in enumerate(regions)], grid, file)
    for number in (0, 255, 256, 299):
        np.testing.assert_array_equal(voxels(file, number, grid), regions[number].to_array())


@pytest.mark.parametrize("centre", [(4, 8, 8), (8, 17, 19)], ids=["inside", "at the grid's far corner"])
def test_single_voxel_is_not_the_one_voxel_file_that_means_nothing(centre, tmp_path):
    region = ball(centre, 0.5)
    file = tmp_path / "voxel.seg.nrrd"
    write_segmentation([Segment("GTV1", (255, 0, 0), region)], TURNED, file)
    assert read(file)[0].size > 1
    np.testing.assert_array_equal(voxels(file, 0, TURNED), region.to_array())


def test_no_segment_gives_an_empty_segmentation(tmp_path):
    write_segmentation([], TURNED, tmp_path / "none.seg.nrrd")
    layers, header = read(tmp_path / "none.seg.nrrd")
    assert layers.shape == (1, 1, 1, 1)
    assert not layers.any()
    assert "Segment0_ID" not in header


def test_labels_become_segments_and_other_values_are_left_out(tmp_path):
    labels = np.zeros(TURNED.shape, np.uint8)
    labels[2:5, 3:8, 4:9] = 2
    labels[3, 5:10, 5:12] = 1
    labels[6] = 7
    segments = [
        LabelSegment("Cortical bone", (230, 220, 190), 1),
        LabelSegment("Trabecular bone", (240, 200, 60), 2, BONE_MARROW),
        LabelSegment("Spinal canal", (80, 180, 220), 3),
    ]
    file = tmp_path / "bone.seg.nrrd"
    write_label_segmentation(labels, segments, TURNED, file)
    for number, label in enumerate((1, 2, 3)):
        np.testing.assert_array_equal(voxels(file, number, TURNED), labels == label)
    assert set(np.unique(read(file)[0])) == {0, 1, 2}


def test_regions_apart_overlap_the_labels_in_layers_of_their_own(tmp_path):
    labels = np.zeros(TURNED.shape, np.uint8)
    labels[2:5, 3:8, 4:9] = 1
    whole, part = np.zeros(TURNED.shape, bool), np.zeros(TURNED.shape, bool)
    whole[1:6, 3:9, 4:9] = True
    part[4:6, 3:5, 4:6] = True
    layers = [
        [Segment("Skeleton", (1, 2, 3), Region.from_array(whole, TURNED))],
        [],
        [Segment("L3", (4, 5, 6), Region.from_array(part, TURNED))],
    ]
    file = tmp_path / "bone.seg.nrrd"
    write_label_segmentation(labels, [LabelSegment("Cortical bone", (230, 220, 190), 1)], TURNED, file, layers)
    for number, expected in enumerate((labels == 1, whole, part)):
        np.testing.assert_array_equal(voxels(file, number, TURNED), expected)


def test_no_label_at_all_keeps_the_names_of_the_segments(tmp_path):
    file = tmp_path / "bone.seg.nrrd"
    write_label_segmentation(np.zeros(TURNED.shape, np.uint8), [LabelSegment("Canal", (1, 2, 3), 3)], TURNED, file)
    layers, header = read(file)
    assert layers.shape == (1, 1, 1, 1)
    assert (header["Segment0_Name"], header["Segment0_Extent"]) == ("Canal", "0 -1 0 -1 0 -1")


def test_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(OutputError, match=r"none.*could not be written"):
        write_segmentation([], TURNED, tmp_path / "none" / "lesions.seg.nrrd")
