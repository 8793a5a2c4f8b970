"""Symptomatic and high-risk tumour volume over the bone marrow reserve, which the trial limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..grid import Grid
from ..notice import Notice
from ..protocol.eligibility_settings import EligibilitySettings
from ..region import union
from ..risk.ranking import RankedLesion


@dataclass(frozen=True)
class EligibilityRatio:
    """The ratio (protocol NCT06978296) as an interval.

    Parameters
    ----------
    low_ml, high_ml
        Union of the lesions that are symptomatic or high-risk by the lower and by the upper ends of their scores, ml.
    highest_ml
        The same with every lesion that would be high-risk if what is not known of it turned out so, ml.
    reserve_ml
        Bone marrow reserve, ml.
    largest
        A patient with a larger ratio is not eligible.
    """

    low_ml: float
    high_ml: float
    highest_ml: float
    reserve_ml: float
    largest: float

    def over_reserve(self, ml: float) -> float | None:
        """Volume over bone marrow reserve; None where there is no reserve."""
        return ml / self.reserve_ml if self.reserve_ml > 0 else None

    def in_words(self, low_ml: float, high_ml: float) -> str:
        """Two volumes over the reserve, in per cent."""
        low, high = (
            "no reserve" if value is None else f"{value:.1%}" for value in map(self.over_reserve, (low_ml, high_ml))
        )
        return low if low == high else f"{low} to {high}"

    def exceeded_by(self, ml: float) -> bool:
        """Whether a volume is more than what is eligible."""
        return ml > self.largest * self.reserve_ml


def measure_eligibility(
    ranked: Sequence[RankedLesion], reserve_ml: float, grid: Grid, settings: EligibilitySettings
) -> EligibilityRatio:
    """Ratio of symptomatic and high-risk tumour volume to the bone marrow reserve.

    Parameters
    ----------
    ranked
        Every lesion, selected or not, all on `grid`; what is no metastasis is left out.
    reserve_ml
        Bone marrow reserve, ml.
    grid
        The planning CT's grid.
    settings
        Which tiers are high-risk, and the largest ratio.
    """
    last = settings.high_risk_tier

    def volume_ml(is_high_risk: Callable[[RankedLesion], bool]) -> float:
        regions = (
            entry.lesion.region
            for entry in ranked
            if entry.lesion.counts and (entry.lesion.facts.gives_symptoms or is_high_risk(entry))
        )
        return union(regions, grid).volume_ml

    return EligibilityRatio(
        low_ml=volume_ml(lambda entry: (entry.lowest_tier or entry.tier) <= last),
        high_ml=volume_ml(lambda entry: entry.tier <= last),
        highest_ml=volume_ml(lambda entry: min(_tiers(entry)) <= last),
        reserve_ml=reserve_ml,
        largest=settings.largest_ratio,
    )


def eligibility_notices(ratio: EligibilityRatio, ranked: Sequence[RankedLesion]) -> list[Notice]:
    """Warn where the ratio exceeds what is eligible, or may."""
    known = ratio.in_words(ratio.low_ml, ratio.high_ml)
    what = f"Symptomatic and high-risk tumour volume over the bone marrow reserve is {known}"
    limit = f"above {ratio.largest:.0%} a patient is excluded from the trial."
    if ratio.exceeded_by(ratio.low_ml):
        return [Notice("eligibility-exceeded", f"{what}: {limit}")]
    if ratio.exceeded_by(ratio.high_ml):
        return [Notice("eligibility-possibly-exceeded", f"{what}, and so possibly too much: {limit}")]
    if ratio.exceeded_by(ratio.highest_ml):
        missing = dict.fromkeys(change.what for entry in ranked for change in entry.changes)
        worst = ratio.in_words(ratio.highest_ml, ratio.highest_ml)
        message = f"{what} by what is known, and up to {worst} by what is not ({', '.join(missing)}): {limit}"
        return [Notice("eligibility-not-known", message)]
    return []


def _tiers(entry: RankedLesion) -> tuple[int, ...]:
    """Tiers that a lesion has or could have."""
    return (entry.tier, *(tier for change in entry.changes for tier in change.tiers))
