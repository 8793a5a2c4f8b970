"""Empty CT series of any lattice for benchmarks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.study.study import DicomReference


def write_ct(folder: Path, grid: Grid, offsets: np.ndarray | None = None, position: str = "HFS") -> None:
    """Write an empty CT; `offsets` place its slices along the normal, mm, where they are irregular."""
    folder.mkdir(parents=True)
    common = {
        keyword: generate_uid(None) for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
    }
    if offsets is None:
        offsets = grid.spacing[2] * np.arange(grid.size[2])
    row, column, normal = grid.axes.T
    origins = np.round(grid.origin + offsets[:, np.newaxis] * normal, 6)
    pixels = np.zeros(grid.shape[1:], np.int16).tobytes()
    for number in range(grid.size[2]):
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        for keyword, value in {
            **common,
            "SOPClassUID": CTImageStorage,
            "SOPInstanceUID": generate_uid(None),
            "Modality": "CT",
            "PatientName": "Benchmark^RTSTRUCT",
            "PatientID": "B1",
            "PatientBirthDate": "",
            "PatientSex": "M",
            "StudyDate": "20250101",
            "StudyTime": "120000",
            "StudyID": "1",
            "StudyDescription": "Benchmark",
            "AccessionNumber": "",
            "ReferringPhysicianName": "",
            "SeriesNumber": 1,
            "InstanceNumber": number + 1,
            "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
            "PixelSpacing": [grid.spacing[1], grid.spacing[0]],
            "SliceThickness": grid.spacing[2],
            "PatientPosition": position,
            "ImageOrientationPatient": np.round([*row, *column], 9).tolist(),
            "ImagePositionPatient": origins[number].tolist(),
            "Rows": grid.size[1],
            "Columns": grid.size[0],
            "SamplesPerPixel": 1,
            "PhotometricInterpretation": "MONOCHROME2",
            "BitsAllocated": 16,
            "BitsStored": 16,
            "HighBit": 15,
            "PixelRepresentation": 1,
            "RescaleIntercept": 0,
            "RescaleSlope": 1,
            "PixelData": pixels,
        }.items():
            setattr(dataset, keyword, value)
        dataset.save_as(folder / f"{number:04}.dcm", enforce_file_format=True)


def reference_of(ct: Path) -> DicomReference:
    headers = [pydicom.dcmread(file, stop_before_pixels=True) for file in sorted(ct.iterdir())]
    return DicomReference(
        header=headers[0],
        sop_class_uid=CTImageStorage,
        sop_instance_uids=tuple(str(header.SOPInstanceUID) for header in headers),
        positions_lps=np.array([[float(v) for v in header.ImagePositionPatient] for header in headers]),
    )
