"""Label images (NIfTI, NRRD, Slicer's .seg.nrrd) to structures on the planning CT."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..errors import InputError
from ..grid import Grid
from ..region import Region
from .image_file import ImageFile, load, stem
from .segments import Segment, place_segments
from .structure_set import StructureSet
from .study import CtImage, Source, Structure

MOST_LABELS = 2000


@dataclass(frozen=True)
class LabelFile:
    """A label image as it is stored.

    Parameters
    ----------
    layers
        Label arrays (z, y, x) on the file's own axes; segments that overlap are in different ones.
    grid
        Where the voxels are.
    segments
        What the labels are.
    named
        Whether the file itself names them.
    """

    layers: tuple[npt.NDArray[np.int32], ...]
    grid: Grid
    segments: tuple[Segment, ...]
    named: bool


def load_label_file(file: Path) -> LabelFile:
    """Read a label image on its own lattice.

    Raises
    ------
    InputError
        The file is not a label image.
    """
    image = load(file)
    layers = _layers(image, file)
    named = _named_segments(image, len(layers), file)
    return LabelFile(tuple(layers), image.grid, tuple(named or _values(layers[0], file)), bool(named))


def read_label_file(file: Path, ct: CtImage) -> StructureSet:
    """Read a label image and bring each label onto the planning CT by nearest neighbour.

    Parameters
    ----------
    file
        Integer labels, on any grid that overlaps the CT. A .seg.nrrd keeps its segments' names, overlapping ones
        included; in other files a structure is called after the file, and its label value where there are several.
    ct
        The planning CT.

    Returns
    -------
    StructureSet
        One structure for each segment, or each label value but 0; a file without labels is one empty structure.

    Raises
    ------
    InputError
        The file is not a label image.
    GeometryError
        Its grid does not overlap the CT.
    """
    labels = load_label_file(file)
    source = Source(modality="image", description=file.name, files=(file,))
    if not labels.segments:
        # Programs write a file for each class they know: an empty one says nothing, unless it should be a lesion.
        nowhere = Region(ct.volume.grid, (0, 0, 0), np.zeros((0, 0, 0), dtype=bool))
        return StructureSet((Structure(stem(file), "", nowhere),), source)
    structures, notices = place_segments(labels.layers, labels.segments, labels.grid, ct.volume.grid, str(file))
    return StructureSet(structures, source, notices)


def _layers(image: ImageFile, file: Path) -> list[npt.NDArray[np.int32]]:
    array = image.array
    if not np.issubdtype(array.dtype, np.integer) and not np.array_equal(array, np.rint(array)):
        raise InputError(f"{file} holds fractions, not labels", "whole numbers", "name a label image")
    if array.min() < 0 or array.max() > MOST_LABELS:
        raise InputError(
            f"{file} holds values from {array.min():g} to {array.max():g}, which are not labels",
            f"labels from 0 to {MOST_LABELS}",
            "name a label image, not the CT or PET",
        )
    return [np.ascontiguousarray(array[..., layer].astype(np.int32)) for layer in range(array.shape[-1])]


def _named_segments(image: ImageFile, layers: int, file: Path) -> list[Segment]:
    stated = image.metadata
    segments = []
    for number in range(len(stated)):
        prefix = f"Segment{number}_"
        if f"{prefix}LabelValue" in stated:
            name = stated.get(f"{prefix}Name") or f"Segment {number + 1}"
            value, layer = int(stated[f"{prefix}LabelValue"]), int(stated.get(f"{prefix}Layer", "0"))
            if value < 1 or not 0 <= layer < layers:
                raise InputError(
                    f"{file}: segment {name!r} has label {value} in layer {layer}",
                    f"a label from 1 in one of {layers} layer(s)",
                    "save the segmentation again",
                )
            segments.append(Segment(name, value, value, layer))
    return segments


def _values(labels: npt.NDArray[np.int32], file: Path) -> list[Segment]:
    values = [value for value, box in enumerate(ndimage.find_objects(labels), start=1) if box is not None]
    only = len(values) == 1
    return [Segment(stem(file) if only else f"{stem(file)} {value}", value, value) for value in values]
