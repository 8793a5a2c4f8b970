"""Uptake parted along its minima: a watershed on -SUV with a minimum prominence of each peak."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...region import BoolArray

LabelArray = npt.NDArray[np.int32]
IndexArray = npt.NDArray[np.intp]
ScalarArray = npt.NDArray[np.float32]
Index = tuple[int, int, int]


@dataclass(frozen=True)
class Basins:
    """Parts of an uptake, each with its peak.

    Parameters
    ----------
    labels
        Number of the part from 1 on, 0 outside the uptake; shape of the block, (z, y, x).
    peaks
        Index (z, y, x) of each part's highest voxel in the block.
    """

    labels: LabelArray
    peaks: tuple[Index, ...]


def part_by_peaks(suv: ScalarArray, hot: BoolArray, prominence: float, minimum_voxels: int = 1) -> Basins:
    """Part uptake into one basin for each prominent peak.

    Every voxel belongs to the peak that is reached by always stepping to the highest of its 26 neighbours. Two basins
    become one where the way between them drops by less than `prominence` of the lower peak, or where one is small.

    Parameters
    ----------
    suv
        SUVbw in the block, (z, y, x), finite where `hot`.
    hot
        The uptake, same shape; at least one voxel.
    prominence
        Fraction of the lower peak in [0, 1]; 0 keeps every local maximum.
    minimum_voxels
        A basin with fewer joins the neighbour to which the way drops least.

    Returns
    -------
    Basins
        Parts in the order of their first voxel.
    """
    padded = np.pad(hot, 1)
    place = np.flatnonzero(padded)
    number = np.full(padded.size, -1, dtype=np.int32)
    number[place] = np.arange(len(place), dtype=np.int32)
    values = np.asarray(suv[hot], dtype=np.float32)
    offsets = _offsets(padded.shape)
    summit = _climb(_order(values), number, place, offsets)
    roots, basin = np.unique(summit, return_inverse=True)
    sizes = np.bincount(basin)
    passes = _passes(basin, values, number, place, offsets)
    parent = _merge(values[roots], sizes, passes, prominence, minimum_voxels)
    return _collect(hot, values, parent[basin])


def _offsets(shape: Sequence[int]) -> list[int]:
    """Steps to 13 of the 26 neighbours in a flat array; the other 13 are their opposites."""
    steps = [step for step in itertools.product((-1, 0, 1), repeat=3) if step > (0, 0, 0)]
    return [(dz * shape[1] + dy) * shape[2] + dx for dz, dy, dx in steps]


def _order(values: ScalarArray) -> IndexArray:
    """Rank of each value, all different; equal values in the order of their place."""
    rank = np.empty(len(values), dtype=np.intp)
    rank[np.argsort(values, kind="stable")] = np.arange(len(values))
    return rank


def _climb(rank: IndexArray, number: LabelArray, place: IndexArray, offsets: Sequence[int]) -> IndexArray:
    """Local maximum that each voxel's steepest way up leads to."""
    best = np.arange(len(place))
    for offset in (*offsets, *(-o for o in offsets)):
        there = number[place + offset]
        higher = (there >= 0) & (rank[there] > rank[best])
        best[higher] = there[higher]
    while not np.array_equal(further := best[best], best):
        best = further
    return best


def _passes(
    basin: IndexArray, values: ScalarArray, number: LabelArray, place: IndexArray, offsets: Sequence[int]
) -> list[tuple[float, int, int]]:
    """Highest pass between each pair of touching basins, highest first: SUV and the two basins."""
    count = int(basin.max()) + 1
    keys, heights = [], []
    for offset in offsets:
        there = number[place + offset]
        here = np.flatnonzero(there >= 0)
        there = there[here]
        crossing = basin[here] != basin[there]
        here, there = here[crossing], there[crossing]
        pair = np.sort(np.stack([basin[here], basin[there]]), axis=0)
        keys.append(pair[0] * count + pair[1])
        heights.append(np.minimum(values[here], values[there]))
    key, height = np.concatenate(keys), np.concatenate(heights)
    order = np.lexsort((key, -height))
    _, first = np.unique(key[order], return_index=True)
    chosen = order[np.sort(first)]
    return [(float(height[i]), int(key[i]) // count, int(key[i]) % count) for i in chosen]


def _merge(
    peaks: ScalarArray,
    sizes: IndexArray,
    passes: Sequence[tuple[float, int, int]],
    prominence: float,
    minimum_voxels: int,
) -> IndexArray:
    """Basin that each basin ends up in."""
    parent = list(range(len(peaks)))
    top, size = peaks.tolist(), sizes.tolist()

    def find(basin: int) -> int:
        while parent[basin] != basin:
            parent[basin] = parent[parent[basin]]
            basin = parent[basin]
        return basin

    def join(a: int, b: int) -> None:
        high, low = (a, b) if (top[a], -a) >= (top[b], -b) else (b, a)
        parent[low] = high
        size[high] += size[low]

    for height, first, second in passes:
        a, b = find(first), find(second)
        if a != b and height >= (1 - prominence) * min(top[a], top[b]):
            join(a, b)
    for _, first, second in passes:
        a, b = find(first), find(second)
        if a != b and min(size[a], size[b]) < minimum_voxels:
            join(a, b)
    return np.array([find(basin) for basin in range(len(parent))])


def _collect(hot: BoolArray, values: ScalarArray, basin: IndexArray) -> Basins:
    _, first, compact = np.unique(basin, return_index=True, return_inverse=True)
    order = np.empty(len(first), dtype=np.int32)
    order[np.argsort(first)] = np.arange(1, len(first) + 1)
    labels = np.zeros(hot.shape, dtype=np.int32)
    labels[hot] = order[compact]
    places = np.argwhere(hot)
    numbers = order[compact]
    highest = np.lexsort((-np.arange(len(values)), values, numbers))
    ends = np.flatnonzero(np.diff(np.append(numbers[highest], len(first) + 1)))
    return Basins(labels, tuple((int(z), int(y), int(x)) for z, y, x in places[highest[ends]]))
