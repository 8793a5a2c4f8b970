"""Site of a lesion outside bone: the lymph-node station of the nearest vessel, or the organ beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ...anatomy import Part, recognise
from ...region import Region
from ...risk.distance import gap_mm
from ...study.study import Structure
from ..lesion import Kind, Site
from .landmarks import Landmarks

VESSEL_REACH_MM = 15.0
IN_ORGAN = 0.25
STATIONS = (
    (r"iliac", "iliac"),
    (r"venacava s|superior vena cava|svc|pulmonary|brachiocephalic", "mediastinal"),
    (r"carotid|jugular", "cervical"),
    (r"subclavian|axillary", "supraclavicular or axillary"),
    (r"femoral", "inguinal"),
    (r"renal|portal|splenic|celiac|mesenteric|hepatic", "abdominal"),
)
GREAT_VESSEL = re.compile(r"aorta|venacava i|vena cava|ivc")
Labels = Sequence[tuple[Part, Region]]


def soft_labels(structures: Sequence[Structure]) -> Labels:
    """Vessels and organs among structures."""
    named = [(recognise(structure.name), structure.region) for structure in structures]
    return [(part, region) for part, region in named if part is not None and _is_soft(part, region)]


def _is_soft(part: Part, region: Region) -> bool:
    return part.kind in ("vessel", "organ") and region.voxels > 0


def site_outside_bone(lesion: Region, kind: Kind, labels: Labels, marks: Landmarks, bone: str = "") -> Site:
    """Site of a lesion outside bone: an estimate, but for the organ whose label holds it.

    Parameters
    ----------
    lesion
        Its voxels.
    kind
        "node" or "other".
    labels
        Vessels and organs on the same grid.
    marks
        Tell pelvis, abdomen and chest apart where no label is near.
    bone
        Site of the bone that it touches; "" for none.
    """
    point = np.asarray(lesion.centroid_lps)
    side = _side(float(point[0]), float(point[2]), marks)
    if kind == "other" and (organ := _organ_of(lesion, labels)):
        return Site(organ, estimated=False)
    vessel = _nearest(lesion, [one for one in labels if one[0].kind == "vessel"], VESSEL_REACH_MM)
    what = "node" if kind == "node" else "soft tissue"
    if vessel is not None and (station := _station(vessel.name, float(point[2]), marks)):
        return Site(f"{station} node{side}" if kind == "node" else f"soft tissue, {station}{side}")
    if bone:
        return Site(f"{what} beside {bone}")
    part = _part_of_body(float(point[2]), marks)
    return Site(f"{what}, {part}{side}" if part else f"{what}{side}")


def _organ_of(lesion: Region, labels: Labels) -> str:
    """Organ that holds most of a lesion, a quarter or more; "" for none."""
    shares = [(lesion.overlap(region) / lesion.voxels, part.name) for part, region in labels if part.kind == "organ"]
    share, name = max(shares, default=(0.0, ""))
    return name if share >= IN_ORGAN else ""


def _nearest(lesion: Region, labels: Labels, reach_mm: float) -> Part | None:
    close = [(part, region) for part, region in labels if _close(lesion, region, reach_mm)]
    gaps = [(gap_mm(lesion, region), part.name, part) for part, region in close]
    gap, _, part = min(gaps, key=lambda one: one[:2], default=(float("inf"), "", None))
    return part if gap <= reach_mm else None


def _close(first: Region, second: Region, reach_mm: float) -> bool:
    return all(
        max(a.start, b.start) - min(a.stop, b.stop) <= reach_mm / spacing
        for a, b, spacing in zip(first.box, second.box, first.grid.spacing_zyx, strict=True)
    )


def _station(vessel: str, z: float, marks: Landmarks) -> str:
    for pattern, station in STATIONS:
        if re.search(pattern, vessel):
            return station
    if not GREAT_VESSEL.search(vessel):
        return ""
    if marks.lungs is None or marks.lungs[0] - 60 <= z <= marks.lungs[0] + 40:
        return "retroperitoneal or mediastinal" if marks.lungs is not None else "retroperitoneal"
    return "mediastinal" if z > marks.lungs[0] else "retroperitoneal"


def _part_of_body(z: float, marks: Landmarks) -> str:
    """Pelvis, abdomen, chest or head and neck by the landmarks in view; "" where they do not tell."""
    head = max((float(point[2]) for point in marks.heads.values()), default=None)
    if head is not None and z < head + 110:
        return "pelvis"
    if marks.lungs is None:
        return "abdomen or chest" if head is not None else ""
    if z < marks.lungs[0]:
        return "abdomen" if head is not None else "abdomen or pelvis"
    return "chest or abdomen" if z < marks.lungs[0] + 110 else "chest" if z < marks.lungs[1] else "neck or head"


def _side(x: float, z: float, marks: Landmarks) -> str:
    offset = x - marks.midline(z)[0]
    return "" if abs(offset) < 15 else ", left" if offset > 0 else ", right"
