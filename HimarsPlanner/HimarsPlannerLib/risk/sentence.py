"""A lesion in one sentence that a physician can read, and what would move it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..lesions.lesion import Lesion
from .score import Score

SHOWN = ("computed", "partial")
STRUCTURAL = "fracture"


def summarise(lesion: Lesion, scores: Sequence[Score], thresholds: Mapping[str, float]) -> str:
    """Site, structural scores, and of the other scores what meets a criterion of the ranking.

    Parameters
    ----------
    lesion
        The lesion.
    scores
        All of its scores.
    thresholds
        By measure, the lowest value that any tier asks for.

    Returns
    -------
    str
        E.g. "GTV3, L3: SINS 9-12 (pain not given); 35 % of the canal at its worst slice, MRI advised".
    """
    told = [score.sentence for score in scores if score.status in SHOWN and _notable(score, thresholds)]
    silent = dict.fromkeys(score.name for score in scores if score.status == "unknown")
    place = lesion.name if lesion.site.name == lesion.name else f"{lesion.name}, {lesion.site.name}"
    text = f"{place}: {'; '.join(told) if told else 'no risk found among those assessed'}"
    return f"{text}; not assessed: {', '.join(silent)}" if silent else text


def _notable(score: Score, thresholds: Mapping[str, float]) -> bool:
    if score.domain == STRUCTURAL:
        return True
    return any(value.high >= thresholds.get(name, float("inf")) for name, value in score.measures.items())
