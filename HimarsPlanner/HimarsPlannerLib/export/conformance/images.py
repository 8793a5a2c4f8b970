"""The CT that an RTSTRUCT is held against: headers of its slices, regular or not, complete or not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from ...errors import InputError
from ...grid import FloatArray
from ...study.header import legible, looks_like_dicom, read_dataset, text

_TAGS = [
    "SOPClassUID",
    "SOPInstanceUID",
    "Modality",
    "PatientID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "FrameOfReferenceUID",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "SliceThickness",
    "Rows",
    "Columns",
]
_NEEDED = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns")


@dataclass(frozen=True)
class Images:
    """Slices of one series, in the order of their positions along the normal.

    Parameters
    ----------
    header
        Attributes that all slices share.
    uids
        SOP Instance UID of each slice.
    origins
        ImagePositionPatient, shape (n, 3), mm.
    row, column
        Unit vectors of increasing column and row index.
    spacing
        Millimetres between columns and between rows.
    shape
        Rows and columns.
    step_mm
        Usual distance of slices.
    """

    header: Dataset
    uids: tuple[str, ...]
    origins: FloatArray
    row: FloatArray
    column: FloatArray
    spacing: tuple[float, float]
    shape: tuple[int, int]
    step_mm: float

    @property
    def normal(self) -> FloatArray:
        """Unit vector along which slices are stacked."""
        return np.asarray(np.cross(self.row, self.column))

    @property
    def positions(self) -> FloatArray:
        """Place of each slice along the normal, ascending, mm."""
        return np.asarray(self.origins @ self.normal)

    def to_pixels(self, points: FloatArray, slice_index: int) -> FloatArray:
        """Points (n, 3) in mm as fractional column and row index, shape (n, 2)."""
        offset = points - self.origins[slice_index]
        return np.stack([offset @ self.row / self.spacing[0], offset @ self.column / self.spacing[1]], axis=1)


def read_images(place: Path | Sequence[Path], series_uids: Sequence[str]) -> Images:
    """Read the headers of a CT.

    Parameters
    ----------
    place
        Folder of its files, one of them, or all of them.
    series_uids
        The series that the RTSTRUCT names; taken where the place has it, else the one with most slices.

    Raises
    ------
    InputError
        There is no CT, MR or PET slice with a position there, or a file is damaged.
    """
    series: dict[str, list[Dataset]] = defaultdict(list)
    for file in _files(place):
        with legible(str(file)):
            if not looks_like_dicom(file):
                continue
            header = read_dataset(file, stop_before_pixels=True, specific_tags=_TAGS)
        if text(header, "Modality") in ("CT", "MR", "PT") and all(header.get(keyword) for keyword in _NEEDED):
            series[text(header, "SeriesInstanceUID")].append(header)
    if not series:
        where = place if isinstance(place, Path) else f"A list of {len(place)} files"
        raise InputError(f"{where} has no slice of a CT", "a folder with the CT that the RTSTRUCT was drawn on")
    named = [uid for uid in series_uids if uid in series]
    return _stacked(series[named[0]] if named else max(series.values(), key=len))


def _files(place: Path | Sequence[Path]) -> Sequence[Path]:
    if not isinstance(place, Path):
        return place
    return [place] if place.is_file() else sorted(file for file in place.rglob("*") if file.is_file())


def _stacked(headers: Sequence[Dataset]) -> Images:
    first = headers[0]
    row, column = np.array([float(value) for value in first.ImageOrientationPatient]).reshape(2, 3)
    origins = np.array([[float(value) for value in header.ImagePositionPatient] for header in headers])
    order = np.argsort(origins @ np.cross(row, column), kind="stable")
    steps = np.diff((origins @ np.cross(row, column))[order])
    between_rows, between_columns = (float(value) for value in first.PixelSpacing)
    return Images(
        header=first,
        uids=tuple(text(headers[int(i)], "SOPInstanceUID") for i in order),
        origins=origins[order],
        row=row / np.linalg.norm(row),
        column=column / np.linalg.norm(column),
        spacing=(between_columns, between_rows),
        shape=(int(first.Rows), int(first.Columns)),
        step_mm=float(np.median(steps)) if steps.size else float(first.get("SliceThickness") or 1.0),
    )
