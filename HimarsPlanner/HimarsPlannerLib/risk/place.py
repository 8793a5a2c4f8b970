"""Bulk and place: lesions that are high-risk even without symptoms."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.spatial import cKDTree

from ..anatomy import vertebral_level
from ..bone.compartments import BoneLabel
from ..grid import FloatArray
from ..lesions.lesion import Lesion
from ..protocol.risk_settings import PlaceSettings
from ..region import BoolArray, Region
from .anatomy import Anatomy
from .cortex_share import cortex_share
from .distance import gap_mm
from .joints import Ball
from .score import Interval, Score, Unknown
from .skeletal_part import Part, skeletal_parts

SOURCE = (
    "Gillespie, J Clin Oncol 2024;42:38-46: bulky >= 2 cm; hip, shoulder or sacro-iliac joint; long bone with a third "
    "of the cortical thickness; junctional spine or posterior elements; how each is told from CT is a proposal"
)
HIP, SHOULDER, SACRO_ILIAC = "hip", "shoulder", "sacro-iliac joint"
JUNCTION, POSTERIOR, CORTEX = "junctional spine", "posterior elements", "cortex of a long bone"
JUNCTIONAL = ("C7", "T1", "T12", "L1", "L5", "S1")
LONG_BONES = ("femur", "humerus", "radius", "ulna", "tibia", "fibula", "clavicula")
COULD_MEET: Mapping[Part, tuple[str, ...]] = {
    "spine": (JUNCTION, POSTERIOR),
    "sacrum": (SACRO_ILIAC, JUNCTION),
    "hip": (HIP, SACRO_ILIAC),
    "femur": (HIP, CORTEX),
    "humerus": (SHOULDER, CORTEX),
    "scapula": (SHOULDER,),
    "clavicle": (CORTEX,),
    "limb": (CORTEX,),
}
"""Criteria that each part of the skeleton may meet; ribs, sternum and skull meet none."""
Verdicts = dict[str, bool | None]


def score_place(lesion: Lesion, anatomy: Anatomy, settings: PlaceSettings) -> Score:
    """Largest diameter of a lesion, and how many criteria of place it meets.

    Parameters
    ----------
    lesion
        Place is judged for lesions in bone only.
    anatomy
        Labelled bones tell joints and levels; without them the site tells what it can, and the rest is an interval.
    settings
        Thresholds.
    """
    bulky = lesion.diameter_mm >= settings.bulky_mm
    measures = {"bulk": Interval.exactly(lesion.diameter_mm)}
    parts: dict[str, float | bool | str] = {"bulky": bulky, "diameter_mm": lesion.diameter_mm}
    words = ""
    unknown: tuple[Unknown, ...] = ()
    if lesion.kind == "bone":
        alternatives = _judge(lesion, anatomy, settings)
        met = Interval(
            min(sum(v is True for v in verdicts.values()) for verdicts in alternatives),
            max(sum(v is not False for v in verdicts.values()) for verdicts in alternatives),
        )
        measures["place"] = met
        if not met.certain:
            unknown = (Unknown("bone or level", {"place": met}),)
        together = _together(alternatives)
        parts |= {name: "unknown" if verdict is None else verdict for name, verdict in together.items()}
        words = _words(together)
    size = f"{lesion.diameter_mm / 10:.1f} cm across" + (" (bulky)" if bulky else "")
    return Score(
        name="bulk",
        domain="bulk",
        status="partial" if unknown else "computed",
        low=lesion.diameter_mm,
        high=lesion.diameter_mm,
        unit="mm",
        parts=parts,
        measures=measures,
        unknown=unknown,
        sentence=size + words,
        source=SOURCE,
    )


def _together(alternatives: list[Verdicts]) -> Verdicts:
    """Verdict of each criterion, certain where all alternatives agree."""
    names = dict.fromkeys(name for verdicts in alternatives for name in verdicts)
    told = {name: {verdicts.get(name, False) for verdicts in alternatives} for name in names}
    return {name: verdicts.pop() if len(verdicts) == 1 else None for name, verdicts in told.items()}


def _words(verdicts: Verdicts) -> str:
    sure = [name for name, verdict in verdicts.items() if verdict]
    maybe = [name for name, verdict in verdicts.items() if verdict is None]
    return "".join((f", {', '.join(sure)}" if sure else "", f", possibly {' or '.join(maybe)}" if maybe else ""))


def _judge(lesion: Lesion, anatomy: Anatomy, settings: PlaceSettings) -> list[Verdicts]:
    """Criteria of each part of the skeleton that the lesion may lie in; one entry where labels tell."""
    labelled = [bone for bone in lesion.site.bones if bone in anatomy.bones]
    if labelled:
        verdicts: Verdicts = {}
        for bone in labelled:
            for name, verdict in _of_bone(bone, lesion, anatomy, settings).items():
                verdicts[name] = _either(verdicts.get(name, False), verdict)
        return [verdicts]
    parts = skeletal_parts(lesion) or tuple(COULD_MEET)
    return [_of_part(part, lesion, anatomy, settings) for part in parts]


def _either(first: bool | None, second: bool | None) -> bool | None:
    return True if first or second else None if first is None or second is None else False


def _of_bone(bone: str, lesion: Lesion, anatomy: Anatomy, settings: PlaceSettings) -> Verdicts:
    kind, _, side = bone.partition("_")
    region, own = lesion.region, anatomy.bones[bone]
    balls, faces = anatomy.joints.balls, anatomy.joints.sacro_iliac
    verdicts: Verdicts = {}
    if kind == "vertebrae":
        verdicts = {JUNCTION: side in JUNCTIONAL, POSTERIOR: _posterior(region, own.cut(region), anatomy, settings)}
    elif kind == "sacrum":
        last = anatomy.bones.get("vertebrae_L5")
        verdicts = {
            SACRO_ILIAC: _reaches(region, list(faces.values()), settings.joint_mm) if faces else None,
            JUNCTION: None if last is None else gap_mm(region, last) <= settings.s1_mm,
        }
    elif kind == "hip":
        head, face = balls.get(f"femur_{side}"), faces.get(bone)
        verdicts = {
            HIP: _near(region, own, head, 1.0, settings.socket_mm),
            SACRO_ILIAC: None if face is None else _reaches(region, [face], settings.joint_mm),
        }
    elif kind == "femur":
        verdicts = {HIP: _near(region, own, balls.get(bone), settings.femoral_neck_radii, 0.0)}
    elif kind == "humerus":
        verdicts = {SHOULDER: _near(region, own, balls.get(bone), settings.humeral_head_radii, 0.0)}
    elif kind == "scapula":
        verdicts = {SHOULDER: _near(region, own, balls.get(f"humerus_{side}"), 1.0, settings.socket_mm)}
    if kind in LONG_BONES:
        verdicts[CORTEX] = cortex_share(region, own, anatomy.bone) >= settings.cortex_share
    return verdicts


def _of_part(part: Part, lesion: Lesion, anatomy: Anatomy, settings: PlaceSettings) -> Verdicts:
    """What a site without labelled bones tells: a level or a joint by its name, the canal by geometry."""
    verdicts: Verdicts = dict.fromkeys(COULD_MEET.get(part, ()))
    site = lesion.site.name.lower()
    level = vertebral_level(site)
    if level and part in ("spine", "sacrum"):
        verdicts[JUNCTION] = level in JUNCTIONAL
    if part == "spine":
        bone = np.isin(anatomy.bone.labels[lesion.region.box], (BoneLabel.CORTICAL, BoneLabel.TRABECULAR))
        verdicts[POSTERIOR] = _posterior(lesion.region, bone, anatomy, settings)
    if part in ("hip", "femur") and any(word in site for word in ("acetabulum", "femoral head", "femoral neck")):
        verdicts[HIP] = True
    return verdicts


def _near(lesion: Region, bone: Region, ball: Ball | None, radii: float, beyond_mm: float) -> bool | None:
    """Whether the part of a lesion in a bone comes within some radii, and some mm, of a head's centre."""
    if ball is None:
        return None
    inside = lesion.cut(bone) & bone.mask
    places = (np.argwhere(inside) + bone.start) * np.asarray(bone.grid.spacing_zyx)
    away = np.linalg.norm(places - ball.centre, axis=1)
    return bool(len(away)) and float(away.min()) <= radii * ball.radius + beyond_mm


