"""Distances between regions, and symptoms as stated."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.lesions.lesion import Lesion
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.risk.distance import gap_mm
from HimarsPlannerLib.risk.symptoms import score_symptoms

GRID = Grid((40, 40, 20), (1.0, 1.0, 3.0))
Make = Callable[..., Lesion]


def test_symptoms_that_are_not_stated_are_unknown_not_none(make_lesion: Make) -> None:
    score = score_symptoms(make_lesion(Region.from_array(np.ones(GRID.shape, bool), GRID)))
    assert (score.status, score.low, score.measures) == ("unknown", None, {})
    assert [one.what for one in score.unknown] == ["symptoms"]


def test_gap_equals_the_smallest_distance_of_all_voxel_pairs() -> None:
    rng = np.random.default_rng(5)
    for _ in range(10):
        first, second = (Region.from_array(rng.random(GRID.shape) > 0.9995, GRID) for _ in range(2))
        a, b = (np.argwhere(r.to_array()) * GRID.spacing_zyx for r in (first, second))
        expected = np.linalg.norm(a[:, None] - b[None], axis=2).min()
        assert gap_mm(first, second) == pytest.approx(expected)
