"""Contours: filling them must give the voxels back, whatever the shape."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.draw import polygon2mask

from HimarsPlannerLib.export.contours import Contours, trace_region, trace_slice
from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.region import Region

masks = hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12))


def picture(*rows: str) -> np.ndarray:
    return np.array([[mark == "#" for mark in row] for row in rows])


SHAPES = {
    "one voxel": picture("...", ".#.", "..."),
    "whole image": picture("##", "##"),
    "horizontal rod": picture(".....", ".####"),
    "vertical rod": picture("#.", "#.", "#."),
    "touching in a corner": picture("#.", ".#"),
    "touching in the other corner": picture(".#", "#."),
    "chessboard": picture("#.#.#", ".#.#.", "#.#.#"),
    "ring": picture("####", "#..#", "####"),
    "hole of one voxel": picture("###", "#.#", "###"),
    "island in a hole": picture("#######", "#.....#", "#.###.#", "#.#.#.#", "#.###.#", "#.....#", "#######"),
    "holes in a row": picture("#########", "#.#.#.#.#", "#########"),
    "holes touching in a corner": picture("#####", "#.###", "##.##", "#####"),
    "hole touching the outside": picture(".####", "#.###", "#####", "#####"),
    "ring closed by a corner": picture(".##.", "#..#", "#.##", "###."),
    "net": np.kron(np.indices((4, 4)).prod(axis=0) % 2 == 0, np.ones((2, 2), bool)),
}


@pytest.fixture(params=SHAPES.values(), ids=SHAPES.keys())
def shape(request: pytest.FixtureRequest) -> np.ndarray:
    return request.param


def in_voxels(polygons: list[np.ndarray]) -> list[np.ndarray]:
    return [polygon - 0.5 for polygon in polygons]


def check_rings(polygons: list[np.ndarray]) -> None:
    for polygon in polygons:
        sides = np.roll(polygon, -1, axis=0) - polygon
        along_row = sides[:, 0] == 0
        assert len(polygon) >= 4
        assert ((sides == 0).sum(axis=1) == 1).all(), "every side follows a voxel edge and has a length"
        assert (along_row != np.roll(along_row, 1)).all(), "no three points in line"


def test_filling_keyholed_polygons_gives_the_shape_back(shape, fill_polygons, area_of):
    polygons = trace_slice(shape)
    parity, winding = fill_polygons(in_voxels(polygons), shape.shape)
    check_rings(polygons)
    np.testing.assert_array_equal(parity, shape)
    np.testing.assert_array_equal(np.abs(winding), shape)
    assert all(area_of(polygon) > 0 for polygon in polygons)
    assert sum(area_of(polygon) for polygon in polygons) == shape.sum()


def test_filling_separate_holes_gives_the_shape_back(shape, fill_polygons, area_of):
    polygons = trace_slice(shape, holes="separate")
    parity, winding = fill_polygons(in_voxels(polygons), shape.shape)
    check_rings(polygons)
    np.testing.assert_array_equal(parity, shape)
    np.testing.assert_array_equal(np.abs(winding), shape)
    assert sum(area_of(polygon) for polygon in polygons) == shape.sum()


@settings(max_examples=300, deadline=None)
@given(masks, st.sampled_from(["keyhole", "separate"]))
def test_any_mask_survives(fill_polygons, area_of, mask, holes):
    polygons = trace_slice(mask, holes)
    parity, winding = fill_polygons(in_voxels(polygons), mask.shape)
    check_rings(polygons)
    np.testing.assert_array_equal(parity, mask)
    np.testing.assert_array_equal(np.abs(winding), mask)
    assert sum(area_of(polygon) for polygon in polygons) == mask.sum()


def test_public_polygon_filler_agrees(shape):
    filled = np.zeros(shape.shape, bool)
    for polygon in in_voxels(trace_slice(shape)):
        filled ^= polygon2mask(shape.shape, polygon)
    np.testing.assert_array_equal(filled, shape)


def test_keyhole_makes_one_polygon_of_a_ring_and_leaves_its_island_apart():
    assert len(trace_slice(SHAPES["island in a hole"])) == 2
    assert len(trace_slice(SHAPES["island in a hole"], holes="separate")) == 4


def test_channel_takes_the_shortest_way_out():
    slab = np.ones((9, 30), bool)
    slab[4, 26] = False
    [polygon] = trace_slice(slab)
    sides = np.abs(np.diff(polygon, axis=0, append=polygon[:1])).sum()
    outline_and_hole = 2 * (9 + 30) + 4
    assert sides == outline_and_hole + 2 * 3


def test_contour_divides_where_channels_would_cross(fill_polygons):
    slab = np.ones((15, 15), bool)
    slab[7, [5, 9]] = slab[[5, 9], 7] = False
    polygons = trace_slice(slab)
    check_rings(polygons)
    for polygon in polygons:
        sides = list(zip(polygon.tolist(), np.roll(polygon, -1, axis=0).tolist(), strict=True))
        along_row = [(a[0], *sorted((a[1], b[1]))) for a, b in sides if a[0] == b[0]]
        along_column = [(a[1], *sorted((a[0], b[0]))) for a, b in sides if a[1] == b[1]]
        assert not any(x0 < x < x1 and y0 < y < y1 for y, x0, x1 in along_row for x, y0, y1 in along_column)
    np.testing.assert_array_equal(fill_polygons(in_voxels(polygons), slab.shape)[0], slab)


def test_region_is_traced_slice_by_slice_at_its_place():
    grid = Grid((9, 8, 7), (1.0, 1.0, 1.0))
    block = np.zeros((3, 2, 2), bool)
    block[0] = block[2] = True
    contours = trace_region(Region(grid, (2, 4, 5), block))
    assert contours.slices.tolist() == [2, 4]
    for _, corners in contours:
        assert sorted(map(tuple, corners.tolist())) == [(4, 5), (4, 7), (6, 5), (6, 7)]


def test_large_regions_are_traced_as_their_slices_are():
    noise = np.random.default_rng(3).random((40, 500, 600)) < 0.5
    noise[:, 5:-5, 5:-5] = True
    noise[::2, 100:400, 100:400] = False
    grid = Grid((600, 500, 40), (1.0, 1.0, 1.0))
    contours = trace_region(Region(grid, (0, 0, 0), noise))
    for z in (0, 17, 39):
        expected = {tuple(map(tuple, polygon.tolist())) for polygon in trace_slice(noise[z])}
        assert {tuple(map(tuple, corners.tolist())) for at, corners in contours if at == z} == expected
    assert contours.areas.sum() == noise.sum()


def test_empty_region_has_no_polygon():
    grid = Grid((4, 4, 4), (1.0, 1.0, 1.0))
    contours: Contours = trace_region(Region.from_array(np.zeros(grid.shape), grid))
    assert len(contours) == 0
    assert contours.to_lps(grid) == []


def test_positions_lie_half_a_voxel_outside_the_voxel_centres():
    grid = Grid((5, 5, 5), (2.0, 3.0, 4.0), (10.0, 20.0, 30.0))
    [points] = trace_region(Region(grid, (2, 1, 3), np.ones((1, 1, 1), bool))).to_lps(grid)
    assert sorted(map(tuple, points.tolist())) == [
        (15.0, 21.5, 38.0),
        (15.0, 24.5, 38.0),
        (17.0, 21.5, 38.0),
        (17.0, 24.5, 38.0),
    ]
