"""Tier after tier, in each the set of largest volume that still fits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..region import BoolArray, Region
from ..risk.ranking import RankedLesion
from .budget import Budget, shown, why_excluded
from .optimum import largest_union
from .selection import Decision

PINNED = 0


def fill_tier_by_tier(ranked: Sequence[RankedLesion], budget: Budget) -> tuple[list[Decision], int]:
    """Take of each tier the lesions whose union with what is taken already is largest within the budget.

    Pinned lesions are a tier before the first. A tier is settled before the next is looked at. Of sets of equal volume
    the one with the first lesion in rank order by which they differ is taken.

    Parameters and results as in `greedy.skip_what_does_not_fit`.
    """
    taken = np.zeros(budget.grid.shape, dtype=bool)
    voxels = 0
    why_not = [why_excluded(entry) for entry in ranked]
    decisions = {n: Decision(ranked[n], "excluded", why) for n, why in enumerate(why_not) if why}
    able = [n for n, why in enumerate(why_not) if not why]
    for tier in sorted({_tier(ranked[n]) for n in able}):
        numbers = [n for n in able if _tier(ranked[n]) == tier]
        rests = {n: _rest(ranked[n].lesion.region, taken) for n in numbers}
        room = budget.voxels - voxels
        largest = largest_union(list(rests.values()), room)
        chosen = _in_rank_order(rests, room) if largest.chosen is None else {numbers[k] for k in largest.chosen}
        how = "by rank, since overlaps are too entangled to prove more, in" if largest.chosen is None else "largest in"
        for n in chosen:
            region = ranked[n].lesion.region
            voxels += int(np.count_nonzero(region.mask & ~taken[region.box]))
            taken[region.box] |= region.mask
        for n in numbers:
            added = "" if n in chosen else shown(budget.in_ml(_rest(ranked[n].lesion.region, taken).voxels))
            decisions[n] = _decision(ranked[n], how, budget, voxels, added)
    return [decisions[n] for n in range(len(ranked))], voxels


def _tier(entry: RankedLesion) -> int:
    return PINNED if entry.lesion.facts.pinned else entry.tier


def _decision(entry: RankedLesion, how: str, budget: Budget, voxels: int, added: str) -> Decision:
    tier = "the pinned ones" if entry.lesion.facts.pinned else f"tier {entry.tier}"
    used = f"{budget.in_ml(voxels):.1f} of {budget.ml:.1f} ml used after this tier"
    if not added:
        return Decision(entry, "selected", f"{entry.reason}; part of the set that is {how} {tier}: {used}")
    reason = f"does not fit beside the set that is {how} {tier}: it would add {added} ml, {used}"
    return Decision(entry, "skipped", f"{entry.reason}; {reason}")


def _rest(region: Region, taken: BoolArray) -> Region:
    """What of a lesion is not taken yet."""
    return Region(region.grid, region.start, region.mask & ~taken[region.box])


def _in_rank_order(rests: dict[int, Region], room: int) -> set[int]:
    """Lesions that fit one after the other."""
    chosen: dict[int, Region] = {}
    used = 0
    for n, region in rests.items():
        before = np.zeros(region.mask.shape, dtype=bool)
        for other in chosen.values():
            before |= other.cut(region)
        added = int(np.count_nonzero(region.mask & ~before))
        if used + added <= room:
            chosen[n] = region
            used += added
    return set(chosen)
