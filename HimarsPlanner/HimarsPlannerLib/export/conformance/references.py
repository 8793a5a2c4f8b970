"""The graph of identifiers: from the file to its CT."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.dataset import Dataset

from ...study.header import text
from .finding import Finding, counted
from .images import Images


def referenced_series(dataset: Dataset) -> list[Dataset]:
    """RT Referenced Series items of a structure set."""
    return [
        series
        for frame in dataset.get("ReferencedFrameOfReferenceSequence") or ()
        for study in frame.get("RTReferencedStudySequence") or ()
        for series in study.get("RTReferencedSeriesSequence") or ()
    ]


def check_references(dataset: Dataset, images: Images) -> Iterator[Finding]:
    """Identifiers that disagree with those of the CT, or are missing."""
    yield from _own(dataset, images)
    yield from _frames(dataset, text(images.header, "FrameOfReferenceUID"))
    series = referenced_series(dataset)
    if not series:
        yield Finding("reference-missing", "ReferencedFrameOfReferenceSequence", "names no series of images")
        return
    own = text(images.header, "SeriesInstanceUID")
    if others := [uid for one in series if (uid := text(one, "SeriesInstanceUID")) != own]:
        yield from counted("series", "RTReferencedSeriesSequence", [f"{uid} is not the CT's {own}" for uid in others])
    named = [image for one in series for image in one.get("ContourImageSequence") or ()]
    yield from _listed(named, images)


def _own(dataset: Dataset, images: Images) -> Iterator[Finding]:
    meta = getattr(dataset, "file_meta", None)
    for keyword, stored in (
        ("SOPClassUID", "MediaStorageSOPClassUID"),
        ("SOPInstanceUID", "MediaStorageSOPInstanceUID"),
    ):
        if meta is None or text(meta, stored) != text(dataset, keyword):
            yield Finding("file-meta", stored, f"is not the {keyword} of the file")
    series = text(dataset, "SeriesInstanceUID")
    if series in (text(images.header, "SeriesInstanceUID"), text(dataset, "SOPInstanceUID")):
        whose = "the file's own" if series == text(dataset, "SOPInstanceUID") else "the CT's"
        yield Finding("uid-shared", "SeriesInstanceUID", f"is {whose} identifier")
    if text(dataset, "PatientID") != text(images.header, "PatientID"):
        yield Finding("patient", "PatientID", f"{text(dataset, 'PatientID')!r}, the CT's {images.header.PatientID!r}")
    study = text(images.header, "StudyInstanceUID")
    if text(dataset, "StudyInstanceUID") != study:
        yield Finding("study", "StudyInstanceUID", f"the file is in another study than the CT's {study}")
    for frame in dataset.get("ReferencedFrameOfReferenceSequence") or ():
        for one in frame.get("RTReferencedStudySequence") or ():
            if text(one, "ReferencedSOPInstanceUID") != study:
                yield Finding("study", "RTReferencedStudySequence", f"names another study than the CT's {study}")


def _frames(dataset: Dataset, frame: str) -> Iterator[Finding]:
    stated = [text(dataset, "FrameOfReferenceUID")]
    stated += [text(one, "FrameOfReferenceUID") for one in dataset.get("ReferencedFrameOfReferenceSequence") or ()]
    rois = dataset.get("StructureSetROISequence") or ()
    of_rois = [text(roi, "ReferencedFrameOfReferenceUID") for roi in rois]
    if not any(stated + of_rois) or not frame:
        who = "the CT" if not frame else "the file"
        yield Finding("frame-missing", "FrameOfReferenceUID", f"{who} names no frame of reference")
        return
    if any(uid and uid != frame for uid in stated):
        yield Finding("frame", "FrameOfReferenceUID", f"is not the CT's {frame}")
    foreign = [
        f"{text(roi, 'ROIName')} is in another frame of reference than the CT"
        for roi, uid in zip(rois, of_rois, strict=True)
        if uid and uid != frame
    ]
    yield from counted("frame", "StructureSetROISequence", foreign, "structure")


def _listed(named: list[Dataset], images: Images) -> Iterator[Finding]:
    where = "RTReferencedSeriesSequence > ContourImageSequence"
    uids = [text(image, "ReferencedSOPInstanceUID") for image in named]
    unknown = [f"{uid} is no slice of the CT" for uid in uids if uid not in images.uids]
    yield from counted("image-unknown", where, unknown, "image")
    unlisted = sorted(set(images.uids) - set(uids))
    yield from counted("images-unlisted", where, [f"{uid} of the CT is not listed" for uid in unlisted], "image")
    own = text(images.header, "SOPClassUID")
    other = [text(image, "ReferencedSOPClassUID") for image in named]
    yield from counted(
        "image-class", where, [f"{uid} is not the class of the CT's slices" for uid in other if uid != own], "image"
    )
