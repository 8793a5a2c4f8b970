"""Values by their representation: length, characters, form (PS3.5 6.2)."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom import config
from pydicom.datadict import dictionary_has_tag, dictionary_VR, keyword_for_tag
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag
from pydicom.valuerep import validate_value

from .finding import Finding, counted

_CONTOUR_DATA = Tag("ContourData")
_LONGEST_DECIMAL = 16
_SHOWN = 40
_ONE_VALUE = ("LT", "ST", "UT", "UR")
_TEXT = ("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UI", "UT")


def check_values(dataset: Dataset) -> Iterator[Finding]:
    """Values that their representation does not allow.

    Parameters
    ----------
    dataset
        As read, none of its values looked at yet: what was looked at is no longer as it stands in the file.
    """
    wrong: dict[tuple[str, str], list[str]] = {}
    for kind, tag, what in _wrong(dataset, _encoding(dataset)):
        wrong.setdefault((kind, keyword_for_tag(tag) or str(tag)), []).append(what)
    for (kind, where), found in wrong.items():
        yield from counted(kind, where, found, "value")


def _wrong(dataset: Dataset, encoding: str) -> Iterator[tuple[str, BaseTag, str]]:
    for tag in list(dataset.keys()):
        element = dataset.get_item(tag)
        known = dictionary_VR(tag) if dictionary_has_tag(tag) else ""
        stated = element.VR or known
        if known and stated not in ("UN", *known.split(" or ")):
            yield "value-representation", tag, f"written as {stated}, which is {known}"
        if "SQ" in (known, stated):
            for item in dataset[tag].value or ():
                yield from _wrong(item, encoding)
        elif isinstance(element, RawDataElement) and isinstance(element.value, bytes) and known in _TEXT:
            for message in _complaints(tag, known, element.value, encoding):
                yield "value", tag, message


def _complaints(tag: BaseTag, representation: str, value: bytes, encoding: str) -> Iterator[str]:
    if tag == _CONTOUR_DATA:
        long = next((one for one in value.split(b"\\") if len(one.rstrip(b" \0")) > _LONGEST_DECIMAL), None)
        if long is not None:
            yield f"{long.decode('latin-1')!r} has more than {_LONGEST_DECIMAL} characters"
        return
    text = value.decode(encoding, "replace").rstrip(" \0")
    for part in [text] if representation in _ONE_VALUE else text.split("\\"):
        try:
            validate_value(representation, part, config.RAISE)
        except ValueError:
            yield f"{part[:_SHOWN]!r} ({len(part)} characters) is no {representation}"


def _encoding(dataset: Dataset) -> str:
    return "utf-8" if "192" in str(dataset.get("SpecificCharacterSet") or "") else "latin-1"
