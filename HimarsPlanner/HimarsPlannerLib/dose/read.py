"""Read RTDOSE files: values in Gy on their own lattice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from ..errors import GeometryError, InputError
from ..grid import FloatArray, Grid, Volume
from ..study.header import LIBRARY_ERRORS, legible, read_dataset, text
from .dose import DoseFile

DOSE_TYPES = ("PHYSICAL", "EFFECTIVE")
REGULAR_MM = 0.01
SAME_PLACE_MM = 0.01
STRAIGHT = 1e-4


def read_dose(file: Path) -> DoseFile:
    """Read an RTDOSE.

    Parameters
    ----------
    file
        Multi-frame RTDOSE of 16 or 32 bits in Gy; frames by relative or absolute Grid Frame Offset Vector, in either
        order, of any patient position.

    Raises
    ------
    InputError
        The file is no RTDOSE, or lacks its scaling, units, type, summation or frame of reference, or is relative.
    GeometryError
        Its frames do not make a regular lattice.
    """
    with legible(str(file)):
        dataset = read_dataset(file)
    modality = text(dataset, "Modality")
    if modality != "RTDOSE":
        raise InputError(f"{file} is {modality or 'not DICOM'}", "an RTDOSE", "name the dose's file")
    _check_meaning(dataset, file)
    with legible(str(file), LIBRARY_ERRORS):
        grid, order = _lattice(dataset, file)
        stored = dataset.pixel_array[order]
        values = np.multiply(stored, float(dataset.DoseGridScaling), dtype=np.float64).astype(np.float32)
    if not np.isfinite(values).all() or values.min() < 0 or not values.max() > 0:
        raise InputError(f"{file} holds a dose that is negative, not finite or zero everywhere", "doses in Gy")
    plan = next(iter(dataset.get("ReferencedRTPlanSequence") or ()), Dataset())
    groups = list(plan.get("ReferencedFractionGroupSequence") or ())
    beams = [beam for group in groups for beam in group.get("ReferencedBeamSequence") or ()]
    return DoseFile(
        file=file,
        volume=Volume(values, grid),
        kind=text(dataset, "DoseType"),
        summation=text(dataset, "DoseSummationType"),
        frame_uid=text(dataset, "FrameOfReferenceUID"),
        sop_uid=text(dataset, "SOPInstanceUID"),
        patient_id=text(dataset, "PatientID"),
        plan_uid=text(plan, "ReferencedSOPInstanceUID"),
        groups=tuple(int(text(group, "ReferencedFractionGroupNumber")) for group in groups),
        beams=tuple(int(text(beam, "ReferencedBeamNumber")) for beam in beams),
    )


def _check_meaning(dataset: Dataset, file: Path) -> None:
    again = "export the dose again from the planning system"
    with legible(str(file), LIBRARY_ERRORS):
        scaling = float(text(dataset, "DoseGridScaling") or "nan")
    if not (np.isfinite(scaling) and scaling > 0):
        found = text(dataset, "DoseGridScaling") or "none"
        raise InputError(
            f"{file} has no usable DoseGridScaling ({found})", "the factor from stored values to Gy", again
        )
    units = text(dataset, "DoseUnits")
    if units != "GY":
        raise InputError(f"{file} has the dose units {units or '(none)'}", "GY", "export the absolute dose")
    kind = text(dataset, "DoseType")
    if kind not in DOSE_TYPES:
        raise InputError(f"{file} has the dose type {kind or '(none)'}", " or ".join(DOSE_TYPES), again)
    if not text(dataset, "DoseSummationType"):
        raise InputError(f"{file} does not say what it sums up", "a DoseSummationType such as PLAN", again)
    if not text(dataset, "FrameOfReferenceUID"):
        raise InputError(f"{file} has no frame of reference", "that of the structures", again)
    for keyword in ("PixelData", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        if not dataset.get(keyword):
            raise InputError(f"{file} has no {keyword}", "a dose grid", again)


def _lattice(dataset: Dataset, file: Path) -> tuple[Grid, slice]:
    """Lattice of the frames, and the order of frames along its normal."""
    row, column = np.array([float(v) for v in dataset.ImageOrientationPatient]).reshape(2, 3)
    if abs(row @ column) > STRAIGHT or any(abs(np.linalg.norm(axis) - 1) > STRAIGHT for axis in (row, column)):
        raise GeometryError(f"{file} has an orientation whose axes are not unit vectors at right angles")
    normal = np.cross(row, column)
    first = np.array([float(v) for v in dataset.ImagePositionPatient])
    along = _along_normal(dataset, first, normal, file)
    step = (along[-1] - along[0]) / (len(along) - 1)
    if abs(step) < SAME_PLACE_MM or np.abs(np.diff(along) - step).max() > REGULAR_MM:
        raise GeometryError(
            f"{file} has frames at uneven distances ({np.diff(along).min():.3f} to {np.diff(along).max():.3f} mm)",
            "a regular dose grid",
            "export the dose on a regular grid",
        )
    order = slice(None) if step > 0 else slice(None, None, -1)
    origin = first + normal * min(along[0], along[-1])
    row_mm, column_mm = (float(v) for v in dataset.PixelSpacing)
    grid = Grid(
        size=(int(dataset.Columns), int(dataset.Rows), len(along)),
        spacing=(column_mm, row_mm, float(abs(step))),
        origin=(float(origin[0]), float(origin[1]), float(origin[2])),
        direction=tuple(float(v) for v in np.stack([row, column, normal], axis=1).ravel() + 0.0),
    )
    return grid, order


def _along_normal(dataset: Dataset, first: FloatArray, normal: FloatArray, file: Path) -> FloatArray:
    """Distance of each frame from ImagePositionPatient along the normal, mm (DICOM PS3.3 C.8.8.3.2)."""
    frames = int(text(dataset, "NumberOfFrames") or 1)
    offsets = np.atleast_1d(np.array(dataset.get("GridFrameOffsetVector") or [], dtype=np.float64))
    if frames < 2 or len(offsets) != frames:
        raise GeometryError(
            f"{file} has {frames} frame(s) and {len(offsets)} frame offsets",
            "a volume of two or more frames with an offset for each",
            "export the three-dimensional dose",
        )
    if abs(offsets[0]) <= SAME_PLACE_MM:
        return offsets
    if abs(offsets[0] - first[2]) <= SAME_PLACE_MM and abs(abs(normal[2]) - 1) <= STRAIGHT:
        return np.asarray((offsets - first[2]) * np.sign(normal[2]))
    raise GeometryError(
        f"{file} has frame offsets that begin with {offsets[0]:g} mm while its first frame is at {first[2]:g} mm",
        "offsets that begin with 0, or with the z of the first frame",
        "export the dose again",
    )
