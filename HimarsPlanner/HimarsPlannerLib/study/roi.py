"""The contours in an RTSTRUCT file, as drawn."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from ..errors import GeometryError, InputError
from ..grid import FloatArray
from .header import read_dataset, text

CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")


@dataclass(frozen=True)
class Roi:
    """One ROI of a structure set.

    Parameters
    ----------
    number, name, interpreted_type
        As in the file.
    contours
        Closed contours of three or more points, each of shape (n, 3) in LPS mm.
    not_closed
        Number of points and open contours, which have no area.
    """

    number: int
    name: str
    interpreted_type: str
    contours: tuple[FloatArray, ...]
    not_closed: int


def load_structure_set(file: Path) -> Dataset:
    """Read an RTSTRUCT file.

    Raises
    ------
    InputError
        The file is something else, or lacks its structures.
    """
    dataset = read_dataset(file)
    modality = text(dataset, "Modality")
    if modality != "RTSTRUCT":
        raise InputError(f"{file} is {modality or 'not DICOM'}", "an RTSTRUCT", "name the structure set's file")
    for keyword in ("StructureSetROISequence", "ROIContourSequence"):
        if keyword not in dataset:
            raise InputError(f"{file} has no {keyword}", "a whole RTSTRUCT", "export it again")
    return dataset


def rois_in_frame(dataset: Dataset, frame_uid: str, file: Path) -> tuple[list[Roi], list[str]]:
    """ROIs in a frame of reference.

    Parameters
    ----------
    dataset
        The structure set.
    frame_uid
        Frame of reference of the CT; empty where it has none, which every ROI then matches.
    file
        For messages.

    Returns
    -------
    list of Roi, list of str
        The ROIs in the file's order, and the names of those in another frame of reference.

    Raises
    ------
    InputError
        A contour has a point that is no number, or two ROIs have one number.
    GeometryError
        No ROI is in the frame of reference.
    """
    kinds = {
        text(item, "ReferencedROINumber"): text(item, "RTROIInterpretedType")
        for item in dataset.get("RTROIObservationsSequence") or ()
    }
    drawn: dict[str, list[Dataset]] = defaultdict(list)
    for item in dataset.ROIContourSequence or ():
        drawn[text(item, "ReferencedROINumber")] += item.get("ContourSequence") or []
    rois, foreign = [], {}
    for item in dataset.StructureSetROISequence or ():
        number, name, uid = text(item, "ROINumber"), text(item, "ROIName"), _frame_of(item, dataset)
        if frame_uid and uid != frame_uid:
            foreign[name] = uid
            continue
        contours, not_closed = _contours(drawn[number], file)
        rois.append(Roi(int(number), name, kinds.get(number, ""), contours, not_closed))
    if foreign and not rois:
        raise GeometryError(
            f"{file} is in frame of reference {', '.join(sorted(set(foreign.values()))) or '(none)'}, "
            f"the CT in {frame_uid}",
            "structures drawn in the CT's frame of reference",
            "give the structure set of this CT",
        )
    if len({roi.number for roi in rois}) < len(rois):
        raise InputError(f"{file} has two structures of one number", "a number for each", "export it again")
    return rois, list(foreign)


def _frame_of(item: Dataset, dataset: Dataset) -> str:
    references = dataset.get("ReferencedFrameOfReferenceSequence") or ()
    default = next((text(r, "FrameOfReferenceUID") for r in references), text(dataset, "FrameOfReferenceUID"))
    return text(item, "ReferencedFrameOfReferenceUID") or default


def _contours(items: list[Dataset], file: Path) -> tuple[tuple[FloatArray, ...], int]:
    closed = [item for item in items if text(item, "ContourGeometricType") in CLOSED]
    contours = [_numbers(item).reshape(-1, 3) for item in closed]
    if not all(np.isfinite(points).all() for points in contours):
        raise InputError(f"{file} has a contour with a point that is not a number", "x, y, z of each point")
    return tuple(points for points in contours if len(points) > 2), len(items) - len(closed)


def _numbers(contour: Dataset) -> FloatArray:
    """Contour data; straight from the file's bytes, since a structure set can hold a million of these numbers."""
    element = contour.get_item("ContourData")
    value = element.value if element is not None else None
    if isinstance(value, bytes):
        return np.array(value.rstrip(b" \0").split(b"\\"), dtype=np.float64)
    return np.array([] if value is None else value, dtype=np.float64)
