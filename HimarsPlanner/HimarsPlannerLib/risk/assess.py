"""Every score of one lesion, each from its own file."""

from __future__ import annotations

from ..lesions.lesion import Lesion
from ..protocol.risk_settings import RiskSettings
from .anatomy import Anatomy
from .cord import score_cord
from .fracture import score_fracture
from .place import score_place
from .score import Score
from .sins import score_sins
from .symptoms import score_symptoms
from .ureter import score_ureter
from .vessels import score_vessels


def assess(lesion: Lesion, anatomy: Anatomy, settings: RiskSettings) -> tuple[Score, ...]:
    """Scores of a lesion, in the order in which a report shows them: fracture, cord, vascular, symptoms, bulk.

    Parameters
    ----------
    lesion
        A metastasis.
    anatomy
        The patient around it.
    settings
        The protocol's risk settings.
    """
    scores = (
        score_sins(lesion, anatomy, settings.sins),
        *score_fracture(lesion, anatomy, settings),
        score_cord(lesion, anatomy, settings.cord),
        score_vessels(lesion, anatomy, settings.vessels),
        score_ureter(lesion, anatomy, settings.vessels),
        score_symptoms(lesion),
        score_place(lesion, anatomy, settings.place),
    )
    return tuple(score for score in scores if score is not None)
