"""PSMA-avid bone lesions: uptake above a fixed SUV inside the skeleton."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..grid import Grid, Volume
from ..region import BoolArray, Region, bounding_box

POINT_SPREAD_MM = 6.0
EVERY_NEIGHBOUR = np.ones((3, 3, 3), dtype=bool)


@dataclass(frozen=True)
class Uptake:
    """Uptake found in the skeleton.

    Parameters
    ----------
    bone
        Regions whose uptake peaks in or beside bone: lesions.
    spill
        Regions in bone lit by an uptake that peaks further than the point spread outside it (bladder, kidney, node).
    specks
        Number of regions below the minimum volume.
    """

    bone: tuple[Region, ...]
    spill: tuple[Region, ...]
    specks: int


def find_in_bone(suv: Volume, skeleton: BoolArray, threshold: float, minimum_ml: float) -> Uptake:
    """Find uptake of at least `threshold` inside the skeleton.

    The rule is qPSMA's for bone (Gafita, J Nucl Med 2019;60:1277-83): SUVbw >= 3 inside the CT bone mask. It counts
    spill from a bright organ beside a bone as bone; such a region is told apart by climbing from its brightest voxel
    to the uptake's peak: a peak further than one point spread from the skeleton belongs to something else.

    Parameters
    ----------
    suv
        SUVbw on the CT's grid, (z, y, x); NaN where the PET does not reach.
    skeleton
        Filled bone, (z, y, x), on the same grid.
    threshold
        SUVbw.
    minimum_ml
        Smaller regions are counted as specks and left out.

    Returns
    -------
    Uptake
        Regions in the order of their first voxel.
    """
    values = np.asarray(suv.array, dtype=np.float32)
    hot = np.zeros(values.shape, dtype=bool)
    box = bounding_box(skeleton)
    hot[box] = (values[box] >= threshold) & skeleton[box]
    regions, specks = _components(hot, suv.grid, minimum_ml)
    bone: list[Region] = []
    spill: list[Region] = []
    for region in regions:
        (spill if _peaks_outside(region, values, skeleton) else bone).append(region)
    return Uptake(bone=tuple(bone), spill=tuple(spill), specks=specks)


def _components(hot: BoolArray, grid: Grid, minimum_ml: float) -> tuple[list[Region], int]:
    if not hot.any():
        return [], 0
    box = bounding_box(hot)
    start = (box[0].start, box[1].start, box[2].start)
    labels, count = ndimage.label(hot[box], structure=EVERY_NEIGHBOUR)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    regions = []
    for label, span in enumerate(ndimage.find_objects(labels), start=1):
        if sizes[label] * grid.voxel_ml >= minimum_ml:
            first = (start[0] + span[0].start, start[1] + span[1].start, start[2] + span[2].start)
            regions.append(Region(grid, first, labels[span] == label))
    return regions, count - len(regions)


def _peaks_outside(region: Region, suv: npt.NDArray[np.float32], skeleton: BoolArray) -> bool:
    inside = np.where(region.mask, suv[region.box], -np.inf)
    brightest = np.unravel_index(int(inside.argmax()), inside.shape)
    start = tuple(int(i) + s for i, s in zip(brightest, region.start, strict=True))
    peak = climb(suv, start)
    reach = [int(np.ceil(POINT_SPREAD_MM / spacing)) for spacing in region.grid.spacing_zyx]
    near = tuple(slice(max(p - r, 0), p + r + 1) for p, r in zip(peak, reach, strict=True))
    bone = np.argwhere(skeleton[near]) + [s.start for s in near]
    if bone.size == 0:
        return True
    distance = np.linalg.norm((bone - peak) * region.grid.spacing_zyx, axis=1)
    return bool(distance.min() > POINT_SPREAD_MM)


def climb(values: npt.NDArray[np.float32], start: tuple[int, ...]) -> tuple[int, ...]:
    """Index of the local maximum reached from `start` by always stepping to the highest of the 26 neighbours."""
    here = start
    while True:
        around = tuple(slice(max(i - 1, 0), i + 2) for i in here)
        block = np.nan_to_num(values[around], nan=-np.inf)
        step = np.unravel_index(int(block.argmax()), block.shape)
        there = tuple(int(i) + s.start for i, s in zip(step, around, strict=True))
        if values[there] <= values[here]:
            return here
        here = there
