"""CT and PET of a phantom as DICOM slices."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    UID,
    CTImageStorage,
    ExplicitVRLittleEndian,
    PositronEmissionTomographyImageStorage,
    generate_uid,
)

from .. import __version__
from ..grid import Grid
from ..study.study import DicomReference
from .build import Phantom
from .tracer import Injection, injection_of

_BODY_PART = {"pelvis": "PELVIS", "torso": "CHESTABDPELVIS", "whole-body": "WHOLEBODY"}


def uid(phantom: Phantom, *parts: str) -> str:
    """Identifier that follows from the phantom and a name."""
    grid = phantom.ct.grid
    what = [
        str(phantom.seed),
        phantom.size,
        str(grid.spacing),
        str(grid.size),
        str(phantom.truth["arms"]),
        str(phantom.truth["noise_hu"]),
    ]
    return str(generate_uid(entropy_srcs=["HimarsPlanner phantom", *what, *parts]))


def general(phantom: Phantom, modality: str, injection: Injection) -> Dataset:
    """Patient, study, series, equipment and pixel attributes that all images of a phantom share."""
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.StudyDate = f"{injection.ct_time:%Y%m%d}"
    ds.StudyTime = f"{injection.ct_time:%H%M%S}"
    ds.AccessionNumber = ""
    ds.Modality = modality
    ds.Manufacturer = "HimarsPlanner"
    ds.ManufacturerModelName = "demo patient"
    ds.SoftwareVersions = __version__
    ds.ReferringPhysicianName = ""
    ds.PatientName = f"Demo^Patient {phantom.seed}"
    ds.PatientID = f"DEMO-{phantom.seed:04d}"
    ds.PatientBirthDate = "19550101"
    ds.PatientSex = "M"
    ds.PatientWeight = f"{injection.weight_kg:.1f}"
    ds.PatientSize = "1.76"
    ds.StudyInstanceUID = uid(phantom, "study")
    ds.SeriesInstanceUID = uid(phantom, modality, "series")
    ds.FrameOfReferenceUID = uid(phantom, "frame of reference")
    ds.StudyID = f"{phantom.seed}"
    ds.StudyDescription = "HimarsPlanner demo patient (synthetic)"
    ds.PositionReferenceIndicator = ""
    ds.BodyPartExamined = _BODY_PART[phantom.size]
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.BitsAllocated = 16
    ds.BitsStored = 16
    ds.HighBit = 15
    return ds


def _place(ds: Dataset, grid: Grid, index: int) -> None:
    position = grid.to_lps((index, 0, 0))
    ds.InstanceNumber = index + 1
    ds.ImagePositionPatient = [f"{v:.6g}" for v in position]
    ds.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    ds.SliceLocation = f"{position[2]:.6g}"
    ds.SliceThickness = f"{grid.spacing[2]:.6g}"
    ds.PixelSpacing = [f"{grid.spacing[1]:.6g}", f"{grid.spacing[0]:.6g}"]
    ds.Rows, ds.Columns = grid.size[1], grid.size[0]


def save(ds: Dataset, file: Path, sop_class: str, sop_instance: str) -> None:
    """Write a dataset under its identifiers."""
    ds.SOPClassUID = UID(sop_class)
    ds.SOPInstanceUID = UID(sop_instance)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = UID(sop_class)
    ds.file_meta.MediaStorageSOPInstanceUID = UID(sop_instance)
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.save_as(file, enforce_file_format=True)


def _for_each(count: int, write: Callable[[int], Dataset]) -> list[Dataset]:
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(write, range(count)))


def write_ct(phantom: Phantom, folder: Path) -> DicomReference:
    """Write the CT slices; return what an RTSTRUCT on them must repeat."""
    grid, injection = phantom.ct.grid, injection_of(phantom.seed)
    names = [uid(phantom, "CT", str(i)) for i in range(grid.size[2])]

    def write(index: int) -> Dataset:
        ds = general(phantom, "CT", injection)
        _place(ds, grid, index)
        taken = injection.ct_time + timedelta(seconds=0.05 * index)
        ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        ds.SeriesNumber = 2
        ds.SeriesDescription = "CT with contrast, demo patient"
        ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = f"{injection.ct_time:%Y%m%d}"
        ds.SeriesTime = f"{injection.ct_time:%H%M%S}"
        ds.AcquisitionTime = ds.ContentTime = f"{taken:%H%M%S.%f}"
        ds.PatientPosition = "HFS"
        ds.AcquisitionNumber = 1
        ds.KVP = "120"
        ds.ConvolutionKernel = "B30"
        ds.ContrastBolusAgent = "synthetic"
        ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "-1024", "1", "HU"
        ds.WindowCenter, ds.WindowWidth = "60", "400"
        ds.PixelRepresentation = 0
        ds.PixelData = (phantom.ct.array[index].astype(np.int32) + 1024).astype("<u2").tobytes()
        save(ds, folder / f"CT_{index + 1:04d}.dcm", CTImageStorage, names[index])
        del ds.PixelData
        return ds

    headers = _for_each(grid.size[2], write)
    positions = np.array([[float(v) for v in ds.ImagePositionPatient] for ds in headers])
    return DicomReference(headers[0], CTImageStorage, tuple(names), positions)


def write_pet(phantom: Phantom, folder: Path) -> None:
    """Write the PET slices in Bq/ml, corrected for decay to the scan's start, with a rescale slope for each slice."""
    grid, injection = phantom.pet.grid, injection_of(phantom.seed)
    activity = phantom.pet.array * np.float32(1 / injection.suv_per_bqml)

    def write(index: int) -> Dataset:
        ds = general(phantom, "PT", injection)
        _place(ds, grid, index)
        stored, slope = _stored(activity[index])
        ds.ImageType = ["ORIGINAL", "PRIMARY"]
        ds.SeriesNumber = 3
        ds.SeriesDescription = f"PET PSMA {injection.nuclide}, attenuation corrected"
        _timing(ds, injection, grid, index)
        ds.RescaleIntercept, ds.RescaleSlope = "0", slope
        ds.SmallestImagePixelValue, ds.LargestImagePixelValue = int(stored.min()), int(stored.max())
        ds.WindowCenter, ds.WindowWidth = f"{5 / injection.suv_per_bqml:.6g}", f"{10 / injection.suv_per_bqml:.6g}"
        ds.PixelRepresentation = 1
        ds.PixelData = stored.tobytes()
        save(
            ds,
            folder / f"PET_{index + 1:04d}.dcm",
            PositronEmissionTomographyImageStorage,
            uid(phantom, "PT", str(index)),
        )
        return ds

    _for_each(grid.size[2], write)


