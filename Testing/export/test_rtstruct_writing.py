"""RTSTRUCT: what a planning system and two validators must find in it."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import datetime

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.dataset import Dataset

from HimarsPlannerLib import __version__
from HimarsPlannerLib.errors import GeometryError, OutputError
from HimarsPlannerLib.export.codes import BONE_MARROW
from HimarsPlannerLib.export.drawing import Drawing
from HimarsPlannerLib.export.rtstruct import RoiToWrite, rtstruct_dataset, target_names, write_rtstruct
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.study.dicom_image import read_ct
from HimarsPlannerLib.study.rtstruct import read_rtstruct
from HimarsPlannerLib.study.scan import scan_folders
from HimarsPlannerLib.study.study import CtImage, Source

RED, YELLOW = (214, 47, 47), (240, 200, 60)


def solids(grid: Grid) -> dict[str, np.ndarray]:
    """A shell with an island, a plate, a rod, one voxel and noise, on every slice where they can be."""
    z, y, x = np.indices(grid.shape)
    far = np.hypot(y - 8, x - 9)
    return {
        "shell": (far < 7) & ~((far < 5) & (far > 2)) & (z > 0),
        "plate": (z == 2) & (y > 3),
        "rod": (y == 5) & (x == 6),
        "voxel": (z == 3) & (y == 10) & (x == 11),
        "net": np.random.default_rng(1).random(grid.shape) < 0.6,
        "border": np.ones(grid.shape, bool),
    }


def rois(grid: Grid) -> list[RoiToWrite]:
    return [RoiToWrite(name, "GTV", RED, Region.from_array(mask, grid)) for name, mask in solids(grid).items()]


def turned(degrees: float, axis: str) -> tuple[float, ...]:
    """Image orientation of an axial slice turned about a patient axis."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return {"x": (1, 0, 0, 0, c, s), "y": (c, 0, s, 0, 1, 0), "z": (c, s, 0, -s, c, 0)}[axis]


ORIENTED = tuple(np.linalg.qr(np.array([[1.0, 0.2], [-0.15, 1.0], [0.3, -0.1]]))[0].T.ravel() * -1)
SERIES = {
    "head first supine": {},
    "feet first supine": {"orientation": (-1, 0, 0, 0, 1, 0), "position": "FFS"},
    "head first prone": {"orientation": (-1, 0, 0, 0, -1, 0), "position": "HFP"},
    "feet first prone": {"orientation": (1, 0, 0, 0, -1, 0), "position": "FFP"},
    "decubitus left": {"orientation": (0, 1, 0, -1, 0, 0), "position": "HFDL"},
    "sagittal": {"orientation": (0, 1, 0, 0, 0, -1)},
    "turned about one axis": {"orientation": turned(15, "x")},
    "turned about another axis": {"orientation": turned(-8, "z")},
    "oblique": {"orientation": ORIENTED},
    "irregular slice positions": {"along_normal": (0, 2.5, 5.1, 7.4, 10.0, 13.7)},
}


@pytest.mark.parametrize("series", SERIES.values(), ids=SERIES.keys())
def test_strict_reader_gets_every_voxel_back(series, make_ct, read_strictly, tmp_path):
    ct = make_ct(**series)
    write_rtstruct(rois(ct.grid), ct.reference, tmp_path / "rs.dcm")
    check_voxels(read_strictly(tmp_path / "rs.dcm", ct), ct.grid)


@pytest.mark.parametrize("series", ["head first supine", "oblique"])
def test_strict_reader_gets_every_voxel_back_from_holes_apart(series, make_ct, read_strictly, tmp_path):
    ct = make_ct(**SERIES[series])
    write_rtstruct(rois(ct.grid), ct.reference, tmp_path / "rs.dcm", drawing=Drawing(holes="separate"))
    check_voxels(read_strictly(tmp_path / "rs.dcm", ct), ct.grid)


