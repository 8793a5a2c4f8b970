"""Symptoms as the clinical file states them; only the clinician knows them."""

from __future__ import annotations

from ..clinical.facts import Facts
from ..lesions.lesion import Lesion
from .score import Interval, Score, Unknown

SOURCE = "clinician; grades 1 to 3 order lesions inside a tier (proposal)"
GRADES = {0: "asymptomatic", 1: "symptomatic", 2: "mechanical or functional pain", 3: "neurological deficit"}


def score_symptoms(lesion: Lesion) -> Score:
    """Symptoms of a lesion: 0 none, 1 symptomatic, 2 mechanical or functional pain, 3 neurological deficit.

    What is not stated is unknown; it neither lifts nor lowers a lesion.
    """
    facts = lesion.facts
    if not facts.gives_symptoms and facts.symptomatic is None and facts.pain != "none":
        could = {"symptoms": Interval(0, max(GRADES))}
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
        low=float(grade),
        high=float(grade),
        unit="grade",
        parts={"symptomatic": grade > 0},
        measures={"symptoms": Interval.exactly(grade)},
        sentence=_sentence(facts),
        source=SOURCE,
    )


def _grade(facts: Facts) -> int:
    if facts.neurological_deficit:
        return 3
    if facts.pain == "mechanical" or facts.pain_severity == "functional":
        return 2
    return int(facts.gives_symptoms)


def _sentence(facts: Facts) -> str:
    told = {
        "neurological deficit": bool(facts.neurological_deficit),
        f"{facts.pain} pain": facts.pain not in (None, "none"),
        f"{facts.pain_severity} pain": facts.pain_severity is not None,
    }
    words = [words for words, present in told.items() if present]
    sentence = "symptomatic" if facts.gives_symptoms else "asymptomatic"
    return f"{sentence} ({', '.join(words)})" if words else sentence
