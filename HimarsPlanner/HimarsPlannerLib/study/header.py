"""The header of a DICOM file, read without its pixels, and whether the file is whole."""

from __future__ import annotations

import sqlite3
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pydicom
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.uid import MediaStorageDirectoryStorage

from ..errors import InputError

TAGS = [
    "SOPClassUID",
    "Modality",
    "ImageType",
    "PatientID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SeriesNumber",
    "SeriesDescription",
    "FrameOfReferenceUID",
    "Rows",
    "Columns",
    "BitsAllocated",
    "NumberOfFrames",
    "PixelSpacing",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "CorrectedImage",
    "StructureSetLabel",
    "StructureSetROISequence",
    "SegmentSequence",
    "ContentLabel",
    "RegistrationSequence",
    "ReferencedFrameOfReferenceSequence",
]
DICOM_SUFFIXES = (".dcm", ".dicom", ".ima")
MAGIC_OFFSET = 128
UNDEFINED_LENGTH = 0xFFFFFFFF
READING_ERRORS = (
    InvalidDicomError,
    BytesLengthException,
    struct.error,
    EOFError,
    ValueError,
    OSError,
    OverflowError,
    NotImplementedError,
    zlib.error,
)
"""What parsing a corrupt file or value raises."""
LIBRARY_ERRORS = (*READING_ERRORS, AttributeError, TypeError, LookupError, RuntimeError, sqlite3.Error)
"""What pydicom and highdicom (which sorts frames by SQLite) raise over an object that lacks an element; mistakes of our
own would look the same."""


def looks_like_dicom(file: Path) -> bool:
    """Whether a file begins as DICOM does, or bears a name as if it did."""
    with file.open("rb") as stream:
        return _is_dicom(stream.read(MAGIC_OFFSET + 4)) or file.suffix.lower() in DICOM_SUFFIXES


def read_header(file: Path) -> Dataset | None:
    """Read what a scan needs of a file.

    Parameters
    ----------
    file
        Any file.

    Returns
    -------
    Dataset or None
        The header tags; None where the file is not DICOM, or an index of others (DICOMDIR).

    Raises
    ------
    InputError
        The file is DICOM, or claims so by its name, and is truncated or corrupt.
    """
    with file.open("rb") as stream:
        start = stream.read(MAGIC_OFFSET + 4)
        if not (_is_dicom(start) or file.suffix.lower() in DICOM_SUFFIXES):
            return None
        stream.seek(0)
        with legible(str(file)):
            header = read_dataset(stream, stop_before_pixels=True, specific_tags=TAGS)
            if header.file_meta.get("MediaStorageSOPClassUID") == MediaStorageDirectoryStorage:
                return None
            if "Modality" not in header or not _has_its_pixels(header, file.stat().st_size - stream.tell()):
                raise InputError(f"{file} is not a whole DICOM file")
    return header


@contextmanager
def legible(what: str, errors: tuple[type[Exception], ...] = READING_ERRORS) -> Iterator[None]:
    """Turn errors over corrupt values into one that names the file or series.

    Parameters
    ----------
    what
        The file or series.
    errors
        Those that mean it is corrupt: `LIBRARY_ERRORS` around calls into pydicom or highdicom alone.

    Raises
    ------
    InputError
        Something in the block could not be read.
    """
    try:
        yield
    except errors as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{what} cannot be read ({reason})", "whole DICOM files", "copy or export it again") from error


def read_dataset(file: Path | BinaryIO, **how: Any) -> Dataset:
    """Read a DICOM file whole, without warnings about values that are merely longer than the standard allows.

    Raises
    ------
    InvalidDicomError
        The file ends within an element, which pydicom would cut short without a word.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(file, force=True, **how)
    for element in map(dataset.get_item, dataset.keys()):
        if not isinstance(element, RawDataElement) or element.value is None or element.length == UNDEFINED_LENGTH:
            continue
        if len(element.value) < element.length:
            raise InvalidDicomError(f"it ends within {element.tag}")
    return dataset


def text(dataset: Dataset, keyword: str) -> str:
    """A header value as text without padding, empty where it is missing."""
    value = dataset.get(keyword)
    return "" if value is None else str(value).strip()


def _is_dicom(start: bytes) -> bool:
    without_preamble = start[:2] == b"\x08\x00" and start[2:4] in (b"\x00\x00", b"\x05\x00", b"\x08\x00", b"\x16\x00")
    return start[MAGIC_OFFSET:] == b"DICM" or without_preamble


def _has_its_pixels(header: Dataset, bytes_left: int) -> bool:
    """Whether what follows the header can hold the image; of compressed pixels only that there are any."""
    if header.Modality not in ("CT", "PT"):
        return True
    if "Rows" not in header or "Columns" not in header:
        return False
    syntax = header.file_meta.get("TransferSyntaxUID")
    if syntax is not None and (syntax.is_compressed or syntax.is_deflated):
        return bytes_left > 0 or bool(syntax.is_deflated)
    frames = int(text(header, "NumberOfFrames") or 1)
    pixels = int(text(header, "Rows")) * int(text(header, "Columns")) * frames
    return bytes_left >= pixels * int(text(header, "BitsAllocated") or 16) // 8
