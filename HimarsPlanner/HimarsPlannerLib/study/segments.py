"""Labelled voxels on a lattice of their own to structures on the planning CT."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..errors import GeometryError
from ..grid import FloatArray, Grid
from ..notice import Notice
from ..region import Region, Slices
from .place import nearest_on
from .structure_set import listed
from .study import Structure

VOLUME_CHANGE = 0.05
LabelArray = npt.NDArray[np.integer]
Box = Slices | None


@dataclass(frozen=True)
class Segment:
    """One label value as a structure.

    Parameters
    ----------
    name, number, interpreted_type
        As `Structure` will have them.
    value
        Its voxels have this value, 1 or more, ...
    layer
        ... in the layer of this number.
    """

    name: str
    number: int
    value: int
    layer: int = 0
    interpreted_type: str = ""


@dataclass(frozen=True)
class _Placed:
    structure: Structure
    drawn_ml: float


def place_segments(
    layers: Iterable[LabelArray],
    segments: Sequence[Segment],
    grid: Grid,
    ct: Grid,
    name: str,
    offsets_mm: FloatArray | None = None,
) -> tuple[tuple[Structure, ...], tuple[Notice, ...]]:
    """Bring segments onto the planning CT by nearest neighbour.

    Parameters
    ----------
    layers
        Label arrays (z, y, x), taken one at a time; segments that overlap are in different ones.
    segments
        What the labels are.
    grid
        The lattice of the layers.
    ct
        The grid of the planning CT.
    name
        The file, for messages.
    offsets_mm
        True distance of each slice from the first where they are not as regular as the lattice says, shape (nz,).

    Returns
    -------
    tuple of Structure, tuple of Notice
        One structure for each segment, in their order.

    Raises
    ------
    GeometryError
        The two grids do not overlap.
    """
    check_overlap(grid, ct, name)
    same = offsets_mm is None and grid.same_as(ct)
    placed: dict[int, _Placed] = {}
    for layer, labels in enumerate(layers):
        on_ct = labels if same else nearest_on(labels, grid, ct, offsets_mm)
        boxes, boxes_on_ct = ndimage.find_objects(labels), ndimage.find_objects(on_ct)
        for index, segment in enumerate(segments):
            if segment.layer == layer:
                drawn = _region(labels, boxes, segment.value, grid)
                region = drawn if same else _region(on_ct, boxes_on_ct, segment.value, ct)
                outside = not same and _reaches_outside(drawn, ct)
                structure = Structure(
                    segment.name, segment.interpreted_type, region, number=segment.number, outside_ct=outside
                )
                placed[index] = _Placed(structure, drawn.volume_ml)
    ordered = [placed[index] for index in range(len(segments))]
    return tuple(one.structure for one in ordered), tuple(_notices(ordered))


def _region(labels: LabelArray, boxes: Sequence[Box], value: int, grid: Grid) -> Region:
    box = boxes[value - 1] if value <= len(boxes) else None
    if box is None:
        return Region(grid, (0, 0, 0), np.zeros((0, 0, 0), dtype=bool))
    return Region(grid, (box[0].start, box[1].start, box[2].start), labels[box] == value)


def check_overlap(grid: Grid, ct: Grid, name: str) -> None:
    """Refuse a lattice that lies elsewhere than the CT.

    Raises
    ------
    GeometryError
        The two grids do not overlap.
    """
    corners = np.array([[z, y, x] for z in (0, 1) for y in (0, 1) for x in (0, 1)]) * (np.array(grid.shape) - 1)
    index = ct.to_index(grid.to_lps(corners))
    if np.any(index.max(axis=0) < -0.5) or np.any(index.min(axis=0) > np.array(ct.shape) - 0.5):
        raise GeometryError(
            f"{name} lies elsewhere than the CT: its first voxel is at {_place(grid)}, the CT's at {_place(ct)}",
            "labels that overlap the planning CT (LPS mm)",
            "give labels that were made on this CT",
        )


def _reaches_outside(drawn: Region, ct: Grid) -> bool:
    """Whether the centre of any voxel is beyond the edges of the CT's outermost voxels."""
    corners = np.array([[z, y, x] for z in (0, 1) for y in (0, 1) for x in (0, 1)]) * (np.array(drawn.mask.shape) - 1)
    if not _beyond(ct.to_index(drawn.grid.to_lps(corners + drawn.start)), ct):
        return False
    return _beyond(ct.to_index(drawn.grid.to_lps(np.argwhere(drawn.mask) + drawn.start)), ct)


def _beyond(index: npt.NDArray[np.float64], ct: Grid) -> bool:
    return bool(np.any(index < -0.5) or np.any(index > np.array(ct.shape) - 0.5))


def _notices(placed: Sequence[_Placed]) -> list[Notice]:
    notices = []
    if outside := [one.structure.name for one in placed if one.structure.outside_ct]:
        message = f"Structures reach beyond the CT and lack what lies outside: {listed(outside)}."
        notices.append(Notice("structure-outside-ct", message))
    within = [one for one in placed if not one.structure.outside_ct]
    if lost := [one.structure.name for one in within if one.drawn_ml and not one.structure.region.voxels]:
        message = f"Structures too small to hold the centre of any voxel of the CT: {listed(lost)}."
        notices.append(Notice("structure-too-small", message))
    if empty := [one.structure.name for one in within if not one.drawn_ml]:
        notices.append(Notice("structure-empty", f"Structures without voxels: {listed(empty)}."))
    if changed := [_change(one) for one in within if one.structure.region.voxels and _changes(one)]:
        message = "Structures drawn on another lattice have another volume on the CT (ml): "
        notices.append(Notice("structure-resampled", f"{message}{listed(changed)}."))
    return notices


def _changes(one: _Placed) -> bool:
    return abs(one.structure.region.volume_ml / one.drawn_ml - 1) > VOLUME_CHANGE


def _change(one: _Placed) -> str:
    return f"{one.structure.name} ({one.drawn_ml:.2f} became {one.structure.region.volume_ml:.2f})"


def _place(grid: Grid) -> str:
    return "({:.1f}, {:.1f}, {:.1f})".format(*grid.origin)