def _stored(activity: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int16], str]:
    # Each slice has its own slope, as real scanners write it: a reader that takes one for all fails.
    slope = f"{max(float(activity.max()), 1.0) / 32767 * 1.0001:.9g}"
    return np.rint(activity / float(slope)).astype("<i2"), slope


def _timing(ds: Dataset, injection: Injection, grid: Grid, index: int) -> None:
    start, beds, per_bed = injection.pet_time, *_beds(grid)
    bed = min(index // per_bed, beds - 1)
    taken = start + timedelta(seconds=injection.bed_seconds * (beds - 1 - bed))
    ds.SeriesDate, ds.SeriesTime = f"{start:%Y%m%d}", f"{start:%H%M%S}"
    ds.AcquisitionDate, ds.AcquisitionTime = f"{taken:%Y%m%d}", f"{taken:%H%M%S}"
    ds.ContentDate, ds.ContentTime = f"{taken:%Y%m%d}", f"{taken:%H%M%S}"
    ds.AcquisitionNumber = 1
    ds.SeriesType = ["WHOLE BODY", "IMAGE"]
    ds.Units = "BQML"
    ds.CountsSource = "EMISSION"
    ds.CorrectedImage = ["NORM", "ATTN", "SCAT", "DECY", "DTIM", "RAN"]
    ds.DecayCorrection = "START"
    ds.RandomsCorrectionMethod = "DLYD"
    ds.AttenuationCorrectionMethod = "measured, CT"
    ds.ScatterCorrectionMethod = "model"
    ds.ReconstructionMethod = "synthetic"
    ds.CollimatorType = "NONE"
    ds.NumberOfSlices = grid.size[2]
    ds.ImageIndex = index + 1
    ds.ActualFrameDuration = str(int(injection.bed_seconds * 1000))
    ds.FrameReferenceTime = f"{injection.frame_reference_ms(taken):.6g}"
    ds.DecayFactor = f"{injection.decay(start, taken):.8g}"
    ds.DoseCalibrationFactor = "1"
    ds.ScatterFractionFactor = "0.3"
    ds.RadiopharmaceuticalInformationSequence = [injection.item()]
    ds.PatientOrientationCodeSequence = [_code("102538003", "recumbent")]
    ds.PatientOrientationCodeSequence[0].PatientOrientationModifierCodeSequence = [_code("40199007", "supine")]
    ds.PatientGantryRelationshipCodeSequence = [_code("102540008", "headfirst")]


def _beds(grid: Grid) -> tuple[int, int]:
    per_bed = max(1, round(200 / grid.spacing[2]))
    return max(1, -(-grid.size[2] // per_bed)), per_bed


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", meaning
    return item
