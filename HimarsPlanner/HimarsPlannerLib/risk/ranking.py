"""Tiers and the order inside them, as the protocol file states."""

from __future__ import annotations

from dataclasses import dataclass

from ..lesions.lesion import Lesion
from .score import Score


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
