"""The fast libraries and SimpleITK give the same answers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from HimarsPlannerLib.bone import primitives


@pytest.fixture(params=range(4))
def mask(request: pytest.FixtureRequest) -> np.ndarray:
    noise = np.random.default_rng(request.param).normal(size=(23, 31, 27))
    return np.asarray(ndimage.gaussian_filter(noise, 1.2) > 0.05)


def test_components_are_the_same_partition(mask: np.ndarray) -> None:
    pytest.importorskip("cc3d")
    fast, fast_count = primitives.components(mask, fast=True)
    slow, slow_count = primitives.components(mask, fast=False)
    pairs = {(int(a), int(b)) for a, b in zip(fast.ravel(), slow.ravel(), strict=True)}
    assert fast_count == slow_count == len(pairs) - 1
    assert (0, 0) in pairs


def test_distances_are_the_same_and_those_of_scipy(mask: np.ndarray) -> None:
    pytest.importorskip("edt")
    spacing = (3.0, 0.9, 1.1)
    fast = primitives.distance(mask, spacing, fast=True)
    slow = primitives.distance(mask, spacing, fast=False)
    expected = ndimage.distance_transform_edt(mask, sampling=spacing)
    np.testing.assert_allclose(fast, expected, atol=1e-4)
    np.testing.assert_allclose(slow, expected, atol=1e-4)


def test_near_reaches_as_far_as_asked_along_each_axis() -> None:
    seed = np.zeros((9, 9, 9), bool)
    seed[4, 4, 4] = True
    grown = primitives.near(seed, 4.0, (2.0, 1.0, 1.0))
    z, y, x = np.indices(seed.shape) - 4
    np.testing.assert_array_equal(grown, (abs(2 * z) <= 4) & (abs(y) <= 4) & (abs(x) <= 4))


def test_both_ways_fill_the_same_holes() -> None:
    mask = np.random.default_rng(3).random((20, 30, 25)) < 0.6
    slow = primitives.fill(mask, fast=False)
    np.testing.assert_array_equal(primitives.fill(mask, fast=True), slow)
    np.testing.assert_array_equal(slow, ndimage.binary_fill_holes(mask))
    assert np.count_nonzero(slow) > np.count_nonzero(mask)


def test_filling_closes_cavities_and_leaves_tunnels_open() -> None:
    shell = np.zeros((12, 12, 12), bool)
    shell[1:7, 1:7, 1:7] = True
    shell[3:5, 3:5, 3:5] = False
    shell[1:7, 8:11, 8:11] = True
    shell[:, 9, 9] = False
    filled = primitives.fill(shell)
    assert filled[3:5, 3:5, 3:5].all()
    assert not filled[:, 9, 9].any()
