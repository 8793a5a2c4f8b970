"""The plan's bone and lesions as DICOM SEG files in its folder, made once and then used again."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pydicom
from pydicom.errors import InvalidDicomError
from pydicom.uid import generate_uid

from ... import __version__
from ...errors import InputError
from ..dicom_seg import layers_to_send, on_slices, seg_dataset, write_seg
from ..read_seg_nrrd import read_seg_nrrd
from .ct_series import CtSlices

SegmentationKind = Literal["bone", "lesions"]
DESCRIPTIONS: dict[SegmentationKind, str] = {"bone": "HIMARS bone", "lesions": "HIMARS lesions"}
_NAMESPACE = uuid.UUID("6d5f5c1e-6a55-5d0c-9a53-0f0b3f3e2a11")


@dataclass(frozen=True)
class SegmentationFiles:
    """DICOM SEG files, and the names of the segments that are in none because no code says what they are."""

    files: tuple[Path, ...]
    left_out: tuple[str, ...] = ()


def segmentation_files(folder: Path, kind: SegmentationKind, ct: CtSlices) -> SegmentationFiles:
    """Make the DICOM SEG files of a segmentation, one for each layer, so that segments of one file never overlap.

    A file of an earlier run is used again, with its identifiers, as long as the segmentation is the same; otherwise
    the archive would collect copies.

    Parameters
    ----------
    folder
        The plan's folder; the files are written there as ``KIND_1.seg.dcm`` and so on.
    kind
        Which segmentation.
    ct
        The CT that it stands on.

    Raises
    ------
    InputError
        The segmentation is missing, cannot be read or holds nothing that may be sent.
    GeometryError
        It does not lie on the CT's voxels.
    OutputError
        A file cannot be made.
    """
    source = folder / f"{kind}.seg.nrrd"
    series_uid = _series_uid(source, str(ct.headers[0].SeriesInstanceUID))
    segmentation = read_seg_nrrd(source)
    files = []
    for instance, (layer, segments) in enumerate(layers_to_send(segmentation), start=1):
        file = folder / f"{kind}_{instance}.seg.dcm"
        if not _made_before(file, series_uid):
            labels = on_slices(segmentation.layers[layer], segmentation.grid, ct.grid, str(source))
            dataset = seg_dataset(
                labels,
                segments,
                ct.headers,
                description=DESCRIPTIONS[kind],
                series_uid=series_uid,
                sop_uid=str(generate_uid(None)),
                instance_number=instance,
            )
            write_seg(dataset, file)
        files.append(file)
    if not files:
        raise InputError(
            f"{source} holds no segment that says by a code what it is",
            "at least one, such as an accepted metastasis",
            f"send without --with {kind}",
        )
    left_out = tuple(segment.name for segment in segmentation.segments if segment.property is None)
    return SegmentationFiles(tuple(files), left_out)


def _series_uid(source: Path, ct_uid: str) -> str:
    """Series identifier that follows from the segmentation, the CT and the program alone."""
    try:
        digest = hashlib.sha256(source.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(
            f"{source} cannot be read ({error.strerror})", "a plan's folder", "make the plan again"
        ) from error
    return f"2.25.{uuid.uuid5(_NAMESPACE, f'{digest} {ct_uid} {__version__}').int}"


def _made_before(file: Path, series_uid: str) -> bool:
    try:
        header = pydicom.dcmread(file, specific_tags=["SeriesInstanceUID"], stop_before_pixels=True)
    except (OSError, InvalidDicomError):
        return False
    return bool(header.get("SeriesInstanceUID") == series_uid)
