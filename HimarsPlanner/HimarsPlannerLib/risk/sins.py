"""Spinal instability neoplastic score (SINS) of a lesion in the spine or the sacrum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..lesions.lesion import Lesion
from ..protocol.risk_settings import SinsSettings
from .anatomy import Anatomy
from .score import Interval, Score, Unknown
from .sins_parts import PartOf, Parts, lesion_type, parts_of_unknown_level, vertebra_parts
from .skeletal_part import skeletal_parts
from .spine.levels import possible_levels

SOURCE = (
    "Fisher, Spine 2010;35:E1221-9; collapse from 20 % (Genant, J Bone Miner Res 1993;8:1137-48); "
    "lesion type from HU: proposal"
)
MEASURE = "SINS"
NOT_GIVEN = "not given"
PAIN = {"none": 0, "occasional": 1, "mechanical": 3}
ALIGNMENT = {"normal": 0, "deformity": 2, "translation": 4}
CATEGORIES = ((13, "unstable"), (7, "potentially unstable"), (0, "stable"))
SPINAL = ("spine", "sacrum")


def score_sins(lesion: Lesion, anatomy: Anatomy, settings: SinsSettings) -> Score | None:
    """SINS with its six parts, each an interval; a lesion over several levels has that of its worst.

    Parameters
    ----------
    lesion
        A bone lesion.
    anatomy
        The patient; labelled vertebrae and the spinal canal tell collapse and posterolateral involvement.
    settings
        Thresholds.

    Returns
    -------
    Score or None
        The sum from 0 to 18 as an interval; None outside the spine and the sacrum. Where the site is only one of
        several that the lesion may have, the lower end is 0.
    """
    where = skeletal_parts(lesion)
    levels, all_of_them = possible_levels(lesion)
    if not set(where) & set(SPINAL) or not levels:
        return None
    if not all_of_them and "S1" in anatomy.spine.labels and not lesion.region.overlap(anatomy.spine.labels["S1"]):
        levels = tuple(level for level in levels if level != "S1")
    pain = _stated("pain", lesion.facts.pain, PAIN)
    alignment = _stated("spinal alignment", lesion.facts.alignment, ALIGNMENT)
    kind = lesion_type(lesion, anatomy, settings)
    assessed = vertebra_parts if all_of_them else parts_of_unknown_level
    each = [
        {
            "location": parts["location"],
            "pain": pain,
            "bone lesion": kind,
            "alignment": alignment,
            "collapse": parts["collapse"],
            "posterolateral": parts["posterolateral"],
        }
        for parts in assessed(lesion, levels, anatomy, settings)
    ]
    elsewhere = lesion.site.estimated and not set(where) <= set(SPINAL)
    return _score(each, elsewhere)


def category(points: float) -> str:
    """Stable to 6, potentially unstable to 12, unstable from 13 points."""
    return next(name for least, name in CATEGORIES if points >= least)


def _stated(what: str, value: str | None, points: Mapping[str, int]) -> PartOf:
    if value is None:
        return PartOf(Interval(min(points.values()), max(points.values())), NOT_GIVEN, what)
    return PartOf(Interval.exactly(points[value]), value)


def _score(each: Sequence[Parts], elsewhere: bool) -> Score:
    sums = [_sum(parts) for parts in each]
    low, high = max(one.low for one in sums), max(one.high for one in sums)
    low = 0.0 if elsewhere else low
    parts = each[max(range(len(each)), key=lambda i: (sums[i].high, sums[i].low))]
    unknown = [
        Unknown(part.unknown, {MEASURE: Interval(high - (part.points.high - part.points.low), high)})
        for part in parts.values()
        if part.unknown
    ]
    if elsewhere:
        unknown.append(Unknown("the bone that holds it", {MEASURE: Interval(0, high)}))
    return Score(
        name="SINS",
        domain="fracture",
        status="computed" if low == high else "partial",
        low=low,
        high=high,
        unit="points",
        parts={**_listed(parts), "category": _categories(low, high)},
        measures={MEASURE: Interval(low, high)},
        unknown=_merged(unknown),
        sentence=_sentence(parts, low, high, elsewhere),
        source=SOURCE,
    )


def _sum(parts: Parts) -> Interval:
    points = [part.points for part in parts.values()]
    return Interval(float(sum(one.low for one in points)), float(sum(one.high for one in points)))


def _merged(unknown: list[Unknown]) -> tuple[Unknown, ...]:
    """Unknowns of one name as one: what is missing once may leave several parts open."""
    ranges: dict[str, tuple[float, float]] = {}
    for one in unknown:
        span = one.would_be[MEASURE]
        lost, high = ranges.get(one.what, (0.0, span.high))
        ranges[one.what] = lost + span.high - span.low, high
    return tuple(Unknown(what, {MEASURE: Interval(high - lost, high)}) for what, (lost, high) in ranges.items())


def _listed(parts: Parts) -> dict[str, float | bool | str]:
    listed: dict[str, float | bool | str] = {}
    for name, part in parts.items():
        listed |= {f"{name} low": part.points.low, f"{name} high": part.points.high, name: part.told, **part.inputs}
    return listed


def _categories(low: float, high: float) -> str:
    return category(low) if category(low) == category(high) else f"{category(low)} to {category(high)}"


def _sentence(parts: Parts, low: float, high: float, elsewhere: bool) -> str:
    if low == high:
        return f"SINS {low:.0f} ({category(low)})"
    missing = [part.unknown for part in parts.values() if part.told == NOT_GIVEN]
    uncertain = [name for name, part in parts.items() if not part.points.certain and part.told != NOT_GIVEN]
    told = [category(low)] if category(low) == category(high) else []
    told += [f"{_listing(missing)} not given"] if missing else []
    told += [f"{_listing(uncertain)} uncertain"] if uncertain else []
    return f"SINS {low:.0f}-{high:.0f} ({'; '.join(told)})" + (", if it is in the spine" if elsewhere else "")


def _listing(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
