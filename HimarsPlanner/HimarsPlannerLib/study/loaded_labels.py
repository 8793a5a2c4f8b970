"""Labels that an application has in memory, on the planning CT: voxel for voxel where they share its lattice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..grid import Grid
from ..notice import Notice
from ..region import Region
from .antialias import place_smoothly
from .bone_label_image import Named, NamedRegions
from .bone_labels import BoneLabels, bone_labels_of
from .segments import LabelArray, Segment, check_overlap, place_segments
from .structure_set import listed
from .study import CtImage, Source, Structure

SAME_LATTICE_MM = 1e-2


@dataclass(frozen=True)
class LabelBlock:
    """Labels of structures that do not overlap, on a block of a lattice.

    Parameters
    ----------
    labels
        (z, y, x); 0 is background.
    grid
        Lattice of the block alone, after any motion.
    names
        Name of each value.
    types
        RTROIInterpretedType of each value where one is known.
    numbers
        Place of each value in the whole list of structures, from 1; by default the value itself.
    """

    labels: LabelArray
    grid: Grid
    names: Mapping[int, str]
    types: Mapping[int, str] = field(default_factory=dict)
    numbers: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class LoadedStructures:
    """Structures that are in memory already; empty ones have a name and no block."""

    name: str
    blocks: tuple[LabelBlock, ...]
    empty: tuple[str, ...] = ()


def place_structures(loaded: LoadedStructures, ct: Grid) -> tuple[list[Structure], list[Notice]]:
    """Structures on the planning CT: voxel for voxel where they share its lattice, else by nearest neighbour.

    Raises
    ------
    GeometryError
        They lie elsewhere than the CT.
    """
    structures: list[Structure] = []
    notices: list[Notice] = []
    for block in loaded.blocks:
        start = start_on_lattice(block.grid, ct)
        if start is not None:
            named = [_exact(block, value, start, ct) for value in block.names]
        else:
            segments = [
                Segment(name, block.numbers.get(value, value), value, 0, block.types.get(value, ""))
                for value, name in block.names.items()
            ]
            found, told = place_segments([block.labels], segments, block.grid, ct, repr(loaded.name))
            named, notices = list(found), [*notices, *told]
        structures += named
    structures.sort(key=lambda one: one.number)
    if outside := [one.name for one in structures if one.outside_ct]:
        message = f"Structures reach beyond the CT and lack what lies outside: {listed(outside)}."
        notices = [one for one in notices if one.code != "structure-outside-ct"]
        notices.append(Notice("structure-outside-ct", message))
    if loaded.empty:
        notices.append(Notice("structure-empty", f"Structures without voxels: {listed(loaded.empty)}."))
    names = [one.name for one in structures]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        notices.append(
            Notice("structure-names-twice", f"{loaded.name} has several structures with one name: {listed(twice)}.")
        )
    return structures, notices


def loaded_bone_labels(loaded: LoadedStructures, ct: CtImage) -> BoneLabels:
    """Bones of a segmentation in memory; labels on another lattice are brought onto the CT smoothly.

    Raises
    ------
    InputError, GeometryError
        See `bone_labels_of`.
    """
    named: list[Named] = []
    grid = ct.volume.grid
    for block in loaded.blocks:
        start = start_on_lattice(block.grid, grid)
        if start is not None:
            named += [Named(name, _exact(block, value, start, grid).region) for value, name in block.names.items()]
        else:
            check_overlap(block.grid, grid, repr(loaded.name))
            placed = place_smoothly(block.labels, block.grid, list(block.names), grid)
            named += [Named(name, placed[value]) for value, name in block.names.items()]
    read = NamedRegions(tuple(named), Source("image", loaded.name, ()), "segment name")
    return bone_labels_of(read, Path(loaded.name), ct)


def start_on_lattice(block: Grid, whole: Grid) -> tuple[int, int, int] | None:
    """First voxel (z, y, x) of a block in a grid whose lattice it shares; None where it does not.

    Voxel centres of the block's corners must agree within a hundredth of a millimetre.
    """
    corners = np.array([[z, y, x] for z in (0, 1) for y in (0, 1) for x in (0, 1)]) * (np.array(block.shape) - 1)
    index = whole.to_index(block.to_lps(corners))
    start = np.rint(index[0])
    if np.abs((index - start - corners) * whole.spacing_zyx).max() > SAME_LATTICE_MM:
        return None
    return int(start[0]), int(start[1]), int(start[2])


def _exact(block: LabelBlock, value: int, start: tuple[int, int, int], ct: Grid) -> Structure:
    low = np.maximum(start, 0)
    high = np.minimum(np.add(start, block.labels.shape), ct.shape)
    mine = block.labels == value
    cut = tuple(slice(lo - s, max(hi - s, lo - s)) for lo, hi, s in zip(low, high, start, strict=True))
    inside = mine[cut]
    region = Region.from_array(inside, ct, (int(low[0]), int(low[1]), int(low[2])))
    outside = int(np.count_nonzero(mine)) > region.voxels
    kind, number = block.types.get(value, ""), block.numbers.get(value, value)
    return Structure(block.names[value], kind, region, number=number, outside_ct=outside)
