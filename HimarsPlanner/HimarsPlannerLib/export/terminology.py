"""A coded meaning as Slicer's terminology entry, the text that it keeps with each segment."""

from __future__ import annotations

from .codes import Code, Property

_TERMINOLOGY = "Segmentation category and type - 3D Slicer General Anatomy list"
_ANATOMIC_REGIONS = "Anatomic codes - DICOM master list"
_FIELDS = 7


def terminology_entry(meaning: Property) -> str:
    """Category and type of a segment in the form of Slicer's tag "TerminologyEntry"; no anatomic region."""
    category, kind = (f"{code.scheme}^{code.value}^{code.meaning}" for code in meaning)
    return f"{_TERMINOLOGY}~{category}~{kind}~^^~{_ANATOMIC_REGIONS}~^^~^^"


def property_of_entry(entry: str) -> Property | None:
    """Category and type that an entry names; None where it names none."""
    fields = entry.split("~")
    if len(fields) != _FIELDS:
        return None
    category, kind = (_code(field) for field in fields[1:3])
    return None if category is None or kind is None else Property(category, kind)


def _code(field: str) -> Code | None:
    parts = field.split("^")
    if len(parts) != 3 or not parts[0] or not parts[1]:
        return None
    return Code(parts[1], parts[0], parts[2])
