"""Dose-volume histogram of one structure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..grid import FloatArray

BIN_GY = 0.01
SAME_DOSE = 1e-3


@dataclass(frozen=True)
class Dvh:
    """Volumes by dose, of the part of a structure that is inside the dose grid.

    Parameters
    ----------
    bins_ml
        Volume in each bin of `BIN_GY` from 0 Gy on, ml.
    min_gy, max_gy, mean_gy
        Of the samples themselves, not of bins.
    outside_ml
        Volume outside the dose grid, whose dose is not known.
    """

    bins_ml: FloatArray
    min_gy: float
    max_gy: float
    mean_gy: float
    outside_ml: float = 0.0

    @classmethod
    def of_samples(
        cls,
        dose: npt.NDArray[np.float32],
        volume_ml: npt.NDArray[np.float32],
        extremes: tuple[float, float],
        outside_ml: float = 0.0,
    ) -> Dvh:
        """Histogram of samples.

        Parameters
        ----------
        dose
            Gy.
        volume_ml
            Volume that each sample stands for.
        extremes
            Least and largest dose inside, Gy; samples beyond count as these.
        outside_ml
            See `Dvh`.
        """
        clipped = np.clip(dose, *extremes)
        number = np.floor(clipped / np.float32(BIN_GY) + np.float32(SAME_DOSE)).astype(np.intp)
        bins = np.asarray(np.bincount(number, weights=volume_ml), dtype=np.float64)
        return cls(bins, *extremes, float(np.average(clipped, weights=volume_ml)), outside_ml)

    @property
    def inside_ml(self) -> float:
        """Volume inside the dose grid, ml."""
        return float(self.bins_ml.sum())

    @property
    def volume_ml(self) -> float:
        """Volume of the whole structure, ml."""
        return self.inside_ml + self.outside_ml

    @property
    def covered(self) -> float:
        """Fraction of the structure inside the dose grid."""
        return self.inside_ml / self.volume_ml

    @cached_property
    def cumulative_ml(self) -> FloatArray:
        """Volume with at least the dose of each bin's lower edge, ml; the last value is 0."""
        return np.append(np.cumsum(self.bins_ml[::-1])[::-1], 0.0)

    def volume_from(self, dose_gy: float) -> float:
        """Volume in ml inside the dose grid that gets at least a dose."""
        return float(np.interp(dose_gy / BIN_GY, np.arange(len(self.cumulative_ml)), self.cumulative_ml))

    def dose_at(self, volume_ml: float) -> float:
        """Highest dose in Gy that at least this volume of the covered part gets."""
        above = self.cumulative_ml
        # The curve falls; of a flat stretch the highest dose counts.
        number = int(np.searchsorted(-above, -volume_ml, side="right")) - 1
        if number < 0:
            return self.min_gy
        if number + 1 >= len(above):
            return self.max_gy
        drop = above[number] - above[number + 1]
        share = (above[number] - volume_ml) / drop if drop > 0 else 0.0
        return float(np.clip((number + share) * BIN_GY, self.min_gy, self.max_gy))

    def dose_at_share(self, share: float) -> float:
        """Highest dose in Gy that at least this fraction of the covered part gets, e.g. 0.98 for D98."""
        return self.dose_at(share * self.inside_ml)
