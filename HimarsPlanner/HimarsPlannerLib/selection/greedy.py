"""Greedy rules: lesions in rank order, and what happens at the first that no longer fits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..risk.ranking import RankedLesion
from .budget import Budget, why_excluded
from .selection import Decision


def skip_what_does_not_fit(ranked: Sequence[RankedLesion], budget: Budget) -> tuple[list[Decision], int]:
    """Take lesions in rank order; one that no longer fits is skipped and the next is tried.

    Parameters
    ----------
    ranked
        Lesions in rank order, all on the budget's grid.
    budget
        What may be irradiated.

    Returns
    -------
    decisions, voxels
        One decision for each lesion; voxels of the union of the selected ones.
    """
    return _walk(ranked, budget, stop=False)


def stop_at_the_first(ranked: Sequence[RankedLesion], budget: Budget) -> tuple[list[Decision], int]:
    """Take lesions in rank order until one does not fit; what comes after it is not tried.

    Parameters and results as in `skip_what_does_not_fit`.
    """
    return _walk(ranked, budget, stop=True)


def _walk(ranked: Sequence[RankedLesion], budget: Budget, *, stop: bool) -> tuple[list[Decision], int]:
    taken = np.zeros(budget.grid.shape, dtype=bool)
    voxels = 0
    stopped_at = ""
    decisions = []
    for entry in ranked:
        if why_not := why_excluded(entry):
            decisions.append(Decision(entry, "excluded", why_not))
            continue
        if stopped_at:
            reason = f"not tried: the choice ended at {stopped_at}, which does not fit"
            decisions.append(Decision(entry, "skipped", f"{entry.reason}; {reason}"))
            continue
        region = entry.lesion.region
        total = voxels + int(np.count_nonzero(region.mask & ~taken[region.box]))
        if total <= budget.voxels:
            taken[region.box] |= region.mask
            voxels = total
            decisions.append(Decision(entry, "selected", f"{entry.reason}; fits: {budget.used(total)}"))
        else:
            stopped_at = entry.lesion.name if stop else ""
            decisions.append(Decision(entry, "skipped", f"{entry.reason}; does not fit: {budget.overflow(total)}"))
    return decisions, voxels
