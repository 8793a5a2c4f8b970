"""Parts of the acetabulum that a lesion takes: dome, medial wall, anterior and posterior column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..grid import FloatArray
from ..lesions.lesion import Lesion
from ..protocol.risk_settings import AcetabulumSettings
from ..region import Region
from .anatomy import Anatomy
from .longbone.bone import labelled_bone
from .longbone.shape import Head, shape_of
from .score import Interval, Score, Unknown

SOURCE = (
    "parts of Harrington, J Bone Joint Surg Am 1981;63:653-64 and the Metastatic Acetabular Classification; by "
    "directions from the femoral head: proposal"
)
MEASURE = "acetabulum"
PARTS = ("dome", "medial wall", "anterior column", "posterior column")


def score_acetabulum(lesion: Lesion, anatomy: Anatomy, settings: AcetabulumSettings) -> Score:
    """Flags of the parts of the acetabulum that a lesion in a hip bone takes.

    The bone around the femoral head is parted by the direction in which it lies from the head's centre: above it,
    within the dome's arc on the coronal and the sagittal plane, is the weight-bearing dome; of the rest what lies
    rather medially than in front or behind is the medial wall, in front the anterior and behind the posterior column.

    Parameters
    ----------
    lesion
        A lesion in a hip bone.
    anatomy
        The patient; the hip bone must be labelled, and the femur's head in view with a label.
    settings
        Reach and arc.
    """
    sides = [side for side in ("left", "right") if _held(lesion, anatomy.bones.get(f"hip_{side}"))]
    if not sides:
        return _unknown("hip bone not labelled", "bone labels of the hip")
    side: Literal["left", "right"] = "left" if sides[0] == "left" else "right"
    femur = labelled_bone(f"femur_{side}", anatomy.bones)
    head = None if femur is None else shape_of(femur.region, ends_in_view=True).head()
    if head is None:
        return _unknown("femoral head not in view or not labelled", "femoral head")
    shares = involved_shares(lesion.region, anatomy.bones[f"hip_{side}"], head, side, settings)
    involved = [part for part in PARTS if shares[part] >= settings.least_share]
    return Score(
        name="acetabulum",
        domain="fracture",
        status="computed",
        low=float(len(involved)),
        high=float(len(involved)),
        unit="parts",
        parts={
            **{part.replace(" ", "_"): part in involved for part in PARTS},
            **{f"{part.replace(' ', '_')}_percent": 100 * share for part, share in shares.items()},
        },
        measures={MEASURE: Interval.exactly(len(involved))},
        sentence=f"acetabulum: {', '.join(involved)}" if involved else "acetabulum not involved",
        source=SOURCE,
    )


def involved_shares(
    lesion: Region, hip: Region, head: Head, side: Literal["left", "right"], settings: AcetabulumSettings
) -> Mapping[str, float]:
    """Share of each part's bone that a lesion takes; 0 for a part that is not in view."""
    index = np.argwhere(hip.mask)
    offset = hip.grid.to_lps(index + hip.start) - head.centre
    near = np.linalg.norm(offset, axis=1) <= head.radius_mm + settings.reach_mm
    ill = lesion.cut(hip)[tuple(index[near].T)]
    part = parts_of(offset[near], side, settings)
    return {name: float(ill[part == n].mean()) if np.any(part == n) else 0.0 for n, name in enumerate(PARTS)}


def parts_of(offset: FloatArray, side: Literal["left", "right"], settings: AcetabulumSettings) -> npt.NDArray[np.int64]:
    """Part of the acetabulum, as an index of `PARTS`, of points given from the femoral head's centre, LPS mm."""
    medial = offset[:, 0] * (-1 if side == "left" else 1)
    behind, above = offset[:, 1], offset[:, 2]
    arc = np.deg2rad(settings.dome_degrees)
    dome = (np.abs(np.arctan2(medial, above)) <= arc) & (np.abs(np.arctan2(behind, above)) <= arc)
    wall = medial >= np.abs(behind)
    return np.asarray(np.select([dome, wall, behind < 0], [0, 1, 2], 3))


def _held(lesion: Lesion, hip: Region | None) -> bool:
    return hip is not None and hip.overlap(lesion.region) > 0


def _unknown(why: str, what: str) -> Score:
    return Score(
        name="acetabulum",
        domain="fracture",
        status="unknown",
        unknown=(Unknown(what, {MEASURE: Interval(0, len(PARTS))}),),
        sentence=f"acetabulum not assessed: {why}",
        source=SOURCE,
    )