def check_voxels(reader, grid: Grid, area_tolerance: float = 2e-5) -> None:
    for name, mask in solids(grid).items():
        np.testing.assert_array_equal(reader.mask(name), mask, err_msg=name)
        assert reader.area(name) == pytest.approx(mask.sum(), rel=area_tolerance)


@pytest.mark.skipif(shutil.which("plastimatch") is None, reason="plastimatch is not installed (Debian package)")
@pytest.mark.parametrize("series", SERIES.values(), ids=SERIES.keys())
def test_plastimatch_gets_every_voxel_back(series, make_ct, tmp_path):
    ct = make_ct(**series)
    write_rtstruct(rois(ct.grid), ct.reference, tmp_path / "rs.dcm")
    command = ["plastimatch", "convert", "--input", tmp_path / "rs.dcm", "--referenced-ct", ct.folder]
    subprocess.run([*command, "--output-prefix", tmp_path, "--prefix-format", "nrrd"], check=True, capture_output=True)
    for name, mask in solids(ct.grid).items():
        found = sitk.GetArrayFromImage(sitk.ReadImage(tmp_path / f"{name}.nrrd")) > 0
        np.testing.assert_array_equal(found, mask, err_msg=name)


@pytest.mark.parametrize("holes", ["keyhole", "separate"])
def test_our_own_reader_gets_every_voxel_back(holes, make_ct, tmp_path):
    ct = make_ct(**SERIES["oblique"])
    write_rtstruct(rois(ct.grid), ct.reference, tmp_path / "rs.dcm", drawing=Drawing(holes=holes))
    source = Source("CT", "Planning CT", (), frame_of_reference_uid=ct.reference.header.FrameOfReferenceUID)
    found = read_rtstruct(tmp_path / "rs.dcm", CtImage(Volume(np.zeros(ct.grid.shape, np.int16), ct.grid), source))
    assert [structure.interpreted_type for structure in found] == ["GTV"] * len(found)
    for structure, (name, mask) in zip(found, solids(ct.grid).items(), strict=True):
        assert structure.name == name
        np.testing.assert_array_equal(structure.region.to_array(), mask, err_msg=name)


@pytest.mark.parametrize("series", SERIES.values(), ids=SERIES.keys())
def test_validators_find_nothing(series, make_ct, dicom3tools, tmp_path):
    ct = make_ct(**series)
    file = tmp_path / "rs.dcm"
    structures = rois(ct.grid)
    structures[0] = replace(structures[0], description="rank 1: cord at risk", property=BONE_MARROW)
    write_rtstruct(structures, ct.reference, file)
    assert dicom3tools("dciodvfy", file) == []
    assert dicom3tools("dcentvfy", *ct.files, file) == []


def test_holes_apart_are_marked_as_xor(make_ct, tmp_path):
    ct = make_ct()
    write_rtstruct(rois(ct.grid), ct.reference, tmp_path / "rs.dcm", drawing=Drawing(holes="separate"))
    dataset = pydicom.dcmread(tmp_path / "rs.dcm")
    types = {
        roi.ROIName: {contour.ContourGeometricType for contour in item.ContourSequence}
        for roi, item in zip(dataset.StructureSetROISequence, dataset.ROIContourSequence, strict=True)
    }
    assert types["shell"] == {"CLOSEDPLANAR_XOR"}
    assert types["plate"] == {"CLOSED_PLANAR"}


def test_every_decimal_string_is_short_and_every_contour_open(make_ct, tmp_path):
    ct = make_ct(orientation=ORIENTED, origin=(-2113.123456, 1999.98765, -3210.1))
    write_rtstruct(rois(ct.grid), ct.reference, tmp_path / "rs.dcm")
    for item in pydicom.dcmread(tmp_path / "rs.dcm").ROIContourSequence:
        for contour in item.ContourSequence:
            texts = contour["ContourData"].value
            assert all(len(text.original_string) <= 16 for text in texts)
            points = np.array(texts, dtype=float).reshape(-1, 3)
            assert len(points) == contour.NumberOfContourPoints >= 4
            assert (np.abs(points - np.roll(points, 1, axis=0)).max(axis=1) > 0.1).all()


