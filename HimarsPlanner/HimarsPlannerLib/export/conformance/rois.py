"""Structures and their three sequences: named, drawn, observed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pydicom.dataset import Dataset

from ...study.header import text
from ..profiles import TG263_LENGTH
from ..roi import INTERPRETED_TYPES
from .finding import Finding


def check_rois(dataset: Dataset) -> Iterator[Finding]:
    """Numbers, names, types and observations of the structures."""
    structures = list(dataset.get("StructureSetROISequence") or ())
    numbers = [text(one, "ROINumber") for one in structures]
    for number, times in Counter(numbers).items():
        if times > 1:
            yield Finding("roi-number-twice", f"ROI {number}", f"{times} structures have this number")
    yield from _names(structures)
    observations = list(dataset.get("RTROIObservationsSequence") or ())
    observed = Counter(text(one, "ReferencedROINumber") for one in observations)
    for one in structures:
        name, times = text(one, "ROIName"), observed[text(one, "ROINumber")]
        if times == 0:
            yield Finding("roi-unobserved", name, "has no item in the RT ROI Observations Sequence")
        elif times > 1:
            yield Finding("roi-observed-twice", name, f"has {times} items in the RT ROI Observations Sequence")
    drawn = [text(one, "ReferencedROINumber") for one in dataset.get("ROIContourSequence") or ()]
    for number in sorted((set(observed) | set(drawn)) - set(numbers)):
        yield Finding("roi-orphan", f"ROI {number}", "is drawn or observed, but is in no Structure Set ROI Sequence")
    yield from _types(observations, {text(one, "ROINumber"): text(one, "ROIName") for one in structures})


def _names(structures: list[Dataset]) -> Iterator[Finding]:
    names = [text(one, "ROIName") for one in structures]
    for name, times in Counter(name.casefold() for name in names if name).items():
        if times > 1:
            alike = [one for one in names if one.casefold() == name]
            yield Finding("roi-name-twice", alike[0], f"{times} structures have this name")
    for one, name in zip(structures, names, strict=True):
        if not name:
            yield Finding("roi-name-empty", f"ROI {text(one, 'ROINumber')}", "has no name")
        elif len(name) > TG263_LENGTH:
            yield Finding("roi-name-long", name, f"has {len(name)} characters")


def _types(observations: list[Dataset], names: dict[str, str]) -> Iterator[Finding]:
    kinds = [(text(one, "ReferencedROINumber"), text(one, "RTROIInterpretedType")) for one in observations]
    for number, kind in kinds:
        if kind not in INTERPRETED_TYPES:
            what = f"RT ROI Interpreted Type {kind!r} is no defined term" if kind else "has no RT ROI Interpreted Type"
            yield Finding("roi-type", names.get(number, f"ROI {number}"), what)
    external = [names.get(number, number) for number, kind in kinds if kind == "EXTERNAL"]
    if len(external) > 1:
        yield Finding("external-twice", ", ".join(external), f"{len(external)} structures are EXTERNAL")
