"""Tiers, the order inside them, and what would change them if it were known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..lesions.lesion import Lesion
from ..protocol.ranking_settings import RankingSettings
from ..protocol.risk_settings import RiskSettings
from .anatomy import Anatomy
from .assess import assess
from .score import Interval, Score
from .sentence import summarise

Measures = Mapping[str, Interval]


@dataclass(frozen=True)
class Change:
    """What is not known of a lesion and would move it to another tier.

    Parameters
    ----------
    what
        What is missing, as a noun phrase.
    tiers
        Tiers that it could be in once this is known, other than its own.
    """

    what: str
    tiers: tuple[int, ...]


@dataclass(frozen=True)
class RankedLesion:
    """A lesion with its scores and its place in the order of treatment.

    Parameters
    ----------
    tier
        1 (first) to the last; by the upper ends of the scores.
    rank
        1 is first.
    reason
        Why this tier: one sentence.
    lowest_tier
        Tier by the lower ends of the scores; another than `tier` where the scores are not certain.
    severity
        Largest share of the worst value over all measures, by their upper ends, in [0, 1]; decides inside a tier.
    sentence
        The lesion in one sentence for a physician.
    changes
        What is not known and would move it to another tier.
    """

    lesion: Lesion
    scores: tuple[Score, ...]
    tier: int
    rank: int
    reason: str
    lowest_tier: int = 0
    severity: float = 0.0
    sentence: str = ""
    changes: tuple[Change, ...] = ()

    @property
    def certain(self) -> bool:
        """Whether the tier is the same at both ends of every score."""
        return self.lowest_tier in (0, self.tier)


def rank_lesions(
    lesions: Sequence[Lesion], anatomy: Anatomy, risk: RiskSettings, ranking: RankingSettings
) -> tuple[RankedLesion, ...]:
    """Score every lesion and put them in the order of treatment.

    A lesion belongs to the first tier of which it meets a criterion, by the upper end of each score. Pinned lesions go
    first. Inside a tier: larger share of the worst value of any score, then larger volume, then name, then identifier;
    so the order does not depend on the order of the input. Uptake that is no metastasis, or not yet one, comes last and
    is not scored.

    Parameters
    ----------
    lesions
        In any order.
    anatomy
        The patient around them.
    risk, ranking
        The protocol's settings.
    """
    scored = [(lesion, assess(lesion, anatomy, risk) if lesion.counts else ()) for lesion in lesions]
    return rank_scored(scored, ranking)


def rank_scored(
    scored: Sequence[tuple[Lesion, tuple[Score, ...]]], settings: RankingSettings
) -> tuple[RankedLesion, ...]:
    """Put lesions with their scores in the order of treatment; see `rank_lesions`."""
    entries = sorted((_place(lesion, scores, settings) for lesion, scores in scored), key=_order)
    return tuple(replace(entry, rank=rank) for rank, entry in enumerate(entries, start=1))


def _order(entry: RankedLesion) -> tuple[bool, bool, int, float, float, str, str]:
    lesion = entry.lesion
    place = (entry.tier, -entry.severity, -lesion.volume_ml, lesion.name, lesion.id)
    return not lesion.counts, not lesion.facts.pinned, *place


def _place(lesion: Lesion, scores: tuple[Score, ...], settings: RankingSettings) -> RankedLesion:
    if not lesion.counts:
        why = f"needs review: {lesion.needs_review}" if lesion.facts.accepted is None else "stated to be no metastasis"
        return RankedLesion(
            lesion, (), settings.last_tier, 0, why, settings.last_tier, sentence=f"{lesion.name}: {why}"
        )
    measures = _measures(scores)
    upper = {name: interval.high for name, interval in measures.items()}
    lower = {name: interval.low for name, interval in measures.items()}
    tier = tier_of(upper, settings)
    return RankedLesion(
        lesion=lesion,
        scores=scores,
        tier=tier,
        rank=0,
        reason=_reason(scores, tier, settings),
        lowest_tier=tier_of(lower, settings),
        severity=max(
            (min(v / settings.scale[name], 1.0) for name, v in upper.items() if name in settings.scale), default=0.0
        ),
        sentence=summarise(lesion, scores, settings.lowest),
        changes=_changes(scores, upper, tier, settings),
    )


def tier_of(values: Mapping[str, float], settings: RankingSettings) -> int:
    """First tier of which one criterion is met."""
    for tier, criteria in settings.tiers.items():
        if any(values.get(name, 0.0) >= threshold for name, threshold in criteria.items()):
            return tier
    return settings.last_tier


def _measures(scores: Sequence[Score]) -> Measures:
    """Measures of all scores; of one that several give, the worse."""
    worst: dict[str, Interval] = {}
    for score in scores:
        for name, interval in score.measures.items():
            other = worst.get(name, interval)
            worst[name] = Interval(max(other.low, interval.low), max(other.high, interval.high))
    return worst


def _reason(scores: Sequence[Score], tier: int, settings: RankingSettings) -> str:
    criteria = settings.tiers.get(tier)
    if criteria is None:
        return "no criterion of a higher tier is met by what could be assessed"
    causes = [
        score.sentence
        for score in scores
        if any(name in criteria and value.high >= criteria[name] for name, value in score.measures.items())
    ]
    return "; ".join(dict.fromkeys(causes))


def _changes(
    scores: Sequence[Score], upper: Mapping[str, float], tier: int, settings: RankingSettings
) -> tuple[Change, ...]:
    """Each unknown of the scores that would move the lesion to another tier, at either end of what it could be."""
    moved: dict[str, set[int]] = {}
    for unknown in (unknown for score in scores for unknown in score.unknown):
        ends = (
            {**upper, **{name: value.low for name, value in unknown.would_be.items()}},
            {**upper, **{name: value.high for name, value in unknown.would_be.items()}},
        )
        others = {tier_of(end, settings) for end in ends} - {tier}
        if others:
            moved.setdefault(unknown.what, set()).update(others)
    return tuple(Change(what, tuple(sorted(tiers))) for what, tiers in moved.items())
