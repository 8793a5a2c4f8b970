"""How much of a vertebra's body and of its posterolateral parts, left and right, a lesion holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...grid import FloatArray
from ...region import BoolArray, Region
from .canal_line import CanalLine
from .frame import Frame
from .levels import THORACIC

PEDICLE_MM = 2.0
"""Behind the canal's front wall from here on; in front of it the body's rim curves back."""
MIDLINE_SHARE = 0.5
"""Share of the canal's half width inside of which lie the spinous process and the laminae's middle."""
LATERAL_MM = 22.0
"""Beyond the canal's side: pedicle and facet joint of the widest lumbar vertebra; transverse processes go further."""
BEHIND_MM = 14.0
"""Behind the canal: the facet joints end here, spinous processes go on."""
RIB_HEAD_MM = (-14.0, 12.0, 34.0)
"""Costovertebral and costotransverse joint: from and to behind the front wall, and how far beside the midline."""


@dataclass(frozen=True)
class Sides:
    """Volume of pedicles and joints inside a lesion, ml."""

    left_ml: float
    right_ml: float


def body_share(lesion: Region, vertebra: Region, frame: Frame) -> float:
    """Share of a labelled vertebra's body inside a lesion; the body is what lies in front of the canal."""
    place = frame.coordinates(_points(vertebra, vertebra.mask))
    body = np.zeros(vertebra.mask.shape, dtype=bool)
    body[vertebra.mask] = place[:, 1] < 0
    count = int(np.count_nonzero(body))
    return float(np.count_nonzero(lesion.cut(vertebra) & body)) / count if count else 0.0


def posterolateral(lesion: Region, level: str, vertebra: Region, ribs: Region, frame: Frame) -> Sides:
    """Pedicles, facet and costovertebral joints of a labelled vertebra inside a lesion.

    Parameters
    ----------
    lesion, vertebra
        Voxels on one grid.
    ribs
        Labelled ribs; their heads count for a thoracic level. Empty without any.
    frame
        Of the vertebra.
    """
    inside = lesion.cut(vertebra) & vertebra.mask
    place = frame.coordinates(_points(vertebra, inside))
    sides = _sides(place[_posterolateral(place, frame.half_width, frame.depth)], vertebra.grid.voxel_ml)
    if level not in THORACIC or not ribs.voxels:
        return sides
    place = frame.coordinates(_points(ribs, lesion.cut(ribs) & ribs.mask))
    front, back, beside = RIB_HEAD_MM
    head = (place[:, 1] > front) & (place[:, 1] < back) & (np.abs(place[:, 0]) < beside) & (np.abs(place[:, 2]) < 22.0)
    heads = _sides(place[head], ribs.grid.voxel_ml)
    return Sides(sides.left_ml + heads.left_ml, sides.right_ml + heads.right_ml)


def posterolateral_by_canal(lesion: Region, bone: BoolArray, line: CanalLine) -> Sides:
    """Bone inside a lesion beside and behind the canal, left and right, where no vertebra is labelled.

    Parameters
    ----------
    lesion
        Its voxels.
    bone
        Bone in the lesion's block, shape of its mask.
    line
        The canal.
    """
    points = _points(lesion, lesion.mask & bone)
    points = points[(points[:, 2] >= line.z[0]) & (points[:, 2] <= line.z[-1])]
    z = points[:, 2]
    place = np.stack([points[:, 0] - line.at(z, line.x), points[:, 1] - line.at(z, line.front), z], axis=1)
    part = _posterolateral(place, line.at(z, line.half_width), line.at(z, line.depth))
    return _sides(place[part], lesion.grid.voxel_ml)


def _posterolateral(place: FloatArray, half_width: float | FloatArray, depth: float | FloatArray) -> BoolArray:
    beside, behind = np.abs(place[:, 0]), place[:, 1]
    lateral = (beside > MIDLINE_SHARE * half_width) & (beside < half_width + LATERAL_MM)
    return np.asarray(lateral & (behind > PEDICLE_MM) & (behind < depth + BEHIND_MM))


def _sides(place: FloatArray, voxel_ml: float) -> Sides:
    left = int(np.count_nonzero(place[:, 0] > 0))
    return Sides(left * voxel_ml, (len(place) - left) * voxel_ml)


def _points(region: Region, mask: BoolArray) -> FloatArray:
    return region.grid.to_lps(np.argwhere(mask) + np.asarray(region.start))
