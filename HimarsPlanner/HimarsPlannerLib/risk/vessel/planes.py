"""Planes across a vessel: its wall by rays from the centre of the lumen, and the lumen's area."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...grid import FloatArray
from .centreline import Branch, smooth_line
from .outline import Outline

RAYS = 180
COARSE_RAYS = 36
RADIAL_MM = 0.5
RADIAL_PARTS = 24
COARSE_RADIAL_MM = 1.0
RECENTRED = 2
SMOOTH_MM = 5.0
WIDEST = 2.2
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Planes:
    """Planes about 1 mm apart along a branch, orthogonal to its centreline.

    Parameters
    ----------
    along_mm
        Place of each plane along the branch, shape (n,).
    centre
        Centre of the lumen, shape (n, 3), mm along the grid's axes.
    wall
        Where each ray meets the wall, shape (n, rays, 3), mm along the grid's axes; NaN where it runs into another
        branch.
    area_mm2
        Area of the lumen, shape (n,).
    radius_mm
        Radius of a circle of that area, shape (n,).
    whole
        Whether the lumen is neither cut by an end of the label or of the view nor part of a fork, shape (n,).
    """

    along_mm: FloatArray
    centre: FloatArray
    wall: FloatArray
    area_mm2: FloatArray
    radius_mm: FloatArray
    whole: BoolArray


def cut_planes(branch: Branch, outline: Outline) -> Planes:
    """Planes across a branch, its line moved to the centres of the lumen first."""
    for _ in range(RECENTRED):
        centre, *_ = _sections(branch, outline, COARSE_RAYS, COARSE_RADIAL_MM)
        branch = Branch(smooth_line(centre, SMOOTH_MM), branch.forks, branch.piece)
    centre, *_ = _sections(branch, outline, COARSE_RAYS, COARSE_RADIAL_MM)
    _, wall, area = _sections(branch, outline, RAYS, RADIAL_MM, centre)
    radius = np.sqrt(area / np.pi)
    steps = np.linalg.norm(np.diff(branch.points, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    return Planes(along, centre, wall, area, radius, _whole(along, radius, wall))


def covered_area(planes: Planes, lesion: Outline) -> FloatArray:
    """Area of the lumen that a lesion covers in each plane, mm2, shape (n,)."""
    share = (np.arange(RADIAL_PARTS) + 0.5) / RADIAL_PARTS
    out = np.nan_to_num(planes.wall - planes.centre[:, None])
    inside = lesion.at(planes.centre[:, None, None] + share[:, None] * out[:, :, None]) < 0
    length = np.linalg.norm(out, axis=2)
    covered = (inside * share).sum(axis=2) / share.sum()
    return np.asarray((0.5 * length**2 * covered).sum(axis=1) * 2 * np.pi / RAYS)


def _whole(along: FloatArray, radius: FloatArray, wall: FloatArray) -> BoolArray:
    """Planes a radius away from both ends of a branch, in which every ray meets a wall."""
    typical = float(np.median(radius))
    inner = (along >= typical) & (along <= along[-1] - typical)
    return np.asarray(inner & ~np.isnan(wall[..., 0]).any(axis=1))


def _sections(
    branch: Branch, outline: Outline, rays: int, step: float, centre: FloatArray | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Centre of the lumen, wall and area of each plane, by rays from `centre`, by default the line itself."""
    origin = branch.points if centre is None else centre
    u, v = _across(branch.tangents)
    angle = 2 * np.pi * (np.arange(rays) + 0.5) / rays
    direction = np.cos(angle)[None, :, None] * u[:, None] + np.sin(angle)[None, :, None] * v[:, None]
    inscribed = -outline.at(branch.points)
    reach = WIDEST * float(np.max(inscribed)) + 2 * step
    r = np.arange(0, reach + step, step)
    values = outline.at(origin[:, None, None] + r[None, None, :, None] * direction[:, :, None])
    outside = values[..., 1:] >= 0
    open_ray = np.asarray(~outside.any(axis=2))
    last = outside.argmax(axis=2) + 1
    a = np.take_along_axis(values, last[..., None] - 1, 2)[..., 0]
    b = np.take_along_axis(values, last[..., None], 2)[..., 0]
    share = np.clip(a / np.minimum(a - b, -1e-9), 0, 1)
    length = np.where(open_ray, reach, step * (last - 1 + share))
    area = 0.5 * (length**2).sum(axis=1) * 2 * np.pi / rays
    moment = ((length**3 / 3)[..., None] * direction).sum(axis=1) * 2 * np.pi / rays
    moved = origin + moment / np.maximum(area, 1e-6)[:, None]
    wall = np.where(open_ray[..., None], np.nan, origin[:, None] + length[..., None] * direction)
    return moved, wall, area


def _across(tangents: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Two unit vectors across each tangent."""
    helper = np.eye(3)[np.argmin(np.abs(tangents), axis=1)]
    u = np.cross(tangents, helper)
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    return u, np.cross(tangents, u)
