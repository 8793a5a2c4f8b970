"""Isodose volumes of each target: how well the prescription fits it, and how steeply dose falls off around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..grid import Volume
from ..region import BoolArray, Region, Slices
from .measure import cells_of_box

HALF = 0.5
CELLS = 2_000_000


@dataclass(frozen=True)
class IsodoseVolumes:
    """Volumes around a target, ml.

    Parameters
    ----------
    prescription_ml, half_ml
        With at least the prescription, and at least half of it.
    shared_with
        Targets whose isodoses run together with it: each voxel there counts for the nearest target.
    reaches_edge
        Whether the half isodose ends at the edge of the dose grid, so that `half_ml` is too small.
    """

    prescription_ml: float
    half_ml: float
    shared_with: tuple[str, ...] = ()
    reaches_edge: bool = False


def isodose_volumes(
    dose: Volume, targets: Mapping[str, Region], prescriptions: Mapping[str, float]
) -> dict[str, IsodoseVolumes]:
    """Isodose volumes of targets, from cells of the dose grid with interpolated dose.

    Parameters
    ----------
    dose
        Gy.
    targets
        Their voxels on the dose grid.
    prescriptions
        Gy, by target.
    """
    least = HALF * min(prescriptions.values())
    high = ndimage.binary_dilation(dose.array >= least) if targets else np.zeros(dose.array.shape, bool)
    for region in targets.values():
        high[region.box] |= region.mask
    pools, _ = ndimage.label(high, np.ones((3, 3, 3)))
    found: dict[str, IsodoseVolumes] = {}
    homes: dict[int, list[str]] = {}
    for name, region in targets.items():
        homes.setdefault(int(np.bincount(pools[region.box][region.mask]).argmax()), []).append(name)
    boxes = ndimage.find_objects(pools)
    for pool, names in homes.items():
        box = boxes[pool - 1]
        owner = _owners(pools[box] == pool, {name: targets[name] for name in names}, box, dose)
        found |= _measure(dose, box, owner, names, prescriptions)
    return found


def _owners(pool: BoolArray, targets: Mapping[str, Region], box: Slices, dose: Volume) -> np.ndarray:
    """Number from 1 of the nearest target in each voxel of the pool, 0 outside it."""
    if len(targets) == 1:
        return pool.astype(np.uint8)
    seeds = np.zeros(pool.shape, dtype=np.uint8)
    for number, region in enumerate(targets.values(), start=1):
        at = Region(dose.grid, (box[0].start, box[1].start, box[2].start), pool)
        seeds[region.cut(at)] = number
    nearest = ndimage.distance_transform_edt(
        seeds == 0, dose.grid.spacing_zyx, return_distances=False, return_indices=True
    )
    return np.where(pool, seeds[tuple(nearest)], 0)


def _measure(
    dose: Volume, box: Slices, owner: np.ndarray, names: list[str], prescriptions: Mapping[str, float]
) -> dict[str, IsodoseVolumes]:
    divided = max(1, min(5, int((CELLS / owner.size) ** (1 / 3))))
    cells = cells_of_box(dose, box, divided)
    cell_ml = dose.grid.voxel_ml / divided**3
    for axis in range(3):
        owner = owner.repeat(divided, axis)
    edge = any(s.start == 0 or s.stop == n for s, n in zip(box, dose.array.shape, strict=True))
    result = {}
    for number, name in enumerate(names, start=1):
        own = cells[owner == number]
        rx = prescriptions[name]
        result[name] = IsodoseVolumes(
            prescription_ml=float(np.count_nonzero(own >= rx)) * cell_ml,
            half_ml=float(np.count_nonzero(own >= HALF * rx)) * cell_ml,
            shared_with=tuple(other for other in names if other != name),
            reaches_edge=edge and _touches_edge(dose, box, HALF * rx),
        )
    return result


def _touches_edge(dose: Volume, box: Slices, level: float) -> bool:
    block = dose.array[box]
    ends = [
        (s.start == 0, np.take(block, 0, axis), s.stop == n, np.take(block, -1, axis))
        for axis, (s, n) in enumerate(zip(box, dose.array.shape, strict=True))
    ]
    return any((low and first.max() >= level) or (high and last.max() >= level) for low, first, high, last in ends)
