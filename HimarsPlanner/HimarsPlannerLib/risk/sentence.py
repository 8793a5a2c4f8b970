"""A lesion in one sentence that a physician can read."""

from __future__ import annotations

from collections.abc import Sequence

from ..lesions.lesion import Lesion
from .score import Score

SHOWN = ("computed", "partial")


def summarise(lesion: Lesion, scores: Sequence[Score]) -> str:
    """Site and what could be assessed, e.g. "L3: SINS 9-12 (pain not given), 35 % of the canal at its worst slice"."""
    told = [score.sentence for score in scores if score.status in SHOWN]
    place = lesion.site.name if lesion.site.name == lesion.name else f"{lesion.name}, {lesion.site.name}"
    return f"{place}: {'; '.join(told)}"
