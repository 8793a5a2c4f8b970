"""Contour planes stand for the CT slices nearest to them: volumes survive another lattice, gaps stay gaps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from HimarsPlannerLib.study.contour_planes import Plane, gaps, group_planes, plane_step, slices_of

SQUARE = np.array([(0, 0), (4, 0), (4, 4), (0, 4)], dtype=float)


def planes(*positions: float) -> list[Plane]:
    return [Plane(position, (SQUARE,)) for position in positions]


def covered(positions, step=1.0):
    return [list(span) for span in slices_of(planes(*positions), step)]


@pytest.mark.parametrize("noise", [-0.006, 0.0, 0.006])
def test_planes_on_the_slices_stand_for_one_slice_each(noise):
    assert covered([3 + noise, 4 - noise, 5 + noise]) == [[3], [4], [5]]


@given(st.floats(0, 0.999), st.integers(3, 30))
def test_planes_on_a_shifted_lattice_of_the_same_spacing_stand_for_one_slice_each(shift, count):
    spans = covered(np.arange(count) + 10 + shift)
    assert [len(span) for span in spans] == [1] * count


@pytest.mark.parametrize("noise", [-1e-9, 1e-9])
def test_planes_midway_between_slices_are_not_torn_by_rounding(noise):
    spans = covered([10.5 + noise, 11.5 - noise, 12.5 + noise, 13.5])
    assert [len(span) for span in spans] == [1, 1, 1, 1]


@given(st.floats(2.0, 5.0), st.integers(3, 20), st.floats(0, 1))
def test_planes_further_apart_than_slices_fill_what_lies_between_them(step, count, shift):
    positions = 50 + shift + step * np.arange(count)
    spans = covered(positions, step)
    slices = [k for span in spans for k in span]
    assert slices == list(range(slices[0], slices[-1] + 1))
    assert abs(len(slices) - step * count) <= 1


def test_planes_closer_than_slices_give_each_slice_the_nearest():
    spans = covered([9.6, 9.9, 10.2, 10.5, 10.8, 11.1], 0.3)
    assert spans == [[], [10], [], [], [], [11]]


def test_a_structure_thinner_than_a_slice_is_not_lost():
    assert covered([10.4, 10.5], 0.1) == [[], [10]]


def test_a_gap_stays_empty_and_is_told_where_contours_lie_above_each_other():
    drawn = planes(1, 2, 3, 7, 8)
    assert [k for span in slices_of(drawn, 1.0) for k in span] == [1, 2, 3, 7, 8]
    assert gaps(drawn, 1.0) == [(3, 7)]


def test_separate_parts_at_different_heights_are_no_gap():
    apart = [*planes(1, 2, 3), Plane(7, (SQUARE + 50,)), Plane(8, (SQUARE + 50,))]
    assert gaps(apart, 1.0) == []


def test_the_step_is_the_usual_distance():
    assert plane_step(planes(1, 2, 3, 7, 8), 3.0) == pytest.approx(1)
    assert plane_step(planes(1, 4, 7, 10), 1.0) == pytest.approx(3)
    assert plane_step(planes(1, 2), 3.0) is None
    assert plane_step(planes(0, 40, 80), 1.0) is None


def test_contours_at_one_position_are_grouped_and_copies_count_once():
    def contour(z, shift=0.0):
        return np.column_stack([SQUARE + shift, np.full(4, z)])

    grouped = group_planes([contour(5.0), contour(2.0), contour(5.01, 9.0), contour(2.0)], spacing_mm=3.0)
    assert [(round(plane.position, 3), len(plane.polygons)) for plane in grouped] == [(2.0, 1), (5.005, 2)]
