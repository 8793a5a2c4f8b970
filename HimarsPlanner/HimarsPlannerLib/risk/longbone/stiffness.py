"""Structural rigidity of bone sections: axial (EA), bending (EI) and torsional (GJ), each up to one constant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...grid import FloatArray
from .sections import ANGLES, RADII, STEP_MM

LEAST_DENSITY = 0.001


@dataclass(frozen=True)
class Elasticity:
    """Apparent density from HU, modulus from density.

    Parameters
    ----------
    density_at_zero, density_per_hu
        kg/m3 and kg/m3 per HU.
    factor, exponent
        Modulus in MPa = factor x (density in g/cm3) ** exponent.
    """

    density_at_zero: float
    density_per_hu: float
    factor: float
    exponent: float

    def modulus(self, hu: npt.NDArray[np.float32]) -> FloatArray:
        """Modulus in MPa; only ratios of it mean anything on a CT without a density phantom."""
        density = (self.density_at_zero + self.density_per_hu * hu.astype(np.float64)) / 1000
        return np.asarray(self.factor * np.maximum(density, LEAST_DENSITY) ** self.exponent)


def rigidities(hu: npt.NDArray[np.float32], outer: FloatArray, elasticity: Elasticity) -> FloatArray:
    """Axial, bending and torsional rigidity of sections, shape (planes, 3); NaN where the outline is not closed.

    EA = sum(E da); about the modulus-weighted centroid EI by the smaller principal axis, GJ = sum(G r^2 da) with G in
    proportion to E (Snyder 2006; Nazarian 2015).

    Parameters
    ----------
    hu
        On the rays, (planes, rays, radii).
    outer
        Outer surface on the rays, mm, (planes, rays).
    """
    # The share of each radial cell inside the outline, so that half a cell does not count whole.
    share = np.clip((outer[..., None] - RADII) / STEP_MM + 0.5, 0, 1)
    weight = elasticity.modulus(hu) * share * RADII
    x, y = RADII * np.cos(ANGLES)[:, None], RADII * np.sin(ANGLES)[:, None]
    axial = weight.sum(axis=(1, 2))
    mx, my = ((weight * a).sum(axis=(1, 2)) / axial for a in (x, y))
    xx = (weight * x * x).sum(axis=(1, 2)) - axial * mx**2
    yy = (weight * y * y).sum(axis=(1, 2)) - axial * my**2
    xy = (weight * x * y).sum(axis=(1, 2)) - axial * mx * my
    bending = (xx + yy) / 2 - np.hypot((xx - yy) / 2, xy)
    cell = STEP_MM * (ANGLES[1] - ANGLES[0])
    return np.asarray(np.stack([axial, bending, xx + yy], axis=1) * cell)