def test_it_refers_to_the_ct_and_to_nothing_else(make_ct, tmp_path):
    ct = make_ct()
    header = ct.reference.header
    write_rtstruct(rois(ct.grid), ct.reference, tmp_path / "rs.dcm")
    dataset = pydicom.dcmread(tmp_path / "rs.dcm")
    assert dataset.StudyInstanceUID == header.StudyInstanceUID
    assert dataset.FrameOfReferenceUID == header.FrameOfReferenceUID
    assert dataset.SeriesInstanceUID != header.SeriesInstanceUID
    [frame] = dataset.ReferencedFrameOfReferenceSequence
    [study] = frame.RTReferencedStudySequence
    [series] = study.RTReferencedSeriesSequence
    assert frame.FrameOfReferenceUID == header.FrameOfReferenceUID
    assert study.ReferencedSOPInstanceUID == header.StudyInstanceUID
    assert series.SeriesInstanceUID == header.SeriesInstanceUID
    slices = [
        (str(image.ReferencedSOPClassUID), str(image.ReferencedSOPInstanceUID)) for image in series.ContourImageSequence
    ]
    assert slices == [(ct.reference.sop_class_uid, uid) for uid in ct.reference.sop_instance_uids]
    assert {roi.ReferencedFrameOfReferenceUID for roi in dataset.StructureSetROISequence} == {
        header.FrameOfReferenceUID
    }


def test_it_says_what_each_structure_is(make_ct, tmp_path):
    ct = make_ct()
    masks = solids(ct.grid)
    structures = [
        RoiToWrite("GTV1", "GTV", RED, Region.from_array(masks["shell"], ct.grid), "rank 1: SINS 13"),
        RoiToWrite("Marrow", "ORGAN", YELLOW, Region.from_array(masks["net"], ct.grid), property=BONE_MARROW),
    ]
    write_rtstruct(structures, ct.reference, tmp_path / "rs.dcm", label="HIMARS level 1")
    dataset = pydicom.dcmread(tmp_path / "rs.dcm")
    gtv, marrow = dataset.StructureSetROISequence
    assert (gtv.ROIName, gtv.ROIDescription, gtv.ROINumber) == ("GTV1", "rank 1: SINS 13", 1)
    assert gtv.ROIVolume == pytest.approx(structures[0].region.volume_ml, rel=1e-5)
    assert marrow.ROIName == "Marrow"
    assert [list(item.ROIDisplayColor) for item in dataset.ROIContourSequence] == [list(RED), list(YELLOW)]
    first, second = dataset.RTROIObservationsSequence
    assert (first.ReferencedROINumber, first.RTROIInterpretedType) == (1, "GTV")
    assert (second.ReferencedROINumber, second.RTROIInterpretedType) == (2, "ORGAN")
    assert first.RTROIIdentificationCodeSequence[0].CodeValue == "228791009"
    assert second.RTROIIdentificationCodeSequence[0].CodeValue == "14016003"
    assert dataset.ApprovalStatus == "UNAPPROVED"
    assert dataset.StructureSetLabel == "HIMARS level 1"
    assert (dataset.ManufacturerModelName, dataset.SoftwareVersions) == ("HimarsPlanner", __version__)


