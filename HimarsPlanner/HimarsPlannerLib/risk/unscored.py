"""Risks that the images alone do not tell yet: said to be unknown, with what is missing."""

from __future__ import annotations

from ..lesions.lesion import Lesion
from .score import Score


def score_fracture(lesion: Lesion) -> Score:
    """Structural risk: unknown for bone (SINS and Mirels need pain and level), not applicable elsewhere."""
    if lesion.kind != "bone":
        return Score(
            name="fracture",
            domain="fracture",
            status="not-applicable",
            sentence="not in bone",
        )
    return Score(
        name="fracture",
        domain="fracture",
        status="unknown",
        unknown=("bone and level", "pain", "cortical involvement"),
        sentence="fracture risk not scored (bone, level and pain not given)",
        source="SINS: Fisher, Spine 2010;35:E1221-9; Mirels, Clin Orthop 1989;249:256-64",
    )


def score_symptoms(lesion: Lesion) -> Score:
    """Symptoms as the clinical file states them; only the clinician knows them."""
    facts = lesion.facts
    told = {
        "neurological deficit": bool(facts.neurological_deficit),
        f"pain: {facts.pain}": facts.pain not in (None, "none"),
        f"pain: {facts.pain_severity}": facts.pain_severity is not None,
    }
    words = [words for words, present in told.items() if present]
    if not facts.gives_symptoms and facts.symptomatic is None:
        return Score(
            name="symptoms",
            domain="symptoms",
            status="unknown",
            unknown=("symptoms",),
            sentence="symptoms not given",
            source="clinician",
        )
    symptomatic = facts.gives_symptoms
    sentence = "symptomatic" if symptomatic else "asymptomatic"
    return Score(
        name="symptoms",
        domain="symptoms",
        status="computed",
        low=float(symptomatic),
        high=float(symptomatic),
        unit="stated",
        parts={"symptomatic": symptomatic},
        sentence=f"{sentence} ({', '.join(words)})" if words else sentence,
        source="clinician",
    )
