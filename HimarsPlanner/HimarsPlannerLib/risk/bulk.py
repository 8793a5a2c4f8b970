"""Bulk: a lesion of 2 cm or more is high-risk even without symptoms."""

from __future__ import annotations

from ..lesions.lesion import Lesion
from ..protocol.risk_settings import PlaceSettings
from .score import Interval, Score

SOURCE = "Gillespie, J Clin Oncol 2024;42:38-46 (bulky >= 2 cm)"


def score_bulk(lesion: Lesion, settings: PlaceSettings) -> Score:
    """Largest diameter of a lesion against the bulky threshold."""
    bulky = lesion.diameter_mm >= settings.bulky_mm
    return Score(
        name="bulk",
        domain="bulk",
        status="computed",
        low=lesion.diameter_mm,
        high=lesion.diameter_mm,
        unit="mm",
        parts={"bulky": bulky, "diameter_mm": lesion.diameter_mm},
        measures={"bulk": Interval.exactly(lesion.diameter_mm)},
        sentence=f"{lesion.diameter_mm / 10:.1f} cm across" + (" (bulky)" if bulky else ""),
        source=SOURCE,
    )
