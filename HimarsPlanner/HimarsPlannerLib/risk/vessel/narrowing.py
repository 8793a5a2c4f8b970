"""Narrowing of a vessel beside a lesion against its own lumen above and below."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...grid import FloatArray
from .planes import Planes

CLEAR_MM = 4.0
WINDOW_MM = 20.0
FEWEST = 4


@dataclass(frozen=True)
class Narrowing:
    """Share of the lumen that is lost.

    Parameters
    ----------
    percent
        100 x (1 - smallest area / area that the neighbouring lumen leads one to expect), at least 0.
    neighbours
        On how many sides a normal lumen is in view: 1 or 2.
    """

    percent: float
    neighbours: int


def find_narrowing(
    planes: Planes, touched: npt.NDArray[np.bool_], area_mm2: FloatArray | None = None
) -> Narrowing | None:
    """Narrowing where a lesion touches a branch; None where no normal lumen beside it is in view.

    The expected radius runs straight from the median of the 20 mm above the contact to that of the 20 mm below, so a
    vessel's own taper is no narrowing; with one neighbour in view it is that one's.

    Parameters
    ----------
    planes
        Across the branch.
    touched
        Planes with contact, shape (n,).
    area_mm2
        Area of the free lumen in each plane; by default that of the contour.
    """
    area = planes.area_mm2 if area_mm2 is None else area_mm2
    at = planes.along_mm
    inside = touched & planes.whole
    if not inside.any():
        return None
    low, high = float(at[touched].min()), float(at[touched].max())
    places, radii = [], []
    for near, far in ((low - CLEAR_MM, low - CLEAR_MM - WINDOW_MM), (high + CLEAR_MM, high + CLEAR_MM + WINDOW_MM)):
        beside = planes.whole & (at >= min(near, far)) & (at <= max(near, far))
        if np.count_nonzero(beside) >= FEWEST:
            places.append(float(np.median(at[beside])))
            radii.append(float(np.median(planes.radius_mm[beside])))
    if not places:
        return None
    expected = np.pi * np.interp(at, places, radii) ** 2
    share = float((area[inside] / expected[inside]).min())
    return Narrowing(100 * max(1 - share, 0.0), len(places))
