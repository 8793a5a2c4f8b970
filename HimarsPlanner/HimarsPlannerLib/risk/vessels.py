"""Vascular risk: how a lesion touches and narrows contoured veins and arteries."""

from __future__ import annotations

from collections.abc import Sequence

from ..grid import Volume
from ..lesions.lesion import Lesion
from ..protocol.risk_settings import VesselSettings
from ..study.study import Structure
from .anatomy import Anatomy
from .distance import same_level
from .score import Interval, Score, Unknown
from .vessel.contact import contact_bin, contact_word
from .vessel.encounter import Encounter, meet
from .vessel.kind import vessel_kind

SOURCE = (
    "proposal, no published score for compression by nodes; words by NCCN (pancreas): contact up to 180 degrees is "
    "abutment, above encasement; 50 % of a vein's area is a common criterion for stenting"
)
NAME = "vessel contact"
ARTERY, VEIN = "artery", "vein"
WORST = {"contact": Interval(0, 360), "narrowing": Interval(0, 100)}
LACKING = {
    "contrast": "contrast in {name}",
    "normal neighbour": "normal lumen beside the contact with {name}",
    "contour": "lumen of {name} where its contour is interrupted",
    "centreline": "course of {name}",
}


def score_vessels(lesion: Lesion, anatomy: Anatomy, settings: VesselSettings) -> Score:
    """Contact of a lesion with veins and arteries, and their narrowing.

    Parameters
    ----------
    lesion
        The lesion.
    anatomy
        With contoured or labelled vessels on the CT.
    settings
        Thresholds.

    Returns
    -------
    Score
        Largest contact angle in degrees. A kind of vessel of which none is contoured at the lesion's level has no
        measure and is unknown, never zero; so is the narrowing on a CT without contrast.
    """
    beside = [vessel for vessel in anatomy.vessels if same_level(lesion.region, vessel.region)]
    if not beside:
        where = "none contoured at its level" if anatomy.vessels else "none contoured"
        return Score(
            name=NAME,
            domain="vascular",
            status="unknown",
            sentence=f"vessels not assessed: {where}",
            unknown=(Unknown("vessel contours", _worst((VEIN, ARTERY), lesion, settings)),),
            source=SOURCE,
        )
    met = _encounters(lesion, beside, anatomy.ct, settings)
    kinds = {kind for vessel in beside for kind in _counts_as(vessel_kind(vessel.name))}
    unknown = (*_not_contoured(lesion, kinds, settings), *(one for e in met if e.lacking for one in _lacking(e)))
    largest = max((e.degrees or 0.0 for e in met), default=0.0)
    return Score(
        name=NAME,
        domain="vascular",
        status="partial" if unknown else "computed",
        low=largest,
        high=360.0 if any(e.degrees is None for e in met) else largest,
        unit="degrees",
        parts=_parts(met, largest),
        measures=_measures(met, kinds),
        unknown=unknown,
        sentence=_sentence(met, kinds, settings),
        source=SOURCE,
    )


def _encounters(
    lesion: Lesion, vessels: Sequence[Structure], ct: Volume, settings: VesselSettings
) -> tuple[Encounter, ...]:
    """Vessels within reach, the most touched first."""
    found = [one for vessel in vessels if (one := meet(lesion.region, vessel, ct, settings)) is not None]
    return tuple(sorted(found, key=lambda e: (-(360.0 if e.degrees is None else e.degrees), e.gap_mm, e.name)))


def _counts_as(kind: str) -> tuple[str, ...]:
    """A vessel that may be either counts as both."""
    return (kind,) if kind in (VEIN, ARTERY) else (VEIN, ARTERY)


def _worst(kinds: Sequence[str], lesion: Lesion, settings: VesselSettings) -> dict[str, Interval]:
    """What vessels that are not contoured could be; nothing for a lesion that stays in its bone."""
    if lesion.kind == "bone" and 1 - lesion.in_bone < settings.soft_part:
        return {}
    return {f"{kind} {what}": worst for kind in kinds for what, worst in WORST.items()}


def _not_contoured(lesion: Lesion, kinds: set[str], settings: VesselSettings) -> tuple[Unknown, ...]:
    return tuple(
        Unknown(f"{kind} contours", _worst((kind,), lesion, settings)) for kind in (VEIN, ARTERY) if kind not in kinds
    )


