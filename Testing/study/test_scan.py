"""Scanning lists every series once, whatever the folders look like, and names what cannot be read."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from HimarsPlannerLib.errors import InputError
from HimarsPlannerLib.study.scan import scan_folders

BLOCK = np.zeros((5, 8, 6), dtype=np.int16)


def test_slices_scattered_over_nested_folders_under_any_name_are_one_series(tmp_path, write_slices):
    files = write_slices(tmp_path / "in", BLOCK, spacing=(0.9, 0.8, 2.5))
    for number, file in enumerate(files):
        target = tmp_path / "in" / f"d{number % 3}" / "deeper" / f"{(number * 7) % 5}_without_suffix"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(file, target)
    (found,) = scan_folders([tmp_path / "in"])
    assert (found.modality, found.size) == ("CT", (6, 8, 5))
    assert found.spacing == pytest.approx((0.9, 0.8, 2.5))
    assert (found.patient_id, len(found.files)) == ("P1", 5)


def test_a_series_in_two_folders_is_found_once_even_when_a_folder_is_named_twice(tmp_path, write_slices):
    files = write_slices(tmp_path / "a", BLOCK)
    (tmp_path / "b").mkdir()
    shutil.move(files[0], tmp_path / "b" / "first.dcm")
    (found,) = scan_folders([tmp_path / "b", tmp_path, tmp_path / "a"])
    assert found.size == (6, 8, 5)


def test_ct_comes_before_pet_before_structures_before_the_rest(tmp_path, write_slices, write_rtstruct, pet_tags):
    write_rtstruct(tmp_path / "0" / "rs.dcm", {"GTV1": [], "Heart": []})
    write_slices(tmp_path / "1", BLOCK, modality="PT", **pet_tags)
    write_slices(tmp_path / "2", BLOCK)
    write_slices(tmp_path / "3", BLOCK, modality="MR")
    found = scan_folders([tmp_path])
    assert [one.modality for one in found] == ["CT", "PT", "RTSTRUCT", "MR"]
    assert found[2].contents == ("GTV1", "Heart")


def test_two_structure_sets_of_one_series_uid_are_two_entries(tmp_path, write_rtstruct):
    for name in ("a.dcm", "b.dcm"):
        write_rtstruct(tmp_path / name, {"GTV": []}, SeriesInstanceUID="1.2.3")
    assert len(scan_folders([tmp_path])) == 2


def test_other_files_are_ignored_and_image_files_listed(tmp_path, write_slices):
    write_slices(tmp_path, BLOCK)
    (tmp_path / "notes.txt").write_text("not an image " * 100)
    (tmp_path / "README").write_bytes(b"")
    sitk.WriteImage(sitk.GetImageFromArray(BLOCK), str(tmp_path / "labels.nii.gz"))
    sitk.WriteImage(sitk.GetImageFromArray(BLOCK), str(tmp_path / "labels.nrrd"))
    found = scan_folders([tmp_path])
    assert [(one.modality, one.description) for one in found] == [
        ("CT", "CT test"),
        ("image", "labels.nii.gz"),
        ("image", "labels.nrrd"),
    ]


def test_a_localizer_that_shares_the_series_uid_is_an_entry_of_its_own(tmp_path, write_slices):
    write_slices(tmp_path / "ct", BLOCK, series_uid="1.2.3")
    write_slices(
        tmp_path / "scout",
        np.zeros((1, 20, 20), dtype=np.int16),
        series_uid="1.2.3",
        orientation=(1, 0, 0, 0, 0, -1),
        ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"],
    )
    assert sorted(one.size for one in scan_folders([tmp_path])) == [(6, 8, 5), (20, 20, 1)]


def test_slices_whose_uids_were_removed_are_still_one_series(tmp_path, write_slices):
    write_slices(tmp_path, BLOCK, series_uid="", StudyInstanceUID="", PatientID="")
    write_slices(tmp_path / "thin", BLOCK, series_uid="", StudyInstanceUID="", PatientID="", SeriesDescription="thin")
    assert [len(one.files) for one in scan_folders([tmp_path])] == [5, 5]


def test_a_folder_that_does_not_exist_is_named():
    with pytest.raises(InputError, match="no/such/folder does not exist"):
        scan_folders([Path("no/such/folder")])


def test_an_empty_folder_and_one_without_images_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"No image in .*\(0 file"):
        scan_folders([tmp_path])
    (tmp_path / "a.txt").write_text("text")
    with pytest.raises(InputError, match=r"No image in .*\(1 file"):
        scan_folders([tmp_path])


@pytest.mark.parametrize("kept", [0, 100, 140, 400, 900])
def test_a_truncated_slice_is_named_wherever_it_was_cut(tmp_path, write_slices, kept):
    broken = write_slices(tmp_path, np.zeros((3, 20, 20), dtype=np.int16))[1]
    broken.write_bytes(broken.read_bytes()[:kept])
    with pytest.raises(InputError, match=rf"1 image file.* truncated or corrupt: {broken}"):
        scan_folders([tmp_path])


def test_a_file_that_only_claims_to_be_dicom_is_named(tmp_path, write_slices):
    write_slices(tmp_path, BLOCK)
    (tmp_path / "fake.dcm").write_text("hello " * 50)
    with pytest.raises(InputError, match=r"fake\.dcm"):
        scan_folders([tmp_path])


def test_a_corrupt_image_file_is_named(tmp_path):
    (tmp_path / "x.nii.gz").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"x\.nii\.gz"):
        scan_folders([tmp_path])


def test_the_reach_of_a_series_is_that_of_its_slices(tmp_path, write_slices):
    write_slices(tmp_path, BLOCK, origin=(0, 0, -7.5), spacing=(1, 1, 2.5))
    (found,) = scan_folders([tmp_path])
    assert found.reach_mm == pytest.approx((-7.5, 2.5))


def test_real_study_of_sts_001_holds_ct_pet_and_structures(real_data):
    found = scan_folders([real_data / "sts001-rawpet", real_data / "ibsi-sts/dicom/STS_001/CT/image"])
    assert [(one.modality, one.size) for one in found] == [
        ("CT", (198, 202, 59)),
        ("PT", (128, 128, 267)),
        ("RTSTRUCT", (0, 0, 0)),
    ]
    assert len({one.frame_of_reference_uid for one in found}) == 1
    assert found[2].contents == ("GTV_Mass", "GTV_Edema")


def test_real_ct_without_uids_is_one_series(real_data):
    (found,) = scan_folders([real_data / "totalseg-example/example_ct_dicom"])
    assert found.size == (512, 512, 20)
    assert found.spacing == pytest.approx((0.9765625, 0.9765625, 2.0))
