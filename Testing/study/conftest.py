"""Small DICOM series and structure sets, written with pydicom alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, PositronEmissionTomographyImageStorage, generate_uid

FRAME = "1.2.826.0.1.3680043.10.9000.1"
STUDY = "1.2.826.0.1.3680043.10.9000.2"
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
PET_TAGS: dict[str, object] = {
    "Units": "BQML",
    "CorrectedImage": ["ATTN", "DECY", "SCAT"],
    "DecayCorrection": "START",
    "PatientWeight": "80",
    "SeriesDate": "20260301",
    "SeriesTime": "110000",
    "AcquisitionDate": "20260301",
    "AcquisitionTime": "110000",
}
INJECTION: dict[str, object] = {
    "RadionuclideTotalDose": "200000000",
    "RadionuclideHalfLife": "4062.6",
    "RadiopharmaceuticalStartTime": "100000",
    "Radiopharmaceutical": "68Ga-PSMA-11",
}

SliceWriter = Callable[..., list[Path]]
StructureWriter = Callable[..., Path]


@pytest.fixture(scope="session")
def write_slices() -> SliceWriter:
    """Write a (z, y, x) array of stored values as single-frame slices, in the order of the array."""
    return _write_slices


@pytest.fixture(scope="session")
def write_rtstruct() -> StructureWriter:
    """Write named lists of contours, each of shape (n, 3) in LPS mm, as an RTSTRUCT."""
    return _write_rtstruct


@pytest.fixture(scope="session")
def pet_tags() -> dict[str, object]:
    """Tags of a Ga-68 PSMA PET: 80 kg, 200 MBq, one hour before the scan."""
    injection = Dataset()
    for keyword, value in INJECTION.items():
        setattr(injection, keyword, value)
    return PET_TAGS | {"RadiopharmaceuticalInformationSequence": [injection]}


def _write_slices(
    folder: Path,
    stored: np.ndarray,
    *,
    modality: str = "CT",
    origin: Sequence[float] = (0.0, 0.0, 0.0),
    spacing: Sequence[float] = (1.0, 1.0, 2.0),
    orientation: Sequence[float] = AXIAL,
    positions: np.ndarray | None = None,
    slope: float | Sequence[float] = 1.0,
    intercept: float = -1024.0,
    series_uid: str | None = None,
    suffix: str = ".dcm",
    per_slice: Mapping[int, Mapping[str, object]] | None = None,
    **tags: object,
) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    series_uid = generate_uid() if series_uid is None else series_uid
    if positions is None:
        normal = np.cross(orientation[:3], orientation[3:])
        positions = np.asarray(origin) + np.arange(len(stored))[:, None] * spacing[2] * normal
    slopes = np.broadcast_to(slope, len(stored))
    files = []
    for number, values in enumerate(stored):
        dataset = _dataset(CTImageStorage if modality == "CT" else PositronEmissionTomographyImageStorage)
        dataset.Modality = modality
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        dataset.SeriesDescription = f"{modality} test"
        dataset.SeriesInstanceUID = series_uid
        dataset.ImagePositionPatient = [f"{value:.6f}" for value in positions[number]]
        dataset.ImageOrientationPatient = [f"{value:.10f}" for value in orientation]
        dataset.PixelSpacing = [spacing[1], spacing[0]]
        dataset.Rows, dataset.Columns = values.shape
        dataset.SamplesPerPixel = 1
        dataset.PhotometricInterpretation = "MONOCHROME2"
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 1
        dataset.RescaleSlope, dataset.RescaleIntercept = str(float(slopes[number])), str(float(intercept))
        dataset.PixelData = np.ascontiguousarray(values, dtype="<i2").tobytes()
        for keyword, value in {**tags, **(per_slice or {}).get(number, {})}.items():
            if value is None:
                dataset.pop(keyword, None)
            else:
                setattr(dataset, keyword, value)
        files.append(folder / f"{modality}{number:03d}{suffix}")
        dataset.save_as(files[-1], enforce_file_format=True)
    return files


def _write_rtstruct(
    file: Path,
    structures: Mapping[str, Sequence[np.ndarray]],
    *,
    frame: str = FRAME,
    kinds: Mapping[str, str] | None = None,
    geometric_type: str = "CLOSED_PLANAR",
    **tags: object,
) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    dataset = _dataset("1.2.840.10008.5.1.4.1.1.481.3")
    dataset.Modality = "RTSTRUCT"
    dataset.SeriesInstanceUID = generate_uid()
    dataset.StructureSetLabel = "test"
    del dataset.FrameOfReferenceUID
    dataset.StructureSetROISequence, dataset.ROIContourSequence, dataset.RTROIObservationsSequence = [], [], []
    for number, (name, contours) in enumerate(structures.items(), start=1):
        roi, drawn, observed = Dataset(), Dataset(), Dataset()
        roi.ROINumber, roi.ROIName, roi.ReferencedFrameOfReferenceUID = number, name, frame
        drawn.ReferencedROINumber = observed.ReferencedROINumber = number
        observed.ObservationNumber = number
        observed.RTROIInterpretedType = (kinds or {}).get(name, "GTV")
        if len(contours):
            drawn.ContourSequence = []
        for points in contours:
            item, image = Dataset(), Dataset()
            image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = CTImageStorage, generate_uid()
            item.ContourImageSequence = [image]
            item.ContourGeometricType = geometric_type
            item.NumberOfContourPoints = len(points)
            item.ContourData = [f"{value:.6f}"[:16] for value in np.asarray(points).ravel()]
            drawn.ContourSequence.append(item)
        dataset.StructureSetROISequence.append(roi)
        dataset.ROIContourSequence.append(drawn)
        dataset.RTROIObservationsSequence.append(observed)
    for keyword, value in tags.items():
        setattr(dataset, keyword, value)
    dataset.save_as(file, enforce_file_format=True)
    return file


def _dataset(sop_class: str) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = sop_class
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset.PatientID, dataset.PatientName = "P1", "Test^Patient"
    dataset.StudyInstanceUID = STUDY
    dataset.FrameOfReferenceUID = FRAME
    return dataset
