"""A study arrives on one geometry from DICOM or files, and bad input is refused before anything is computed."""

from __future__ import annotations

import copy
import shutil

import numpy as np
import pytest
import SimpleITK as sitk

from HimarsPlannerLib.errors import GeometryError, InputError, SuvError
from HimarsPlannerLib.study.read import read_study
from HimarsPlannerLib.study.suv import SuvOverrides

CT = np.full((12, 24, 24), 1024, dtype=np.int16)
CT[:, 0, 0] = 0
CT[:, 10:14, 10:14] = 1624
PET = np.full((8, 12, 12), 500, dtype=np.int16)
SQUARE = np.array([(10, 10), (16, 10), (16, 16), (10, 16)], dtype=float) + 0.5


def contours():
    return [np.column_stack([SQUARE, np.full(4, z)]) for z in (6.0, 8.0, 10.0)]


@pytest.fixture
def study(tmp_path, write_slices, write_rtstruct, pet_tags):
    """Folder with CT, PET and RTSTRUCT of one patient in one frame of reference."""
    write_slices(tmp_path / "study/ct", CT)
    write_slices(
        tmp_path / "study/pet", PET, modality="PT", origin=(-2, -2, -2), spacing=(3, 3, 4), intercept=0, **pet_tags
    )
    write_rtstruct(tmp_path / "study/rs/rs.dcm", {"GTV1": contours(), "GTV2": []})
    return tmp_path / "study"


def test_ct_pet_and_structures_are_on_one_grid(study):
    calls: list[float] = []
    read = read_study([study], progress=lambda _, fraction: calls.append(fraction))
    assert read.patient_id == "P1"
    assert read.patient["name"] == "Test^Patient"
    assert read.ct.reference is not None
    assert read.pet is not None
    assert read.pet.on_ct.grid == read.ct.volume.grid
    gtv, empty = read.structures
    assert gtv.region.volume_ml == pytest.approx(6 * 6 * 3 * 2 / 1000)
    assert empty.region.voxels == 0
    assert [source.modality for source in read.structure_sources] == ["RTSTRUCT"]
    assert [notice.code for notice in read.notices] == ["structure-empty"]
    assert calls
    assert all(0 <= fraction <= 1 for fraction in calls)


def test_several_structure_files_keep_their_source(study, write_rtstruct):
    other = write_rtstruct(study / "rs/other.dcm", {"Cord": contours()})
    with pytest.raises(InputError, match="--structures FILE"):
        read_study([study])
    read = read_study([study], structures=[str(study / "rs/rs.dcm"), str(other)])
    assert [(structure.name, structure.source) for structure in read.structures] == [
        ("GTV1", 0),
        ("GTV2", 0),
        ("Cord", 1),
    ]
    assert read.structure_sources[1].files == (other,)


def test_nifti_and_nrrd_work_where_dicom_does(study, tmp_path):
    from_dicom = read_study([study])
    assert from_dicom.pet is not None
    files = {
        "ct.nii.gz": (from_dicom.ct.volume.array, from_dicom.ct.volume.grid),
        "suv.nrrd": (from_dicom.pet.native.array, from_dicom.pet.native.grid),
        "gtv.nii.gz": (from_dicom.structures[0].region.to_array().astype(np.uint8), from_dicom.ct.volume.grid),
    }
    (tmp_path / "files").mkdir()
    for name, (array, grid) in files.items():
        image = sitk.GetImageFromArray(array)
        image.SetSpacing(grid.spacing)
        image.SetOrigin(grid.origin)
        sitk.WriteImage(image, str(tmp_path / "files" / name))
    read = read_study([tmp_path / "files"])
    assert read.pet is not None
    assert read.ct.reference is None
    assert np.array_equal(read.ct.volume.array, from_dicom.ct.volume.array)
    assert np.allclose(read.pet.on_ct.array, from_dicom.pet.on_ct.array, atol=1e-4, equal_nan=True)
    assert np.array_equal(read.structures[0].region.to_array(), from_dicom.structures[0].region.to_array())
    assert {notice.code for notice in read.notices} == {"frame-of-reference-unknown", "ct-without-identifiers"}


def test_a_folder_of_label_files_is_as_many_structures(study, tmp_path):
    """As TotalSegmentator writes them, with a file for each class, empty ones included."""
    ct = read_study([study / "ct"]).ct.volume
    (tmp_path / "labels").mkdir()
    masks = {}
    for number, name in enumerate(("aorta", "rib_left_1", "vertebrae_L3")):
        masks[name] = np.zeros(ct.grid.shape, np.uint8)
        masks[name][1:3, 2 : 2 + number, 3:5] = 1
        image = sitk.GetImageFromArray(masks[name])
        image.SetSpacing(ct.grid.spacing)
        image.SetOrigin(ct.grid.origin)
        sitk.WriteImage(image, str(tmp_path / "labels" / f"{name}.nii.gz"))
    read = read_study([study / "ct"], structures=[str(tmp_path / "labels")])
    assert [structure.name for structure in read.structures] == ["aorta", "rib_left_1", "vertebrae_L3"]
    for structure in read.structures:
        assert np.array_equal(structure.region.to_array(), masks[structure.name])


