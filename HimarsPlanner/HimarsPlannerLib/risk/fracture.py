"""Risk of fracture outside the spine: the scores that a lesion's bone allows."""

from __future__ import annotations

import re

from ..lesions.lesion import Lesion
from ..protocol.risk_settings import RiskSettings
from .acetabulum import score_acetabulum
from .anatomy import Anatomy
from .cortex import score_cortex
from .lesion_type import lesion_type
from .longbone.shaft import cut_shaft
from .mirels import score_mirels
from .no_structural_score import say_no_score
from .rigidity import score_rigidity
from .score import Score
from .skeletal_part import Part, skeletal_parts

LONG: tuple[Part, ...] = ("femur", "humerus")
OTHER_LONG = re.compile(r"radius|ulna|tibia|fibula")


def score_fracture(lesion: Lesion, anatomy: Anatomy, settings: RiskSettings) -> tuple[Score, ...]:
    """Fracture scores of a lesion outside the spine; empty for what is not in bone, and in the spine.

    A femur or humerus gets Mirels' score, cortical involvement and rigidity, the other bones of forearm and leg
    Mirels' score, a hip the acetabulum. Where the site names two bones each gets its scores, and what depends on the
    second is unknown until the site is known.
    """
    parts = tuple(part for part in skeletal_parts(lesion) if part not in ("spine", "sacrum"))
    scores: list[Score] = []
    for part in parts:
        if part in LONG:
            scores += _long_bone(lesion, part, anatomy, settings)
        elif part == "hip":
            scores.append(score_acetabulum(lesion, anatomy, settings.acetabulum))
        elif part == "limb" and OTHER_LONG.search(" ".join((*lesion.site.bones, lesion.site.name))):
            types = lesion_type(lesion, anatomy, settings.lesion_type)
            scores.append(score_mirels(lesion, part, None, types, settings.mirels))
        elif len(parts) == 1:
            scores.append(say_no_score(part))
    return tuple(scores)


def _long_bone(lesion: Lesion, part: Part, anatomy: Anatomy, settings: RiskSettings) -> list[Score]:
    types = lesion_type(lesion, anatomy, settings.lesion_type)
    # Without labels only a bone that the site names first is followed: the next may be another's.
    first = skeletal_parts(lesion)[0] == part
    pair = anatomy.long_bones.pair_of(lesion, part) if first or anatomy.bones else None
    shaft = None
    if pair is not None:
        shaft = cut_shaft(lesion.region, pair, anatomy.long_bones, settings.rigidity.clear_mm)
    return [
        score_mirels(lesion, part, pair, types, settings.mirels),
        score_cortex(lesion, part, pair, shaft, settings.cortex),
        score_rigidity(part, pair, shaft, settings.rigidity),
    ]