def _lacking(met: Encounter) -> tuple[Unknown, ...]:
    whats = ("contact", "narrowing") if met.lacking == "centreline" else ("narrowing",)
    could = {f"{kind} {what}": WORST[what] for kind in _counts_as(met.kind) for what in whats}
    return (Unknown(LACKING[met.lacking].format(name=met.name), could),)


def _measures(met: Sequence[Encounter], kinds: set[str]) -> dict[str, Interval]:
    """Measures of each kind that is contoured; one of which a part is lacking is absent, unless another is as bad."""
    measures: dict[str, Interval] = {}
    for kind in sorted(kinds):
        own = [e for e in met if kind in _counts_as(e.kind) and e.touched]
        if all(e.degrees is not None for e in own):
            measures[f"{kind} contact"] = Interval.exactly(max((e.degrees or 0.0 for e in own), default=0.0))
        narrowings = [e.narrowing for e in own if e.narrowing is not None]
        if not own:
            measures[f"{kind} narrowing"] = Interval.exactly(0.0)
        elif narrowings:
            measures[f"{kind} narrowing"] = Interval(max(n.low for n in narrowings), max(n.high for n in narrowings))
    return measures


def _parts(met: Sequence[Encounter], largest: float) -> dict[str, float | bool | str]:
    parts: dict[str, float | bool | str] = {"contact": any(e.touched for e in met), "bin": contact_bin(largest)}
    for e in met:
        parts[f"{e.name} kind"] = e.kind
        parts[f"{e.name} gap_mm"] = e.gap_mm
        if e.degrees:
            parts[f"{e.name} contact_degrees"] = e.degrees
            parts[f"{e.name} contact_length_mm"] = e.length_mm
        if e.lumen_hu is not None:
            parts[f"{e.name} lumen_hu"] = e.lumen_hu
        if e.narrowing is not None:
            parts[f"{e.name} narrowing_percent_low"] = e.narrowing.low
            parts[f"{e.name} narrowing_percent_high"] = e.narrowing.high
            parts[f"{e.name} normal_neighbours"] = float(e.neighbours)
        if e.overlap_ml:
            parts[f"{e.name} overlap_ml"] = e.overlap_ml
    return parts


def _sentence(met: Sequence[Encounter], kinds: set[str], settings: VesselSettings) -> str:
    touched = [e for e in met if e.touched]
    absent = [kind for kind in (VEIN, ARTERY) if kind not in kinds]
    missing = "".join(f"; {kind}: none contoured at its level, not assessed" for kind in absent)
    if touched:
        return "; ".join(_told(e, settings) for e in touched) + missing
    if met:
        nearest = min(met, key=lambda e: (e.gap_mm, e.name))
        return f"{nearest.gap_mm:.0f} mm from {nearest.name}" + missing
    return f"no contoured vessel within {settings.near_mm:.0f} mm" + missing


def _told(e: Encounter, settings: VesselSettings) -> str:
    if e.degrees is None:
        return f"touches {e.name}, too short a piece for an angle"
    words = [f"touches {e.name} along {e.degrees:.0f} degrees and {e.length_mm:.0f} mm ({contact_word(e.degrees)})"]
    if e.narrowing is not None:
        low, high = (f"{value:.0f}" for value in (e.narrowing.low, e.narrowing.high))
        words.append(f"lumen narrowed by {low if low == high else f'{low}-{high}'} %")
    elif e.lacking == "contrast":
        words.append(f"contour on CT without contrast ({e.lumen_hu:.0f} HU): narrowing not assessed")
    else:
        words.append("narrowing not assessed")
    if e.overlap_ml:
        words.append(f"{e.overlap_ml:.1f} ml inside its contour: invasion, or contours that overlap")
    if e.kind == ARTERY:
        words.append("artery, rarely compressed: organ at risk")
    elif e.kind != VEIN:
        words.append("vein or artery by its name unknown")
    narrowed = e.narrowing is not None and e.narrowing.high >= settings.narrowed_percent
    risk = "vascular risk: " if narrowed or e.degrees > settings.encased_degrees else ""
    return risk + ", ".join(words)
