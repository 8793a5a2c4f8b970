"""Contact of a lesion with a vessel's wall: angle and length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from ...grid import FloatArray
from .outline import Outline
from .planes import Planes

ABUTMENT_MOST = 180.0
BINS = (("none", 0.0), ("up to 90", 90.0), ("90 to 180", 180.0), ("180 to 270", 270.0), ("above 270", 360.0))


@dataclass(frozen=True)
class Contact:
    """How a lesion touches a vessel's wall.

    Parameters
    ----------
    degrees
        Contact angle in each plane, shape (n,).
    length_mm
        Longest stretch of planes with contact, mm.
    gap_mm
        Smallest distance of the wall to the lesion, mm; 0 where it lies in it.
    """

    degrees: FloatArray
    length_mm: float
    gap_mm: float

    @property
    def largest(self) -> float:
        """Largest contact angle, degrees."""
        return float(self.degrees.max(initial=0.0))


def find_contact(planes: Planes, lesion: Outline, surface: cKDTree, reach_mm: float) -> Contact:
    """Contact of a lesion with the wall that rays meet in planes across a vessel.

    Parameters
    ----------
    planes
        Across the vessel.
    lesion, surface
        The lesion's outline and its surface.
    reach_mm
        Wall at most this far from the lesion is in contact, mm.
    """
    n, rays, _ = planes.wall.shape
    met = ~np.isnan(planes.wall[..., 0])
    gap = np.full((n, rays), np.inf)
    walls = planes.wall[met]
    distance, _ = surface.query(walls)
    gap[met] = np.where(lesion.at(walls) < 0, 0.0, distance)
    degrees = (gap <= reach_mm).sum(axis=1) * 360.0 / rays
    return Contact(degrees, _longest(degrees > 0, planes.along_mm), float(gap.min(initial=np.inf)))


def contact_bin(degrees: float) -> str:
    """Class of a contact angle: none, up to 90, 90 to 180, 180 to 270, above 270 degrees."""
    return next(name for name, most in BINS if degrees <= most)


def contact_word(degrees: float) -> str:
    """Abutment up to 180 degrees of contact, encasement above, full encasement all around (NCCN, pancreas)."""
    if degrees >= 360.0:
        return "full encasement"
    return "encasement" if degrees > ABUTMENT_MOST else "abutment"


def _longest(touched: FloatArray, along: FloatArray) -> float:
    """Length of the longest run of planes, each standing for its share of the line."""
    share = np.gradient(along) if len(along) > 1 else np.ones(len(along))
    best = run = 0.0
    for flag, length in zip(touched, share, strict=True):
        run = run + float(length) if flag else 0.0
        best = max(best, run)
    return best
