"""The set of lesions of largest union volume that fits, exact to the voxel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..grid import Grid
from ..region import Region, union
from ..risk.ranking import RankedLesion
from .budget import Budget, why_excluded
from .cluster import Cluster, find_clusters
from .selection import Bound


@dataclass(frozen=True)
class Largest:
    """The largest union that fits.

    Parameters
    ----------
    voxels
        Of the union.
    chosen
        Lesions by number, in rank order; None where overlaps are too entangled to tell, and `voxels` is an upper bound.
    """

    voxels: int
    chosen: tuple[int, ...] | None


def largest_union(regions: Sequence[Region], capacity: int) -> Largest:
    """Find the lesions whose union is largest within a capacity.

    Of several such sets the one with the first lesion in rank order by which they differ; so a lesion that adds no
    voxel is always in.

    Parameters
    ----------
    regions
        Lesions in rank order, all on one grid.
    capacity
        Voxels that there is room for.
    """
    empty = [n for n, region in enumerate(regions) if not region.voxels]
    able = [n for n, region in enumerate(regions) if 0 < region.voxels <= capacity]
    candidates = [regions[n] for n in able]
    together = union(candidates, candidates[0].grid).voxels if candidates else 0
    if together <= capacity:
        return Largest(together, tuple(sorted(empty + able)))
    clusters = find_clusters(candidates, capacity)
    rests = [1]
    for cluster in reversed(clusters):
        rests.append(cluster.extend(rests[-1], capacity, {}))
    rests.reverse()
    voxels = rests[0].bit_length() - 1
    if not all(cluster.exact for cluster in clusters):
        return Largest(voxels, None)
    chosen = _first_in_rank(clusters, rests, voxels, capacity)
    return Largest(voxels, tuple(sorted(empty + [able[n] for n in chosen])))


def largest_volume(ranked: Sequence[RankedLesion], budget_ml: float, grid: Grid) -> Bound:
    """Bound on the volume that any choice of eligible lesions could have within the budget.

    Parameters
    ----------
    ranked
        Lesions in any order, all on `grid`; excluded ones and what is no metastasis are left out.
    budget_ml
        Fraction of the bone marrow reserve that may be irradiated, ml.
    grid
        The planning CT's grid.
    """
    budget = Budget(budget_ml, grid)
    largest = largest_union([entry.lesion.region for entry in ranked if not why_excluded(entry)], budget.voxels)
    return Bound(budget.in_ml(largest.voxels), largest.chosen is not None)


def _first_in_rank(clusters: Sequence[Cluster], rests: Sequence[int], voxels: int, capacity: int) -> list[int]:
    """Lesions of a set of `voxels`, each taken in rank order if the others can still make up the rest.

    `rests[n]` are the numbers of voxels that the clusters from the n-th on can have.
    """
    home = {member: cluster for cluster in clusters for member in cluster.members}
    stated: dict[int, bool] = {}
    begun: list[Cluster] = []
    untouched = 0
    for member in sorted(home):
        if home[member].members[0] == member:
            begun.append(home[member])
            untouched += 1
        stated[member] = True
        sums = rests[untouched]
        for cluster in begun:
            sums = cluster.extend(sums, capacity, stated)
        stated[member] = bool(sums >> voxels & 1)
        if home[member].members[-1] == member:
            begun.remove(home[member])
            voxels -= home[member].extend(1, capacity, stated).bit_length() - 1
    return [member for member, taken in stated.items() if taken]
