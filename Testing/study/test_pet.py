"""PET values arrive on the CT as SUVbw, each slice by its own slope and at its true position."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from HimarsPlannerLib.errors import GeometryError, InputError
from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.study.pet import read_pet
from HimarsPlannerLib.study.scan import scan_folders
from HimarsPlannerLib.study.suv import SuvOverrides

CT = Grid((20, 20, 10), (2.0, 2.0, 3.0), (-20.0, -20.0, 0.0))
PET = {"origin": (-24.0, -24.0, -4.0), "spacing": (4.0, 4.0, 4.0), "intercept": 0.0, "modality": "PT"}
FACTOR = 80_000 / (2e8 * 2 ** (-3600 / 4062.6))


def only(folder):
    (found,) = scan_folders([folder])
    return found


def test_activity_becomes_suv_on_both_lattices(tmp_path, write_slices, pet_tags):
    slopes = [1.0, 2.0, 4.0, 5.0, 8.0, 10.0, 20.0, 40.0, 50.0, 100.0]
    stored = np.array([8000 / slope * np.ones((14, 14)) for slope in slopes]).astype(np.int16)
    write_slices(tmp_path, stored, slope=slopes, **PET, **pet_tags)
    pet = read_pet(only(tmp_path), CT)
    assert pet.suv.factor == pytest.approx(FACTOR)
    assert np.allclose(pet.native.array, 8000 * FACTOR)
    assert np.allclose(pet.on_ct.array, 8000 * FACTOR)
    assert pet.on_ct.grid == CT
    assert pet.suv.notices == ()
    assert pet.source.modality == "PT"


def test_what_the_user_states_reaches_the_values(tmp_path, write_slices, pet_tags):
    write_slices(tmp_path, np.full((10, 14, 14), 1000, np.int16), **PET, **pet_tags)
    assert read_pet(only(tmp_path), CT, SuvOverrides(weight_kg=40)).suv.factor == pytest.approx(FACTOR / 2)


def test_ct_slices_beyond_the_pet_are_unknown_and_told(tmp_path, write_slices, pet_tags):
    write_slices(tmp_path, np.full((5, 14, 14), 1000, np.int16), **PET, **pet_tags)
    pet = read_pet(only(tmp_path), CT)
    unknown = np.isnan(pet.on_ct.array).all(axis=(1, 2))
    assert list(np.flatnonzero(unknown)) == [5, 6, 7, 8, 9]
    assert [notice.code for notice in pet.suv.notices] == ["pet-does-not-cover-ct"]
    assert "50%" in pet.suv.notices[0].message


def test_a_pet_elsewhere_is_refused(tmp_path, write_slices, pet_tags):
    write_slices(tmp_path, np.full((5, 14, 14), 1000, np.int16), **{**PET, "origin": (0, 0, 900)}, **pet_tags)
    with pytest.raises(GeometryError, match="does not overlap"):
        read_pet(only(tmp_path), CT)


def test_more_activity_than_was_injected_is_told(tmp_path, write_slices, pet_tags):
    write_slices(tmp_path, np.full((60, 14, 14), 30000, np.int16), slope=10.0, **PET, **pet_tags)
    assert "suv-implausible" in [notice.code for notice in read_pet(only(tmp_path), CT).suv.notices]


def test_a_whole_body_that_holds_hardly_any_activity_is_told(tmp_path, write_slices, pet_tags):
    """80 kg of SUV 1 are all that was injected; the image has a tenth of it, over 1 m."""
    voxel_ml, voxels = 20 * 20 * 10 / 1000, 100 * 14 * 14
    suv = 0.1 * 80_000 / (voxel_ml * voxels)
    where = {**PET, "origin": (-24, -24, 0), "spacing": (20, 20, 10)}
    stored = np.full((100, 14, 14), 1000, np.int16)
    write_slices(tmp_path, stored, slope=round(suv / FACTOR / 1000, 8), **where, **pet_tags)
    (notice,) = [n for n in read_pet(only(tmp_path), CT).suv.notices if n.code == "suv-implausible"]
    assert "10% of the injected activity" in notice.message
    write_slices(tmp_path / "part", stored[:40], slope=round(suv / FACTOR / 1000, 8), **where, **pet_tags)
    assert read_pet(only(tmp_path / "part"), CT).suv.notices == ()


def test_the_tracer_is_kept_as_the_header_names_it(tmp_path, write_slices, pet_tags):
    write_slices(tmp_path, np.full((10, 14, 14), 1000, np.int16), **PET, **pet_tags)
    assert read_pet(only(tmp_path), CT).suv.tracer == "68Ga-PSMA-11"


def write_file(file, values):
    image = sitk.GetImageFromArray(np.asarray(values, dtype=np.float32))
    image.SetSpacing((4.0, 4.0, 4.0))
    image.SetOrigin((-24.0, -24.0, -4.0))
    sitk.WriteImage(image, str(file))


def test_an_image_file_must_say_that_it_is_suv(tmp_path):
    write_file(tmp_path / "pet.nii.gz", np.full((10, 14, 14), 3.5))
    series = only(tmp_path)
    with pytest.raises(InputError, match=r"pet\.nii\.gz does not say.*--pet-is-suv"):
        read_pet(series, CT)
    pet = read_pet(series, CT, is_suv=True)
    assert np.allclose(pet.on_ct.array, 3.5)
    assert pet.suv.trace == ("The user stated that the file is in SUVbw.",)


def test_a_file_name_can_say_that_it_is_suv(tmp_path):
    write_file(tmp_path / "psma_SUVbw.nrrd", np.full((10, 14, 14), 3.5))
    assert "psma_SUVbw.nrrd" in read_pet(only(tmp_path), CT).suv.trace[0]


@pytest.mark.parametrize("value", [-3.0, 50_000.0, np.nan])
def test_values_that_are_no_suv_are_refused(tmp_path, value):
    values = np.ones((10, 14, 14))
    values[5, 5, 5] = value
    write_file(tmp_path / "suv.nrrd", values)
    with pytest.raises(InputError, match="not SUVbw"):
        read_pet(only(tmp_path), CT)


def test_real_pet_with_uneven_slices_is_sampled_at_their_true_positions(real_data):
    """Sampling the PET at the centre of its own voxels gives its own values, on every slice."""
    folder = real_data / "sts001-rawpet/FDG_PET/image"
    series = only(folder)
    slices = sorted((pydicom.dcmread(f) for f in series.files), key=lambda s: float(s.ImagePositionPatient[2]))
    one = slices[200]
    line = Grid((128, 128, 1), (4.6875, 4.6875, 1.0), tuple(float(v) for v in one.ImagePositionPatient))
    pet = read_pet(series, line)
    expected = one.pixel_array * float(one.RescaleSlope) * pet.suv.factor
    assert np.allclose(pet.on_ct.array[0], expected, rtol=1e-4, atol=1e-4)
    dose_left = 388777472 * 2 ** (-2711 / 6588)
    assert pet.suv.factor == pytest.approx(71_000 / dose_left, rel=1e-9)


def test_real_pet_in_suv_is_not_converted_again(real_data):
    folder = real_data / "ibsi-sts/dicom/STS_004/PET/image"
    published = sitk.GetArrayFromImage(sitk.ReadImage(str(real_data / "ibsi-sts/nifti/STS_004/PET_image.nii.gz")))
    pet = read_pet(only(folder), Grid((43, 46, 85), (3.90625, 3.90625, 3.27), (-181.64063, -41.01563, 590.119994)))
    assert pet.suv.factor == 1.0
    assert np.allclose(pet.native.array, published, atol=1e-3)
    assert np.allclose(pet.on_ct.array, published, atol=1e-2)
