"""Endplates of a vertebral body, found in the CT between its slices."""

from __future__ import annotations

import numpy as np

from ...grid import FloatArray, Volume
from .frame import Frame

WINDOW_MM = 6.0
SOFT_MM = 0.45
SHIFTS = np.linspace(-0.8, 0.8, 13)
TILTS = np.linspace(-1.2, 1.2, 13)
DIPS_MM = (0.0, 1.0, 2.0)
LEAST_VOXELS = 200


def refine_endplate(
    values: FloatArray, place: FloatArray, plane: FloatArray, dip: FloatArray, thickness_mm: float
) -> tuple[FloatArray, float]:
    """Plane of an endplate from the CT values around it.

    A voxel holds marrow below the endplate, the endplate's cortex where it meets it, and disc beyond; each mean is
    fitted, for each plane near the one that the label tells, and the plane with the smallest residue is taken.

    Parameters
    ----------
    values
        CT values of voxels around the endplate, shape (n,).
    place
        Columns 1, share of the depth, lateral share, outward height in mm; shape (n, 4).
    plane
        Outward height of the label's end: coefficients of 1, share of the depth, lateral share.
    dip
        By voxel, by how much of its depth a hollow endplate falls behind its rim, in [0, 1].
    thickness_mm
        Of the slices along the outward axis.

    Returns
    -------
    tuple
        The refined coefficients, and how hollow the endplate is in mm.
    """
    height = place[:, 3] - place[:, :3] @ plane
    best = (np.inf, plane, 0.0)
    for shift in SHIFTS * thickness_mm:
        for tilt in TILTS * thickness_mm:
            base = height - shift - tilt * (place[:, 1] - 0.5)
            for hollow in DIPS_MM:
                residue = _residue(values, base + hollow * dip, thickness_mm)
                if residue < best[0]:
                    best = (residue, plane + np.array([shift - 0.5 * tilt, tilt, 0.0]), hollow)
    return best[1], best[2]


def _residue(values: FloatArray, height: FloatArray, thickness: float) -> float:
    above, below = (height + side * thickness / 2 for side in (1, -1))
    plate = (_step(above) - _step(below)) / thickness
    beyond = (_ramp(above) - _ramp(below)) / thickness
    terms = np.stack([1 - beyond, beyond, plate])
    square = terms @ terms.T + 1e-9 * np.eye(3)
    projected = terms @ values
    return float(values @ values - projected @ np.linalg.solve(square, projected))


def _step(x: FloatArray) -> FloatArray:
    return np.asarray(1 / (1 + np.exp(np.clip(-x / SOFT_MM, -40, 40))))


def _ramp(x: FloatArray) -> FloatArray:
    return np.asarray(SOFT_MM * np.logaddexp(0, x / SOFT_MM))
