"""The parts of SINS that images tell: location, lesion type, collapse, posterolateral involvement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..bone.compartments import BoneLabel
from ..lesions.lesion import Lesion
from ..protocol.risk_settings import SinsSettings
from ..region import BoolArray, Region, union
from .anatomy import Anatomy
from .score import Interval
from .spine.collapse import Collapse
from .spine.involvement import Sides, body_share, posterolateral, posterolateral_by_canal
from .spine.lesion_type import POINTS, Density, measure_density, type_points
from .spine.levels import location_points

SIDE_POINTS = (0, 1, 3)


@dataclass(frozen=True)
class PartOf:
    """One part of SINS.

    Parameters
    ----------
    points
        From the lowest to the highest that it may have.
    told
        What it rests on, in words.
    unknown
        What would settle it, as a noun phrase; "" where it is certain.
    inputs
        Numbers behind it.
    """

    points: Interval
    told: str
    unknown: str = ""
    inputs: Mapping[str, float | bool | str] = field(default_factory=dict)


Parts = Mapping[str, PartOf]


def has_structure(lesion: Lesion) -> bool:
    """Whether a person's or a CT's contour bounds a lesion; uptake alone spills over its edge."""
    return "structure" in lesion.origin.method


def vertebra_parts(lesion: Lesion, levels: Sequence[str], anatomy: Anatomy, settings: SinsSettings) -> list[Parts]:
    """Location, collapse and posterolateral involvement of each level that holds a lesion."""
    return [
        {
            "location": PartOf(Interval.exactly(location_points(level)), level),
            "collapse": _collapse(lesion, level, anatomy, settings),
            "posterolateral": _posterolateral(lesion, level, anatomy, settings),
        }
        for level in levels
    ]


def parts_of_unknown_level(
    lesion: Lesion, levels: Sequence[str], anatomy: Anatomy, settings: SinsSettings
) -> list[Parts]:
    """The same where a lesion is in one of several levels."""
    points = [location_points(level) for level in levels]
    location = PartOf(Interval(min(points), max(points)), f"{levels[0]} to {levels[-1]}", "the vertebral level")
    if location.points.certain:
        location = PartOf(location.points, location.told)
    collapse = PartOf(Interval(0, 3), "no vertebra labelled", "vertebra labels")
    return [
        {"location": location, "collapse": collapse, "posterolateral": _posterolateral(lesion, "", anatomy, settings)}
    ]


def lesion_type(lesion: Lesion, anatomy: Anatomy, settings: SinsSettings) -> PartOf:
    """Lytic, mixed or blastic: as a clinician states it, else from CT values."""
    stated = lesion.facts.lesion_type
    if stated is not None:
        return PartOf(Interval.exactly(POINTS[stated]), f"{stated} (stated)")
    marrow = anatomy.spine_marrow.near(lesion.centroid_lps_mm[2])
    density = measure_density(lesion.region, anatomy.ct, anatomy.bone, marrow, settings)
    low, high = type_points(density, settings)
    names = {points: name for name, points in POINTS.items()}
    told = names[low] if low == high else f"{names[low]} to {names[high]}"
    if density is None:
        told = "too little bone to tell"
    elif density.changed < settings.least_changed:
        told = "hardly changed in CT"
    return PartOf(Interval(low, high), told, "" if low == high else "the lesion's type", _density_inputs(density))


def _density_inputs(density: Density | None) -> dict[str, float | bool | str]:
    if density is None:
        return {}
    return {
        "sclerotic share": density.sclerotic,
        "lytic share": density.lytic,
        "perhaps lytic share": density.perhaps_lytic,
        "marrow_hu": density.marrow.mean,
        "marrow_sd_hu": density.marrow.sd,
    }


def _collapse(lesion: Lesion, level: str, anatomy: Anatomy, settings: SinsSettings) -> PartOf:
    spine = anatomy.spine
    label, frame = spine.labels.get(level), spine.frames.get(level)
    if label is None or frame is None:
        missing = "vertebra labels" if label is None else "the spinal canal"
        return PartOf(Interval(0, 3), f"not measured without {missing}", missing)
    share = body_share(lesion.region, label, frame)
    inputs: dict[str, float | bool | str] = {"body involved": share}
    least = 1 if share > settings.body_involved else 0
    loss = spine.collapse(settings.collapse_percent).get(level)
    if loss is None:
        told = "no height to compare: the scan ends here, or no neighbour is in view"
        return PartOf(Interval(least, 3), told, "vertebral heights", inputs)
    error = _height_error(label, loss, settings)
    inputs |= {
        "collapse percent": loss.percent,
        "collapse error percent": error,
        "collapse at": loss.position,
        "compared with": ", ".join(loss.neighbours),
    }
    low, high = (_collapse_points(loss.percent + shift, least, settings) for shift in (-error, error))
    told = f"{loss.percent:.0f} % lower than its neighbours, {100 * share:.0f} % of the body involved"
    return PartOf(Interval(low, high), told, "" if low == high else "vertebral heights on thinner slices", inputs)


def _height_error(label: Region, loss: Collapse, settings: SinsSettings) -> float:
    """Error of a loss of height in per cent: slices blur the ends of a body."""
    up = np.abs(label.grid.axes[2])
    return 100 * settings.height_error * float(np.max(up * np.asarray(label.grid.spacing))) / loss.expected_mm


def _collapse_points(percent: float, least: int, settings: SinsSettings) -> int:
    if percent > settings.half_percent:
        return 3
    return 2 if percent >= settings.collapse_percent else least


def _posterolateral(lesion: Lesion, level: str, anatomy: Anatomy, settings: SinsSettings) -> PartOf:
    spine = anatomy.spine
    if spine.line is None:
        return PartOf(Interval(0, 3), "not assessed without the spinal canal", "the spinal canal")
    around = posterolateral_by_canal(lesion.region, ~_canal_in(lesion.region, anatomy), spine.line)
    label, frame = spine.labels.get(level), spine.frames.get(level)
    if label is not None and frame is not None:
        ribs = union((bone for name, bone in anatomy.bones.items() if name.startswith("rib")), label.grid)
        inside = posterolateral(lesion.region, level, label, ribs, frame)
    else:
        inside = posterolateral_by_canal(lesion.region, _bone_in(lesion.region, anatomy), spine.line)
    surely = _involved(inside, settings.posterolateral_ml)
    # What a lesion has eaten away may be missing in the labels: tissue in its place counts as perhaps.
    replaced = _involved(around, settings.posterolateral_ml)
    likely = _involved(inside, settings.perhaps_posterolateral_ml)
    perhaps = [one or other for one, other in zip(likely, replaced, strict=True)]
    low = SIDE_POINTS[sum(surely)] if has_structure(lesion) else 0
    high = SIDE_POINTS[sum(perhaps)]
    inputs: dict[str, float | bool | str] = {"left_ml": inside.left_ml, "right_ml": inside.right_ml}
    unknown = "" if low == high else "posterolateral involvement" if has_structure(lesion) else "CT or MRI contour"
    return PartOf(Interval(low, high), _side_words(surely, perhaps), unknown, inputs)


def _involved(sides: Sides, least_ml: float) -> tuple[bool, bool]:
    return sides.left_ml >= least_ml, sides.right_ml >= least_ml


def _side_words(surely: Sequence[bool], perhaps: Sequence[bool]) -> str:
    words = [
        side if sure else f"{side}?" for side, sure, may in zip(("left", "right"), surely, perhaps, strict=True) if may
    ]
    return " and ".join(words) or "none"


def _canal_in(lesion: Region, anatomy: Anatomy) -> BoolArray:
    return anatomy.canal.cut(lesion) if anatomy.canal is not None else np.zeros(lesion.mask.shape, dtype=bool)


def _bone_in(lesion: Region, anatomy: Anatomy) -> BoolArray:
    return np.isin(anatomy.bone.labels[lesion.box], (BoneLabel.CORTICAL, BoneLabel.TRABECULAR))
