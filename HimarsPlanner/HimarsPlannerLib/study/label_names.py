"""What the numbers in a label image mean: TotalSegmentator's classes, named in the file or known by number."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from pathlib import Path

HEADER_BYTES = 348
MOST_EXTENSION_BYTES = 1 << 20
LABEL = re.compile(rb'<Label Key="(\d+)"[^>]*><!\[CDATA\[([^\]]+)\]\]></Label>')


def _numbered(first: int, names: list[str]) -> dict[int, str]:
    return dict(enumerate(names, start=first))


VERTEBRAE = [
    f"vertebrae_{level}"
    for level in (
        "S1",
        *(f"L{n}" for n in range(5, 0, -1)),
        *(f"T{n}" for n in range(12, 0, -1)),
        *(f"C{n}" for n in range(7, 0, -1)),
    )
]
PAIRED = [
    f"{bone}_{side}" for bone in ("humerus", "scapula", "clavicula", "femur", "hip") for side in ("left", "right")
]
RIBS = [f"rib_{side}_{n}" for side in ("left", "right") for n in range(1, 13)]
APPENDICULAR = ["patella", "tibia", "fibula", "tarsal", "metatarsal", "phalanges_feet"]
APPENDICULAR += ["ulna", "radius", "carpal", "metacarpal", "phalanges_hand"]

TOTAL_BONES: Mapping[int, str] = {
    25: "sacrum",
    **_numbered(26, VERTEBRAE),
    **_numbered(69, PAIRED),
    79: "spinal_cord",
    91: "skull",
    **_numbered(92, RIBS),
    116: "sternum",
}
"""Bones and spinal cord among the 117 classes of TotalSegmentator v2, task total."""

APPENDICULAR_BONES: Mapping[int, str] = _numbered(1, APPENDICULAR)
"""Classes of TotalSegmentator v2, task appendicular_bones; none tells a side."""

LAST_TOTAL = 117


def _standard(name: str) -> str:
    """Name that Slicer's TotalSegmentator extension gives a class, lower case: "left rib 7", "l3 vertebra"."""
    if name.startswith("vertebrae_"):
        return f"{name.removeprefix('vertebrae_')} vertebra".lower()
    for side in ("left", "right"):
        if side in name.split("_"):
            rest = " ".join(word for word in name.split("_") if word != side)
            return f"{side} {rest.replace('clavicula', 'clavicle')}"
    return name.replace("_", " ")


CLASSES = frozenset({*TOTAL_BONES.values(), *APPENDICULAR_BONES.values()})
STANDARD = frozenset(map(_standard, CLASSES))


def is_totalsegmentators(name: str) -> bool:
    """Whether a name is that of one of TotalSegmentator's bones, as itself or Slicer's extension writes it."""
    return name in CLASSES or name.lower() in STANDARD


def names_in_nifti(file: Path) -> dict[int, str]:
    """Label names in a NIfTI-1 file's header extension, where TotalSegmentator writes them; empty without one.

    Parameters
    ----------
    file
        .nii or .nii.gz.
    """
    name = file.name.lower()
    if not name.endswith((".nii", ".nii.gz")):
        return {}
    with gzip.open(file, "rb") if name.endswith(".gz") else file.open("rb") as stream:
        head = stream.read(HEADER_BYTES + 8)
        if len(head) < HEADER_BYTES + 8 or not head[HEADER_BYTES]:
            return {}
        order = "little" if head[:4] == HEADER_BYTES.to_bytes(4, "little") else "big"
        size = int.from_bytes(head[HEADER_BYTES + 4 :], order)  # type: ignore[arg-type]
        extension = stream.read(min(size, MOST_EXTENSION_BYTES))
    return {int(key): name.decode("utf-8", "replace") for key, name in LABEL.findall(extension)}
