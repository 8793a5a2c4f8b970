"""DICOM SEG (binary, fractional, label map) to structures on the planning CT."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import highdicom as hd
import numpy as np
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from ..errors import GeometryError, InputError
from ..notice import Notice
from .header import LIBRARY_ERRORS, legible, read_dataset, text
from .seg_frames import SegFrames
from .seg_volume import LabelArray, SegVolume
from .segments import Segment, place_segments
from .structure_set import StructureSet, listed
from .study import CtImage, Source

THRESHOLD = 0.5
BACKGROUND = 0
INTERNAL_GTV = Code("1201746005", "SCT", "Internal gross tumor volume")
LESIONS = (
    codes.SCT.Lesion,
    codes.SCT.Neoplasm,
    codes.SCT.NeoplasmPrimary,
    codes.SCT.MalignantNeoplasmPrimary,
    codes.SCT.NeoplasmSecondary,
    codes.SCT.Metastasis,
    codes.SCT.BonyMetastasis,
    codes.SCT.GrossTumorVolume,
    INTERNAL_GTV,
    codes.DCM.GTVPrimary,
    codes.DCM.GTVNodal,
)
"""Segmented property types that are a gross tumour volume; SRT codes of older files equal their SCT successors."""


def read_segmentation_object(file: Path, ct: CtImage) -> StructureSet:
    """Read a DICOM SEG and bring each segment onto the planning CT by nearest neighbour, at its physical position.

    Parameters
    ----------
    file
        Binary, fractional or label map segmentation on any lattice, also one of unevenly spaced slices; segments may
        overlap. Of a fractional one, voxels of at least one half belong to a segment.
    ct
        The planning CT.

    Returns
    -------
    StructureSet
        One structure for each segment, typed GTV where it is coded as lesion, neoplasm, metastasis or GTV.

    Raises
    ------
    InputError
        The file is not a readable SEG of a patient's volume.
    GeometryError
        It is in another frame of reference, is not a stack of parallel slices, or does not overlap the CT.
    """
    with legible(str(file)), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seg = _load(file)
        _check_frame(seg, ct, file)
        voxels = _voxels(seg, file)
        described = [seg.get_segment_description(n) for n in seg.segment_numbers if n != BACKGROUND]
        numbers = [int(one.segment_number) for one in described]
        with legible(str(file), LIBRARY_ERRORS):
            labels = voxels.labels()
        segments = [
            Segment(
                one.segment_label or f"Segment {number}",
                number,
                value=1 if labels is None else number,
                layer=layer if labels is None else 0,
                interpreted_type="GTV" if one.segmented_property_type in LESIONS else "",
            )
            for layer, (number, one) in enumerate(zip(numbers, described, strict=True))
        ]
        blurred: list[int] = []
        layers = [labels] if labels is not None else _one_by_one(voxels, numbers, blurred, file)
        structures, notices = place_segments(
            layers, segments, voxels.grid, ct.volume.grid, str(file), voxels.offsets_mm
        )
    source = Source(
        modality="SEG",
        description=text(seg, "SeriesDescription") or text(seg, "ContentLabel") or file.name,
        files=(file,),
        series_uid=text(seg, "SeriesInstanceUID"),
        study_uid=text(seg, "StudyInstanceUID"),
        frame_of_reference_uid=text(seg, "FrameOfReferenceUID"),
    )
    thresholded = [segment.name for segment in segments if segment.number in blurred]
    return StructureSet(structures, source, (*_threshold_notice(seg, thresholded), *notices))


def _load(file: Path) -> hd.seg.Segmentation:
    dataset = read_dataset(file)
    if (modality := text(dataset, "Modality")) != "SEG":
        raise InputError(f"{file} is {modality or 'not DICOM'}", "a DICOM SEG", "name the segmentation's file")
    if "TotalPixelMatrixColumns" in dataset:
        raise InputError(f"{file} is a segmentation of a microscopy slide", "one of the planning CT", "take it out")
    with legible(str(file), LIBRARY_ERRORS):
        return hd.seg.Segmentation.from_dataset(dataset, copy=False)


def _check_frame(seg: hd.seg.Segmentation, ct: CtImage, file: Path) -> None:
    mine, expected = text(seg, "FrameOfReferenceUID"), ct.source.frame_of_reference_uid
    if expected and mine != expected:
        raise GeometryError(
            f"{file} is in frame of reference {mine or '(none)'}, the CT in {expected}",
            "segments made in the CT's frame of reference",
            "give the segmentation of this CT",
        )


def _voxels(seg: hd.seg.Segmentation, file: Path) -> SegVolume | SegFrames:
    with legible(str(file), LIBRARY_ERRORS):
        regular = SegVolume.of(seg)
    found = regular or SegFrames.of(seg)
    if found is None:
        raise GeometryError(
            f"The frames of {file} are not slices of one volume (no positions, or not equally spaced)",
            "a segmentation of the planning CT or of a volume in its frame of reference",
            "export it on the slices of the CT, or as an RTSTRUCT",
        )
    return found


def _one_by_one(
    voxels: SegVolume | SegFrames, numbers: Sequence[int], blurred: list[int], file: Path
) -> Iterator[LabelArray]:
    """Each segment as an array of 0 and 1; numbers of those that had fractions are added to `blurred`."""
    for number in numbers:
        with legible(str(file), LIBRARY_ERRORS):
            values = voxels.fractions(number)
        if np.any((values > 0) & (values < 1)):
            blurred.append(number)
        yield np.ascontiguousarray(values >= THRESHOLD, dtype=np.uint8)


def _threshold_notice(seg: hd.seg.Segmentation, names: Sequence[str]) -> list[Notice]:
    if not names:
        return []
    kind = text(seg, "SegmentationFractionalType").lower() or "fraction"
    message = f"Segments are stored as {kind}; voxels of {THRESHOLD:g} or more were taken: {listed(names)}."
    return [Notice("segmentation-thresholded", message)]
