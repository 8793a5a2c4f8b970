"""How a node truly presses on a vein: narrowing, contact angle and contact length."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..grid import FloatArray
from .risks import longest_run
from .shapes import Array, Solid

CONTACT_MM = 2.0
DEFINITION = (
    "planes 1 mm apart across the vein's own centreline; narrowing against the area that the lumen would have without "
    "the node; contact: rays every degree from the lumen's centre whose wall is at most 2 mm from the node"
)
_HALF_MM = 14.0
_STEP_MM = 0.25


def vein_pressure(path: FloatArray, free: Solid, pressed: Solid, node: Solid, scale: float) -> dict[str, float]:
    """Narrowing and contact of a vein beside a node.

    Parameters
    ----------
    path
        Points of the vein's centreline, body mm, shape (n, 3).
    free, pressed
        The lumen without and with the node.
    scale
        LPS mm per body mm.
    """
    left, contact = [1.0], [0.0]
    middle = (np.array(node.low) + np.array(node.high)) / 2
    reach = float(np.max(np.array(node.high) - middle)) + 20
    for start, end in pairwise(path):
        length = float(np.linalg.norm(end - start))
        axis = (end - start) / length
        for point in start + np.arange(0, length, 1 / scale)[:, None] * axis:
            if np.linalg.norm(point - middle) < reach:
                share, degrees = _plane(point, axis, free, pressed, node, scale)
                left.append(share)
                contact.append(degrees)
    return {
        "narrowing_percent": 100 * (1 - min(left)),
        "contact_degrees": max(contact),
        "contact_length_mm": float(longest_run(np.array(contact) > 0)),
    }


def _plane(
    point: FloatArray, axis: FloatArray, free: Solid, pressed: Solid, node: Solid, scale: float
) -> tuple[float, float]:
    across = np.cross(axis, [0.0, 1.0, 0.0])
    across /= np.linalg.norm(across)
    up = np.cross(axis, across)
    fine = np.arange(-_HALF_MM, _HALF_MM, _STEP_MM)
    plane = point + fine[:, None, None] * across + fine[None, :, None] * up
    lumen = _distance(pressed, plane) < 0
    i, j = np.argwhere(lumen).mean(axis=0)
    angle = np.deg2rad(np.arange(360) + 0.5)
    r = np.arange(0, _HALF_MM, 0.1)[:, None]
    rows = np.rint(i + r * np.cos(angle) / _STEP_MM).astype(int).clip(0, len(fine) - 1)
    columns = np.rint(j + r * np.sin(angle) / _STEP_MM).astype(int).clip(0, len(fine) - 1)
    wall = r[np.argmin(lumen[rows, columns], axis=0), 0]
    out = (fine[0] + _STEP_MM * i + wall * np.cos(angle))[:, None] * across
    out = out + (fine[0] + _STEP_MM * j + wall * np.sin(angle))[:, None] * up
    near = _distance(node, point + out) * scale <= CONTACT_MM
    return float(lumen.sum() / (_distance(free, plane) < 0).sum()), float(near.sum())


def _distance(solid: Solid, points: FloatArray) -> Array:
    # Shapes take tensor grids; scattered points go in as a column.
    x, y, z = (points[..., a].astype(np.float32).reshape(-1, 1, 1) for a in range(3))
    return np.asarray(solid.distance(x, y, z)).reshape(points.shape[:-1])
