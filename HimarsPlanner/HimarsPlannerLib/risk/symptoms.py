"""Symptoms as the clinical file states them; only the clinician knows them."""

from __future__ import annotations

from ..clinical.facts import Facts
from ..lesions.lesion import Lesion
from .score import Interval, Score, Unknown

SOURCE = "clinician; that symptoms weigh 0.8, mechanical or functional pain 0.9 and a deficit 1: proposal"
SYMPTOMATIC, PAINFUL, DEFICIT = 0.8, 0.9, 1.0


def score_symptoms(lesion: Lesion) -> Score:
    """Symptoms of a lesion: 0 none, 0.8 symptomatic, 0.9 mechanical or functional pain, 1 neurological deficit.

    What is not stated is unknown; it neither lifts nor lowers a lesion.
    """
    facts = lesion.facts
    if not facts.gives_symptoms and facts.symptomatic is None and facts.pain != "none":
        could = {"symptoms": Interval(0, DEFICIT)}
        return Score(
            name="symptoms",
            domain="symptoms",
            status="unknown",
            unknown=(Unknown("symptoms", could),),
            sentence="symptoms not given",
            source=SOURCE,
        )
    grade = _grade(facts)
    return Score(
        name="symptoms",
        domain="symptoms",
        status="computed",
        low=grade,
        high=grade,
        unit="of 1",
        parts={"symptomatic": grade > 0},
        measures={"symptoms": Interval.exactly(grade)},
        sentence=_sentence(facts),
        source=SOURCE,
    )


def _grade(facts: Facts) -> float:
    if facts.neurological_deficit:
        return DEFICIT
    if facts.pain == "mechanical" or facts.pain_severity == "functional":
        return PAINFUL
    return SYMPTOMATIC if facts.gives_symptoms else 0.0


def _sentence(facts: Facts) -> str:
    told = {
        "neurological deficit": bool(facts.neurological_deficit),
        f"{facts.pain} pain": facts.pain not in (None, "none"),
        f"{facts.pain_severity} pain": facts.pain_severity is not None,
    }
    words = [words for words, present in told.items() if present]
    sentence = "symptomatic" if facts.gives_symptoms else "asymptomatic"
    return f"{sentence} ({', '.join(words)})" if words else sentence
