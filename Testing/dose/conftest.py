"""Made RTDOSE, RTSTRUCT and RTPLAN files whose answers are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, RTDoseStorage, RTPlanStorage, RTStructureSetStorage, generate_uid

from HimarsPlannerLib.grid import Grid

FRAME = "1.2.826.0.1.77"
PLAN_UID = "1.2.826.0.1.78"
STRUCTURES_UID = "1.2.826.0.1.79"
GRID = Grid((40, 36, 30), (2.0, 2.0, 2.5), (-39.0, -35.0, -36.25))
Writer = Callable[..., Path]


def dataset(modality: str, sop_class: str, sop_uid: str = "") -> Dataset:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = sop_class
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = sop_uid or generate_uid()
    ds.Modality, ds.PatientID, ds.FrameOfReferenceUID = modality, "HIM-007", FRAME
    return ds


def item(**values: object) -> Dataset:
    one = Dataset()
    for keyword, value in values.items():
        setattr(one, keyword, value)
    return one


def save(ds: Dataset, file: Path, changes: dict[str, object]) -> Path:
    for keyword, value in changes.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    ds.save_as(file, enforce_file_format=True)
    return file


@pytest.fixture
def write_dose(tmp_path: Path) -> Writer:
    """Write an array in Gy as RTDOSE; keywords replace attributes, None removes them."""

    def write(
        array: np.ndarray,
        grid: Grid = GRID,
        name: str = "dose.dcm",
        bits: int = 32,
        beams: Sequence[int] = (),
        groups: Sequence[int] = (),
        plan_uid: str = PLAN_UID,
        **changes: object,
    ) -> Path:
        ds = dataset("RTDOSE", RTDoseStorage)
        scaling = float(f"{max(float(array.max()), 1e-6) / (2**bits - 1):.9e}")
        ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME2", 0
        ds.BitsAllocated, ds.BitsStored, ds.HighBit = bits, bits, bits - 1
        ds.Columns, ds.Rows, ds.NumberOfFrames = grid.size
        ds.PixelSpacing = [grid.spacing[1], grid.spacing[0]]
        ds.ImagePositionPatient = list(grid.origin)
        ds.ImageOrientationPatient = [*grid.axes[:, 0], *grid.axes[:, 1]]
        ds.GridFrameOffsetVector = [n * grid.spacing[2] for n in range(grid.size[2])]
        ds.FrameIncrementPointer = 0x3004000C
        ds.DoseUnits, ds.DoseType, ds.DoseSummationType = "GY", "PHYSICAL", "PLAN"
        ds.DoseGridScaling = f"{scaling:.9e}"
        numbers = [item(ReferencedBeamNumber=number) for number in beams]
        referenced = [item(ReferencedFractionGroupNumber=n, ReferencedBeamSequence=numbers) for n in groups]
        plan = item(ReferencedSOPClassUID=RTPlanStorage, ReferencedSOPInstanceUID=plan_uid)
        if referenced:
            plan.ReferencedFractionGroupSequence = referenced
        ds.ReferencedRTPlanSequence = [plan]
        kind = {16: "<u2", 32: "<u4"}[bits]
        stored = np.rint(array.astype(np.float64) / scaling).clip(0, 2**bits - 1).astype(kind)
        ds.PixelData = stored.tobytes()
        return save(ds, tmp_path / name, changes)

    return write


@pytest.fixture
def write_structures(tmp_path: Path) -> Writer:
    """Write contours (LPS mm) by name as RTSTRUCT."""

    def write(rois: dict[str, list[np.ndarray]], name: str = "structures.dcm", **changes: object) -> Path:
        ds = dataset("RTSTRUCT", RTStructureSetStorage, STRUCTURES_UID)
        frame = str(changes.pop("frame", FRAME))
        ds.StructureSetLabel = "TEST"
        ds.StructureSetROISequence, ds.ROIContourSequence, ds.RTROIObservationsSequence = [], [], []
        for number, (roi, contours) in enumerate(rois.items(), start=1):
            ds.StructureSetROISequence.append(item(ROINumber=number, ROIName=roi, ReferencedFrameOfReferenceUID=frame))
            drawn = [
                item(
                    ContourGeometricType="CLOSED_PLANAR",
                    NumberOfContourPoints=len(points),
                    ContourData=[f"{value:.4f}" for value in points.ravel()],
                )
                for points in contours
            ]
            ds.ROIContourSequence.append(item(ReferencedROINumber=number, ContourSequence=drawn))
            kind = "PTV" if roi.startswith("PTV") else "GTV" if roi.startswith("GTV") else "ORGAN"
            ds.RTROIObservationsSequence.append(
                item(ObservationNumber=number, ReferencedROINumber=number, RTROIInterpretedType=kind)
            )
        return save(ds, tmp_path / name, changes)

    return write


@pytest.fixture
def write_plan(tmp_path: Path) -> Writer:
    """Write an RTPLAN: fractions, prescription in Gy or None, and beams by fraction group."""

    def write(
        fractions: int = 3,
        dose_gy: float | None = 27.0,
        groups: Sequence[Sequence[int]] = ((1, 2),),
        name: str = "plan.dcm",
        **changes: object,
    ) -> Path:
        ds = dataset("RTPLAN", RTPlanStorage, PLAN_UID)
        ds.RTPlanLabel = "TEST"
        ds.DoseReferenceSequence = [item(DoseReferenceNumber=1, DoseReferenceType="TARGET")]
        if dose_gy is not None:
            ds.DoseReferenceSequence[0].TargetPrescriptionDose = dose_gy
        ds.BeamSequence = [
            item(BeamNumber=beam, TreatmentDeliveryType="TREATMENT") for beams in groups for beam in beams
        ]
        ds.FractionGroupSequence = [
            item(
                FractionGroupNumber=number,
                NumberOfFractionsPlanned=fractions,
                ReferencedBeamSequence=[item(ReferencedBeamNumber=beam) for beam in beams],
            )
            for number, beams in enumerate(groups, start=1)
        ]
        ds.ReferencedStructureSetSequence = [item(ReferencedSOPInstanceUID=STRUCTURES_UID)]
        return save(ds, tmp_path / name, changes)

    return write


def circle(radius: float, z: float, x: float = 0.0, y: float = 0.0) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle), np.full(angle.size, z)])


@pytest.fixture
def sphere() -> Callable[..., list[np.ndarray]]:
    """Contours of a sphere on slices of a given step."""

    def make(
        radius: float, centre: tuple[float, float, float] = (0, 0, 0), step: float = 2.0, phase: float = 0.3
    ) -> list[np.ndarray]:
        heights = [z for n in range(-99, 99) if abs(z := (n + phase) * step) < radius - 1e-6]
        return [circle(np.sqrt(radius**2 - z * z), centre[2] + z, centre[0], centre[1]) for z in heights]

    return make


@pytest.fixture
def place() -> np.ndarray:
    """LPS positions of the voxels of the made dose grid, shape (z, y, x, 3)."""
    return GRID.to_lps(np.moveaxis(np.indices(GRID.shape), 0, -1))


@pytest.fixture
def grid() -> Grid:
    return GRID