@pytest.mark.parametrize(
    ("name", "character_set"),
    [
        ("Müller^Jörg", "ISO_IR 100"),
        ("Dvořák^Jiří", "ISO_IR 101"),
        ("Иванов^Пётр", "ISO_IR 144"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", ["", "ISO 2022 IR 87"]),
    ],
)
def test_patient_name_survives_the_ct_character_set(name, character_set, make_ct, dicom3tools, tmp_path):
    ct = make_ct(name=name, character_set=character_set)
    write_rtstruct(rois(ct.grid), ct.reference, tmp_path / "rs.dcm")
    dataset = pydicom.dcmread(tmp_path / "rs.dcm")
    assert dataset.SpecificCharacterSet == "ISO_IR 192"
    assert str(dataset.PatientName) == name
    assert name.encode() in (tmp_path / "rs.dcm").read_bytes()
    assert dicom3tools("dciodvfy", tmp_path / "rs.dcm") == []


def test_same_input_gives_the_same_file(make_ct, tmp_path):
    ct = make_ct()
    for name in ("a.dcm", "b.dcm"):
        write_rtstruct(
            rois(ct.grid),
            ct.reference,
            tmp_path / name,
            created=datetime(2025, 9, 14, 12, 0),
            series_uid="1.2.3",
            sop_uid="1.2.4",
        )
    assert (tmp_path / "a.dcm").read_bytes() == (tmp_path / "b.dcm").read_bytes()


def test_dataset_is_what_the_file_holds(make_ct, tmp_path):
    ct = make_ct()
    uids = {"created": datetime(2025, 9, 14, 12, 0), "series_uid": "1.2.3", "sop_uid": "1.2.4"}
    write_rtstruct(rois(ct.grid), ct.reference, tmp_path / "rs.dcm", **uids)
    assert rtstruct_dataset(rois(ct.grid), ct.reference, **uids) == pydicom.dcmread(tmp_path / "rs.dcm")


def test_new_files_have_new_identifiers(make_ct):
    ct = make_ct()
    one, other = (rtstruct_dataset(rois(ct.grid), ct.reference) for _ in range(2))
    assert one.SOPInstanceUID != other.SOPInstanceUID
    assert one.SeriesInstanceUID != other.SeriesInstanceUID


def without(header: Dataset, keyword: str) -> Dataset:
    stripped = Dataset()
    stripped.update({tag: element for tag, element in header.items() if element.tag != pydicom.tag.Tag(keyword)})
    return stripped


def test_series_without_frame_of_reference_is_refused(make_ct, tmp_path):
    ct = make_ct()
    reference = replace(ct.reference, header=without(ct.reference.header, "FrameOfReferenceUID"))
    with pytest.raises(GeometryError, match="no FrameOfReferenceUID"):
        write_rtstruct(rois(ct.grid), reference, tmp_path / "rs.dcm")
    assert not (tmp_path / "rs.dcm").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": (24, 20, 7)}, "24 x 20 x 6"),
        ({"size": (20, 24, 6)}, "24 x 20 x 6"),
        ({"spacing": (1.25, 0.9766, 2.5)}, "pixel spacing"),
        ({"origin": (-113.0, 57.25, -321.125)}, "slice positions"),
        ({"direction": (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, -1.0)}, "slice positions"),
        ({"direction": (-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0)}, "orientation"),
    ],
)
def test_structure_on_another_grid_is_refused(change, message, make_ct, tmp_path):
    ct = make_ct()
    grid = replace(ct.grid, **change)
    region = Region(grid, (1, 1, 1), np.ones((2, 2, 2), bool))
    with pytest.raises(GeometryError, match=message):
        write_rtstruct([RoiToWrite("GTV1", "GTV", RED, region)], ct.reference, tmp_path / "rs.dcm")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "ROI name"),
        ({"name": "x" * 65}, "ROI name"),
        ({"name": "a\\b"}, "ROI name"),
        ({"name": "a\nb"}, "ROI name"),
        ({"interpreted_type": "TUMOUR"}, "TUMOUR"),
        ({"colour": (0, 0, 256)}, "colour"),
        ({"description": "x" * 1025}, "1025 characters"),
        ({"region": Region(Grid((24, 20, 6), (1, 1, 1)), (0, 0, 0), np.zeros((1, 1, 1), bool))}, "empty"),
    ],
)
def test_structure_that_dicom_cannot_hold_is_refused(change, message, make_ct, tmp_path):
    ct = make_ct()
    with pytest.raises(OutputError, match=message):
        write_rtstruct([replace(rois(ct.grid)[0], **change)], ct.reference, tmp_path / "rs.dcm")


