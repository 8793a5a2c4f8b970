"""The same lesion from several sources, once."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from ..notice import Notice
from ..region import union
from .candidate import Candidate
from .deal import deal_out
from .lesion import Origin

WORTH_TELLING = 0.10
NAMES_SHOWN = 8
Links = Mapping[int, set[int]]


def merge(
    candidates: Sequence[Candidate], overlap: float, accepted: Collection[str] = ()
) -> tuple[list[Candidate], list[Notice]]:
    """One lesion for all candidates that share their place.

    Two candidates are one lesion where they share `overlap` of the smaller: the union of both, under both names. What
    lies over several contours that are lesions of their own (a GTV_total, one uptake over two GTVs) is dealt out among
    them, each voxel to the nearest; a separate part of it that touches none stays a lesion of its own. Uptake that
    needs review adds its name to the contour that it lies on, but no voxel.

    Parameters
    ----------
    candidates
        In the order of the inputs, all on one grid.
    overlap
        Fraction of the smaller volume.
    accepted
        Names of candidates whose review is done.

    Returns
    -------
    list of Candidate, list of Notice
        The lesions in the order of their first candidate, and how far their sources differ.
    """
    candidates = [replace(one, needs_review="") if one.name in accepted else one for one in candidates]
    links = _links(candidates, overlap)
    drawn = {index for index, one in enumerate(candidates) if one.drawn}
    collective = {index for index in drawn if _lies_over_several(links[index] & drawn, links)}
    collective |= {
        index
        for index in range(len(candidates))
        if index not in drawn and _lies_over_several(links[index] & (drawn - collective), links)
    }
    groups = _groups(len(candidates), links, collective)
    additions: dict[int, list[Candidate]] = defaultdict(list)
    alone: list[Candidate] = []
    for index in sorted(collective):
        under = [group for group in groups if any(member in links[index] for member in group)]
        covers = [
            union((candidates[member].region for member in group), candidates[index].region.grid) for group in under
        ]
        shares, rest = deal_out(candidates[index], covers)
        for group, share in zip(under, shares, strict=True):
            additions[group[0]] += [share] if share is not None else []
        alone += rest
    merged = [_unite([candidates[member] for member in group], additions[group[0]]) for group in groups]
    several = [one for one in merged if len(one.origin.names) > 1]
    return [*merged, *alone], _notices(several, candidates)


def _links(candidates: Sequence[Candidate], overlap: float) -> Links:
    sizes = [one.region.voxels for one in candidates]
    links: dict[int, set[int]] = {index: set() for index in range(len(candidates))}
    for a, b in itertools.combinations(range(len(candidates)), 2):
        shared = candidates[a].region.overlap(candidates[b].region)
        if shared and shared >= overlap * min(sizes[a], sizes[b]):
            links[a].add(b)
            links[b].add(a)
    return links


def _lies_over_several(over: set[int], links: Links) -> bool:
    return any(b not in links[a] for a, b in itertools.combinations(sorted(over), 2))


def _groups(count: int, links: Links, left_out: set[int]) -> list[list[int]]:
    """Candidates that hang together by links, in the order of their first."""
    groups: list[list[int]] = []
    seen = set(left_out)
    for first in range(count):
        if first in seen:
            continue
        group, waiting = set(), [first]
        while waiting:
            index = waiting.pop()
            if index not in seen:
                seen.add(index)
                group.add(index)
                waiting += links[index] - seen
        groups.append(sorted(group))
    return groups


def _unite(members: Sequence[Candidate], added: Sequence[Candidate]) -> Candidate:
    """One candidate of several: the first contour's name, the union of all that need no review."""
    lead = next((one for one in members if one.drawn), members[0])
    sources = [lead, *(one for one in members if one is not lead), *added]
    regions = [one.region for one in sources if one is lead or not one.needs_review]
    uptake = [one.uptake for one in sources if one.uptake is not None]
    names = tuple(dict.fromkeys(name for one in sources for name in one.origin.names))
    detail = "; ".join(dict.fromkeys(one.origin.detail for one in sources if one.origin.detail))
    return replace(
        lead,
        region=union(regions, lead.region.grid),
        origin=Origin("+".join(dict.fromkeys(one.origin.method for one in sources)), detail, names),
        needs_review="" if any(not one.needs_review for one in members) else lead.needs_review,
        uptake=union(uptake, lead.region.grid) if uptake else None,
    )


def _notices(merged: Sequence[Candidate], candidates: Sequence[Candidate]) -> list[Notice]:
    ml = {one.name: one.region.volume_ml for one in candidates}
    told = []
    for one in merged:
        volumes = [ml[name] for name in one.origin.names if name in ml]
        spread = max(volumes) / min(volumes) - 1 if len(volumes) > 1 else 0.0
        if spread > WORTH_TELLING:
            parts = ", ".join(f"{name} {ml[name]:.1f} ml" for name in one.origin.names if name in ml)
            told.append(f"{parts} ({spread:.0%} apart; {one.region.volume_ml:.1f} ml planned)")
    if not told:
        return []
    more = f"; and {len(told) - NAMES_SHOWN} more" if len(told) > NAMES_SHOWN else ""
    message = f"{len(told)} lesion(s) differ between their sources: {'; '.join(told[:NAMES_SHOWN])}{more}."
    return [Notice("lesion-sources-differ", message)]
