"""Bones for which no validated score of an impending fracture exists."""

from __future__ import annotations

from .score import Score
from .skeletal_part import Part

SOURCE = "no score was found in the literature; priority by pain and size"
NAMES: dict[Part, str] = {
    "rib": "ribs",
    "sternum": "sternum",
    "scapula": "scapula",
    "clavicle": "clavicle",
    "skull": "skull",
    "limb": "hands and feet",
    "spine": "spine",
    "sacrum": "sacrum",
    "hip": "hip bone",
    "femur": "femur",
    "humerus": "humerus",
}


def say_no_score(part: Part) -> Score:
    """Say that no structural score exists for a part of the skeleton."""
    return Score(
        name="structural score",
        domain="fracture",
        status="not-applicable",
        sentence=f"no structural score exists for the {NAMES[part]}",
        source=SOURCE,
    )
