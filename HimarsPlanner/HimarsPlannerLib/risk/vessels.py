"""Vascular risk: which contoured vessels a GTV touches."""

from __future__ import annotations

from collections.abc import Sequence

from ..lesions.lesion import Lesion
from ..protocol.risk_settings import VesselSettings
from ..study.study import Structure
from .distance import gap_mm
from .score import Score, Unknown

SOURCE = "contact within one voxel or the stated distance: proposal; no published score for nodal compression"


def score_vessels(lesion: Lesion, vessels: Sequence[Structure], settings: VesselSettings) -> Score:
    """Contact of a lesion with contoured vessels; narrowing and contact angle stay unknown.

    Without a contoured vessel the score is unknown, never zero.
    """
    if not vessels:
        return Score(
            name="vessel contact",
            domain="vascular",
            status="unknown",
            sentence="vessels not assessed: none contoured",
            unknown=(Unknown("vessel contours"),),
            source=SOURCE,
        )
    gaps = {vessel.name: gap_mm(lesion.region, vessel.region) for vessel in vessels}
    nearest = min(gaps, key=lambda name: (gaps[name], name))
    reach = max(settings.contact_mm, *lesion.region.grid.spacing)
    touched = sorted(name for name, gap in gaps.items() if gap <= reach)
    sentence = f"touches {', '.join(touched)}" if touched else f"{gaps[nearest]:.0f} mm from {nearest}"
    return Score(
        name="vessel contact",
        domain="vascular",
        status="partial" if touched else "computed",
        low=float(bool(touched)),
        high=float(bool(touched)),
        unit="contact",
        parts={"contact": bool(touched), "nearest": nearest, "gap_mm": gaps[nearest]},
        unknown=(Unknown("narrowing and contact angle"),) if touched else (),
        sentence=sentence,
        source=SOURCE,
    )
