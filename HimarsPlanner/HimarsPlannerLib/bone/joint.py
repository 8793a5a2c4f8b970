"""Joint spaces: the outside running on between two bones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..region import BoolArray
from .enclosure import DIRECTIONS
from .primitives import Spacing

HALF_GAP_MM = 2.2
STEP_MM = 0.5
WALL_HU = 300
BEHIND_MM = 6.0
DEEPEST_MM = 60.0

Indices = npt.NDArray[np.int64]


def open_joints(
    ct: npt.NDArray[np.int16],
    edge: npt.NDArray[np.int16],
    factors: tuple[int, int, int],
    outside: BoolArray,
    spacing: Spacing,
) -> None:
    """Let `outside` run on, in place, through gaps of at most twice `HALF_GAP_MM` between two walls of bone.

    The space of hip, sacroiliac and facet joints is enclosed by bone on most sides and as narrow as the marrow of thin
    bones; what tells it from marrow is that it is open to the outside, and that bone goes on behind both walls.

    Parameters
    ----------
    ct
        HU, (z, y, x).
    edge
        HU of the bone's edge at each block.
    factors
        Voxels per block along z, y, x.
    outside
        What is known not to be bone.
    spacing
        Voxel spacing (z, y, x) in mm.
    """
    shape = np.asarray(ct.shape)
    rays = _rays(spacing)
    front = _touching(outside)
    front = front[_below(ct, edge, factors, front)]
    for _ in range(round(DEEPEST_MM / min(spacing))):
        front = front[_between_walls(ct, _edges(edge, factors, front), outside, front, rays)]
        if len(front) == 0:
            return
        outside[tuple(front.T)] = True
        front = _neighbours(front, shape)
        place = tuple(front.T)
        front = front[~outside[place]]
        front = front[_below(ct, edge, factors, front)]


def _rays(spacing: Spacing) -> list[tuple[Indices, Indices]]:
    """For each of 13 directions the voxel offsets up to half a gap's width, and the one behind the wall."""
    rays = []
    for direction in DIRECTIONS[len(DIRECTIONS) // 2 :]:
        unit = np.asarray(direction) / np.sqrt(np.abs(direction).sum()) / np.asarray(spacing)
        steps = np.rint(np.arange(STEP_MM, HALF_GAP_MM + STEP_MM / 2, STEP_MM)[:, None] * unit).astype(np.int64)
        steps = np.unique(steps[steps.any(axis=1)], axis=0)
        if len(steps):
            rays.append((steps, np.rint(BEHIND_MM * unit).astype(np.int64)))
    return rays


def _edges(edge: npt.NDArray[np.int16], factors: tuple[int, int, int], points: Indices) -> npt.NDArray[np.int16]:
    return np.asarray(edge[tuple((points // np.asarray(factors)).T)])


def _below(
    ct: npt.NDArray[np.int16], edge: npt.NDArray[np.int16], factors: tuple[int, int, int], points: Indices
) -> BoolArray:
    return np.asarray(ct[tuple(points.T)] < _edges(edge, factors, points))


def _touching(outside: BoolArray) -> Indices:
    """Voxels that are not outside but share a face with it."""
    touch = np.zeros_like(outside)
    for axis in range(3):
        ahead, behind = [slice(None)] * 3, [slice(None)] * 3
        ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
        touch[tuple(ahead)] |= outside[tuple(behind)]
        touch[tuple(behind)] |= outside[tuple(ahead)]
    return np.argwhere(touch & ~outside)


def _neighbours(points: Indices, shape: npt.NDArray[np.int64]) -> Indices:
    faces = np.concatenate([np.eye(3, dtype=np.int64), -np.eye(3, dtype=np.int64)])
    around = (points[:, None] + faces).reshape(-1, 3)
    around = around[((around >= 0) & (around < shape)).all(axis=1)]
    flat = np.unique(np.ravel_multi_index(tuple(around.T), tuple(shape)))
    return np.stack(np.unravel_index(flat, tuple(shape)), axis=1)


def _between_walls(
    ct: npt.NDArray[np.int16],
    edge: npt.NDArray[np.int16],
    outside: BoolArray,
    points: Indices,
    rays: list[tuple[Indices, Indices]],
) -> BoolArray:
    """Whether a wall lies within reach both ways along one direction, and bone behind both."""
    wall = np.maximum(edge, WALL_HU)[:, None]
    last = np.asarray(ct.shape) - 1
    between = np.zeros(len(points), dtype=bool)
    for steps, behind in rays:
        sides = np.ones(len(points), dtype=bool)
        for sign in (1, -1):
            near = np.clip(points[:, None] + sign * steps, 0, last)
            far = np.clip(points + sign * behind, 0, last)
            sides &= (ct[near[..., 0], near[..., 1], near[..., 2]] > wall).any(axis=1) & ~outside[tuple(far.T)]
        between |= sides
    return between
