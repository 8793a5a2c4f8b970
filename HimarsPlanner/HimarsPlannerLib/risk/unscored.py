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


def score_symptoms() -> Score:
    """Symptoms: only the clinician knows them."""
    return Score(
        name="symptoms",
        domain="symptoms",
        status="unknown",
        unknown=("symptoms",),
        sentence="symptoms not given",
        source="clinician",
    )
