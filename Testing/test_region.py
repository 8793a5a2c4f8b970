"""Regions behave like the full masks that they stand for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from HimarsPlannerLib.errors import GeometryError
from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.region import Region, bounding_box, union

GRID = Grid((6, 5, 4), (1.0, 2.0, 3.0), (10.0, 20.0, 30.0))
masks = hnp.arrays(bool, GRID.shape, elements=st.booleans())


@settings(max_examples=60, deadline=None)
@given(first=masks, second=masks)
def test_overlap_union_and_volume_equal_those_of_the_masks(first: np.ndarray, second: np.ndarray) -> None:
    a, b = Region.from_array(first, GRID), Region.from_array(second, GRID)
    assert a.overlap(b) == np.count_nonzero(first & second)
    assert np.array_equal(union([a, b], GRID).to_array(), first | second)
    assert a.volume_ml == pytest.approx(np.count_nonzero(first) * 0.006)
    assert np.array_equal(a.to_array(), first)


def test_centroid_is_the_mean_position_of_the_voxels() -> None:
    mask = np.zeros(GRID.shape, bool)
    mask[1, 2, 3:5] = True
    assert Region.from_array(mask, GRID).centroid_lps == pytest.approx((13.5, 24.0, 33.0))


def test_values_are_those_under_the_mask() -> None:
    mask = np.zeros(GRID.shape, bool)
    mask[2, 1, 4] = mask[3, 4, 0] = True
    image = np.arange(mask.size).reshape(mask.shape)
    assert sorted(Region.from_array(mask, GRID).values(image)) == sorted(image[mask])


def test_a_block_knows_its_place_in_the_grid() -> None:
    block = np.zeros((2, 2, 2), bool)
    block[1, 0, 1] = True
    assert Region.from_array(block, GRID, start=(1, 2, 3)).start == (2, 2, 4)


def test_regions_on_different_grids_are_refused() -> None:
    mask = np.ones(GRID.shape, bool)
    other = Grid(GRID.size, GRID.spacing, (0.0, 0.0, 0.0))
    with pytest.raises(GeometryError, match="different grids"):
        Region.from_array(mask, GRID).overlap(Region.from_array(mask, other))


def test_bounding_box_margin_stays_in_the_array() -> None:
    mask = np.zeros(GRID.shape, bool)
    mask[0, 2, 5] = True
    assert bounding_box(mask, margin=1) == (slice(0, 2), slice(1, 4), slice(4, 6))


def test_cut_is_the_region_in_the_other_ones_block() -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        first, second = (Region.from_array(rng.random(GRID.shape) > 0.9, GRID) for _ in range(2))
        assert np.array_equal(first.cut(second), first.to_array()[second.box])
    far = Region(GRID, (0, 0, 0), np.ones((1, 1, 1), bool))
    assert not far.cut(Region(GRID, tuple(n - 1 for n in GRID.shape), np.ones((1, 1, 1), bool))).any()  # type: ignore[arg-type]
