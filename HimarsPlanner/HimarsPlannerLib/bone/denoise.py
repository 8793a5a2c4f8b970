"""Noise measured and taken out where nothing but noise is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..region import BoolArray
from .primitives import each

TISSUE_HU = (-150, 250)
SURE = 2.0
WINDOW = 3


def denoise(values: npt.NDArray[np.int16], body: BoolArray) -> npt.NDArray[np.int16]:
    """Local mean where the local variance is that of noise, the value itself where it is much more.

    The adaptive filter of Lee (IEEE PAMI 1980;2:165-168) with the scan's own noise: walls of bone stay as they are,
    while contrast and organs of a low-dose CT become even.

    Parameters
    ----------
    values
        HU, (z, y, x).
    body
        The patient.
    """
    noise = measure_noise(values, body)
    exact = values.astype(np.float32)
    mean, square = each(lambda field: ndimage.uniform_filter(field, WINDOW, mode="nearest"), (exact, exact * exact))
    variance = np.maximum(square - mean * mean, 1e-3)
    share = np.maximum(variance - SURE * noise * noise, 0) / variance
    return np.asarray(np.rint(mean + share * (exact - mean)), dtype=np.int16)


def measure_noise(values: npt.NDArray[np.int16], body: BoolArray) -> float:
    """Standard deviation of the noise in HU, from neighbours in the slice; robust against edges."""
    inner = values[:, 1:-1, 1:-1]
    tissue = body[:, 1:-1, 1:-1] & (inner > TISSUE_HU[0]) & (inner < TISSUE_HU[1])
    if not tissue.any():
        return 0.0
    around = (values[:, :-2, 1:-1].astype(np.int32) + values[:, 2:, 1:-1] + values[:, 1:-1, :-2] + values[:, 1:-1, 2:])[
        tissue
    ]
    differences = np.abs(inner[tissue] - around / 4)
    return float(np.median(differences) * 1.4826 / np.sqrt(1.25))
