"""Read a .seg.nrrd of a plan back: its label layers with the names, colours and codes of their segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from ..grid import Grid
from ..study.image_file import load
from .codes import Code, Property
from .seg_nrrd import SegmentHeader


@dataclass(frozen=True)
class SegNrrd:
    """A segmentation as it is stored.

    Parameters
    ----------
    layers
        Label arrays (z, y, x).
    grid
        Their lattice, a block of the planning CT's.
    segments
        In the order of the file.
    """

    layers: tuple[npt.NDArray[np.unsignedinteger], ...]
    grid: Grid
    segments: tuple[SegmentHeader, ...]


def read_seg_nrrd(file: Path) -> SegNrrd:
    """Read what `write_seg_nrrd` wrote, or Slicer saved in its place.

    Parameters
    ----------
    file
        Binary label maps.

    Raises
    ------
    InputError
        The file cannot be read, or holds fractions or segments without label values.
    """
    image = load(file)
    if not np.issubdtype(image.array.dtype, np.unsignedinteger):
        raise InputError(f"{file} holds {image.array.dtype} values", "labels", "save it as binary label maps")
    names = [f"Segment{number}" for number in range(len(image.metadata))]
    segments = [_segment(image.metadata, name, file) for name in names if f"{name}_ID" in image.metadata]
    layers = tuple(np.ascontiguousarray(image.array[..., number]) for number in range(image.array.shape[-1]))
    if any(segment.layer >= len(layers) for segment in segments):
        raise InputError(f"{file} names more layers than it holds", f"at most {len(layers)}", "save it again")
    return SegNrrd(layers, image.grid, tuple(segments))


def _segment(stated: Mapping[str, str], prefix: str, file: Path) -> SegmentHeader:
    try:
        red, green, blue = (round(255 * float(value)) for value in stated[f"{prefix}_Color"].split())
        return SegmentHeader(
            name=stated[f"{prefix}_Name"],
            colour=(red, green, blue),
            label=int(stated[f"{prefix}_LabelValue"]),
            layer=int(stated[f"{prefix}_Layer"]),
            property=_property(stated.get(f"{prefix}_Tags", "")),
        )
    except (KeyError, ValueError) as error:
        raise InputError(f"{file}: {prefix} is incomplete ({error})", "a segmentation saved by Slicer", "") from error


def _property(tags: str) -> Property | None:
    """What Slicer's terminology entry says: context, category, type and modifiers, parted by tildes."""
    entry = next((tag.partition(":")[2] for tag in tags.split("|") if tag.startswith("TerminologyEntry:")), "")
    parts = entry.split("~")
    if len(parts) < 3:
        return None
    category, kind = (_code(part) for part in parts[1:3])
    return None if category is None or kind is None else Property(category, kind)


def _code(text: str) -> Code | None:
    """Code of "scheme^value^meaning"."""
    scheme, value, meaning = [*text.split("^"), "", ""][:3]
    return Code(value, scheme, meaning) if scheme and value and meaning else None
