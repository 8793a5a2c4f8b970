"""What the selection stage hands on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..risk.ranking import RankedLesion

Verdict = Literal["selected", "skipped", "excluded"]


@dataclass(frozen=True)
class Decision:
    """The verdict on one lesion and why, in one sentence."""

    ranked: RankedLesion
    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class Selection:
    """The chosen lesions.

    Parameters
    ----------
    decisions
        One for each lesion, in rank order.
    budget_ml
        Fraction of the bone marrow reserve that may be irradiated, ml.
    selected_ml
        Volume of the union of the selected GTVs, ml; never more than `budget_ml`.
    rule
        Name of the selection rule.
    """

    decisions: tuple[Decision, ...]
    budget_ml: float
    selected_ml: float
    rule: str