def _reaches(lesion: Region, faces: list[FloatArray], reach_mm: float) -> bool:
    """Whether a lesion comes within reach of a joint's surface."""
    places = (np.argwhere(lesion.mask) + lesion.start) * np.asarray(lesion.grid.spacing_zyx)
    face = np.concatenate(faces)
    close = ((face >= places.min(axis=0) - reach_mm) & (face <= places.max(axis=0) + reach_mm)).all(axis=1)
    return bool(close.any()) and float(cKDTree(places).query(face[close])[0].min()) <= reach_mm


def _posterior(lesion: Region, bone: BoolArray, anatomy: Anatomy, settings: PlaceSettings) -> bool | None:
    """Whether enough of a lesion in bone (in the lesion's block) lies behind the front of the canal in its slices."""
    if anatomy.canal is None:
        return None
    grid, canal = lesion.grid, np.argwhere(anatomy.canal.mask) + anatomy.canal.start
    front = np.full(grid.shape[0], np.inf)
    np.minimum.at(front, canal[:, 0], grid.to_lps(canal)[:, 1])
    mine = np.argwhere(lesion.mask & bone & ~anatomy.canal.cut(lesion)) + lesion.start
    if not np.isfinite(front[lesion.box[0]]).any():
        return None
    behind = grid.to_lps(mine)[:, 1] > front[mine[:, 0]] + settings.behind_mm
    return int(np.count_nonzero(behind)) * grid.voxel_ml >= settings.posterior_ml
