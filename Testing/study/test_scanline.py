"""Filling is the even-odd rule at voxel centres, exactly, against a point-by-point ray caster."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from HimarsPlannerLib.study.scanline import fill_planes

SHAPE = (24, 31)


def whole(planes, shape=SHAPE):
    mask, (row, column) = fill_planes(planes, shape)
    full = np.zeros((len(planes), *shape), dtype=bool)
    full[:, row : row + mask.shape[1], column : column + mask.shape[2]] = mask
    return full


def ray_cast(polygons, shape=SHAPE):
    """Parity of crossings of a ray in -y direction, one edge at a time: another direction than the scanline's."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    odd = np.zeros(shape, dtype=bool)
    for polygon in polygons:
        for (xa, ya), (xb, yb) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
            if xa == xb:
                continue
            spans = (x >= min(xa, xb)) & (x < max(xa, xb))
            odd ^= spans & (ya + (x - xa) * (yb - ya) / (xb - xa) < y)
    return odd


def box(x0, y0, x1, y1):
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], dtype=float)


# Multiples of 1/8 offset by an odd number of 1/1024: no vertex is level with a voxel centre, so that both ray
# directions must agree.
OFF_CENTRE = st.integers(-40, 320).map(lambda n: n / 8 + 3 / 1024)


@settings(max_examples=80, deadline=None)
@given(st.lists(arrays(float, st.tuples(st.integers(3, 12), st.just(2)), elements=OFF_CENTRE), min_size=1, max_size=4))
def test_any_polygons_self_crossing_overlapping_or_partly_outside_agree_with_ray_casting(polygons):
    assert np.array_equal(whole([polygons])[0], ray_cast(polygons))


def test_each_plane_is_filled_on_its_own():
    planes = [[box(2.5, 3.5, 7.5, 9.5)], [], [box(0.5, 0.5, 4.5, 2.5), box(10.5, 5.5, 12.5, 7.5)]]
    full = whole(planes)
    assert [int(plane.sum()) for plane in full] == [30, 0, 8 + 4]
    assert full[0, 4:10, 3:8].all()


@pytest.mark.parametrize("reverse", [False, True], ids=["same-turn", "opposite-turn"])
def test_an_inner_contour_is_a_hole_whichever_way_it_turns(reverse):
    inner = box(5.5, 5.5, 8.5, 8.5)
    full = whole([[box(2.5, 2.5, 12.5, 12.5), inner[::-1] if reverse else inner]])
    assert full.sum() == 100 - 9
    assert not full[0, 6:9, 6:9].any()


def test_a_keyhole_is_a_hole():
    outer, inner = box(2.5, 2.5, 12.5, 12.5), box(5.5, 5.5, 8.5, 8.5)[::-1]
    keyhole = np.vstack([outer, outer[:1], inner, inner[:1]])
    assert np.array_equal(whole([[keyhole]]), whole([[outer, inner]]))


def test_an_island_in_a_hole_is_inside():
    rings = [box(1.5, 1.5, 20.5, 20.5), box(4.5, 4.5, 17.5, 17.5), box(8.5, 8.5, 12.5, 12.5)]
    assert whole([rings]).sum() == 19**2 - 13**2 + 4**2


def test_boxes_that_share_edges_through_voxel_centres_neither_overlap_nor_leave_a_gap():
    tiles = [[box(x, y, x + 5, y + 4)] for x in (3, 8, 13) for y in (2, 6, 10)]
    counted = whole(tiles).sum(axis=0)
    assert counted.max() == 1
    assert counted.sum() == 15 * 12


def test_what_lies_outside_the_image_is_cut_off_without_leaking():
    assert np.array_equal(whole([[box(-10.5, -10.5, 4.5, 3.5)]])[0], whole([[box(-0.5, -0.5, 4.5, 3.5)]])[0])
    assert whole([[box(25.5, 20.5, 90.5, 90.5)]]).sum() == 5 * 3
    assert whole([[box(40, 40, 50, 50)]]).sum() == 0
    assert whole([[box(-9, -9, 99, 99)]]).all()


def test_no_polygon_fills_nothing():
    assert whole([[], []]).sum() == 0
