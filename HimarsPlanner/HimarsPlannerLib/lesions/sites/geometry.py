"""Site of a lesion in bone from landmarks: an estimate that names two bones rather than the wrong one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...grid import FloatArray
from .landmarks import Landmarks

# Reaches in mm, from the anatomy of adults; each has a band in which the answer names both neighbours.
SPINE = {"half_width": 20.0, "with_processes": 46.0, "front": -70.0, "back": 62.0}
SACRUM_HALF_WIDTH = (28.0, 60.0)
SACRUM_ABOVE_HEADS = (72.0, 130.0)
PELVIS_ABOVE_HEADS = (92.0, 184.0)
HEAD = (17.0, 34.0)
BESIDE_HEAD = 12.0
BELOW_HIP = 105.0
HIP_HALF_WIDTH = 78.0
ABOVE_CREST = 12.0
STERNUM = {"half_width": 30.0, "with_ribs": 50.0, "front": -75.0}
RIB_TO_LUNG = (14.0, 24.0)
SCAPULA_BELOW_APEX = 190.0
CLAVICLE_BELOW_APEX = 45.0
SHOULDER_ABOVE_APEX = 70.0
ARM_OFFSET = (120.0, 165.0)
SKULL_HALF_WIDTH = 100.0
FACE_HEIGHT = 110.0
LUNG_END_BAND = 25.0
SIDES = ("left", "right", "midline")
"""Sites of which only the side is known."""


@dataclass(frozen=True)
class _Place:
    point: FloatArray
    side: int
    offset: float
    behind: float | None
    marks: Landmarks

    @property
    def z(self) -> float:
        return float(self.point[2])

    def sided(self, name: str) -> str:
        return f"{name}, {'left' if self.side > 0 else 'right'}"


def estimate_site(point_lps: FloatArray, marks: Landmarks) -> str:
    """Coarse site of a lesion in bone.

    Parameters
    ----------
    point_lps
        Its centroid, LPS mm.
    marks
        The patient's landmarks.

    Returns
    -------
    str
        "thoracic spine", "femur, left", "pelvis or lower rib, right"; only the side where nothing else is known.
    """
    point = np.asarray(point_lps, dtype=np.float64)
    middle, canal_y = marks.midline(float(point[2]))
    offset = float(point[0]) - middle
    behind = None if canal_y is None else float(point[1]) - canal_y
    place = _Place(point, 1 if offset >= 0 else -1, abs(offset), behind, marks)
    for part in (_head, _spine, _hip, _chest, _above_chest):
        if name := part(place):
            return name
    left, right, midline = SIDES
    return midline if place.offset <= SPINE["half_width"] else left if place.side > 0 else right


def _head(place: _Place) -> str:
    base = place.marks.cranium_z
    if base is None or place.z < base - FACE_HEIGHT:
        return ""
    near_canal = place.behind is not None and place.offset < 35 and place.behind > -40
    if place.z < base and near_canal:
        return "cervical spine or skull" if place.z > base - 35 else ""
    return "skull" if place.offset < SKULL_HALF_WIDTH else place.sided("upper limb")


def _spine(place: _Place) -> str:
    if place.behind is None or not SPINE["front"] <= place.behind <= SPINE["back"]:
        return ""
    if place.marks.heads:
        low, high = _sacral_band(place)
        if place.z < low:
            return _sacrum(place)
        if place.z < high and place.offset <= SACRUM_HALF_WIDTH[0]:
            return "lumbar spine or sacrum"
        if place.z < high:
            return place.sided("spine or pelvis") if place.offset <= SACRUM_HALF_WIDTH[1] else ""
    if place.offset > SPINE["with_processes"]:
        return ""
    part = _part_of_spine(place)
    if place.offset <= SPINE["half_width"]:
        return part
    crest = place.marks.crests.get(place.side)
    if crest is not None and place.z < crest + ABOVE_CREST and place.offset > SACRUM_HALF_WIDTH[0]:
        return place.sided(f"{part} or pelvis")
    return part if part in ("lumbar spine", "cervical spine") else place.sided(f"{part} or rib")


def _sacral_band(place: _Place) -> tuple[float, float]:
    """Heights between which the last lumbar vertebra and the sacrum meet; the crest is at L4 or lower."""
    marks = place.marks
    head = float(np.mean([point[2] for point in marks.heads.values()]))
    low, high = (head + above for above in SACRUM_ABOVE_HEADS)
    return low, min([high, *(crest + ABOVE_CREST for crest in marks.crests.values())])


def _part_of_spine(place: _Place) -> str:
    lungs = place.marks.lungs
    if lungs is None:
        return "spine"
    low, high = lungs
    if place.z > high + LUNG_END_BAND:
        return "cervical spine"
    if place.z > high - LUNG_END_BAND:
        return "cervical or thoracic spine"
    if place.z > low + LUNG_END_BAND / 2:
        return "thoracic spine"
    return "thoracic or lumbar spine" if place.z > low - 3 * LUNG_END_BAND else "lumbar spine"


def _sacrum(place: _Place) -> str:
    if place.offset <= SACRUM_HALF_WIDTH[0]:
        return "sacrum"
    return place.sided("sacrum or pelvis") if place.offset <= SACRUM_HALF_WIDTH[1] else ""


def _hip(place: _Place) -> str:
    marks = place.marks
    if not marks.heads:
        return ""
    head = marks.heads[place.side]
    crest = marks.crests.get(place.side)
    above = place.z - float(head[2])
    if crest is not None and place.z > crest + ABOVE_CREST:
        return _flank(place) if marks.lungs is None or place.z < marks.lungs[0] else ""
    if crest is None and above > PELVIS_ABOVE_HEADS[0]:
        if above >= PELVIS_ABOVE_HEADS[1]:
            return ""
        return place.sided("upper limb" if place.offset > ARM_OFFSET[1] else "pelvis or lower rib")
    middle, _ = marks.midline(place.z)
    lateral = place.offset - abs(float(head[0]) - middle)
    if lateral > HIP_HALF_WIDTH:
        return place.sided("upper limb or pelvis" if above > 0 else "upper limb or femur")
    if above < -BELOW_HIP:
        return place.sided("femur")
    distance = float(np.linalg.norm(place.point - head))
    if distance <= HEAD[0]:
        return place.sided("femur or acetabulum")
    if above < HEAD[0] and lateral > BESIDE_HEAD and distance > HEAD[1] - 8:
        return place.sided("femur")
    if distance <= HEAD[1]:
        return place.sided("acetabulum or femur") if above < HEAD[0] else place.sided("pelvis")
    return place.sided("pelvis" if above >= 0 or lateral < -BESIDE_HEAD else "femur or pelvis")


def _flank(place: _Place) -> str:
    if place.offset > ARM_OFFSET[1]:
        return place.sided("upper limb")
    return place.sided("lower rib" if place.offset < ARM_OFFSET[0] + 20 else "lower rib or upper limb")


def _chest(place: _Place) -> str:
    lungs = place.marks.lungs
    if lungs is None or not lungs[0] - 3 * LUNG_END_BAND <= place.z <= lungs[1] + LUNG_END_BAND / 2:
        return ""
    if place.behind is not None and place.behind < STERNUM["front"] and place.offset <= STERNUM["with_ribs"]:
        if place.z > lungs[1] - CLAVICLE_BELOW_APEX:
            return "sternum or shoulder girdle"
        if place.offset <= STERNUM["half_width"]:
            return "sternum"
        return place.sided("sternum or rib")
    gap = place.marks.to_lung(place.point)
    apex_in_view = bool(np.isfinite(lungs[1]))
    below_scapula = apex_in_view and place.z < lungs[1] - SCAPULA_BELOW_APEX
    if gap <= RIB_TO_LUNG[0]:
        return place.sided("rib")
    if place.offset > ARM_OFFSET[1]:
        return place.sided("upper limb" if below_scapula else "humerus or shoulder girdle")
    if below_scapula or gap <= RIB_TO_LUNG[1] or not apex_in_view:
        return place.sided("rib" if below_scapula else "rib or shoulder girdle")
    return place.sided("shoulder girdle" if place.offset < ARM_OFFSET[0] else "shoulder girdle or humerus")


def _above_chest(place: _Place) -> str:
    lungs = place.marks.lungs
    if lungs is None or not lungs[1] < place.z < lungs[1] + SHOULDER_ABOVE_APEX:
        return ""
    if place.offset > ARM_OFFSET[1]:
        return place.sided("humerus or shoulder girdle")
    return place.sided("shoulder girdle or rib" if place.offset < ARM_OFFSET[0] else "shoulder girdle or humerus")
