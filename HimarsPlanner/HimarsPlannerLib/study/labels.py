"""Label images (NIfTI, NRRD, Slicer's .seg.nrrd) to structures on the planning CT."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..errors import GeometryError, InputError
from ..grid import Grid
from ..notice import Notice
from ..region import Region
from .image_file import ImageFile, load, stem
from .place import nearest_on
from .structure_set import StructureSet, listed
from .study import CtImage, Source, Structure

MOST_LABELS = 2000


@dataclass(frozen=True)
class _Segment:
    name: str
    layer: int
    value: int


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
        One structure for each segment, or each label value but 0.

    Raises
    ------
    InputError
        The file is not a label image.
    GeometryError
        Its grid does not overlap the CT.
    """
    image = load(file)
    layers = _layers(image, file)
    grid = image.grid
    _check_overlap(grid, ct.volume.grid, file)
    same = grid.same_as(ct.volume.grid)
    on_ct = [layer if same else nearest_on(layer, grid, ct.volume.grid) for layer in layers]
    boxes = [ndimage.find_objects(layer) for layer in on_ct]
    structures, lost = [], []
    for segment in _segments(image, layers, file):
        region = _region(on_ct[segment.layer], boxes[segment.layer], segment.value, ct.volume.grid)
        drawn = int(np.count_nonzero(layers[segment.layer] == segment.value))
        outside = bool(drawn) and not same and _reaches_outside(layers[segment.layer] == segment.value, grid, ct)
        structures.append(Structure(segment.name, "", region, number=segment.value, outside_ct=outside))
        if drawn and not region.voxels and not outside:
            lost.append(segment.name)
    source = Source(modality="image", description=file.name, files=(file,))
    return StructureSet(tuple(structures), source, tuple(_notices(structures, lost)))


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


def _segments(image: ImageFile, layers: list[npt.NDArray[np.int32]], file: Path) -> list[_Segment]:
    stated = image.metadata
    segments = []
    for number in range(len(stated)):
        prefix = f"Segment{number}_"
        if f"{prefix}LabelValue" in stated:
            name = stated.get(f"{prefix}Name") or f"Segment {number + 1}"
            layer = int(stated.get(f"{prefix}Layer", "0"))
            segments.append(_Segment(name, layer, int(stated[f"{prefix}LabelValue"])))
    if segments:
        return segments
    values = [int(value) for value in np.unique(layers[0]) if value]
    only = len(values) == 1
    return [_Segment(stem(file) if only else f"{stem(file)} {value}", 0, value) for value in values]


def _region(
    labels: npt.NDArray[np.int32], boxes: list[tuple[slice, slice, slice] | None], value: int, grid: Grid
) -> Region:
    box = boxes[value - 1] if value <= len(boxes) else None
    if box is None:
        return Region(grid, (0, 0, 0), np.zeros((0, 0, 0), dtype=bool))
    return Region(grid, (box[0].start, box[1].start, box[2].start), labels[box] == value)


def _check_overlap(grid: Grid, ct: Grid, file: Path) -> None:
    corners = np.array([[z, y, x] for z in (0, 1) for y in (0, 1) for x in (0, 1)]) * (np.array(grid.shape) - 1)
    index = ct.to_index(grid.to_lps(corners))
    if np.any(index.max(axis=0) < -0.5) or np.any(index.min(axis=0) > np.array(ct.shape) - 0.5):
        raise GeometryError(
            f"{file} lies elsewhere than the CT: its first voxel is at {_place(grid)}, the CT's at {_place(ct)}",
            "labels that overlap the planning CT (LPS mm)",
            "give labels that were made on this CT",
        )


def _reaches_outside(mask: npt.NDArray[np.bool_], grid: Grid, ct: CtImage) -> bool:
    """Whether the centre of any labelled voxel is beyond the edges of the CT's outermost voxels."""
    index = ct.volume.grid.to_index(grid.to_lps(np.argwhere(mask)))
    return bool(np.any(index < -0.5) or np.any(index > np.array(ct.volume.grid.shape) - 0.5))


def _notices(structures: list[Structure], lost: list[str]) -> list[Notice]:
    notices = []
    if outside := [structure.name for structure in structures if structure.outside_ct]:
        message = f"Structures reach beyond the CT and lack what lies outside: {listed(outside)}."
        notices.append(Notice("structure-outside-ct", message))
    if lost:
        message = f"Structures too small to hold the centre of any voxel of the CT: {listed(lost)}."
        notices.append(Notice("structure-too-small", message))
    empty = [s.name for s in structures if not s.region.voxels and not s.outside_ct and s.name not in lost]
    if empty:
        notices.append(Notice("structure-empty", f"Structures without voxels: {listed(empty)}."))
    return notices


def _place(grid: Grid) -> str:
    return "({:.1f}, {:.1f}, {:.1f})".format(*grid.origin)
