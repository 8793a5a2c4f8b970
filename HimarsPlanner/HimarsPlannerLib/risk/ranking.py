"""Tiers and the order inside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..lesions.lesion import Lesion
from ..protocol.protocol import RiskSettings
from .anatomy import Anatomy
from .bulk import score_bulk
from .cord import score_cord
from .score import Domain, Score
from .unscored import score_fracture, score_symptoms
from .vessels import score_vessels

LAST_TIER = 4


@dataclass(frozen=True)
class RankedLesion:
    """A lesion with its scores and its place in the order of treatment.

    Parameters
    ----------
    tier
        1 (first) to 4.
    rank
        1 is first.
    reason
        Why this tier: one sentence.
    """

    lesion: Lesion
    scores: tuple[Score, ...]
    tier: int
    rank: int
    reason: str


def rank_lesions(lesions: Sequence[Lesion], anatomy: Anatomy, settings: RiskSettings) -> tuple[RankedLesion, ...]:
    """Score every lesion and put them in the order of treatment.

    Tier 1: symptomatic as stated, or the canal filled to the high threshold or more. Tier 2: the canal filled to the
    low threshold or more, or a vessel touched. Tier 3: bulky. Tier 4: the rest. Pinned lesions go first. Inside a tier:
    larger canal encroachment, then larger volume, then name, then identifier; so the order does not depend on the order
    of the input. Uptake that is no metastasis, or not yet one, comes last and is not scored.

    Parameters
    ----------
    lesions
        In any order.
    anatomy
        Canal and vessels.
    settings
        Thresholds.
    """
    scored = [(lesion, score_lesion(lesion, anatomy, settings) if lesion.counts else ()) for lesion in lesions]
    return rank_scored(scored, settings)


def rank_scored(scored: Sequence[tuple[Lesion, tuple[Score, ...]]], settings: RiskSettings) -> tuple[RankedLesion, ...]:
    """Put lesions with their scores in the order of treatment; see `rank_lesions`."""
    tiered = [(*_tier(scores, settings), lesion, scores) for lesion, scores in scored if lesion.counts]
    tiered += [(LAST_TIER, _why_not(lesion), lesion, ()) for lesion, _ in scored if not lesion.counts]
    tiered.sort(key=_order)
    return tuple(
        RankedLesion(lesion=lesion, scores=scores, tier=tier, rank=rank, reason=reason)
        for rank, (tier, reason, lesion, scores) in enumerate(tiered, start=1)
    )


def _order(entry: tuple[int, str, Lesion, tuple[Score, ...]]) -> tuple[bool, bool, int, float, float, str, str]:
    tier, _, lesion, scores = entry
    place = (tier, -_encroachment(scores), -lesion.volume_ml, lesion.name, lesion.id)
    return not lesion.counts, not lesion.facts.pinned, *place


def _why_not(lesion: Lesion) -> str:
    return f"needs review: {lesion.needs_review}" if lesion.facts.accepted is None else "stated to be no metastasis"


def score_lesion(lesion: Lesion, anatomy: Anatomy, settings: RiskSettings) -> tuple[Score, ...]:
    """Every score of one lesion: fracture, cord, vascular, symptoms, bulk."""
    return (
        score_fracture(lesion),
        score_cord(lesion, anatomy.canal, settings),
        score_vessels(lesion, anatomy.vessels, settings),
        score_symptoms(lesion),
        score_bulk(lesion, settings),
    )


def _tier(scores: Sequence[Score], settings: RiskSettings) -> tuple[int, str]:
    of: Mapping[Domain, Score] = {score.domain: score for score in scores}
    encroachment = _encroachment(scores)
    urgent = [of["symptoms"].sentence] if of["symptoms"].parts.get("symptomatic") else []
    urgent += [of["cord"].sentence] if encroachment >= settings.canal_encroachment_high else []
    if urgent:
        return 1, "; ".join(urgent)
    causes = [of["cord"].sentence] if encroachment >= settings.canal_encroachment_low else []
    causes += [of["vascular"].sentence] if of["vascular"].parts.get("contact") else []
    if causes:
        return 2, "; ".join(causes)
    if of["bulk"].parts["bulky"]:
        return 3, of["bulk"].sentence
    return LAST_TIER, "no risk found among those that could be assessed"


def _encroachment(scores: Sequence[Score]) -> float:
    return max((score.high for score in scores if score.domain == "cord" and score.high is not None), default=0.0)
