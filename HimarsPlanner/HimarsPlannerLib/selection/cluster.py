"""Lesions that overlap, and the numbers of voxels that the unions of any of them have.

A set of numbers is one long integer whose bit n stands for n voxels: adding a lesion shifts it, taking or leaving one
joins two. Lesions are added one after the other; what must be remembered is which of those with neighbours still to
come were taken. That is exact, and fast as long as few must be remembered at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..region import Region

# Bits that one pass over a cluster may touch, times its lesions: measured, two seconds of one core at most.
MOST_BITS = 2**37
# Bits that may be kept at a time: 256 MB.
MOST_KEPT = 2**31


@dataclass(frozen=True)
class Step:
    """The addition of one lesion.

    Parameters
    ----------
    member
        The lesion.
    neighbours
        Lesions added before that overlap it.
    added
        Voxels that it adds, by which of `neighbours` were taken (bit k for the k-th).
    kept
        Lesions to be remembered after it, one bit for each.
    """

    member: int
    neighbours: tuple[int, ...]
    added: npt.NDArray[np.int64]
    kept: int


@dataclass(frozen=True)
class Cluster:
    """Lesions that hang together by overlaps.

    Parameters
    ----------
    members
        The lesions by number, in rank order.
    voxels
        Of their union.
    steps
        The additions in a favourable order; empty where they are too entangled for an exact answer.
    """

    members: tuple[int, ...]
    voxels: int
    steps: tuple[Step, ...]

    @property
    def exact(self) -> bool:
        """Whether `extend` is exact."""
        return bool(self.steps)

    def extend(self, sums: int, capacity: int, stated: Mapping[int, bool]) -> int:
        """Every number of voxels of `sums` plus that of the union of any of the lesions.

        Parameters
        ----------
        sums
            Numbers of voxels, one bit for each.
        capacity
            Larger numbers are dropped.
        stated
            Lesions that are taken (True) or left (False) for certain.

        Returns
        -------
        int
            Numbers of voxels, one bit for each. Where the cluster is not exact, a superset: every number up to that of
            its union.
        """
        if not self.steps:
            return _spread(sums, self.voxels, capacity)
        within = (1 << (capacity + 1)) - 1
        states = {0: sums}
        for step in self.steps:
            after: dict[int, int] = {}
            choice = stated.get(step.member)
            for taken, numbers in states.items():
                if choice is not False:
                    with_it = (taken | 1 << step.member) & step.kept
                    local = sum((taken >> other & 1) << k for k, other in enumerate(step.neighbours))
                    after[with_it] = after.get(with_it, 0) | (numbers << int(step.added[local]) & within)
                if choice is not True:
                    without = taken & step.kept
                    after[without] = after.get(without, 0) | numbers
            states = after
        return states[0]


def find_clusters(regions: Sequence[Region], capacity: int) -> list[Cluster]:
    """Part lesions into those that hang together by overlaps.

    Parameters
    ----------
    regions
        Lesions in rank order, none empty, all on one grid.
    capacity
        Voxels of the budget.

    Returns
    -------
    list of Cluster
        In the order of their first lesions.
    """
    overlaps = _overlaps(regions)
    clusters = []
    left = set(range(len(regions)))
    while left:
        members = {min(left)}
        fresh = members
        while fresh:
            fresh = {other for one in fresh for other in overlaps[one]} - members
            members = members | fresh
        left -= members
        clusters.append(_cluster(sorted(members), regions, overlaps, capacity))
    return clusters


def _cluster(members: list[int], regions: Sequence[Region], overlaps: list[set[int]], capacity: int) -> Cluster:
    order = _order(members, overlaps)
    bits = capacity + 1
    before = [0] + [len(kept) for _, kept in order[:-1]]
    work = sum(2 ** (1 + remembered) for remembered in before) * bits * len(members)
    if work > MOST_BITS or 2 ** (1 + max(before)) * bits > MOST_KEPT:
        # The union of lesions is not needed exactly for an upper bound; the sum of their volumes is one too.
        return Cluster(tuple(members), sum(regions[one].voxels for one in members), ())
    steps = []
    seen: set[int] = set()
    for member, kept in order:
        neighbours = tuple(sorted(overlaps[member] & seen))
        added = _added(regions[member], [regions[other] for other in neighbours])
        steps.append(Step(member, neighbours, added, sum(1 << other for other in kept)))
        seen.add(member)
    voxels = sum(int(step.added[-1]) for step in steps)
    return Cluster(tuple(members), voxels, tuple(steps))


def _order(members: Sequence[int], overlaps: Sequence[set[int]]) -> list[tuple[int, set[int]]]:
    """Lesions so that few must be remembered at a time, each with those to be remembered after it."""
    order: list[tuple[int, set[int]]] = []
    waiting = set(members)
    kept: set[int] = set()
    while waiting:
        options = ((_kept_after(kept, one, waiting, overlaps), one) for one in sorted(waiting))
        kept, chosen = min(options, key=lambda option: len(option[0]))
        waiting.remove(chosen)
        order.append((chosen, kept))
    return order


def _kept_after(kept: set[int], one: int, waiting: set[int], overlaps: Sequence[set[int]]) -> set[int]:
    rest = waiting - {one}
    return {other for other in kept | {one} if overlaps[other] & rest}


def _added(region: Region, neighbours: Sequence[Region]) -> npt.NDArray[np.int64]:
    """Voxels of a lesion outside each choice of its neighbours, shape (2 ** neighbours,)."""
    where = np.zeros(region.mask.shape, dtype=np.int64)
    for k, other in enumerate(neighbours):
        where |= other.cut(region).astype(np.int64) << k
    outside = np.bincount(where[region.mask], minlength=2 ** len(neighbours))
    for k in range(len(neighbours)):
        halves = outside.reshape(-1, 2, 2**k)
        halves[:, 1] += halves[:, 0]
    # Now each entry counts the voxels that lie in those neighbours at most; the choice taken is the complement.
    return np.ascontiguousarray(outside[::-1])


def _overlaps(regions: Sequence[Region]) -> list[set[int]]:
    """Lesions that share a voxel with each."""
    low = np.array([region.start for region in regions]).reshape(-1, 3)
    high = low + np.array([region.mask.shape for region in regions]).reshape(-1, 3)
    overlaps: list[set[int]] = [set() for _ in regions]
    for one, region in enumerate(regions):
        near = np.all((low < high[one]) & (high > low[one]), axis=1)
        for other in np.flatnonzero(near[:one]).tolist():
            if np.any(regions[other].cut(region) & region.mask):
                overlaps[one].add(other)
                overlaps[other].add(one)
    return overlaps


def _spread(sums: int, voxels: int, capacity: int) -> int:
    """Every number from each of `sums` to that plus `voxels`."""
    within = (1 << (capacity + 1)) - 1
    reached, wanted = 0, min(voxels, capacity)
    while reached < wanted:
        step = min(reached + 1, wanted - reached)
        sums |= sums << step & within
        reached += step
    return sums
