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

    @property
    def chosen(self) -> tuple[str, ...]:
        """Identifiers of the selected lesions, in rank order."""
        return tuple(one.ranked.lesion.id for one in self.decisions if one.verdict == "selected")

    def differs(self, other: Selection) -> tuple[str, ...]:
        """Identifiers of the same lesions whose verdict is another in `other`, in rank order."""
        pairs = zip(self.decisions, other.decisions, strict=True)
        return tuple(one.ranked.lesion.id for one, two in pairs if one.verdict != two.verdict)


@dataclass(frozen=True)
class Bound:
    """The largest volume that any set of eligible lesions could fill of the budget, whatever their order.

    Parameters
    ----------
    ml
        Volume of the union of their GTVs, ml.
    exact
        Whether some set reaches it; False: no set exceeds it, and whether one reaches it is not known.
    """

    ml: float
    exact: bool
