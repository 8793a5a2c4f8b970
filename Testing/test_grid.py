"""The grid against SimpleITK, whose image geometry it states."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from HimarsPlannerLib.grid import Grid

C, S = np.cos(0.3), np.sin(0.3)
OBLIQUE = (C, -S, 0.0, S, C, 0.0, 0.0, 0.0, 1.0)
FEET_FIRST = (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, -1.0)


def same_image(grid: Grid) -> sitk.Image:
    image = sitk.Image(list(grid.size), sitk.sitkUInt8)
    image.SetSpacing(grid.spacing)
    image.SetOrigin(grid.origin)
    image.SetDirection(grid.direction)
    return image


@pytest.mark.parametrize("direction", [Grid((1, 1, 1), (1, 1, 1)).direction, OBLIQUE, FEET_FIRST])
def test_positions_and_indices_agree_with_simpleitk(direction: tuple[float, ...]) -> None:
    grid = Grid((7, 5, 4), (0.9, 1.1, 3.0), (-20.0, 33.5, 101.0), direction)
    image = same_image(grid)
    for z, y, x in [(0, 0, 0), (3, 4, 6), (1, 2, 5)]:
        expected = image.TransformIndexToPhysicalPoint((x, y, z))
        assert grid.to_lps((z, y, x)) == pytest.approx(expected)
        assert grid.to_index(expected) == pytest.approx((z, y, x))


def test_voxel_volume_is_in_ml() -> None:
    assert Grid((2, 2, 2), (2.0, 5.0, 10.0)).voxel_ml == pytest.approx(0.1)


def test_a_crop_keeps_the_place_of_its_voxels() -> None:
    grid = Grid((9, 8, 7), (1.0, 2.0, 3.0), (5.0, 6.0, 7.0), OBLIQUE)
    block = grid.crop((2, 3, 4), (2, 2, 3))
    assert block.shape == (2, 2, 3)
    assert block.to_lps((1, 1, 1)) == pytest.approx(grid.to_lps((3, 4, 5)))


def test_grids_differ_when_a_far_corner_does() -> None:
    grid = Grid((500, 4, 4), (1.0, 1.0, 1.0))
    assert grid.same_as(Grid((500, 4, 4), (1.00001, 1.0, 1.0)))
    assert not grid.same_as(Grid((500, 4, 4), (1.001, 1.0, 1.0)))
    assert not grid.same_as(Grid((499, 4, 4), (1.0, 1.0, 1.0)))
