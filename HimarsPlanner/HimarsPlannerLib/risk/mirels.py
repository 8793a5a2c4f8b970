"""Mirels' score of an impending fracture of a long bone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..clinical.facts import Facts, LesionType
from ..lesions.lesion import Lesion
from ..protocol.risk_settings import MirelsSettings
from .longbone.bone import LongBone
from .longbone.pairs import Pair
from .longbone.shape import shape_of
from .longbone.width import share_of_diameter
from .score import Interval, Score, Unknown
from .skeletal_part import Part

SOURCE = "Mirels, Clin Orthop 1989;249:256-64; size and site from geometry: proposal"
MEASURE = "Mirels"
PAIN = {"mild": 1, "moderate": 2, "functional": 3}
TYPE: dict[LesionType, int] = {"blastic": 1, "mixed": 2, "lytic": 3}
SIZES = (1 / 3, 2 / 3)
UPPER_LIMB, LOWER_LIMB, PERITROCHANTERIC = 1, 2, 3
ANY = Interval(1, 3)


@dataclass(frozen=True)
class _Item:
    """One of the four parts: its points, and what is missing where they are not certain."""

    name: str
    points: Interval
    missing: str


def score_mirels(
    lesion: Lesion, part: Part, pair: Pair | None, types: tuple[LesionType, ...], settings: MirelsSettings
) -> Score:
    """Mirels' total, 4 to 12, as an interval while a part is unknown.

    Parameters
    ----------
    lesion
        With what the clinical file states of its pain; no pain counts as mild.
    part
        Its bone: "femur", "humerus", or "limb" for forearm and leg.
    pair
        The femur or humerus as found; None where it was not, then site and size may be unknown.
    types
        Types that the lesion may be of.
    settings
        Bands and probabilities.
    """
    bone = None if pair is None else pair.bone
    share = None if bone is None else share_of_diameter(lesion.region, bone.region)
    items = (
        _Item("site", site_points(lesion, part, bone, settings), "femoral head in view"),
        _Item("pain", pain_points(lesion.facts), "pain"),
        _Item("type", _span([TYPE[kind] for kind in types]), "lytic, mixed or blastic"),
        _Item("size", ANY if share is None else Interval.exactly(size_points(share)), "outline of the bone"),
    )
    low, high = sum(item.points.low for item in items), sum(item.points.high for item in items)
    total = Interval(low, high)
    parts: dict[str, float | bool | str] = {}
    for item in items:
        parts[f"{item.name}_points"] = _text(item.points)
    if share is not None:
        parts["share_of_diameter"] = share
    parts["fracture_percent"] = _text(Interval(fracture_percent(low, settings), fracture_percent(high, settings)))
    open_items = tuple(item for item in items if not item.points.certain)
    return Score(
        name="Mirels",
        domain="fracture",
        status="partial" if open_items else "computed",
        low=low,
        high=high,
        unit="points",
        parts=parts,
        measures={MEASURE: total},
        unknown=tuple(
            Unknown(item.missing, {MEASURE: Interval(high - item.points.high + item.points.low, high)})
            for item in open_items
        ),
        sentence=_sentence(total, open_items, lesion.facts, settings),
        source=SOURCE,
    )


def site_points(lesion: Lesion, part: Part, bone: LongBone | None, settings: MirelsSettings) -> Interval:
    """Upper limb 1, lower limb 2, peritrochanteric 3: a femoral lesion that reaches the head, neck or trochanters."""
    if part == "humerus":
        return Interval.exactly(UPPER_LIMB)
    if part == "limb":
        text = " ".join((*lesion.site.bones, lesion.site.name))
        return Interval.exactly(UPPER_LIMB if "radius" in text or "ulna" in text else LOWER_LIMB)
    head = None if bone is None else shape_of(bone.region, bone.labelled).head()
    if bone is None or head is None:
        return Interval(LOWER_LIMB, PERITROCHANTERIC)
    points = lesion.region.grid.to_lps(np.argwhere(lesion.region.mask) + lesion.region.start)
    voxels = bone.region.grid.to_lps(np.argwhere(bone.region.mask) + bone.region.start) - head.centre
    away = np.linalg.norm(voxels, axis=1)
    down = voxels[away >= np.percentile(away, 80)].mean(axis=0)
    below = float(((points - head.centre) @ (down / np.linalg.norm(down))).min())
    return Interval.exactly(PERITROCHANTERIC if below < settings.peritrochanteric_mm else LOWER_LIMB)


def pain_points(facts: Facts) -> Interval:
    """Mild 1, moderate 2, functional 3; no pain counts as mild, what is not stated as any of them."""
    if facts.pain_severity is not None:
        return Interval.exactly(PAIN[facts.pain_severity])
    return Interval.exactly(PAIN["mild"]) if _no_pain(facts) else ANY


def size_points(share_of_bone: float) -> int:
    """Below a third of the bone's diameter 1, up to two thirds 2, above 3."""
    return 1 if share_of_bone < SIZES[0] else 2 if share_of_bone <= SIZES[1] else 3


def fracture_percent(total: float, settings: MirelsSettings) -> float:
    """Probability of a fracture at a total, per cent."""
    table = {
        7: settings.fracture_7,
        8: settings.fracture_8,
        9: settings.fracture_9,
        10: settings.fracture_10,
        11: settings.fracture_11,
        12: settings.fracture_12,
    }
    return table.get(int(total), 0.0)


def _no_pain(facts: Facts) -> bool:
    return facts.pain == "none" or (facts.symptomatic is False and facts.pain is None)


def _span(points: list[int]) -> Interval:
    return Interval(min(points), max(points))


def _text(interval: Interval) -> float | str:
    return interval.low if interval.certain else f"{interval.low:g}-{interval.high:g}"


def _advice(total: float, settings: MirelsSettings) -> str:
    if total >= settings.fixation:
        return "prophylactic fixation"
    return "clinical judgement" if total >= settings.judgement else "radiotherapy or observation"


def _sentence(total: Interval, missing: tuple[_Item, ...], facts: Facts, settings: MirelsSettings) -> str:
    names = ", ".join("pain not given" if item.name == "pain" else f"{item.name} not certain" for item in missing)
    low, high = (fracture_percent(end, settings) for end in (total.low, total.high))
    advice = list(dict.fromkeys(_advice(end, settings) for end in (total.low, total.high)))
    percent = f"{low:g} %" if low == high else f"{low:g} to {high:g} %"
    told = f"Mirels {_text(total)}" if total.certain is False else f"Mirels {total.low:g}"
    remark = "no pain counted as mild" if facts.pain_severity is None and _no_pain(facts) else ""
    bracket = f" ({'; '.join(word for word in (names, remark) if word)})" if names or remark else ""
    return f"{told}{bracket}, fracture in {percent}: {' to '.join(advice)}"
