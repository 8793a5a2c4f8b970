"""Ureter: whether a lesion touches one, and so may obstruct a kidney."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..lesions.lesion import Lesion
from ..protocol.risk_settings import VesselSettings
from .anatomy import Anatomy
from .distance import crop, gap_mm, grown, same_level
from .score import Interval, Score, Unknown

SOURCE = (
    "contact within one voxel or the distance set for vessels: proposal; hydronephrosis is the clinician's to state"
)
NAME = "ureter contact"
ELSEWHERE = re.compile(r"mediastin|cervical|clavicular|axillary|inguinal|thoracic|chest|neck|head|lung")


def score_ureter(lesion: Lesion, anatomy: Anatomy, settings: VesselSettings) -> Score | None:
    """Contact of a lesion with a contoured or labelled ureter, 1 or 0.

    Without a ureter at the lesion's level: None for lesions in bone and for sites where there is no ureter; unknown,
    never zero, for soft tissue of the abdomen and pelvis.
    """
    ureters = [ureter for ureter in anatomy.ureters if same_level(lesion.region, ureter.region)]
    if not ureters:
        if lesion.kind == "bone" or ELSEWHERE.search(lesion.site.name.lower()):
            return None
        return Score(
            name=NAME,
            domain="vascular",
            status="unknown",
            sentence="ureters not assessed: none contoured" + (" at its level" if anatomy.ureters else ""),
            unknown=(Unknown("ureter contours", {NAME: Interval(0, 1)}),),
            source=SOURCE,
        )
    region = lesion.region
    near = grown(region.box, region.grid, settings.near_mm)
    close = {u.name: part for u in ureters if (part := crop(u.region, near)) is not None}
    gaps = {name: gap_mm(region, part) for name, part in close.items()}
    reach = max(settings.contact_mm, *region.grid.spacing)
    touched = sorted(name for name, gap in gaps.items() if gap <= reach)
    return Score(
        name=NAME,
        domain="vascular",
        status="computed",
        low=float(bool(touched)),
        high=float(bool(touched)),
        unit="contact",
        parts={f"{name} gap_mm": gap for name, gap in gaps.items()},
        measures={NAME: Interval.exactly(float(bool(touched)))},
        sentence=_sentence(touched, gaps, settings),
        source=SOURCE,
    )


def _sentence(touched: list[str], gaps: Mapping[str, float], settings: VesselSettings) -> str:
    if touched:
        return f"touches {', '.join(touched)}: look for hydronephrosis"
    if gaps:
        nearest = min(gaps, key=lambda name: (gaps[name], name))
        return f"{gaps[nearest]:.0f} mm from {nearest}"
    return f"no contoured ureter within {settings.near_mm:.0f} mm"
