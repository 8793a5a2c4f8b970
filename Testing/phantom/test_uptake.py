"""The PET of the made patient shows its true uptake as a scanner would."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import curve_fit
from scipy.special import erf

from HimarsPlannerLib.phantom import Phantom


def test_a_large_lesion_shows_its_true_suv(quiet_phantom: Phantom) -> None:
    largest = max(quiet_phantom.truth["lesions"], key=lambda row: row["volume_ml"] * (row["type"] == "node"))
    z, y, x = np.rint(quiet_phantom.pet.grid.to_index(largest["centroid_lps_mm"])).astype(int)
    assert quiet_phantom.pet.array[z, y, x] == pytest.approx(largest["suv"], rel=0.12)


def test_an_edge_is_blurred_by_six_millimetres(quiet_phantom: Phantom) -> None:
    bladder = quiet_phantom.structures["Bladder"].centroid_lps
    grid = quiet_phantom.pet.grid
    z, y, x = np.rint(grid.to_index(bladder)).astype(int)
    profile = quiet_phantom.pet.array[z, y, x : x + 16].astype(float)
    place = np.arange(16) * grid.spacing[0]

    def edge(at: np.ndarray, high: float, low: float, middle: float, sigma: float) -> np.ndarray:
        return low + (high - low) / 2 * (1 - erf((at - middle) / (sigma * np.sqrt(2))))

    found, _ = curve_fit(edge, place, profile, p0=(profile[0], profile[-1], 38, 2.5))
    assert 2.3548 * abs(found[3]) == pytest.approx(6.0, abs=0.5)


def test_every_lesion_is_hotter_than_what_surrounds_it(coarse_phantom: Phantom) -> None:
    for row in coarse_phantom.truth["lesions"]:
        z, y, x = np.rint(coarse_phantom.pet.grid.to_index(row["centroid_lps_mm"])).astype(int)
        around = coarse_phantom.pet.array[z - 1 : z + 2, y - 1 : y + 2, x - 1 : x + 2]
        assert around.max() > 1.5, row


def test_noise_follows_counting_statistics(coarse_phantom: Phantom, quiet_phantom: Phantom) -> None:
    noisy, quiet = coarse_phantom.pet.array, quiet_phantom.pet.array
    variances = [((noisy - quiet)[(quiet > low) & (quiet < high)]).var() for low, high in ((0.45, 0.55), (8, 30))]
    means = [quiet[(quiet > low) & (quiet < high)].mean() for low, high in ((0.45, 0.55), (8, 30))]
    assert variances[1] / variances[0] == pytest.approx(means[1] / means[0], rel=0.3), "variance grows as the mean"
