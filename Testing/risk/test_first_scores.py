"""Cord and symptom scores on boxes with known answers; what is unknown stays unknown."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.lesions.lesion import Lesion
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.risk.cord import score_cord
from HimarsPlannerLib.risk.distance import gap_mm
from HimarsPlannerLib.risk.symptoms import score_symptoms

GRID = Grid((40, 40, 20), (1.0, 1.0, 3.0))
SETTINGS = read_protocol().risk
Make = Callable[..., Lesion]


def box(z: tuple[int, int], y: tuple[int, int], x: tuple[int, int]) -> Region:
    mask = np.zeros(GRID.shape, bool)
    mask[slice(*z), slice(*y), slice(*x)] = True
    return Region.from_array(mask, GRID)


CANAL = box((5, 15), (20, 30), (10, 30))


def test_encroachment_is_the_share_of_the_canal_at_the_worst_slice(make_lesion: Make) -> None:
    mask = box((4, 8), (10, 22), (10, 30)).to_array() | box((8, 9), (10, 26), (10, 30)).to_array()
    score = score_cord(make_lesion(Region.from_array(mask, GRID)), CANAL, SETTINGS.cord)
    assert (score.low, score.high) == (pytest.approx(0.6), pytest.approx(0.6))
    assert score.parts["worst_slice"] == 8
    assert "60%" in score.sentence
    assert "MRI" in score.sentence


def test_a_lesion_beside_the_canal_gives_the_gap(make_lesion: Make) -> None:
    score = score_cord(make_lesion(box((6, 9), (5, 15), (10, 30))), CANAL, SETTINGS.cord)
    assert score.low == 0.0
    assert score.parts["gap_mm"] == pytest.approx(6.0)


def test_a_lesion_at_another_level_has_no_cord_score(make_lesion: Make) -> None:
    score = score_cord(make_lesion(box((16, 19), (5, 15), (10, 30))), CANAL, SETTINGS.cord)
    assert score.status == "not-applicable"
    assert score.low is None


def test_without_a_canal_the_cord_risk_is_unknown_not_zero(make_lesion: Make) -> None:
    score = score_cord(make_lesion(box((6, 9), (5, 15), (10, 30))), None, SETTINGS.cord)
    assert (score.status, score.low, score.high) == ("unknown", None, None)


def test_symptoms_that_are_not_stated_are_unknown_not_none(make_lesion: Make) -> None:
    score = score_symptoms(make_lesion(CANAL))
    assert (score.status, score.low, score.measures) == ("unknown", None, {})
    assert [one.what for one in score.unknown] == ["symptoms"]


def test_gap_equals_the_smallest_distance_of_all_voxel_pairs() -> None:
    rng = np.random.default_rng(5)
    for _ in range(10):
        first, second = (Region.from_array(rng.random(GRID.shape) > 0.9995, GRID) for _ in range(2))
        a, b = (np.argwhere(r.to_array()) * GRID.spacing_zyx for r in (first, second))
        expected = np.linalg.norm(a[:, None] - b[None], axis=2).min()
        assert gap_mm(first, second) == pytest.approx(expected)
