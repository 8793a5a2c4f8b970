"""Outlines of flat masks: closed lines midway between inside and outside."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from HimarsPlannerLib.report.outline import outline_segments, path_data

MASKS = arrays(bool, st.tuples(st.integers(1, 7), st.integers(1, 7)))


def borders(mask: np.ndarray) -> set[tuple[float, float]]:
    """Midpoints between neighbouring pixels of which one is inside, also at the rim."""
    padded = np.pad(mask, 1)
    down = np.argwhere(padded[:-1] != padded[1:]) - [0.5, 1.0]
    across = np.argwhere(padded[:, :-1] != padded[:, 1:]) - [1.0, 0.5]
    return {(float(r), float(c)) for r, c in (*down, *across)}


@given(MASKS)
def test_lines_run_from_border_to_border_and_close(mask: np.ndarray) -> None:
    ends = Counter((float(r), float(c)) for r, c in outline_segments(mask).reshape(-1, 2))
    assert set(ends) == borders(mask)
    assert set(ends.values()) <= {2}


@given(MASKS)
def test_every_line_stays_inside_one_cell(mask: np.ndarray) -> None:
    segments = outline_segments(mask)
    assert np.all(np.abs(segments[:, 0] - segments[:, 1]).max(axis=1, initial=0.0) <= 1.0)


def test_pixels_that_touch_at_a_corner_have_outlines_of_their_own() -> None:
    segments = outline_segments(np.eye(2, dtype=bool))
    assert len(segments) == 8
    centres = segments.mean(axis=1)
    assert sorted(np.round(np.abs(centres - np.rint(centres)).sum(axis=1), 6)) == [0.5] * 8


def test_path_data_is_svg() -> None:
    assert path_data(np.array([[[1.0, 2.0], [3.25, 4.0]]])) == "M1.0 2.0L3.2 4.0"
