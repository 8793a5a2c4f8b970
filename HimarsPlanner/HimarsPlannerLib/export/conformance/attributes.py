"""Attributes that the RT Structure Set IOD requires (PS3.3 A.19.3), by type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydicom.dataset import Dataset

from ...study.header import text
from .finding import Finding, counted


@dataclass(frozen=True)
class _Level:
    """Required attributes of a dataset or of every item of a sequence, and of the sequences in it."""

    type_1: tuple[str, ...] = ()
    type_2: tuple[str, ...] = ()
    inside: Mapping[str, _Level] = field(default_factory=dict)


_IMAGE = _Level(("ReferencedSOPClassUID", "ReferencedSOPInstanceUID"))
_STUDY = _Level(
    ("ReferencedSOPClassUID", "ReferencedSOPInstanceUID", "RTReferencedSeriesSequence"),
    inside={
        "RTReferencedSeriesSequence": _Level(
            ("SeriesInstanceUID", "ContourImageSequence"), inside={"ContourImageSequence": _IMAGE}
        )
    },
)
_CONTOUR = _Level(
    ("ContourGeometricType", "NumberOfContourPoints", "ContourData"), inside={"ContourImageSequence": _IMAGE}
)
_FILE = _Level(
    type_1=(
        "SOPClassUID",
        "SOPInstanceUID",
        "StudyInstanceUID",
        "SeriesInstanceUID",
        "Modality",
        "StructureSetLabel",
        "StructureSetROISequence",
        "ROIContourSequence",
        "RTROIObservationsSequence",
    ),
    type_2=(
        "PatientName",
        "PatientID",
        "PatientBirthDate",
        "PatientSex",
        "StudyDate",
        "StudyTime",
        "StudyID",
        "AccessionNumber",
        "ReferringPhysicianName",
        "SeriesNumber",
        "OperatorsName",
        "Manufacturer",
        "StructureSetDate",
        "StructureSetTime",
    ),
    inside={
        "ReferencedFrameOfReferenceSequence": _Level(
            ("FrameOfReferenceUID",), inside={"RTReferencedStudySequence": _STUDY}
        ),
        "StructureSetROISequence": _Level(
            ("ROINumber", "ReferencedFrameOfReferenceUID"), ("ROIName", "ROIGenerationAlgorithm")
        ),
        "ROIContourSequence": _Level(("ReferencedROINumber",), inside={"ContourSequence": _CONTOUR}),
        "RTROIObservationsSequence": _Level(
            ("ObservationNumber", "ReferencedROINumber"), ("RTROIInterpretedType", "ROIInterpreter")
        ),
    },
)


def check_attributes(dataset: Dataset) -> Iterator[Finding]:
    """Attributes of type 1 that are missing or empty, and of type 2 that are missing."""
    lacking: dict[tuple[str, str], list[str]] = {}
    for kind, path, what in _lacking(dataset, _FILE, ""):
        lacking.setdefault((kind, path), []).append(what)
    if text(dataset, "FrameOfReferenceUID") and "PositionReferenceIndicator" not in dataset:
        lacking[("attribute-type-2", "PositionReferenceIndicator")] = ["missing beside FrameOfReferenceUID"]
    if text(dataset, "ApprovalStatus") in ("APPROVED", "REJECTED"):
        for keyword in ("ReviewDate", "ReviewTime", "ReviewerName"):
            if keyword not in dataset:
                lacking[("attribute-type-2", keyword)] = ["missing in a file that was reviewed"]
    for (kind, path), found in lacking.items():
        yield from counted(kind, path, found, "item")


def _lacking(dataset: Dataset, level: _Level, path: str) -> Iterator[tuple[str, str, str]]:
    for keyword in level.type_1:
        element = dataset.get_item(keyword)
        if element is None or element.value is None or len(element.value) == 0:
            yield "attribute-type-1", path + keyword, "missing" if element is None else "empty"
    for keyword in level.type_2:
        if keyword not in dataset:
            yield "attribute-type-2", path + keyword, "missing"
    for keyword, below in level.inside.items():
        for item in dataset.get(keyword) or ():
            yield from _lacking(item, below, f"{path}{keyword} > ")
