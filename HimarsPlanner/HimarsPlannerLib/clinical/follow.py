"""Facts brought from the lesions they were stated about to the same lesions, found or contoured again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..lesions.lesion import Lesion
from .facts import Facts

SHARED = 0.5


def follow_facts(
    facts: Mapping[str, Facts], before: Sequence[Lesion], after: Sequence[Lesion]
) -> tuple[dict[str, Facts], tuple[str, ...]]:
    """Facts by the identifiers of new lesions.

    A new lesion is an old one where more than half of the smaller of the two lies in the other, and neither is so with
    a third; where that is not clear, nothing is carried over: a fact at the wrong lesion is worse than one that has to
    be stated again.

    Parameters
    ----------
    facts
        What was stated, by the identifiers of `before`.
    before, after
        Lesions as they were and as they are; on another grid they are others.

    Returns
    -------
    facts, lost
        What is stated now, by the identifiers of `after`; names of old lesions whose facts have no lesion any more,
        identifiers of those that were gone before.
    """
    followed: dict[str, Facts] = {}
    known = {old.id for old in before}
    lost = [identifier for identifier in facts if identifier not in known]
    for old in before:
        if old.id not in facts:
            continue
        new = [one for one in after if _same(old, one)]
        if len(new) == 1 and sum(_same(other, new[0]) for other in before) == 1:
            followed[new[0].id] = facts[old.id]
        else:
            lost.append(old.name)
    return followed, tuple(lost)


def _same(one: Lesion, other: Lesion) -> bool:
    if not one.region.grid.same_as(other.region.grid):
        return False
    smaller = min(one.region.voxels, other.region.voxels)
    return one.region.overlap(other.region) > SHARED * smaller
