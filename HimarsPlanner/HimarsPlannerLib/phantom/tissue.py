"""Soft tissue: a solid with its CT number and its uptake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from .shapes import Array, Point, Solid, cone, empty, merge_near

HuField = Callable[[Array, Array, Array], Array]


@dataclass(frozen=True)
class Tissue:
    """One organ or part of it, painted over what was painted before.

    Parameters
    ----------
    name
        Structure name; parts of one name make one structure, "" is no structure.
    solid
        Where it is, body mm.
    hu
        CT number, or its field at body coordinates.
    suv
        SUVbw, or None where the tissue does not change what lies below it.
    interpreted_type
        RTROIInterpretedType of the structure.
    off_bone
        Distance in mm that it keeps from bone; what lies below it shows there.
    """

    name: str
    solid: Solid
    hu: float | HuField
    suv: float | None = None
    interpreted_type: str = "ORGAN"
    off_bone: float = 0.0


def tube(points: Sequence[Point] | npt.NDArray[np.float64], radii: Sequence[float], margin: float = 2.0) -> Solid:
    """Round tube through points (body mm) with a radius at each."""
    path = [(float(a), float(b), float(c)) for a, b, c in points]
    largest = max(radii)

    def distance(x: Array, y: Array, z: Array) -> Array:
        whole = empty(x, y, z)
        for a, b, ra, rb in zip(path[:-1], path[1:], radii[:-1], radii[1:], strict=True):
            merge_near(whole, (x, y, z), (a, b), largest, partial(cone, a=a, b=b, radius_a=ra, radius_b=rb))
        return whole

    low, high = np.min(path, axis=0) - largest - margin, np.max(path, axis=0) + largest + margin
    return Solid((low[0], low[1], low[2]), (high[0], high[1], high[2]), distance)


def ball(distance: Callable[[Array, Array, Array], Array], centre: Point, reach: Sequence[float]) -> Solid:
    """Solid in the box of `reach` around `centre`."""
    low, high = np.subtract(centre, reach) - 2, np.add(centre, reach) + 2
    return Solid((low[0], low[1], low[2]), (high[0], high[1], high[2]), distance)