def test_a_study_may_be_a_ct_alone(study):
    read = read_study([study / "ct"])
    assert (read.pet, read.structures) == (None, ())


def test_no_structures_can_be_asked_for(study):
    assert read_study([study], structures=[]).structures == ()


def test_overrides_reach_the_pet(study):
    pet = read_study([study], overrides=SuvOverrides(injected_mbq=100)).pet
    assert pet is not None
    assert "100 MBq was stated" in " ".join(pet.suv.trace)


def test_structures_drawn_outside_the_ct_are_marked(study, write_rtstruct):
    away = [points + np.array([0, 0, 500]) for points in contours()]
    file = write_rtstruct(study / "rs/rs.dcm", {"GTV1": contours(), "far": away})
    read = read_study([study], structures=[str(file)])
    assert [structure.outside_ct for structure in read.structures] == [False, True]
    assert [notice.code for notice in read.notices] == ["structure-outside-ct"]


def test_a_pet_that_suv_cannot_be_had_from_is_refused(study, write_slices):
    write_slices(study / "pet", PET, modality="PT", Units="BQML")
    with pytest.raises(SuvError, match="0028,0051"):
        read_study([study])


def test_a_pet_of_another_frame_of_reference_is_refused(study, write_slices, pet_tags):
    write_slices(study / "pet", PET, modality="PT", FrameOfReferenceUID="9.9", **pet_tags)
    with pytest.raises(GeometryError, match=r"9\.9"):
        read_study([study])


def test_a_pet_cut_in_two_series_is_refused_with_both(study, write_slices, pet_tags):
    where = {"origin": (-2, -2, 30), "spacing": (3, 3, 4), "intercept": 0}
    write_slices(study / "pet2", PET, modality="PT", SeriesDescription="second bed", **where, **pet_tags)
    with pytest.raises(InputError, match=r"one scan cut into 2 series(.|\n)*PT test(.|\n)*second bed"):
        read_study([study])


def liver_of(suv, study, write_slices, write_rtstruct, pet_tags, tracer="68Ga-PSMA-11"):
    """Notices of a study whose PET has one SUV everywhere and whose structures name a liver."""
    pet_tags["RadiopharmaceuticalInformationSequence"][0].Radiopharmaceutical = tracer
    factor = 80_000 / (2e8 * 2 ** (-3600 / 4062.6))
    where = {"origin": (-2, -2, -2), "spacing": (3, 3, 4), "intercept": 0, "slope": round(suv / factor / 1000, 10)}
    shutil.rmtree(study / "pet")
    write_slices(study / "pet", PET * 2, modality="PT", **where, **pet_tags)
    write_rtstruct(study / "rs/rs.dcm", {"Liver": contours()}, kinds={"Liver": "ORGAN"})
    return [notice for notice in read_study([study]).notices if notice.code == "suv-liver-unusual"]


@pytest.mark.parametrize(
    ("suv", "tracer", "told"),
    [
        (5.0, "68Ga-PSMA-11", False),
        (1.2, "68Ga-PSMA-11", True),
        (11.0, "68Ga-PSMA-11", True),
        (11.0, "18F-PSMA-1007", False),
        (1.2, "FDG", False),
    ],
)
def test_a_liver_that_psma_ligands_do_not_show_is_told(
    study, write_slices, write_rtstruct, pet_tags, suv, tracer, told
):
    tags = copy.deepcopy(pet_tags)
    notices = liver_of(suv, study, write_slices, write_rtstruct, tags, tracer)
    assert bool(notices) is told
    assert all(f"{suv:.1f}" in notice.message for notice in notices)


def test_a_study_without_ct_is_refused(study):
    with pytest.raises(InputError, match="has no CT"):
        read_study([study / "pet", study / "rs"])


def test_two_patients_are_refused(study, write_slices):
    write_slices(study / "ct2", CT, PatientID="P2")
    with pytest.raises(InputError, match=r"2 patients(.|\n)*P1(.|\n)*P2"):
        read_study([study])


def test_real_patient_sts_001_is_read_with_pet_and_structures(real_data):
    read = read_study([real_data / "sts001-rawpet", real_data / "ibsi-sts/dicom/STS_001/CT/image"])
    assert read.pet is not None
    assert read.patient_id == "STS_001"
    assert read.pet.suv.factor == pytest.approx(0.000242903, rel=1e-5)
    assert not np.isnan(read.pet.on_ct.array).any()
    volumes = {structure.name: structure.region.volume_ml for structure in read.structures}
    assert volumes == {"GTV_Mass": pytest.approx(365.3, abs=0.5), "GTV_Edema": pytest.approx(580.9, abs=0.5)}
    assert [notice.code for notice in read.pet.suv.notices] == ["pet-tracer-not-psma"]
