"""A DICOM series of single slices as a volume: CT in HU, PET in its stored unit."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from ..errors import InputError
from ..grid import Volume
from ..progress import Progress, silent
from .header import legible, read_dataset, text
from .image_file import as_hu
from .series import Series
from .stack import SliceStack, stack_slices
from .study import CtImage, DicomReference, Source

REFERENCE_KEYWORDS = ("SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
HU_TYPES = ("", "HU")
PIXEL_KEYWORDS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


@dataclass(frozen=True)
class DicomImage:
    """A series as read.

    Parameters
    ----------
    volume
        Values with each slice's own slope and intercept applied: int16 where that loses nothing, else float32.
    stack
        Where the slices truly are.
    headers
        One dataset without pixels for each slice, in the order of the array's z axis.
    source
        The series.
    """

    volume: Volume
    stack: SliceStack
    headers: tuple[Dataset, ...]
    source: Source


def read_dicom_image(series: Series, regular: bool, progress: Progress = silent) -> DicomImage:
    """Read the slices of a series into one volume.

    Parameters
    ----------
    series
        A series of single-frame slices.
    regular
        Whether slices must be on a regular lattice; see `stack_slices`.
    progress
        Told how far the reading is.

    Raises
    ------
    InputError
        A file is truncated, or compressed in a way that cannot be read, or the series is multi-frame.
    GeometryError
        The slices are not one volume; see `stack_slices`.
    """
    if series.frames > 1:
        raise InputError(
            f"{series.label} is multi-frame (enhanced)",
            "one file for each slice",
            "convert it to single slices, for example with dcm4che's emf2sf",
        )
    datasets: list[Dataset] = []
    slices: list[npt.NDArray[np.generic]] = []
    for number, file in enumerate(series.files):
        progress(f"read {series.modality}", number / len(series.files))
        dataset, values = _read_slice(file)
        datasets.append(dataset)
        slices.append(values)
    with legible(series.label):
        stack = stack_slices(datasets, series.files, series.label, regular)
    progress(f"read {series.modality}", 1.0)
    array = np.stack([slices[i] for i in stack.order])
    return DicomImage(
        volume=Volume(array, stack.grid),
        stack=stack,
        headers=tuple(datasets[i] for i in stack.order),
        source=source_of(series),
    )


def read_ct(series: Series, progress: Progress = silent) -> CtImage:
    """Read a planning CT and what an RTSTRUCT on it must repeat; the latter is None where the series lacks UIDs.

    Raises
    ------
    InputError, GeometryError
        As `read_dicom_image`; or the values are not HU.
    """
    image = read_dicom_image(series, regular=True, progress=progress)
    kinds = {text(header, "RescaleType").upper() for header in image.headers}
    if not kinds <= set(HU_TYPES):
        raise InputError(f"{series.label} is in {', '.join(sorted(kinds))}", "a CT in HU", "choose another series")
    return CtImage(as_hu(image.volume, series.label), image.source, _reference(image))


def _reference(image: DicomImage) -> DicomReference | None:
    """What an RTSTRUCT must repeat; None where anonymisation removed a UID that it needs."""
    header = image.headers[0]
    instances = tuple(text(one, "SOPInstanceUID") for one in image.headers)
    if not all([*instances, *(text(header, keyword) for keyword in REFERENCE_KEYWORDS)]):
        return None
    return DicomReference(header, text(header, "SOPClassUID"), instances, image.stack.positions_lps)


def source_of(series: Series) -> Source:
    """Where a series came from, as the plan keeps it."""
    return Source(
        modality=series.modality,
        description=series.description,
        files=series.files,
        series_uid=series.series_uid,
        study_uid=series.study_uid,
        frame_of_reference_uid=series.frame_of_reference_uid,
    )


def _read_slice(file: Path) -> tuple[Dataset, npt.NDArray[np.generic]]:
    """Header without pixels, and the slice's values in the unit of its rescale."""
    with legible(str(file)), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = read_dataset(file)
        values = _rescaled(dataset, file)
    for keyword in PIXEL_KEYWORDS:
        if keyword in dataset:
            del dataset[keyword]
    return dataset, values


def _rescaled(dataset: Dataset, file: Path) -> npt.NDArray[np.generic]:
    syntax = dataset.file_meta.get("TransferSyntaxUID")
    try:
        stored = dataset.pixel_array
    except (RuntimeError, NotImplementedError, AttributeError) as error:
        if syntax is None or not syntax.is_compressed:
            raise InvalidDicomError(str(error)) from error
        return _decoded_by_itk(file, str(syntax.name), error)
    slope, intercept = (
        float(text(dataset, f"Rescale{name}") or default) for name, default in (("Slope", 1), ("Intercept", 0))
    )
    if slope.is_integer() and intercept.is_integer():
        whole = stored.astype(np.int64) * int(slope) + int(intercept)
        return _narrow(whole)
    return np.asarray(stored * slope + intercept, dtype=np.float32)


def _decoded_by_itk(file: Path, syntax: str, reason: Exception) -> npt.NDArray[np.generic]:
    """Slice that pydicom has no decoder for; SimpleITK's GDCM brings its own and rescales by itself."""
    try:
        image = sitk.ReadImage(str(file))
    except RuntimeError as error:
        raise InputError(
            f"{file} is compressed as {syntax}, which cannot be decoded here ({reason})",
            "uncompressed, RLE, JPEG, JPEG-LS or JPEG 2000 slices",
            "decompress the series, for example with dcmdjpeg or gdcmconv --raw",
        ) from error
    values: npt.NDArray[np.generic] = sitk.GetArrayFromImage(image)[0]
    return _narrow(values) if np.issubdtype(values.dtype, np.integer) else values.astype(np.float32)


def _narrow(values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    limits = np.iinfo(np.int16)
    fits = values.size and limits.min <= int(values.min()) and int(values.max()) <= limits.max
    return values.astype(np.int16 if fits else np.float32)
