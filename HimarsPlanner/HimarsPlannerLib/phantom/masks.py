"""Masks on the CT grid by the centre rule: a voxel belongs where its centre lies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..bone.compartments import BoneLabel
from ..grid import Grid
from ..region import Region, union
from .frame import Block, block_of, distance_on, region_of
from .lesions import Mass
from .sample import lattice_positions, lattice_window
from .shapes import Solid
from .skeleton import Skeleton, interpolate
from .tissue import Tissue

_TILE = 48


def bone_labels(skeleton: Skeleton, canal: Solid, cavities: Sequence[Solid], grid: Grid) -> npt.NDArray[np.uint8]:
    """Compartments of bone, values of `BoneLabel`, uint8 (z, y, x)."""
    labels = np.zeros(grid.shape, dtype=np.uint8)
    found = distance_on(canal, grid, skeleton.frame)
    if found is not None:
        labels[found[0]][found[1] < 0] = BoneLabel.CANAL
    for tile in tiles(grid, _TILE):
        positions = lattice_positions(grid, tile, skeleton.grid, (1, 1, 1))
        window = lattice_window(positions, skeleton.grid.shape)
        if window is None or skeleton.outer[window].min() > 0:
            continue
        part = labels[tile]
        part[interpolate(skeleton.outer, positions) < 0] = BoneLabel.CORTICAL
        part[interpolate(skeleton.inner, positions) < 0] = BoneLabel.TRABECULAR
    for cavity in cavities:
        found = distance_on(cavity, grid, skeleton.frame)
        if found is not None:
            part = labels[found[0]]
            part[(found[1] < 0) & (part == BoneLabel.TRABECULAR)] = BoneLabel.SHAFT_CAVITY
    return labels


def bone_regions(skeleton: Skeleton, grid: Grid) -> dict[str, Region]:
    """Voxels of each single bone by its name, cortex and lesions included."""
    found = {}
    for name, (block, distance) in skeleton.bones.items():
        inside = np.argwhere(distance < 0)
        if not len(inside):
            continue
        first = np.add(inside.min(axis=0), [s.start - 1 for s in block])
        last = np.add(inside.max(axis=0), [s.start + 1 for s in block])
        tile = block_of(grid, skeleton.grid.to_lps(first), skeleton.grid.to_lps(last))
        if any(s.stop <= s.start for s in tile):
            continue
        positions = lattice_positions(grid, tile, skeleton.grid, (1, 1, 1))
        own, outer = skeleton.own_distance(name, positions), interpolate(skeleton.outer, positions)
        region = Region.from_array((outer < 0) & (own <= outer), grid, (tile[0].start, tile[1].start, tile[2].start))
        if region.voxels:
            found[name] = region
    return found


def tiles(grid: Grid, edge: int) -> list[Block]:
    """Blocks of at most `edge` voxels a side that cover a grid."""
    z, y, x = ([slice(i, min(i + edge, n)) for i in range(0, n, edge)] for n in grid.shape)
    return [(a, b, c) for a in z for b in y for c in x]


def mass_region(mass: Mass, skeleton: Skeleton, grid: Grid) -> Region:
    """Voxels of a GTV."""
    block = block_of(grid, *skeleton.frame.box(mass.solid.low, mass.solid.high))
    if any(s.stop <= s.start for s in block):
        return Region(grid=grid, start=(0, 0, 0), mask=np.zeros((0, 0, 0), dtype=bool))
    positions = lattice_positions(grid, block, skeleton.grid, (1, 1, 1))
    inside = mass.distance(skeleton, positions, interpolate(skeleton.outer, positions)) < 0
    return Region.from_array(inside, grid, (block[0].start, block[1].start, block[2].start))


def tissue_regions(
    tissues: Sequence[Tissue], skeleton: Skeleton, bone: npt.NDArray[np.bool_], grid: Grid
) -> dict[str, Region]:
    """Voxels of each named structure outside bone; those out of view are left out."""
    parts: dict[str, list[Region]] = {}
    for tissue in tissues:
        if tissue.name:
            region = region_of(tissue.solid, grid, skeleton.frame)
            mask = region.mask & ~bone[region.box]
            if tissue.off_bone and mask.size:
                mask &= skeleton.distance_on(grid, region.box) > tissue.off_bone
            region = Region.from_array(mask, grid, region.start)
            if region.mask.size:
                parts.setdefault(tissue.name, []).append(region)
    return {name: found[0] if len(found) == 1 else union(found, grid) for name, found in parts.items()}
