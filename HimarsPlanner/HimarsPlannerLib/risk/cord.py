"""Spinal canal and cord: what a lesion takes of the canal on CT. A trigger for MRI, never a grade of record."""

from __future__ import annotations

import numpy as np

from ..lesions.lesion import Lesion
from ..protocol.risk_settings import CordSettings
from .anatomy import Anatomy
from .canal.encroachment import Encroachment, find_encroachment
from .canal.gap import signed_gap_mm, surface_gap_mm
from .canal.wall import reaches_wall
from .score import Interval, Score, Unknown
from .sins_parts import has_structure
from .skeletal_part import skeletal_parts
from .spine.levels import Content, content_of, possible_levels

SOURCE = "canal area fraction and its thresholds: proposal; CT cannot grade ESCC (Bilsky, J Neurosurg Spine 2010)"
NAME = "canal encroachment"
MEASURE = "ESCC estimate"
GRADES = ("0", "1a", "1b", "1c", "2", "3")
MRI, CONTOUR = "MRI (ESCC grade)", "CT or MRI contour"


def score_cord(lesion: Lesion, anatomy: Anatomy, settings: CordSettings) -> Score:
    """Cord risk of a lesion from the canal on CT.

    Parameters
    ----------
    lesion
        Any lesion; one whose contour comes from PET alone reaches too far, so that its estimate begins at 0.
    anatomy
        The patient's canal, and cord where it is contoured.
    settings
        Thresholds.

    Returns
    -------
    Score
        Encroachment as a fraction of the canal's area in the slice where it is largest, and as measure the ESCC grades
        that it allows: 0, 1 (1a), 2 (1b), 3 (1c), 4 (2), 5 (3); below the conus the same numbers rank the canal's
        narrowing and are no cord grade. Unknown without a canal; "not-applicable" for a lesion in none of the canal's
        slices, or outside the spine and far from it.
    """
    if anatomy.canal is None:
        return Score(
            name=NAME,
            domain="cord",
            status="unknown",
            sentence="spinal canal not in view or not segmented: cord risk not assessed",
            unknown=(Unknown("spinal canal", {MEASURE: Interval(0, 5)} if _is_spinal(lesion) else {}),),
            source=SOURCE,
        )
    found = find_encroachment(lesion.region, anatomy.canal, anatomy.cord)
    if found is None:
        return _not_applicable("not at the level of the spinal canal")
    gap = surface_gap_mm(lesion.region, anatomy.canal, settings.far_mm)
    if gap > settings.far_mm and not _is_spinal(lesion):
        return _not_applicable(f"more than {settings.far_mm:.0f} mm from the spinal canal")
    return _score(lesion, anatomy, found, gap, settings)


def _is_spinal(lesion: Lesion) -> bool:
    return bool({"spine", "sacrum"} & set(skeletal_parts(lesion)))


def _not_applicable(sentence: str) -> Score:
    return Score(name=NAME, domain="cord", status="not-applicable", sentence=sentence, source=SOURCE)


def _score(lesion: Lesion, anatomy: Anatomy, found: Encroachment, gap: float, settings: CordSettings) -> Score:
    content = _content(lesion, anatomy, found)
    low = found.fraction if anatomy.canal_contoured else max(found.fraction - settings.segmented_error, 0.0)
    estimate = Interval(_by_canal(low, gap, settings).low, _by_canal(found.fraction, gap, settings).high)
    to_cord = _to_cord(lesion, anatomy, found, content, settings)
    if to_cord is not None:
        estimate = _by_cord(to_cord, found, gap, lesion, settings)
    unknown = [Unknown(MRI, {MEASURE: estimate})] if estimate.high > 0 else []
    if estimate.high > 0 and not has_structure(lesion):
        estimate = Interval(0, estimate.high)
        unknown = [Unknown(MRI, {MEASURE: estimate}), Unknown(CONTOUR, {MEASURE: estimate})]
    return Score(
        name=NAME,
        domain="cord",
        status="partial" if unknown else "computed",
        low=low if has_structure(lesion) else 0.0,
        high=found.fraction,
        unit="fraction of canal area",
        parts=_parts(lesion, anatomy, found, gap, to_cord, settings)
        | {"content": content or "cord or cauda equina", "ESCC": _grade(estimate, content)},
        measures={MEASURE: estimate},
        unknown=tuple(unknown),
        sentence=_sentence(lesion, found.fraction, gap, content, estimate, settings),
        source=SOURCE,
    )


