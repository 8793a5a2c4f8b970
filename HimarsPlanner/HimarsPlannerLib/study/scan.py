"""What is in a study's folders: one `Series` for each DICOM series, structure set and image file; headers only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from ..errors import InputError
from ..grid import FloatArray
from ..progress import Progress, silent
from .header import legible, read_header, text
from .image_file import is_image_file, scan_image_file
from .registration.spatial_registration import linked_frames
from .series import STRUCTURE_MODALITIES, Series

WHOLE_IN_ONE_FILE = ("RTSTRUCT", "SEG", "RTDOSE", "RTPLAN", "REG")
MODALITY_ORDER = ("CT", "PT", *STRUCTURE_MODALITIES)
DESCRIBING = ("SeriesDescription", "StructureSetLabel", "ContentLabel")
NAMES_SHOWN = 5


def scan_folders(paths: Sequence[Path], progress: Progress = silent) -> tuple[Series, ...]:
    """List the series in folders and files, in any order and nesting.

    Parameters
    ----------
    paths
        Folders, searched with everything below them, and single files.
    progress
        Told how far the reading of headers is.

    Returns
    -------
    tuple of Series
        CT, PT and structures first. Files of no known kind are ignored.

    Raises
    ------
    InputError
        A path does not exist or holds no image, or a DICOM file is truncated or corrupt.
    """
    files = sorted({file for path in paths for file in _files(Path(path).absolute())})
    series: list[Series] = []
    headers: list[tuple[Path, Dataset]] = []
    broken: list[Path] = []
    for number, file in enumerate(files):
        if number % 20 == 0:
            progress("scan", number / len(files))
        try:
            if is_image_file(file):
                series.append(scan_image_file(file))
            elif (header := read_header(file)) is not None:
                headers.append((file, header))
        except InputError:
            broken.append(file)
    if broken:
        raise InputError(
            f"{len(broken)} image file(s) are truncated or corrupt: {_shown(broken)}",
            "whole files",
            "copy them again from the archive, or take them out of the folder",
        )
    series += _group(headers)
    if not series:
        raise InputError(
            f"No image in {', '.join(str(path) for path in paths)} ({len(files)} file(s) looked at)",
            "a folder with DICOM, NIfTI or NRRD files",
            "name the folder that holds the patient's series",
        )
    progress("scan", 1.0)
    return tuple(sorted(series, key=_order))


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        yield from (file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
    else:
        raise InputError(f"{path} does not exist", "a folder or file of the patient's study", "check the path")


def _group(headers: Sequence[tuple[Path, Dataset]]) -> list[Series]:
    groups: dict[tuple[object, ...], list[tuple[Path, Dataset]]] = defaultdict(list)
    for file, header in headers:
        with legible(str(file)):
            groups[_key(file, header)].append((file, header))
    series = []
    for members in groups.values():
        with legible(str(members[0][0])):
            series.append(_series(members))
    return series


def _key(file: Path, header: Dataset) -> tuple[object, ...]:
    """What files of one series share; anonymised files without UIDs are told apart by what else they say."""
    modality = text(header, "Modality")
    if modality in WHOLE_IN_ONE_FILE:
        return modality, file
    identity: tuple[object, ...] = (modality, text(header, "PatientID"), "LOCALIZER" in _words(header, "ImageType"))
    if uid := text(header, "SeriesInstanceUID"):
        return (*identity, uid)
    return (
        *identity,
        text(header, "StudyInstanceUID"),
        text(header, "FrameOfReferenceUID"),
        text(header, "SeriesNumber"),
        text(header, "SeriesDescription"),
        header.get("Rows"),
        header.get("Columns"),
    )


def _series(members: Sequence[tuple[Path, Dataset]]) -> Series:
    header = members[0][1]
    modality = text(header, "Modality")
    frames = int(text(header, "NumberOfFrames") or 1)
    is_image = "Rows" in header and "Columns" in header and modality not in STRUCTURE_MODALITIES
    row_mm, column_mm = (float(v) for v in header.get("PixelSpacing") or (0, 0))
    places = _slice_places([h for _, h in members])
    return Series(
        modality=modality,
        description=next(filter(None, (text(header, keyword) for keyword in DESCRIBING)), ""),
        files=tuple(file for file, _ in members),
        size=(int(text(header, "Columns")), int(text(header, "Rows")), len(members) * frames)
        if is_image
        else (0, 0, 0),
        spacing=(column_mm, row_mm, float(np.median(np.diff(places))) if len(places) > 1 else 0.0),
        reach_mm=(float(places[0]), float(places[-1])) if len(places) else (0.0, 0.0),
        frame_of_reference_uid=_frame_of_reference(header),
        study_uid=text(header, "StudyInstanceUID"),
        series_uid=text(header, "SeriesInstanceUID"),
        patient_id=text(header, "PatientID"),
        image_type=_words(header, "ImageType"),
        sop_class_uid=text(header, "SOPClassUID"),
        frames=frames,
        corrected=_words(header, "CorrectedImage"),
        contents=_contents(header),
        linked_frames=linked_frames(header),
    )


def _slice_places(headers: Sequence[Dataset]) -> FloatArray:
    """Sorted positions of slices along the first one's normal, mm; none where they are missing."""
    orientation = headers[0].get("ImageOrientationPatient")
    if not orientation or any(not h.get("ImagePositionPatient") for h in headers):
        return np.zeros(0)
    normal = np.cross([float(v) for v in orientation[:3]], [float(v) for v in orientation[3:]])
    positions = np.array([[float(v) for v in h.ImagePositionPatient] for h in headers])
    return np.asarray(np.sort(positions @ normal))


def _frame_of_reference(header: Dataset) -> str:
    """Frame of reference of an image, or of most structures in a structure set."""
    uids = [text(roi, "ReferencedFrameOfReferenceUID") for roi in header.get("StructureSetROISequence") or ()]
    if any(uids):
        return Counter(filter(None, uids)).most_common(1)[0][0]
    for reference in header.get("ReferencedFrameOfReferenceSequence") or ():
        if uid := text(reference, "FrameOfReferenceUID"):
            return uid
    return text(header, "FrameOfReferenceUID")


def _contents(header: Dataset) -> tuple[str, ...]:
    rois = [text(roi, "ROIName") for roi in header.get("StructureSetROISequence") or ()]
    return (*rois, *(text(segment, "SegmentLabel") for segment in header.get("SegmentSequence") or ()))


def _words(header: Dataset, keyword: str) -> tuple[str, ...]:
    value = header.get(keyword) or ()
    return (value,) if isinstance(value, str) else tuple(str(part) for part in value)


def _order(series: Series) -> tuple[object, ...]:
    rank = MODALITY_ORDER.index(series.modality) if series.modality in MODALITY_ORDER else len(MODALITY_ORDER)
    return rank, series.modality, series.description, series.series_uid, str(series.files[0])


def _shown(files: Sequence[Path]) -> str:
    names = ", ".join(str(file) for file in files[:NAMES_SHOWN])
    more = len(files) - NAMES_SHOWN
    return f"{names} and {more} more" if more > 0 else names
