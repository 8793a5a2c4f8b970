"""Labels arrive on the CT with their names, by position, not by index."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from HimarsPlannerLib.errors import GeometryError, InputError
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.study.labels import read_label_file
from HimarsPlannerLib.study.study import CtImage, Source

GRID = Grid((30, 28, 20), (1.0, 1.0, 2.0), (-15.0, -14.0, -20.0))
CT = CtImage(Volume(np.zeros(GRID.shape, np.int16), GRID), Source("CT", "ct", ()))


def write(file, labels, grid=GRID, vector=False, **metadata):
    image = sitk.GetImageFromArray(labels, isVector=vector)
    image.SetOrigin(grid.origin)
    image.SetSpacing(grid.spacing)
    image.SetDirection([float(v) for v in grid.direction])
    for key, value in metadata.items():
        image.SetMetaData(key, value)
    sitk.WriteImage(image, str(file), useCompression=True)
    return file


def blocks(shape=GRID.shape) -> np.ndarray:
    labels = np.zeros(shape, dtype=np.uint8)
    labels[2:6, 3:9, 4:11] = 1
    labels[10:12, 20:22, 20:25] = 7
    return labels


def test_each_value_of_a_label_file_is_a_structure(tmp_path):
    found = read_label_file(write(tmp_path / "mets.nii.gz", blocks()), CT)
    assert [(s.name, s.number, s.region.voxels) for s in found.structures] == [("mets 1", 1, 168), ("mets 7", 7, 20)]
    assert found.structures[0].region.start == (2, 3, 4)
    assert found.notices == ()


def test_a_file_of_one_label_is_called_after_its_file(tmp_path):
    (only,) = read_label_file(write(tmp_path / "GTV_L3.nii.gz", (blocks() > 1) * np.uint8(1)), CT).structures
    assert (only.name, only.region.voxels) == ("GTV_L3", 20)


def test_a_file_without_labels_is_an_empty_structure(tmp_path):
    (structure,) = read_label_file(write(tmp_path / "GTV2.nii.gz", blocks() * np.uint8(0)), CT).structures
    assert (structure.name, structure.region.voxels) == ("GTV2", 0)


def test_the_axes_of_the_file_do_not_matter(tmp_path):
    straight = read_label_file(write(tmp_path / "a.nrrd", blocks()), CT).structures
    image = sitk.DICOMOrient(sitk.ReadImage(str(tmp_path / "a.nrrd")), "PIR")
    sitk.WriteImage(image, str(tmp_path / "b.nrrd"))
    turned = read_label_file(tmp_path / "b.nrrd", CT).structures
    for one, other in zip(straight, turned, strict=True):
        assert np.array_equal(one.region.to_array(), other.region.to_array())


def test_labels_on_another_lattice_keep_their_volume_and_place(tmp_path):
    fine = Grid((90, 84, 100), (1 / 3, 1 / 3, 0.4), (-15.3, -14.3, -20.7))
    points = fine.to_lps(np.moveaxis(np.indices(fine.shape), 0, -1))
    ball = (np.linalg.norm(points - (2.0, -3.0, -1.0), axis=-1) < 9).astype(np.uint8)
    (found,) = read_label_file(write(tmp_path / "ball.nrrd", ball, fine), CT).structures
    assert found.region.volume_ml == pytest.approx(4 / 3 * np.pi * 9**3 / 1000, rel=0.03)
    assert found.region.centroid_lps == pytest.approx((2, -3, -1), abs=0.2)
    assert not found.outside_ct


def test_segments_of_slicer_keep_their_names(tmp_path):
    file = write(
        tmp_path / "s.seg.nrrd",
        blocks(),
        Segment0_Name="GTV ilium",
        Segment0_LabelValue="7",
        Segment1_Name="GTV L3",
        Segment1_LabelValue="1",
        Segment2_Name="nothing",
        Segment2_LabelValue="3",
    )
    found = read_label_file(file, CT)
    assert [(s.name, s.region.voxels) for s in found.structures] == [("GTV ilium", 20), ("GTV L3", 168), ("nothing", 0)]
    assert [notice.code for notice in found.notices] == ["structure-empty"]


def test_overlapping_segments_in_layers_are_both_read(tmp_path):
    first, second = blocks(), np.roll(blocks(), 2, axis=2)
    file = write(
        tmp_path / "s.seg.nrrd",
        np.stack([first, second], axis=-1),
        vector=True,
        Segment0_Name="a",
        Segment0_LabelValue="1",
        Segment0_Layer="0",
        Segment1_Name="b",
        Segment1_LabelValue="1",
        Segment1_Layer="1",
    )
    a, b = read_label_file(file, CT).structures
    assert (a.region.voxels, b.region.voxels) == (168, 168)
    assert a.region.overlap(b.region) == 4 * 6 * 5


@pytest.mark.parametrize(("label", "layer"), [("0", "0"), ("1", "4")])
def test_a_segment_that_no_voxel_can_have_is_refused(tmp_path, label, layer):
    file = write(
        tmp_path / "s.seg.nrrd", blocks(), Segment0_Name="odd", Segment0_LabelValue=label, Segment0_Layer=layer
    )
    with pytest.raises(InputError, match=r"segment 'odd'"):
        read_label_file(file, CT)


def test_labels_that_lie_elsewhere_are_refused(tmp_path):
    away = Grid(GRID.size, GRID.spacing, (500.0, 0.0, 0.0))
    with pytest.raises(GeometryError, match=r"x\.nrrd lies elsewhere"):
        read_label_file(write(tmp_path / "x.nrrd", blocks(), away), CT)


def test_labels_that_reach_beyond_the_ct_are_marked_and_told(tmp_path):
    shifted = Grid(GRID.size, GRID.spacing, (-15.0, -14.0, -26.0))
    found = read_label_file(write(tmp_path / "x.nrrd", blocks(), shifted), CT)
    assert [s.outside_ct for s in found.structures] == [True, False]
    assert [notice.code for notice in found.notices] == ["structure-outside-ct"]


def test_a_label_smaller_than_a_ct_voxel_is_told(tmp_path):
    fine = Grid((60, 56, 80), (0.5, 0.5, 0.5), (-15.2, -14.2, -20.2))
    labels = np.zeros(fine.shape, np.uint8)
    labels[3, 3, 3] = 1
    found = read_label_file(write(tmp_path / "dot.nrrd", labels, fine), CT)
    assert [notice.code for notice in found.notices] == ["structure-too-small"]


@pytest.mark.parametrize(
    ("values", "told"),
    [(blocks() * 0.3, "fractions"), (blocks().astype(np.int16) - 1000, "not labels"), (blocks() * 900.0, "not labels")],
)
def test_what_is_no_label_image_is_refused(tmp_path, values, told):
    with pytest.raises(InputError, match=told):
        read_label_file(write(tmp_path / "x.nrrd", values), CT)


def test_real_psma_lesion_mask_keeps_its_volume_on_its_own_grid(real_data):
    (file,) = (real_data / "psma-lesion-mask").glob("*.nii.gz")
    image = sitk.ReadImage(str(file))
    grid = Grid(image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection())
    ct = CtImage(Volume(np.broadcast_to(np.int16(0), grid.shape), grid), Source("CT", "ct", ()))
    (found,) = read_label_file(file, ct).structures
    assert found.region.volume_ml == pytest.approx(431, abs=1)
