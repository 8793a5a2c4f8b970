"""Arrays in the patient's axes: every voxel keeps its place, whatever way it was stored."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.orient import Orientation, region_to_lps_axes, to_lps_axes
from HimarsPlannerLib.region import Region

SIZE = (5, 4, 3)


def rotation_about_z(degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def grid_along(direction: np.ndarray) -> Grid:
    return Grid(SIZE, (1.0, 2.0, 3.0), (-7.0, 11.0, 5.0), tuple(float(v) for v in direction.ravel()))


EVERY_ORIENTATION = [
    np.eye(3)[:, list(order)] * signs for order in permutations(range(3)) for signs in product((1, -1), repeat=3)
]


@pytest.mark.parametrize("direction", [*EVERY_ORIENTATION, *(rotation_about_z(20) @ d for d in EVERY_ORIENTATION)])
def test_axes_become_the_patients_and_every_voxel_keeps_its_place(direction: np.ndarray) -> None:
    grid = grid_along(direction)
    stored = np.arange(np.prod(SIZE)).reshape(grid.shape)
    seen, seen_grid = to_lps_axes(stored, grid)
    assert seen.shape == seen_grid.shape
    assert np.all(np.diag(seen_grid.axes) > 0.9)
    places = {int(stored[index]): grid.to_lps(index) for index in np.ndindex(grid.shape)}
    for index in np.ndindex(seen_grid.shape):
        np.testing.assert_allclose(seen_grid.to_lps(index), places[int(seen[index])], atol=1e-9)


@pytest.mark.parametrize("direction", EVERY_ORIENTATION)
def test_undo_gives_the_stored_array_back(direction: np.ndarray) -> None:
    grid = grid_along(direction)
    stored = np.arange(np.prod(SIZE)).reshape(grid.shape)
    orientation = Orientation.of(grid)
    np.testing.assert_array_equal(orientation.undo(orientation.apply(stored)), stored)


@pytest.mark.parametrize("direction", EVERY_ORIENTATION)
def test_a_region_is_reordered_like_its_array(direction: np.ndarray) -> None:
    grid = grid_along(direction)
    mask = np.zeros(grid.shape, dtype=bool)
    mask[1:3, 0:2, 2:5] = mask[2, 3, 4] = True
    expected, expected_grid = to_lps_axes(mask, grid)
    region = region_to_lps_axes(Region.from_array(mask, grid))
    assert region.grid.same_as(expected_grid)
    np.testing.assert_array_equal(region.to_array(), expected)
