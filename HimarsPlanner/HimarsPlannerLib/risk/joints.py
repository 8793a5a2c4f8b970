"""Joints of labelled bones: where two of them face each other, and the ball of a ball joint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from ..grid import FloatArray
from ..region import Region
from .distance import surface_of

SPACE_MM = 6.0
FEWEST = 30
BALL_MM = (14.0, 36.0)


@dataclass(frozen=True)
class Ball:
    """Head of a femur or humerus; places are mm along the grid's axes (z, y, x)."""

    centre: FloatArray
    radius: float


@dataclass(frozen=True)
class Joints:
    """What labelled bones tell of joints.

    Parameters
    ----------
    balls
        Head by its bone's class name, "femur_left".
    sacro_iliac
        Places of the sacrum that face a hip bone, by that bone's name, shape (n, 3).
    """

    balls: Mapping[str, Ball]
    sacro_iliac: Mapping[str, FloatArray]


def find_joints(bones: Mapping[str, Region]) -> Joints:
    """Joints of the bones that are labelled; one whose partner is not in view is absent."""
    balls, sacro_iliac = {}, {}
    for side in ("left", "right"):
        for long_bone, socket in ((f"femur_{side}", f"hip_{side}"), (f"humerus_{side}", f"scapula_{side}")):
            ball = _ball(_facing(bones, long_bone, socket))
            if ball is not None:
                balls[long_bone] = ball
        face = _facing(bones, "sacrum", f"hip_{side}")
        if len(face) >= FEWEST:
            sacro_iliac[f"hip_{side}"] = face
    return Joints(balls, sacro_iliac)


def _facing(bones: Mapping[str, Region], first: str, second: str) -> FloatArray:
    """Surface of one bone within a joint's space of another, shape (n, 3)."""
    if first not in bones or second not in bones:
        return np.zeros((0, 3))
    own = surface_of(bones[first])
    other = surface_of(bones[second])
    low, high = other.min(axis=0) - SPACE_MM, other.max(axis=0) + SPACE_MM
    own = np.asarray(own[((own >= low) & (own <= high)).all(axis=1)])
    if not len(own):
        return np.zeros((0, 3))
    distance, _ = cKDTree(other).query(own, distance_upper_bound=SPACE_MM)
    return np.asarray(own[np.isfinite(distance)])


def _ball(points: FloatArray) -> Ball | None:
    """Sphere of least squares through a joint's surface; None where it is none of a head's size."""
    if len(points) < FEWEST:
        return None
    middle = points.mean(axis=0)
    q = points - middle
    (*offset, constant), *_ = np.linalg.lstsq(np.column_stack([2 * q, np.ones(len(q))]), (q**2).sum(axis=1), rcond=None)
    radius = float(np.sqrt(max(constant + float(np.dot(offset, offset)), 0.0)))
    return Ball(middle + np.asarray(offset), radius) if BALL_MM[0] <= radius <= BALL_MM[1] else None