def _content(lesion: Lesion, anatomy: Anatomy, found: Encroachment) -> Content | None:
    level = anatomy.spine.level_at(float(found.at_lps[2]))
    return content_of((level,) if level else possible_levels(lesion)[0])


def _by_canal(fraction: float, gap: float, settings: CordSettings) -> Interval:
    """ESCC grades that the canal alone allows."""
    if fraction < settings.reached:
        return Interval(0, 1) if gap <= settings.near_mm else Interval.exactly(0)
    if fraction < settings.low:
        return Interval(1, 2)
    return Interval(2, 4) if fraction < settings.high else Interval(3, 5)


def _to_cord(
    lesion: Lesion, anatomy: Anatomy, found: Encroachment, content: Content | None, settings: CordSettings
) -> float | None:
    """Distance to a contoured cord; None without one, or where the canal holds the cauda equina.

    What fills the canal is the sac, whatever it is called: labels of programs often reach to its walls.
    """
    if anatomy.cord is None or content == "cauda equina" or found.cord_share > settings.cord_share:
        return None
    distance = signed_gap_mm(lesion.region, anatomy.cord, settings.far_mm)
    return distance if np.isfinite(distance) else None


def _by_cord(to_cord: float, found: Encroachment, gap: float, lesion: Lesion, settings: CordSettings) -> Interval:
    """ESCC grades that the distance to the cord allows, a voxel more or less."""
    if found.fraction < settings.reached:
        return _by_canal(found.fraction, gap, settings)
    if found.filled:
        return Interval(4, 5)
    voxels = to_cord / max(lesion.region.grid.spacing_zyx[1:])
    if voxels > 1:
        return Interval(1, 2 if voxels > 2 else 3)
    return Interval(2, 4) if voxels >= -1 else Interval(3, 4)


def _parts(
    lesion: Lesion,
    anatomy: Anatomy,
    found: Encroachment,
    gap: float,
    to_cord: float | None,
    settings: CordSettings,
) -> dict[str, float | bool | str]:
    left, back, up = (float(value) for value in found.at_lps)
    line = anatomy.spine.line
    parts: dict[str, float | bool | str] = {
        "encroachment": found.fraction,
        "gap_mm": gap,
        "worst_slice": float(found.index),
        "worst_l_mm": left,
        "worst_p_mm": back,
        "worst_s_mm": up,
        "canal": "contoured" if anatomy.canal_contoured else "segmented",
    }
    if line is not None:
        parts["posterior wall reached"] = reaches_wall(lesion.region, line, settings.wall_mm)
    if found.cord_share > settings.cord_share:
        parts["cord"] = f"contour fills {100 * found.cord_share:.0f} % of the canal: the sac, not the cord"
    return parts | ({} if to_cord is None else {"cord_gap_mm": to_cord})


def _grade(estimate: Interval, content: Content | None) -> str:
    if content == "cauda equina":
        return "N/A (cauda equina)"
    low, high = GRADES[int(estimate.low)], GRADES[int(estimate.high)]
    return f"{low}?" if low == high else f"{low}-{high}?"


def _sentence(
    lesion: Lesion, fraction: float, gap: float, content: Content | None, estimate: Interval, settings: CordSettings
) -> str:
    if fraction <= 0 and gap > settings.near_mm:
        far = f"more than {settings.far_mm:.0f}" if gap > settings.far_mm else f"{gap:.0f}"
        return f"{far} mm from the canal"
    place = f"{100 * fraction:.0f} % of the canal at its worst slice"
    if fraction <= 0:
        place = f"{gap:.1f} mm from the canal" if gap > 0 else "touches the canal"
    told = ["cauda equina"] if content == "cauda equina" else [f"ESCC {_grade(estimate, content)}, CT cannot grade it"]
    told += ["conus or cauda equina"] if content == "conus" else []
    told += ["level not known: cord or cauda equina"] if content is None else []
    told += [] if has_structure(lesion) else ["PET alone reaches too far"]
    return f"{place} ({'; '.join(told)}), MRI advised"
