"""A shell of voxels more and less, against morphology on the whole grid by another library."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.morphology import dilation, erosion

from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.selection.shell import with_shell, without_shell

GRID = Grid((7, 6, 5), (1.0, 1.0, 3.0))
CROSS = np.zeros((3, 3, 3), bool)
CROSS[1, 1, :] = CROSS[1, :, 1] = CROSS[:, 1, 1] = True


@settings(max_examples=200, deadline=None)
@given(mask=hnp.arrays(bool, GRID.shape, elements=st.booleans()))
def test_shells_are_dilation_and_erosion_clipped_to_the_grid(mask: np.ndarray) -> None:
    region = Region.from_array(mask, GRID)
    larger, smaller = with_shell(region), without_shell(region)
    assert np.array_equal(larger.to_array(), dilation(mask, CROSS))
    # Beyond the end of the grid nothing is known: it is no surface.
    assert np.array_equal(smaller.to_array(), erosion(np.pad(mask, 1, mode="edge"), CROSS)[1:-1, 1:-1, 1:-1])


@pytest.mark.parametrize(("radius", "change"), [(10.0, with_shell), (10.0, without_shell)])
def test_a_ball_changes_by_about_its_surface(radius: float, change: object) -> None:
    grid = Grid((41, 41, 41), (1.0, 1.0, 1.0))
    z, y, x = np.indices(grid.shape) - 20
    ball = Region.from_array(z**2 + y**2 + x**2 < radius**2, grid)
    changed = change(ball).voxels  # type: ignore[operator]
    # A shell by faces is one voxel thick along the axes and 1 / sqrt(3) along the diagonals.
    thickness = abs((3 * changed / (4 * np.pi)) ** (1 / 3) - radius)
    assert 1 / np.sqrt(3) < thickness < 1
