"""A series becomes a volume only where its slices are one; values are the stored ones, rescaled slice by slice."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
)

from HimarsPlannerLib.errors import GeometryError, InputError
from HimarsPlannerLib.study.dicom_image import read_ct, read_dicom_image
from HimarsPlannerLib.study.scan import scan_folders

RNG = np.random.default_rng(3)
STORED = RNG.integers(0, 3000, (6, 9, 7)).astype(np.int16)


def only(folder):
    (found,) = scan_folders([folder])
    return found


def at(offsets, direction=(0.0, 0.0, 1.0)):
    return np.asarray(offsets, dtype=float)[:, None] * np.asarray(direction)


def test_slices_are_ordered_by_position_not_by_file_or_instance_number(tmp_path, write_slices):
    shuffled = RNG.permutation(6)
    write_slices(tmp_path, STORED[shuffled], positions=at(shuffled * 2.0), InstanceNumber="1")
    ct = read_ct(only(tmp_path))
    assert ct.volume.array.dtype == np.int16
    assert np.array_equal(ct.volume.array, STORED - 1024)
    assert ct.reference is not None
    assert np.allclose(ct.reference.positions_lps[:, 2], np.arange(6) * 2.0)
    by_uid = {pydicom.dcmread(f).SOPInstanceUID: f for f in tmp_path.iterdir()}
    first = pydicom.dcmread(by_uid[ct.reference.sop_instance_uids[0]])
    assert np.array_equal(first.pixel_array, STORED[0])


@pytest.mark.parametrize(
    ("orientation", "step"),
    [
        ((1, 0, 0, 0, 1, 0), (0, 0, 2.0)),
        ((-1, 0, 0, 0, -1, 0), (0, 0, 2.0)),
        ((1, 0, 0, 0, 1, 0), (0, 0, -2.0)),
        ((-1, 0, 0, 0, 1, 0), (0, 0, -2.0)),
        ((0.96, 0.28, 0, -0.28, 0.96, 0), (0, 0, 2.0)),
        ((1, 0, 0, 0, 0, -1), (0, 2.0, 0)),
        ((0.8, 0, 0.6, 0, 1, 0), (-1.2, 0, 1.6)),
    ],
)
def test_every_voxel_is_where_its_header_puts_it(tmp_path, write_slices, orientation, step):
    positions = np.array([11.0, -7.0, 3.0]) + np.arange(6)[:, None] * np.array(step)
    write_slices(tmp_path, STORED, orientation=orientation, positions=positions, spacing=(0.9, 1.1, 2.0))
    volume = read_ct(only(tmp_path)).volume
    for number, row, column in RNG.integers(0, (6, 9, 7), (20, 3)):
        place = positions[number] + column * 0.9 * np.array(orientation[:3]) + row * 1.1 * np.array(orientation[3:])
        index = volume.grid.to_index(place)
        assert np.allclose(index, np.rint(index), atol=1e-5)
        assert volume.array[tuple(np.rint(index).astype(int))] == STORED[number, row, column] - 1024
    assert np.linalg.det(volume.grid.axes) == pytest.approx(1)


def test_grid_agrees_with_simpleitk(tmp_path, write_slices):
    files = write_slices(tmp_path, STORED, origin=(5, 6, 7), spacing=(0.7, 0.9, 1.5), orientation=(0, 1, 0, -1, 0, 0))
    image = sitk.ReadImage([str(file) for file in files])
    volume = read_ct(only(tmp_path)).volume
    assert np.allclose(volume.grid.origin, image.GetOrigin())
    assert np.allclose(volume.grid.spacing, image.GetSpacing())
    assert np.allclose(volume.grid.direction, image.GetDirection())
    assert np.array_equal(volume.array, sitk.GetArrayFromImage(image))


def test_each_pet_slice_has_its_own_slope(tmp_path, write_slices):
    slopes = [0.5, 1.25, 3.0, 0.01, 2.5, 7.0]
    write_slices(tmp_path, STORED, modality="PT", slope=slopes, intercept=0)
    image = read_dicom_image(only(tmp_path), regular=False)
    assert image.volume.array.dtype == np.float32
    assert np.allclose(image.volume.array, STORED * np.array(slopes)[:, None, None], rtol=1e-6)


def test_run_length_encoded_slices_are_read(tmp_path, write_slices):
    for file in write_slices(tmp_path, STORED):
        dataset = pydicom.dcmread(file)
        dataset.compress(RLELossless)
        dataset.save_as(file)
    assert np.array_equal(read_ct(only(tmp_path)).volume.array, STORED - 1024)


def test_real_jpeg_2000_ct_agrees_with_gdcm(real_data):
    series = only(real_data / "totalseg-example/example_ct_dicom")
    volume = read_ct(series).volume
    names = sorted(str(f) for f in series.files)
    names.sort(key=lambda name: float(pydicom.dcmread(name, stop_before_pixels=True).ImagePositionPatient[2]))
    assert np.array_equal(volume.array, sitk.GetArrayFromImage(sitk.ReadImage(names)))
    assert volume.grid.spacing == pytest.approx((0.9765625, 0.9765625, 2.0))


def test_without_uids_there_is_no_reference_to_write_an_rtstruct_on(tmp_path, write_slices):
    write_slices(tmp_path, STORED, series_uid="")
    assert read_ct(only(tmp_path)).reference is None


def test_a_missing_slice_is_told_with_its_place(tmp_path, write_slices):
    write_slices(tmp_path, STORED[:5], positions=at([0, 2, 4, 8, 10]))
    with pytest.raises(GeometryError, match=r"about 1 slice.* missing.*after \(0\.00, 0\.00, 4\.00\) \(4\.00 mm\)"):
        read_ct(only(tmp_path))


def test_a_slice_that_is_there_twice_is_told_with_both_files(tmp_path, write_slices):
    write_slices(tmp_path, STORED, positions=at([0, 2, 4, 4, 6, 8]))
    with pytest.raises(GeometryError, match=r"1 slice.* share their position.*CT002\.dcm and .*CT003\.dcm"):
        read_ct(only(tmp_path))


def test_an_irregular_ct_is_told(tmp_path, write_slices):
    write_slices(tmp_path, STORED, positions=at([0, 2, 4, 6.5, 8.5, 10.5]))
    with pytest.raises(GeometryError, match=r"not equally spaced: 2\.50 mm after \(0\.00, 0\.00, 4\.00\)"):
        read_ct(only(tmp_path))


def test_rounded_ct_positions_are_accepted(tmp_path, write_slices):
    write_slices(tmp_path, STORED, positions=at([0, 0.6, 1.3, 1.9, 2.5, 3.1]))
    assert read_ct(only(tmp_path)).volume.grid.spacing[2] == pytest.approx(0.62)


def test_uneven_pet_steps_are_kept_but_a_larger_deviation_is_refused(tmp_path, write_slices):
    offsets = [0, 3.19, 6.46, 9.75, 13.02, 16.29]
    write_slices(tmp_path / "a", STORED, modality="PT", positions=at(offsets))
    assert np.allclose(read_dicom_image(only(tmp_path / "a"), regular=False).stack.offsets_mm, offsets)
    write_slices(tmp_path / "b", STORED, modality="PT", positions=at([0, 3.0, 6.0, 9.0, 12.0, 15.5]))
    with pytest.raises(GeometryError, match="not equally spaced"):
        read_dicom_image(only(tmp_path / "b"), regular=False)


def test_a_tilted_gantry_is_told_with_its_angle(tmp_path, write_slices):
    tilt = np.radians(12)
    orientation = (1, 0, 0, 0, np.cos(tilt), np.sin(tilt))
    write_slices(tmp_path, STORED, orientation=orientation, positions=at(np.arange(6) * 3.0))
    with pytest.raises(GeometryError, match=r"tilted gantry: slices are sheared by 12\.0 degrees"):
        read_ct(only(tmp_path))


def test_a_slice_shifted_in_its_plane_is_told(tmp_path, write_slices):
    positions = at(np.arange(6) * 2.0)
    positions[3, 0] = 5.0
    write_slices(tmp_path, STORED, positions=positions)
    with pytest.raises(GeometryError, match=r"shifted in its plane by 5\.00 mm"):
        read_ct(only(tmp_path))


@pytest.mark.parametrize(
    ("change", "meaning"),
    [
        ({"PixelSpacing": [1.2, 1.2]}, "pixel spacing"),
        ({"ImageOrientationPatient": [1, 0, 0, 0, 0, 1]}, "orientation"),
    ],
)
def test_slices_that_differ_are_told_with_how_many_and_a_file(tmp_path, write_slices, change, meaning):
    write_slices(tmp_path, STORED, per_slice={2: change})
    with pytest.raises(GeometryError, match=rf"1 of 6 slices differ in {meaning}.*CT002\.dcm"):
        read_ct(only(tmp_path))


def test_slices_of_two_sizes_are_told(tmp_path, write_slices):
    write_slices(tmp_path, STORED, series_uid="1.2.3")
    write_slices(tmp_path / "b", STORED[:2, :5], series_uid="1.2.3", origin=(0, 0, 12))
    with pytest.raises(GeometryError, match="2 of 8 slices differ in rows"):
        read_ct(only(tmp_path))


@pytest.mark.parametrize("keyword", ["ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"])
def test_a_slice_without_its_place_is_told(tmp_path, write_slices, keyword):
    write_slices(tmp_path, STORED, per_slice={4: {keyword: None}})
    with pytest.raises(GeometryError, match=rf"1 slice.* without {keyword}.*CT004"):
        read_ct(only(tmp_path))


def test_a_single_slice_is_no_volume(tmp_path, write_slices):
    write_slices(tmp_path, STORED[:1])
    with pytest.raises(GeometryError, match="1 slice"):
        read_ct(only(tmp_path))


def test_a_multi_frame_series_is_refused(real_data):
    series = scan_folders([real_data / "seg-dcmqi/segmentations/23x38x3/multiframe"])[0]
    with pytest.raises(InputError, match="multi-frame"):
        read_ct(series)


@pytest.mark.parametrize(
    "tags", [{"RescaleType": "US"}, {"intercept": 0.0}, {"slope": 0.001, "intercept": -1.0}], ids=str
)
def test_a_ct_that_is_not_in_hu_is_refused(tmp_path, write_slices, tags):
    write_slices(tmp_path, STORED, **tags)
    with pytest.raises(InputError, match="HU"):
        read_ct(only(tmp_path))


def test_slices_compressed_in_an_unreadable_way_are_refused_with_the_syntax(tmp_path, write_slices):
    for file in write_slices(tmp_path, STORED):
        dataset = pydicom.dcmread(file)
        dataset.compress(RLELossless)
        dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.90"
        dataset.save_as(file)
    with pytest.raises(InputError, match="compressed as JPEG 2000"):
        read_ct(only(tmp_path))


def relabel(file, syntax):
    """Change the transfer syntax that a file names, and nothing of what follows."""
    dataset = pydicom.dcmread(file)
    content = file.read_bytes()
    rest = content[128 + 4 + 12 + dataset.file_meta.FileMetaInformationGroupLength :]
    dataset.file_meta.TransferSyntaxUID = syntax
    head = BytesIO()
    write_file_meta_info(head, dataset.file_meta)
    file.write_bytes(content[:132] + head.getvalue() + rest)


@pytest.mark.parametrize(
    "wrong",
    [JPEGBaseline8Bit, JPEG2000Lossless, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, "1.2.840.10008.9"],
)
def test_slices_that_are_not_stored_as_they_say_are_refused_by_name(tmp_path, write_slices, wrong):
    for file in write_slices(tmp_path, STORED):
        relabel(file, wrong)
    with pytest.raises(InputError, match=r"CT00\d\.dcm"):
        read_ct(only(tmp_path))


def test_explicit_value_representations_that_are_called_implicit_are_read(tmp_path, write_slices):
    for file in write_slices(tmp_path, STORED):
        relabel(file, ImplicitVRLittleEndian)
    assert np.array_equal(read_ct(only(tmp_path)).volume.array, STORED - 1024)


def test_implicit_value_representations_that_are_called_explicit_are_read(tmp_path, write_slices):
    for file in write_slices(tmp_path, STORED):
        dataset = pydicom.dcmread(file)
        pydicom.dcmwrite(file, dataset, implicit_vr=True, little_endian=True, force_encoding=True)
    assert np.array_equal(read_ct(only(tmp_path)).volume.array, STORED - 1024)


def test_a_corrupt_number_in_a_header_is_refused_with_its_file(tmp_path, write_slices):
    file = write_slices(tmp_path, STORED)[3]
    file.write_bytes(file.read_bytes().replace(b"6.000000", b"6.0#0000"))
    with pytest.raises(InputError, match=r"cannot be read \(.*6\.0#0000"):
        read_ct(only(tmp_path))
