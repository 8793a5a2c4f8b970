"""Labels brought onto another lattice with their volumes kept and their surfaces without the steps of the old one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..grid import Grid, Volume
from ..orient import to_lps_axes
from ..region import BoolArray, Region, Slices
from .place import FloatImage, sample_on
from .segments import LabelArray

MARGIN = 3
STEPS_SMOOTHED = 0.5


@dataclass(frozen=True)
class _Part:
    """Share of a label in each voxel of a block of the target, and how many voxels it is worth."""

    value: int
    start: tuple[int, int, int]
    share: FloatImage
    voxels: int


def place_smoothly(labels: LabelArray, grid: Grid, values: Iterable[int], target: Grid) -> Mapping[int, Region]:
    """Labels on another lattice.

    Each label's share of every target voxel is estimated by averaging (coarser target) or interpolating (finer
    target). The voxels with the largest shares are taken, as many as the shares add up to, so that the volume inside
    the target stays; a voxel that two labels claim goes to the larger share.

    Parameters
    ----------
    labels
        Integer labels, (z, y, x), on `grid`.
    grid
        Their own lattice.
    values
        Which labels to bring over.
    target
        Where they are wanted, any orientation.

    Returns
    -------
    Mapping
        Region on `target` of each value, empty where nothing of it is inside.
    """
    if grid.same_as(target):
        boxes = ndimage.find_objects(labels)
        return {value: _crop(labels, boxes, value, grid) for value in values}
    array, own = to_lps_axes(np.ascontiguousarray(labels), grid)
    boxes = ndimage.find_objects(array)
    parts = [_part(array, own, boxes, value, target) for value in values]
    return _compete([part for part in parts if part is not None], list(values), target)


def _crop(labels: LabelArray, boxes: list[Slices | None], value: int, grid: Grid) -> Region:
    box = boxes[value - 1] if value <= len(boxes) else None
    if box is None:
        return _nothing(grid)
    return Region(grid, (box[0].start, box[1].start, box[2].start), labels[box] == value)


def _nothing(grid: Grid) -> Region:
    return Region(grid, (0, 0, 0), np.zeros((0, 0, 0), dtype=bool))


def _part(labels: LabelArray, grid: Grid, boxes: list[Slices | None], value: int, target: Grid) -> _Part | None:
    box = boxes[value - 1] if value <= len(boxes) else None
    if box is None:
        return None
    start, mask = _with_margin(labels, box, value)
    ratio = _spacing_along(grid, target) / np.asarray(grid.spacing_zyx)
    sigma = np.where(ratio < 0.75, STEPS_SMOOTHED, np.sqrt(np.maximum(ratio**2 - 1, 0) / 12))
    share = ndimage.gaussian_filter(mask.astype(np.float32), sigma, mode="nearest")
    own = grid.crop(start, (share.shape[0], share.shape[1], share.shape[2]))
    block = _block(own, target)
    if block is None:
        return None
    first, shape = block
    sampled = np.nan_to_num(sample_on(Volume(share, own), target.crop(first, shape)).array)
    return _Part(value, first, sampled, round(float(sampled.sum(dtype=np.float64))))


def _with_margin(labels: LabelArray, box: Slices, value: int) -> tuple[tuple[int, int, int], BoolArray]:
    """First voxel and mask of a label with up to `MARGIN` voxels of the image around it."""
    ends = [(max(s.start - MARGIN, 0), min(s.stop + MARGIN, n)) for s, n in zip(box, labels.shape, strict=True)]
    block = labels[tuple(slice(*end) for end in ends)] == value
    return (ends[0][0], ends[1][0], ends[2][0]), np.asarray(block)


def _spacing_along(grid: Grid, target: Grid) -> npt.NDArray[np.float64]:
    """Spacing of the target along each axis (z, y, x) of `grid`, mm."""
    cosines = np.abs(grid.axes.T @ target.axes)[::-1, ::-1]
    return np.asarray(np.asarray(target.spacing_zyx)[cosines.argmax(axis=1)])


def _block(own: Grid, target: Grid) -> tuple[tuple[int, int, int], tuple[int, int, int]] | None:
    """First voxel and shape of the target's block around a lattice; None where they are apart."""
    corners = np.array([[z, y, x] for z in (0, 1) for y in (0, 1) for x in (0, 1)]) * np.array(own.shape) - 0.5
    index = target.to_index(own.to_lps(corners))
    low = np.maximum(np.floor(index.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(index.max(axis=0)).astype(int) + 1, target.shape)
    if np.any(high <= low):
        return None
    z, y, x = (int(n) for n in high - low)
    return (int(low[0]), int(low[1]), int(low[2])), (z, y, x)


def _compete(parts: list[_Part], values: list[int], target: Grid) -> Mapping[int, Region]:
    """Voxels with the largest shares of each part; what two claim goes to the larger share."""
    regions = {value: _nothing(target) for value in values}
    if not parts:
        return regions
    low = np.min([part.start for part in parts], axis=0)
    high = np.max([np.add(part.start, part.share.shape) for part in parts], axis=0)
    owner = np.zeros(tuple(high - low), dtype=np.uint16)
    best = np.zeros(owner.shape, dtype=np.float32)
    places = []
    for number, part in enumerate(parts, start=1):
        z, y, x = (slice(s - b, s - b + n) for s, b, n in zip(part.start, low, part.share.shape, strict=True))
        places.append((z, y, x))
        stronger = _largest(part) & (part.share > best[z, y, x])
        owner[z, y, x][stronger] = number
        best[z, y, x][stronger] = part.share[stronger]
    for number, (part, place) in enumerate(zip(parts, places, strict=True), start=1):
        regions[part.value] = Region.from_array(owner[place] == number, target, part.start)
    return regions


def _largest(part: _Part) -> BoolArray:
    chosen = np.zeros(part.share.size, dtype=bool)
    flat = part.share.ravel()
    some = np.flatnonzero(flat > 0)
    # A stable order, so that equal shares do not make the result depend on the machine.
    order = np.argsort(-flat[some], kind="stable")
    chosen[some[order[: part.voxels]]] = True
    return chosen.reshape(part.share.shape)
