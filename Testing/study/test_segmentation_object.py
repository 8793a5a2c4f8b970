"""DICOM SEG of every kind arrives voxel by voxel at its place on the CT, under its names, and lesions are lesions."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from HimarsPlannerLib.errors import GeometryError, InputError
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.lesions.imported import is_lesion
from HimarsPlannerLib.study.dicom_image import read_ct, read_dicom_image
from HimarsPlannerLib.study.read import read_study
from HimarsPlannerLib.study.scan import scan_folders
from HimarsPlannerLib.study.segmentation_object import read_segmentation_object
from HimarsPlannerLib.study.study import CtImage, Source

LIVER, METASTASIS = codes.SCT.Liver, codes.SCT.Metastasis
SHAPE = (10, 24, 20)
WriteSeg = Callable[..., Path]


def blob(*starts: int) -> np.ndarray:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[tuple(slice(start, start + 4) for start in starts)] = True
    return mask


@pytest.fixture
def ct_files(tmp_path, write_slices) -> list[Path]:
    """CT of 20 x 24 x 10 voxels of 1 x 1 x 2 mm with something of a body in it."""
    stored = np.full(SHAPE, 1024, dtype=np.int16)
    stored[:, :4], stored[:, 10:12, 8:12] = 0, 1500
    whole = {"PatientBirthDate": "", "PatientSex": "M", "StudyDate": "", "StudyTime": "", "StudyID": ""}
    extra = {"AccessionNumber": "", "ReferringPhysicianName": "", "SliceThickness": "2"}
    return write_slices(tmp_path / "ct", stored, **whole, **extra)


@pytest.fixture
def ct(ct_files) -> CtImage:
    """That CT, read."""
    return read_ct(scan_folders([ct_files[0].parent])[0])


@pytest.fixture
def write_seg(tmp_path, ct_files) -> WriteSeg:
    """Write arrays (z, y, x), one for each named segment, as a SEG by highdicom; `affine` puts them on a lattice."""

    def write(
        masks: dict[str, tuple[np.ndarray, Code]],
        kind: str = "BINARY",
        affine: np.ndarray | None = None,
        file: Path = tmp_path / "seg.dcm",
        **tags: object,
    ) -> Path:
        sources = [pydicom.dcmread(one) for one in ct_files]
        algorithm = hd.AlgorithmIdentificationSequence("test", codes.DCM.ArtificialIntelligence, "1")
        described = [
            hd.seg.SegmentDescription(
                number, name, codes.SCT.MorphologicallyAbnormalStructure, code, "AUTOMATIC", algorithm
            )
            for number, (name, (_, code)) in enumerate(masks.items(), start=1)
        ]
        array = np.stack([mask for mask, _ in masks.values()], axis=-1)
        array = array.astype(np.float32 if kind == "FRACTIONAL" else np.uint8)
        if kind == "LABELMAP":
            array = (array * np.arange(1, len(masks) + 1)).max(axis=-1).astype(np.uint8)
        pixels: object = array
        if affine is not None:
            frame = sources[0].FrameOfReferenceUID
            channels = {} if array.ndim == 3 else {"SegmentNumber": list(range(1, len(masks) + 1))}
            pixels = hd.Volume(array, affine, "PATIENT", frame_of_reference_uid=frame, channels=channels or None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            seg = hd.seg.Segmentation(
                sources, pixels, kind, described, generate_uid(), 1, generate_uid(), 1, "maker", "model", "1", "1",
                transfer_syntax_uid=ExplicitVRLittleEndian,
            )  # fmt: skip
        for keyword, value in tags.items():
            setattr(seg, keyword, value)
        seg.save_as(file)
        return file

    return write


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_segments_are_read_voxel_by_voxel_with_their_names(write_seg: WriteSeg, ct: CtImage, kind: str) -> None:
    masks = {"Met L4": (blob(2, 3, 4), METASTASIS), "Liver": (blob(5, 15, 12), LIVER)}
    found = read_segmentation_object(write_seg(masks, kind), ct)
    assert [(s.name, s.number, s.interpreted_type) for s in found.structures] == [
        ("Met L4", 1, "GTV"),
        ("Liver", 2, ""),
    ]
    for structure, (mask, _) in zip(found.structures, masks.values(), strict=True):
        assert np.array_equal(structure.region.to_array(), mask)
    assert found.notices == ()
    assert (found.source.modality, found.source.frame_of_reference_uid) == ("SEG", ct.source.frame_of_reference_uid)


def test_overlapping_segments_are_both_whole(write_seg: WriteSeg, ct: CtImage) -> None:
    a, b = blob(2, 3, 4), blob(3, 4, 5)
    found = read_segmentation_object(write_seg({"a": (a, METASTASIS), "b": (b, METASTASIS)}), ct).structures
    assert [np.array_equal(s.region.to_array(), mask) for s, mask in zip(found, (a, b), strict=True)] == [True, True]


@pytest.mark.parametrize(
    ("code", "lesion"),
    [
        (METASTASIS, True),
        (codes.SCT.Lesion, True),
        (codes.SCT.Neoplasm, True),
        (codes.SCT.GrossTumorVolume, True),
        (codes.DCM.GTVNodal, True),
        (Code("M-01100", "SRT", "Lesion"), True),
        (Code("M-80006", "SRT", "Neoplasm, metastatic"), True),
        (LIVER, False),
        (codes.SCT.Bone, False),
        (codes.SCT.PlanningTargetVolume, False),
    ],
    ids=lambda value: value.meaning if isinstance(value, Code) else "",
)
def test_what_is_coded_as_tumour_is_a_lesion_whatever_its_name(
    write_seg: WriteSeg, ct: CtImage, code: Code, lesion: bool
) -> None:
    (found,) = read_segmentation_object(write_seg({"Segment_7": (blob(2, 3, 4), code)}), ct).structures
    assert is_lesion(found) is lesion


def test_a_name_can_say_what_the_code_does_not(write_seg: WriteSeg, ct: CtImage) -> None:
    (found,) = read_segmentation_object(write_seg({"GTV_L4": (blob(2, 3, 4), codes.SCT.Tissue)}), ct).structures
    assert is_lesion(found)


def test_fractions_of_one_half_and_more_are_taken_and_it_is_told(write_seg: WriteSeg, ct: CtImage) -> None:
    values = blob(2, 3, 4) * 1.0
    values[2], values[3] = values[2] * 0.3, values[3] * 0.6
    masks = {"soft": (values, METASTASIS), "hard": (blob(5, 15, 12), LIVER)}
    found = read_segmentation_object(write_seg(masks, "FRACTIONAL"), ct)
    assert np.array_equal(found.structures[0].region.to_array(), values >= 0.5)
    (notice,) = found.notices
    assert notice.code == "segmentation-thresholded"
    assert "0.5 or more were taken: soft." in notice.message


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_a_segmentation_on_another_lattice_goes_by_physical_position(
    write_seg: WriteSeg, ct: CtImage, kind: str
) -> None:
    """A finer lattice, turned by a quarter about z, that reaches over part of the CT; truth is a box in mm."""
    x, y, z = np.meshgrid(np.arange(1, 19, 0.5), np.arange(1, 21, 0.5), np.arange(1.0, 18, 1.0), indexing="ij")
    box = (x > 4.6) & (x < 12.4) & (y > 6.6) & (y < 15.4) & (z > 4.9) & (z < 13.1)
    array = np.moveaxis(box, (0, 1, 2), (1, 2, 0))
    affine = np.array([[0, 0.5, 0, 1.0], [0, 0, 0.5, 1.0], [1.0, 0, 0, 1.0], [0, 0, 0, 1.0]])
    found = read_segmentation_object(write_seg({"box": (array, METASTASIS)}, kind, affine), ct)
    zz, yy, xx = np.indices(SHAPE)
    inside = (xx > 4.6) & (xx < 12.4) & (yy > 6.6) & (yy < 15.4) & (2 * zz > 4.9) & (2 * zz < 13.1)
    assert np.array_equal(found.structures[0].region.to_array(), inside)
    assert not found.structures[0].outside_ct


def test_a_volume_that_another_lattice_changes_is_told(write_seg: WriteSeg, ct: CtImage) -> None:
    fine = np.zeros((40, 40, 40), dtype=bool)
    fine[17:23, 11:14, 11:14] = True
    affine = np.diag([0.5, 0.5, 0.5, 1.0])[[2, 1, 0, 3]]
    found = read_segmentation_object(write_seg({"speck": (fine, METASTASIS)}, affine=affine), ct)
    (notice,) = found.notices
    assert notice.code == "structure-resampled"
    assert f"speck (0.01 became {found.structures[0].region.volume_ml:.2f})" in notice.message


def test_a_segment_that_reaches_beyond_the_ct_is_marked(write_seg: WriteSeg, ct: CtImage) -> None:
    affine = np.array([[0, 0, 1.0, 10.0], [0, 1.0, 0, 0], [2.0, 0, 0, 0], [0, 0, 0, 1.0]])
    masks = {"in": (blob(2, 3, 2), METASTASIS), "out": (blob(2, 3, 12), METASTASIS)}
    found = read_segmentation_object(write_seg(masks, affine=affine), ct)
    assert [structure.outside_ct for structure in found.structures] == [False, True]


def test_another_frame_of_reference_is_refused_with_both_uids(write_seg: WriteSeg, ct: CtImage) -> None:
    file = write_seg({"a": (blob(2, 3, 4), METASTASIS)}, FrameOfReferenceUID="9.9.9")
    with pytest.raises(GeometryError, match=rf"9\.9\.9(.|\n)*{ct.source.frame_of_reference_uid}"):
        read_segmentation_object(file, ct)


def test_a_truncated_file_is_refused_by_name(write_seg: WriteSeg, ct: CtImage) -> None:
    file = write_seg({"a": (blob(2, 3, 4), METASTASIS)})
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(InputError, match=r"seg\.dcm"):
        read_segmentation_object(file, ct)


def test_a_file_of_another_kind_is_refused(ct_files: list[Path], ct: CtImage) -> None:
    with pytest.raises(InputError, match="is CT"):
        read_segmentation_object(ct_files[0], ct)


def test_the_only_segmentation_of_a_study_is_used(write_seg: WriteSeg, tmp_path: Path) -> None:
    write_seg({"Met": (blob(2, 3, 4), METASTASIS), "Liver": (blob(5, 15, 12), LIVER)})
    assert scan_folders([tmp_path])[1].contents == ("Met", "Liver")
    study = read_study([tmp_path])
    assert [structure.name for structure in study.structures] == ["Met", "Liver"]
    assert [source.modality for source in study.structure_sources] == ["SEG"]


def test_segmentation_and_structure_set_are_rivals_until_both_are_named(
    write_seg: WriteSeg, write_rtstruct, tmp_path: Path
) -> None:
    seg = write_seg({"Met": (blob(2, 3, 4), METASTASIS)})
    square = np.array([(4.5, 4.5, 6), (9.5, 4.5, 6), (9.5, 9.5, 6), (4.5, 9.5, 6)])
    rs = write_rtstruct(tmp_path / "rs.dcm", {"GTV1": [square]})
    with pytest.raises(InputError, match="2 candidates for structures") as refusal:
        read_study([tmp_path])
    assert str(seg) in str(refusal.value)
    assert str(rs) in str(refusal.value)
    study = read_study([tmp_path], structures=[str(seg), str(rs)])
    assert [(structure.name, structure.source) for structure in study.structures] == [("Met", 0), ("GTV1", 1)]


def test_segments_on_unevenly_spaced_slices_go_by_their_true_positions(write_seg: WriteSeg, ct: CtImage) -> None:
    """Slices of a PET are often spaced by rounded steps; frames without any voxel are left out of the file."""
    offsets = np.array([0.0, 2.9, 6.0, 8.9, 12.1, 15.0])
    mask = np.zeros((10, 24, 20), dtype=bool)
    mask[[1, 2, 4, 5], 6:12, 5:11] = True
    file = write_seg({"met": (mask, METASTASIS)})
    dataset = pydicom.dcmread(file)
    for group in dataset.PerFrameFunctionalGroupsSequence:
        place = group.PlanePositionSequence[0].ImagePositionPatient
        place[2] = offsets[round(float(place[2]) / 2)]
    dataset.save_as(file)
    found = read_segmentation_object(file, ct).structures[0].region.to_array()
    nearest = [int(np.abs(offsets - 2.0 * k).argmin()) for k in range(10)]
    inside = [nearest[k] in (1, 2, 4, 5) and 1.45 < 2 * k < 16.5 for k in range(10)]
    assert [bool(plane.any()) for plane in found] == inside
    assert found[inside][:, 6:12, 5:11].all()


# ---- Real files ----


@pytest.mark.parametrize(
    ("seg", "ct", "answers"),
    [
        ("23x38x3/seg/label.seg", "23x38x3/image", {1: ("23x38x3/nrrd/label.nrrd", 1)}),
        ("24x38x3/seg/label.seg", "24x38x3/image", {1: ("24x38x3/nrrd/label.nrrd", 1)}),
        ("liver.dcm", "ct-3slice", {1: ("liver_seg.nrrd", 1)}),
        (
            "partial_overlaps.dcm",
            "ct-3slice",
            {
                1: ("partial_overlaps-1.nrrd", 1),
                2: ("partial_overlaps-2.nrrd", 2),
                3: ("partial_overlaps-3.nrrd", 3),
                4: ("partial_overlaps-1.nrrd", 4),
                5: ("partial_overlaps-1.nrrd", 5),
            },
        ),
        ("sparse-labelmap-noppv.dcm", "24x38x3/image", {1: ("sparse_labelmap_noppv_seg.nrrd", 1)}),
        ("sparse-labelmap-ppv5.dcm", "24x38x3/image", {1: ("sparse_labelmap_ppv5_seg.nrrd", 1)}),
    ],
)
def test_real_segmentations_equal_dcmqis_answers(real_data: Path, seg: str, ct: str, answers: dict) -> None:
    folder = real_data / "seg-dcmqi/segmentations"
    image = read_dicom_image(scan_folders([folder / ct])[0], regular=True)
    planning = CtImage(image.volume, image.source)
    found = read_segmentation_object(folder / seg, planning)
    assert {structure.number for structure in found.structures} == set(answers)
    for structure in found.structures:
        file, value = answers[structure.number]
        answer = sitk.ReadImage(str(folder / file))
        assert planning.volume.grid.size == answer.GetSize()
        assert planning.volume.grid.origin == pytest.approx(answer.GetOrigin(), abs=1e-3)
        assert np.array_equal(structure.region.to_array(), sitk.GetArrayFromImage(answer) == value)


def frames_by_hand(file: Path) -> dict[int, dict[float, np.ndarray]]:
    """Frames of a file by segment and z, as pydicom decodes them."""
    dataset = pydicom.dcmread(file)
    pixels = np.atleast_3d(dataset.pixel_array.reshape(int(dataset.NumberOfFrames), dataset.Rows, dataset.Columns))
    found: dict[int, dict[float, np.ndarray]] = {}
    for frame, group in zip(pixels, dataset.PerFrameFunctionalGroupsSequence, strict=True):
        number = group.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        z = float(group.PlanePositionSequence[0].ImagePositionPatient[2])
        found.setdefault(number, {})[z] = frame / (dataset.get("MaximumFractionalValue") or 1)
    return found


@pytest.mark.parametrize(
    ("name", "origin", "spacing", "size"),
    [
        ("binary", (-125.0, -128.100006, 103.019997), (0.488281, 0.488281, 1.25), (16, 16, 3)),
        ("binary_fractional", (-125.0, -128.100006, 103.019997), (0.488281, 0.488281, 1.25), (16, 16, 3)),
        ("true_fractional", (-125.0, -128.100006, 103.019997), (0.488281, 0.488281, 1.25), (16, 16, 3)),
        ("binary_overlap", (-125.0, -128.100006, -99.480003), (0.488281, 0.488281, 1.25), (16, 16, 165)),
        ("binary_single_frame", (-158.135803, -179.035797, -75.699997), (0.661468, 0.661468, 5.0), (128, 128, 1)),
    ],
)
def test_real_segmentations_of_highdicom_have_every_frame_at_its_place(
    real_data: Path, name: str, origin: tuple, spacing: tuple, size: tuple
) -> None:
    file = real_data / f"seg-highdicom/seg_image_ct_{name}.dcm"
    grid = Grid(size, spacing, origin)
    ct = CtImage(Volume(np.broadcast_to(np.int16(0), grid.shape), grid), Source("CT", "ct", ()))
    found = {s.number: s.region.to_array() for s in read_segmentation_object(file, ct).structures}
    expected = frames_by_hand(file)
    assert set(found) == set(expected)
    for number, frames in expected.items():
        assert found[number].sum() == sum((frame >= 0.5).sum() for frame in frames.values())
        for z, frame in frames.items():
            assert np.array_equal(found[number][round((z - origin[2]) / spacing[2])], frame >= 0.5)


def test_a_segmentation_on_a_real_uneven_pet_is_where_its_voxels_are(real_data: Path, tmp_path: Path) -> None:
    """Uptake of STS_001's PET, whose steps are 3.19 to 3.29 mm, against the nearest PET voxel of each CT voxel."""
    files = sorted((real_data / "sts001-rawpet/FDG_PET/image").iterdir())
    slices = sorted((pydicom.dcmread(file) for file in files), key=lambda one: float(one.ImagePositionPatient[2]))[
        100:150
    ]
    hot = np.stack([one.pixel_array * float(one.RescaleSlope) > 12_000 for one in slices])
    for one in slices:
        for keyword in ("StudyID", "AccessionNumber", "PatientBirthDate", "ReferringPhysicianName", "StudyTime"):
            one.setdefault(keyword, "")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        algorithm = hd.AlgorithmIdentificationSequence("test", codes.DCM.ArtificialIntelligence, "1")
        described = hd.seg.SegmentDescription(1, "hot", codes.SCT.Tissue, METASTASIS, "AUTOMATIC", algorithm)
        seg = hd.seg.Segmentation(
            slices, hot.astype(np.uint8), "BINARY", [described], generate_uid(), 1, generate_uid(), 1,
            "a", "b", "1", "1",
        )  # fmt: skip
        seg.save_as(tmp_path / "seg.dcm")
    x, y, _ = (float(v) for v in slices[0].ImagePositionPatient)
    z = np.array([float(one.ImagePositionPatient[2]) for one in slices])
    grid = Grid((200, 200, 57), (2.0, 2.0, 2.5), (x + 60.0, y + 60.0, z[5] + 0.7))
    ct = CtImage(Volume(np.broadcast_to(np.int16(0), grid.shape), grid), Source("CT", "ct", ()))
    (found,) = read_segmentation_object(tmp_path / "seg.dcm", ct).structures
    near_x, near_y = (np.rint((60.0 + 2.0 * np.arange(200)) / 4.6875).astype(int) for _ in range(2))
    near_z = np.abs(z[None] - (z[5] + 0.7 + 2.5 * np.arange(57))[:, None]).argmin(axis=1)
    assert np.array_equal(found.region.to_array(), hot[np.ix_(near_z, near_y, near_x)])
    assert found.region.voxels > 1000


@pytest.mark.parametrize(
    ("name", "kind", "told"),
    [
        ("sm_control", InputError, "microscopy slide"),
        ("sm_dots_tiled_full", InputError, "microscopy slide"),
        ("sm_control_labelmap", InputError, "microscopy slide"),
        ("cr_binary", GeometryError, "not slices of one volume"),
    ],
)
def test_real_segmentations_of_slides_and_radiographs_are_refused(
    real_data: Path, name: str, kind: type[Exception], told: str
) -> None:
    grid = Grid((10, 10, 10), (50.0, 50.0, 50.0), (-250.0, -250.0, -250.0))
    ct = CtImage(Volume(np.broadcast_to(np.int16(0), grid.shape), grid), Source("CT", "ct", ()))
    with pytest.raises(kind, match=told):
        read_segmentation_object(real_data / f"seg-highdicom/seg_image_{name}.dcm", ct)
