"""Selection rules by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..grid import Grid
from ..protocol.selection_settings import check_rule
from ..risk.ranking import RankedLesion
from .budget import Budget
from .greedy import skip_what_does_not_fit, stop_at_the_first
from .selection import Decision, Selection
from .tiers import fill_tier_by_tier

Rule = Callable[[Sequence[RankedLesion], Budget], tuple[list[Decision], int]]

RULES: Mapping[str, Rule] = {
    "greedy-skip": skip_what_does_not_fit,
    "greedy-stop": stop_at_the_first,
    "tier-then-optimum": fill_tier_by_tier,
}


def select(ranked: Sequence[RankedLesion], budget_ml: float, grid: Grid, rule: str) -> Selection:
    """Select lesions so that the union of their GTVs stays within the budget.

    What the clinical file excludes, and what is no metastasis or not yet one, is never selected.

    Parameters
    ----------
    ranked
        Lesions with their ranks, in any order, all on `grid`.
    budget_ml
        Fraction of the bone marrow reserve that may be irradiated, ml.
    grid
        The planning CT's grid.
    rule
        "greedy-skip", "greedy-stop" or "tier-then-optimum" (docs/selection.md).

    Returns
    -------
    Selection
        In rank order. Voxels shared by two lesions count once.

    Raises
    ------
    ProtocolError
        There is no such rule.
    """
    check_rule(rule)
    budget = Budget(budget_ml, grid)
    decisions, voxels = RULES[rule](sorted(ranked, key=lambda entry: entry.rank), budget)
    return Selection(tuple(decisions), budget_ml, budget.in_ml(voxels), rule)
