"""Which CT slices the planes of a contoured structure stand for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..grid import FloatArray

SAME_PLANE_MM = 0.1
LARGEST_STEP_MM = 10.0
REGULAR = 0.1
GAP_STEPS = 1.5
TIE = 1e-3


@dataclass(frozen=True)
class Plane:
    """Contours at one position.

    Parameters
    ----------
    position
        Along the slice axis of the CT, in slice index units.
    polygons
        Each of shape (n, 2): x and y in voxel index units.
    """

    position: float
    polygons: tuple[FloatArray, ...]


def group_planes(contours: Sequence[FloatArray], spacing_mm: float) -> tuple[Plane, ...]:
    """Group flat contours by their position along the slice axis.

    Parameters
    ----------
    contours
        Each of shape (n, 3): x, y, z in voxel index units, z the same for all points of one.
    spacing_mm
        Distance of CT slices.

    Returns
    -------
    tuple of Plane
        In the order of their positions; a contour that is in the file twice counts once.
    """
    placed = sorted(((float(contour[0, 2]), contour) for contour in contours), key=lambda item: item[0])
    groups: list[list[tuple[float, FloatArray]]] = []
    for position, contour in placed:
        if groups and (position - groups[-1][0][0]) * spacing_mm <= SAME_PLANE_MM:
            groups[-1].append((position, contour))
        else:
            groups.append([(position, contour)])
    return tuple(
        Plane(float(np.mean([position for position, _ in group])), _without_copies([c[:, :2] for _, c in group]))
        for group in groups
    )


def plane_step(planes: Sequence[Plane], spacing_mm: float) -> float | None:
    """Regular distance of a structure's planes in slice index units.

    Returns
    -------
    float or None
        None where there are fewer than three planes or no distance is the usual one.
    """
    steps = np.diff([plane.position for plane in planes])
    if len(steps) < 2:
        return None
    step = float(np.median(steps))
    usual = np.abs(steps - step) <= REGULAR * step
    return step if usual.mean() > 0.5 and step * spacing_mm <= LARGEST_STEP_MM else None


def slices_of(planes: Sequence[Plane], step: float) -> list[range]:
    """CT slices that each plane stands for: those nearest to it, within half a step where it has no neighbour.

    Parameters
    ----------
    planes
        In the order of their positions.
    step
        Distance of the structure's planes in slice index units.

    Returns
    -------
    list of range
        Slice indices, which may lie outside the CT; no slice belongs to two planes.
    """
    positions = [plane.position for plane in planes]
    ranges = []
    for number, position in enumerate(positions):
        low, high = position - step / 2, position + step / 2
        if number > 0 and position - positions[number - 1] <= GAP_STEPS * step:
            low = (position + positions[number - 1]) / 2
        if number + 1 < len(positions) and positions[number + 1] - position <= GAP_STEPS * step:
            high = (position + positions[number + 1]) / 2
        ranges.append(range(math.ceil(low - TIE), math.ceil(high - TIE)))
    if ranges and not any(ranges):
        middle = len(ranges) // 2
        nearest = round(positions[middle])
        ranges[middle] = range(nearest, nearest + 1)
    return ranges


def off_slices(planes: Sequence[Plane]) -> float:
    """Largest distance of a plane from the nearest CT slice, in slice index units; 0 without planes."""
    positions = np.array([plane.position for plane in planes])
    return float(np.abs(positions - np.rint(positions)).max(initial=0.0))


def gaps(planes: Sequence[Plane], step: float) -> list[tuple[float, float]]:
    """Stretches without contours between planes whose contours lie above each other, in slice index units."""
    found = []
    for below, above in pairwise(planes):
        if above.position - below.position > GAP_STEPS * step and _boxes_meet(below, above):
            found.append((below.position, above.position))
    return found


def _boxes_meet(one: Plane, other: Plane) -> bool:
    a, b = np.concatenate(one.polygons), np.concatenate(other.polygons)
    return bool((a.min(axis=0) <= b.max(axis=0)).all() and (b.min(axis=0) <= a.max(axis=0)).all())


def _without_copies(polygons: Sequence[FloatArray]) -> tuple[FloatArray, ...]:
    if len(polygons) == 1:
        return (polygons[0],)
    return tuple({np.round(polygon, 6).tobytes(): polygon for polygon in polygons}.values())
