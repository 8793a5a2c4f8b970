"""Greedy selection in rank order: a lesion that no longer fits is skipped, the next is tried."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..grid import Grid
from ..risk.ranking import RankedLesion
from .selection import Decision, Selection

# Volumes are voxel counts times one float; a set that fills the budget exactly must not fail by the last bit.
ROUNDING = 1e-9


def select_greedily(ranked: Sequence[RankedLesion], budget_ml: float, grid: Grid) -> Selection:
    """Select lesions in rank order while the union of their GTVs stays within the budget.

    What the clinical file excludes, and what is no metastasis or not yet one, is never selected.

    Parameters
    ----------
    ranked
        Lesions in rank order, all on `grid`.
    budget_ml
        Fraction of the bone marrow reserve that may be irradiated, ml.
    grid
        The planning CT's grid.

    Returns
    -------
    Selection
        Voxels shared by two lesions count once.
    """
    limit = budget_ml * (1 + ROUNDING)
    taken = np.zeros(grid.shape, dtype=bool)
    voxels = 0
    decisions = []
    for entry in ranked:
        if why_not := _excluded(entry):
            decisions.append(Decision(entry, "excluded", why_not))
            continue
        region = entry.lesion.region
        added = int(np.count_nonzero(region.mask & ~taken[region.box]))
        total_ml = (voxels + added) * grid.voxel_ml
        if total_ml <= limit:
            taken[region.box] |= region.mask
            voxels += added
            reason = f"fits: {total_ml:.1f} of {budget_ml:.1f} ml used after it"
            decisions.append(Decision(entry, "selected", f"{entry.reason}; {reason}"))
        else:
            over = total_ml - budget_ml
            reason = f"does not fit: it would exceed the budget of {budget_ml:.1f} ml by {_shown(over)} ml"
            decisions.append(Decision(entry, "skipped", f"{entry.reason}; {reason}"))
    return Selection(tuple(decisions), budget_ml, voxels * grid.voxel_ml, "greedy-skip")


def _excluded(entry: RankedLesion) -> str:
    """Why a lesion is not to be selected; "" where it may be."""
    lesion = entry.lesion
    if not lesion.counts:
        return entry.reason
    return f"excluded by the physician: {lesion.facts.excluded}" if lesion.facts.excluded else ""


def _shown(ml: float) -> str:
    """Volume with one decimal, or with three where one would show nothing."""
    return f"{ml:.1f}" if ml >= 0.1 else f"{ml:.3f}"