def test_names_that_differ_only_in_case_are_refused(make_ct, tmp_path):
    ct = make_ct()
    roi = rois(ct.grid)[0]
    with pytest.raises(OutputError, match="'GTV1' and 'gtv1'"):
        write_rtstruct([replace(roi, name="GTV1"), replace(roi, name="gtv1")], ct.reference, tmp_path / "rs.dcm")


def test_label_longer_than_16_characters_is_refused(make_ct, tmp_path):
    ct = make_ct()
    with pytest.raises(OutputError, match="label"):
        write_rtstruct(rois(ct.grid), ct.reference, tmp_path / "rs.dcm", label="x" * 17)


def test_nothing_to_write_is_refused(make_ct, tmp_path):
    with pytest.raises(OutputError, match="no structure"):
        write_rtstruct([], make_ct().reference, tmp_path / "rs.dcm")


def test_folder_that_is_not_there_is_named_and_nothing_is_left(make_ct, tmp_path):
    ct = make_ct()
    with pytest.raises(OutputError, match=re.escape(str(tmp_path / "none" / "rs.dcm"))):
        write_rtstruct(rois(ct.grid), ct.reference, tmp_path / "none" / "rs.dcm")


def test_target_names_follow_tg263():
    assert target_names(9)[::8] == ["GTV1", "GTV9"]
    assert target_names(2, "GTVn") == ["GTVn1", "GTVn2"]
    assert target_names(12)[::11] == ["GTV^01", "GTV^12"]
    assert target_names(100)[::99] == ["GTV^001", "GTV^100"]
    assert all(len(name) <= 16 for name in target_names(150, "GTVn"))


def test_slices_that_drift_as_scanners_let_them_are_drawn_where_each_is(make_ct, read_strictly, tmp_path):
    ct = make_ct()
    drift = np.linspace(0, 0.09, len(ct.files))
    for file, shift in zip(ct.files, drift, strict=True):
        dataset = pydicom.dcmread(file)
        x, y, z = (float(value) for value in dataset.ImagePositionPatient)
        dataset.ImagePositionPatient = [x + shift, y, z]
        dataset.ImageOrientationPatient = [0.99995, 0, 0, 0, 0.99995, 0]
        dataset.save_as(file)
    positions = ct.positions + drift[:, np.newaxis] * [1, 0, 0]
    header = pydicom.dcmread(ct.files[0])
    reference = replace(ct.reference, positions_lps=positions, header=header)
    write_rtstruct(rois(ct.grid), reference, tmp_path / "rs.dcm")
    check_voxels(read_strictly(tmp_path / "rs.dcm", ct), ct.grid, area_tolerance=2e-4)


def test_study_of_the_ct_is_repeated_even_where_it_breaks_the_standard(make_ct, tmp_path, recwarn):
    ct = make_ct()
    ct.reference.header.StudyID = "seventeen letters"
    recwarn.clear()
    write_rtstruct(rois(ct.grid), ct.reference, tmp_path / "rs.dcm")
    assert len(recwarn) == 0
    assert b"seventeen letters" in (tmp_path / "rs.dcm").read_bytes()


def test_bone_of_a_real_ct_is_valid_and_complete(real_data, dicom3tools, tmp_path):
    [series] = [s for s in scan_folders([real_data / "ibsi-sts" / "dicom" / "STS_001"]) if s.modality == "CT"]
    ct = read_ct(series)
    bone = ct.volume.array > 200
    write_rtstruct(
        [RoiToWrite("Bone", "ORGAN", YELLOW, Region.from_array(bone, ct.volume.grid))],
        ct.reference,
        tmp_path / "rs.dcm",
    )
    [found] = read_rtstruct(tmp_path / "rs.dcm", ct)
    np.testing.assert_array_equal(found.region.to_array(), bone)
    of_the_ct_itself = dicom3tools("dciodvfy", series.files[0])
    assert [line for line in dicom3tools("dciodvfy", tmp_path / "rs.dcm") if line not in of_the_ct_itself] == []
    assert dicom3tools("dcentvfy", *series.files, tmp_path / "rs.dcm") == []
