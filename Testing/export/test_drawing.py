"""Contours with fewer points, in shorter parts, and where they cross."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from HimarsPlannerLib.errors import OutputError
from HimarsPlannerLib.export.contours import trace_region
from HimarsPlannerLib.export.crossings import crosses_itself, crossing_sides
from HimarsPlannerLib.export.drawing import Drawing
from HimarsPlannerLib.export.rtstruct import RoiToWrite, rtstruct_dataset, write_rtstruct
from HimarsPlannerLib.export.simplify import simplify
from HimarsPlannerLib.export.split import STANDARD_POINTS, split_long
from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.region import Region

masks = hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=14))


def region_of(mask: np.ndarray, spacing=(1.0, 1.0)) -> Region:
    grid = Grid((mask.shape[1], mask.shape[0], 1), (*spacing, 2.0))
    return Region(grid, (0, 0, 0), mask[np.newaxis])


def disc(radius: float, size: int = 60) -> np.ndarray:
    y, x = np.indices((size, size)) - size / 2
    return y**2 + x**2 < radius**2


@settings(max_examples=150, deadline=None)
@given(masks, st.sampled_from(["keyhole", "separate"]), st.integers(12, 20))
def test_split_contours_fill_the_same_voxels_once(fill_polygons, mask, holes, maximum):
    contours = split_long(trace_region(region_of(mask), holes), maximum)
    polygons = [corners - 0.5 for _, corners in contours]
    assert all(4 <= len(polygon) <= maximum for polygon in polygons)
    parity, winding = fill_polygons(polygons, mask.shape)
    np.testing.assert_array_equal(parity, mask)
    np.testing.assert_array_equal(np.abs(winding), mask)
    assert contours.areas.sum() == mask.sum()


def test_contour_data_never_outgrow_explicit_value_representations(make_ct, tmp_path):
    ct = make_ct(
        size=(160, 160, 2), origin=(-213456.125, -213456.125, -213456.125), orientation=(0.8, 0.6, 0, -0.6, 0.8, 0)
    )
    net = np.ones(ct.grid.shape, bool)
    net[:, 1::2, 1::2] = False
    write_rtstruct(
        [RoiToWrite("Net", "ORGAN", (0, 0, 0), Region.from_array(net, ct.grid))], ct.reference, tmp_path / "a"
    )
    lengths = [
        contour.get_item("ContourData").length
        for contour in pydicom.dcmread(tmp_path / "a").ROIContourSequence[0].ContourSequence
    ]
    assert len(trace_region(Region.from_array(net, ct.grid)).corners) > 2 * STANDARD_POINTS
    assert 0.5 * 65534 < max(lengths) <= 65534


@settings(max_examples=100, deadline=None)
@given(masks, st.floats(0.1, 3.0))
def test_simplified_contours_stay_within_the_tolerance(mask, tolerance):
    spacing = (0.8, 1.5)
    exact = trace_region(region_of(mask, spacing), "separate")
    fewer = simplify(exact, Grid((1, 1, 1), (*spacing, 2.0)), tolerance)
    assert len(fewer) == len(exact)
    for (_, before), (_, after) in zip(exact, fewer, strict=True):
        before, after = before * spacing[::-1], after * spacing[::-1]
        assert len(after) >= 3
        assert max(distance_to_outline(point, after) for point in before) <= tolerance + 1e-9
    assert (np.sign(fewer.areas) == np.sign(exact.areas)).all()


def distance_to_outline(point: np.ndarray, outline: np.ndarray) -> float:
    a, b = outline, np.roll(outline, -1, axis=0)
    along = b - a
    share = np.clip(((point - a) * along).sum(axis=1) / (along**2).sum(axis=1), 0, 1)
    return float(np.linalg.norm(a + share[:, np.newaxis] * along - point, axis=1).min())


def test_simplifying_saves_points_and_no_tolerance_saves_none():
    contours = trace_region(region_of(disc(25)))
    grid = Grid((60, 60, 1), (1.0, 1.0, 2.0))
    assert simplify(contours, grid, 0.0) is contours
    fewer = simplify(contours, grid, 0.75)
    assert len(fewer.corners) < 0.6 * len(contours.corners)
    assert fewer.areas.sum() == pytest.approx(contours.areas.sum(), rel=0.03)


def test_what_would_vanish_or_cross_is_left_as_it_is():
    voxel, ring = np.ones((1, 1), bool), disc(9) & ~disc(7)
    grid = Grid((60, 60, 1), (1.0, 1.0, 2.0))
    assert len(simplify(trace_region(region_of(voxel)), grid, 3.0).corners) >= 3
    for _, corners in simplify(trace_region(region_of(ring)), grid, 3.0):
        assert not crosses_itself(corners.astype(float))


@pytest.mark.parametrize("change", [{"simplify_mm": -1.0}, {"simplify_mm": 6.0}, {"maximum_points": 4}])
def test_drawing_without_sense_is_refused(change, make_ct):
    ct = make_ct()
    roi = RoiToWrite("GTV1", "GTV", (0, 0, 0), Region(ct.grid, (1, 1, 1), np.ones((1, 1, 1), bool)))
    with pytest.raises(OutputError):
        rtstruct_dataset([roi], ct.reference, drawing=Drawing(**change))


BOW_TIE = np.array([[0.0, 0.0], [2.0, 2.0], [2.0, 0.0], [0.0, 2.0]])


def test_a_bow_tie_crosses_itself_and_a_keyhole_does_not():
    assert crossing_sides(BOW_TIE) in ((0, 2), (2, 0))
    square = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])
    assert not crosses_itself(square)
    hole = disc(9) & ~disc(4)
    assert all(not crosses_itself(corners.astype(float)) for _, corners in trace_region(region_of(hole)))


@settings(max_examples=150, deadline=None)
@given(hnp.arrays(float, st.tuples(st.integers(3, 12), st.just(2)), elements=st.integers(0, 50).map(float)))
def test_crossings_are_those_of_every_pair_of_sides(points):
    def turn(p, q, r):
        return np.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))

    sides = list(zip(points, np.roll(points, -1, axis=0), strict=True))
    expected = any(
        turn(a, b, c) * turn(a, b, d) < 0 and turn(c, d, a) * turn(c, d, b) < 0
        for n, (a, b) in enumerate(sides)
        for c, d in sides[n + 1 :]
    )
    assert crosses_itself(points) == expected
