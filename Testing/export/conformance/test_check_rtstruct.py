"""The check finds nothing in what HimarsPlanner writes, and each kind of fault in a file that has it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from typer.testing import CliRunner

from HimarsPlannerLib.cli.main import app
from HimarsPlannerLib.errors import InputError
from HimarsPlannerLib.export.conformance.check import Conformance, check_rtstruct
from HimarsPlannerLib.export.conformance.finding import RULES
from HimarsPlannerLib.export.drawing import Drawing
from HimarsPlannerLib.export.rtstruct import RoiToWrite, write_rtstruct
from HimarsPlannerLib.region import Region

Damage = Callable[[Dataset], None]


def structures(grid) -> list[RoiToWrite]:
    """A box, a shell with an island, and noise that touches in corners."""
    z, y, x = np.indices(grid.shape)
    far = np.hypot(y - 9, x - 10)
    masks = {
        "GTV1": (abs(z - 2.5) < 2) & (abs(y - 9) < 5) & (abs(x - 10) < 6),
        "Shell": ((far < 8) & (far > 5)) | (far < 2),
        "Noise": np.random.default_rng(5).random(grid.shape) < 0.5,
    }
    return [RoiToWrite(name, "GTV", (200, 0, 0), Region.from_array(mask, grid)) for name, mask in masks.items()]


def contours(dataset: Dataset, roi: int = 0) -> list[Dataset]:
    return dataset.ROIContourSequence[roi].ContourSequence


def points(contour: Dataset) -> np.ndarray:
    return np.array([float(value) for value in contour.ContourData]).reshape(-1, 3)


def redraw(contour: Dataset, drawn: np.ndarray) -> None:
    contour.ContourData = [f"{value:.5f}"[:16] for value in drawn.ravel()]
    contour.NumberOfContourPoints = len(drawn)


def shifted(contour: Dataset, *by: float) -> None:
    redraw(contour, points(contour) + by)


def referenced(dataset: Dataset) -> Dataset:
    study = dataset.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0]
    return study.RTReferencedSeriesSequence[0]


def no_frame(dataset: Dataset) -> None:
    dataset.FrameOfReferenceUID = ""
    dataset.ReferencedFrameOfReferenceSequence[0].FrameOfReferenceUID = ""
    for roi in dataset.StructureSetROISequence:
        roi.ReferencedFrameOfReferenceUID = ""


def crossed(dataset: Dataset) -> None:
    drawn = points(contours(dataset)[0])
    redraw(contours(dataset)[0], drawn[[0, 2, 1, 3]] * [1, 1, 1] + [[0, 0, 0], [0, 0, 0], [1, 0, 0], [0, 0, 0]])


def nested(dataset: Dataset) -> None:
    outer = contours(dataset)[0]
    inner = Dataset()
    inner.update(outer)
    redraw(inner, points(outer).mean(axis=0) + 0.5 * (points(outer) - points(outer).mean(axis=0)))
    contours(dataset).append(inner)


def second_observation(dataset: Dataset, **changes: object) -> None:
    item = Dataset()
    item.update(dataset.RTROIObservationsSequence[0])
    item.ObservationNumber = 9
    for keyword, value in changes.items():
        setattr(item, keyword, value)
    dataset.RTROIObservationsSequence.append(item)


def external(dataset: Dataset) -> None:
    for item in dataset.RTROIObservationsSequence:
        item.RTROIInterpretedType = "EXTERNAL"


def put(keyword: str, value: object) -> Damage:
    return lambda dataset: setattr(dataset, keyword, value)


def put_in(sequence: str, keyword: str, value: object, item: int = 0) -> Damage:
    return lambda dataset: setattr(dataset[sequence].value[item], keyword, value)


def contour_with(keyword: str, value: object) -> Damage:
    return lambda dataset: setattr(contours(dataset)[0], keyword, value)


def drawn_as(change: Callable[[np.ndarray], np.ndarray]) -> Damage:
    return lambda dataset: redraw(contours(dataset)[0], change(points(contours(dataset)[0])))


DAMAGE: dict[str, Damage] = {
    "attribute-type-1": put("StructureSetLabel", ""),
    "attribute-type-2": lambda dataset: delattr(dataset, "OperatorsName"),
    "value": put("StructureSetLabel", "seventeen letters"),
    "value-representation": lambda dataset: dataset.add_new("StructureSetLabel", "LO", "HIMARS"),
    "file-meta": lambda dataset: setattr(dataset.file_meta, "MediaStorageSOPInstanceUID", generate_uid()),
    "uid-shared": lambda dataset: setattr(dataset, "SeriesInstanceUID", referenced(dataset).SeriesInstanceUID),
    "patient": put("PatientID", "SOMEONE-ELSE"),
    "study": put("StudyInstanceUID", generate_uid()),
    "frame-missing": no_frame,
    "frame": put_in("StructureSetROISequence", "ReferencedFrameOfReferenceUID", generate_uid()),
    "reference-missing": lambda dataset: delattr(dataset, "ReferencedFrameOfReferenceSequence"),
    "series": lambda dataset: setattr(referenced(dataset), "SeriesInstanceUID", generate_uid()),
    "image-unknown": lambda dataset: setattr(
        referenced(dataset).ContourImageSequence[0], "ReferencedSOPInstanceUID", generate_uid()
    ),
    "image-class": lambda dataset: setattr(
        referenced(dataset).ContourImageSequence[0], "ReferencedSOPClassUID", "1.2.840.10008.5.1.4.1.1.4"
    ),
    "images-unlisted": lambda dataset: referenced(dataset).ContourImageSequence.pop(),
    "roi-number-twice": put_in("StructureSetROISequence", "ROINumber", 2),
    "roi-name-twice": put_in("StructureSetROISequence", "ROIName", "SHELL"),
    "roi-name-empty": put_in("StructureSetROISequence", "ROIName", ""),
    "roi-name-long": put_in("StructureSetROISequence", "ROIName", "a name of 17 char"),
    "roi-empty": lambda dataset: delattr(dataset.ROIContourSequence[0], "ContourSequence"),
    "roi-unobserved": lambda dataset: dataset.RTROIObservationsSequence.pop(0),
    "roi-observed-twice": second_observation,
    "roi-orphan": lambda dataset: second_observation(dataset, ReferencedROINumber=77),
    "roi-type": put_in("RTROIObservationsSequence", "RTROIInterpretedType", "TUMOUR"),
    "external-twice": external,
    "contour-type": contour_with("ContourGeometricType", "CLOSED"),
    "contour-open": contour_with("ContourGeometricType", "OPEN_PLANAR"),
    "contour-count": contour_with("NumberOfContourPoints", 3),
    "contour-number": contour_with("ContourData", ["1", "2", "3", "4"]),
    "contour-few-points": drawn_as(lambda drawn: drawn[:2]),
    "contour-no-area": drawn_as(lambda drawn: drawn[[0, 1, 0, 1]]),
    "contour-repeated-first": drawn_as(lambda drawn: np.concatenate([drawn, drawn[:1]])),
    "contour-duplicate-point": drawn_as(lambda drawn: drawn[[0, 1, 1, 2, 3]]),
    "contour-crossing": crossed,
    "contour-twice": lambda dataset: contours(dataset).append(contours(dataset)[0]),
    "contour-nested": nested,
    "contour-tilted": drawn_as(lambda drawn: drawn + np.array([[0, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 0]])),
    "contour-off-plane": lambda dataset: shifted(contours(dataset)[0], 0, 0, 0.3),
    "contour-outside": lambda dataset: shifted(contours(dataset)[0], -40, 0, 0),
    "contour-gap": lambda dataset: contours(dataset).pop(1),
    "contour-unreferenced": lambda dataset: delattr(contours(dataset)[0], "ContourImageSequence"),
    "contour-other-image": lambda dataset: setattr(
        contours(dataset)[0], "ContourImageSequence", contours(dataset)[1].ContourImageSequence
    ),
    "roi-volume": put_in("StructureSetROISequence", "ROIVolume", "12.5"),
}


@pytest.fixture
def damaged(make_ct, tmp_path) -> Callable[[Damage], Conformance]:
    """Check a file of ours in which one thing was changed."""
    ct = make_ct()
    write_rtstruct(structures(ct.grid), ct.reference, tmp_path / "rs.dcm")

    def check(damage: Damage) -> Conformance:
        dataset = pydicom.dcmread(tmp_path / "rs.dcm")
        damage(dataset)
        # Explicit, so that a wrong value representation stands in the file.
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.save_as(tmp_path / "damaged.dcm", implicit_vr=False, little_endian=True)
        return check_rtstruct(tmp_path / "damaged.dcm", ct.folder)

    return check


def test_every_kind_of_finding_has_a_file_that_provokes_it() -> None:
    assert set(DAMAGE) == set(RULES)


@pytest.mark.filterwarnings("ignore:The value length")
@pytest.mark.parametrize("kind", DAMAGE)
def test_a_fault_is_found(kind: str, damaged: Callable[[Damage], Conformance]) -> None:
    found = damaged(DAMAGE[kind])
    mine = [finding for finding in found.findings if finding.kind == kind]
    assert mine, [(finding.kind, finding.what) for finding in found.findings]
    assert all(finding.what and finding.where and finding.todo for finding in mine)
    assert found.errors >= (RULES[kind].severity == "error")


def test_an_unchanged_file_has_no_finding(damaged: Callable[[Damage], Conformance]) -> None:
    assert damaged(lambda _: None).findings == ()


ORIENTATIONS = {
    "irregular": {"along_normal": (0, 2.5, 5.1, 7.4, 10.0, 13.7)},
    "oblique": {"orientation": tuple(np.linalg.qr(np.array([[1.0, 0.2], [-0.15, 1.0], [0.3, -0.1]]))[0].T.ravel())},
    "feet first": {"orientation": (-1, 0, 0, 0, 1, 0), "position": "FFS"},
    "prone": {"orientation": (-1, 0, 0, 0, -1, 0), "position": "HFP"},
}


@pytest.mark.parametrize("series", ORIENTATIONS.values(), ids=ORIENTATIONS.keys())
@pytest.mark.parametrize("holes", ["keyhole", "separate"])
def test_what_we_write_is_clean_and_holds_its_volume(series, holes, make_ct, tmp_path) -> None:
    ct = make_ct(**series)
    rois = structures(ct.grid)
    write_rtstruct(rois, ct.reference, tmp_path / "rs.dcm", drawing=Drawing(holes=holes))
    found = check_rtstruct(tmp_path / "rs.dcm", ct.folder)
    assert [finding for finding in found.findings if finding.kind != "roi-volume"] == []
    for volume, roi in zip(found.volumes, rois, strict=True):
        slices = int(roi.region.mask.any(axis=(1, 2)).sum())
        steps = np.diff(series.get("along_normal", 2.5 * np.arange(6)))
        area = roi.region.voxels * ct.grid.spacing[0] * ct.grid.spacing[1]
        assert volume.planes == slices
        assert volume.volume_ml == pytest.approx(area * np.median(steps) / 1000, rel=0.06)


def real_files(data: Path) -> Iterator[tuple[str, Path, Path, set[str]]]:
    mock, sts = data / "rt-utils/tests/mock_data", data / "ibsi-sts/dicom"
    yield "rt-utils", mock / "rt.dcm", mock, {"attribute-type-2", "frame", "contour-duplicate-point", "contour-nested"}
    yield "unknown image", mock / "invalid_reference_rt.dcm", mock, {"image-unknown"}
    yield "no reference", mock / "non_existent_reference_rt.dcm", mock, {"reference-missing"}
    dicompyler = data / "dicompyler/example_data"
    yield "dicompyler", dicompyler / "rtss.dcm", dicompyler, {"roi-empty", "contour-nested", "contour-outside"}
    for patient, modality in (("STS_001", "CT"), ("STS_004", "PET")):
        file = sts / patient / modality / "mask/RS.dcm"
        # Study ID of more than 16 characters, file and series of one identifier, images of another series.
        kinds = {"value", "uid-shared", "image-unknown", "images-unlisted", "attribute-type-2"}
        yield patient, file, sts / patient / modality / "image", kinds


def test_known_faults_of_real_files_are_found(real_data: Path) -> None:
    for name, file, ct, expected in real_files(real_data):
        found = {finding.kind for finding in check_rtstruct(file, ct).findings}
        assert expected <= found, name
        assert "contour-crossing" not in found, name


def test_volume_of_a_real_file_is_that_of_the_mask_beside_it(real_data: Path) -> None:
    sitk = pytest.importorskip("SimpleITK")
    folder = real_data / "ibsi-sts"
    image = sitk.ReadImage(str(folder / "nifti/STS_001/CT_mask.nii.gz"))
    truth_ml = np.count_nonzero(sitk.GetArrayFromImage(image)) * np.prod(image.GetSpacing()) / 1000
    [volume] = check_rtstruct(folder / "dicom/STS_001/CT/mask/RS.dcm", folder / "dicom/STS_001/CT/image").volumes
    assert volume.volume_ml == pytest.approx(truth_ml, rel=0.01)


def test_every_error_of_dciodvfy_about_a_real_file_is_found(real_data: Path, dicom3tools) -> None:
    file = real_data / "ibsi-sts/dicom/STS_001/CT/mask/RS.dcm"
    found = check_rtstruct(file, file.parents[1] / "image")
    told = " ".join(f"{finding.where} {finding.what}" for finding in found.findings)
    errors = [line for line in dicom3tools("dciodvfy", file) if line.startswith("Error")]
    for word in ("OperatorsName", "PositionReferenceIndicator", "StudyID", "SeriesInstanceUID"):
        assert word in told
        assert any(word in line.replace("Study ID", "StudyID") for line in errors)


def test_the_command_prints_a_table_and_ends_with_an_error(make_ct, tmp_path) -> None:
    ct = make_ct()
    write_rtstruct(structures(ct.grid), ct.reference, tmp_path / "rs.dcm")
    good = CliRunner().invoke(app, ["check-rtstruct", str(tmp_path / "rs.dcm"), "--ct", str(ct.folder)])
    assert (good.exit_code, "0 errors, 0 warnings, 0 notes" in good.stdout) == (0, True)
    dataset = pydicom.dcmread(tmp_path / "rs.dcm")
    crossed(dataset)
    del dataset.OperatorsName
    dataset.save_as(tmp_path / "rs.dcm")
    bad = CliRunner().invoke(app, ["check-rtstruct", str(tmp_path / "rs.dcm"), "--ct", str(ct.folder), "--json"])
    record = json.loads(bad.stdout)
    assert (bad.exit_code, record["errors"]) == (3, 1)
    assert {finding["severity"] for finding in record["findings"]} == {"error", "warning"}
    assert [one["name"] for one in record["structures"]] == ["GTV1", "Shell", "Noise"]


def test_what_is_no_rtstruct_or_no_ct_is_refused(make_ct, tmp_path) -> None:
    ct = make_ct()
    with pytest.raises(InputError, match="is CT"):
        check_rtstruct(ct.files[0], ct.folder)
    write_rtstruct(structures(ct.grid), ct.reference, tmp_path / "rs.dcm")
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="no slice of a CT"):
        check_rtstruct(tmp_path / "rs.dcm", tmp_path / "none")
