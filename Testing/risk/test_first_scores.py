"""Vessel and bulk scores on boxes with known answers; what is unknown stays unknown."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.lesions.lesion import Lesion
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.risk.bulk import score_bulk
from HimarsPlannerLib.risk.distance import gap_mm
from HimarsPlannerLib.risk.symptoms import score_symptoms
from HimarsPlannerLib.risk.vessels import score_vessels
from HimarsPlannerLib.study.study import Structure

GRID = Grid((40, 40, 20), (1.0, 1.0, 3.0))
SETTINGS = read_protocol().risk
Make = Callable[..., Lesion]


def box(z: tuple[int, int], y: tuple[int, int], x: tuple[int, int]) -> Region:
    mask = np.zeros(GRID.shape, bool)
    mask[slice(*z), slice(*y), slice(*x)] = True
    return Region.from_array(mask, GRID)


CANAL = box((5, 15), (20, 30), (10, 30))


def test_a_touching_vessel_is_named(make_lesion: Make) -> None:
    lesion = make_lesion(box((6, 9), (5, 15), (10, 30)))
    vein = Structure("V_Iliac_L", "", box((0, 20), (5, 15), (31, 35)))
    aorta = Structure("A_Aorta", "", box((0, 20), (35, 40), (0, 5)))
    score = score_vessels(lesion, (vein, aorta), SETTINGS.vessels)
    assert score.high == 1.0
    assert "V_Iliac_L" in score.sentence
    assert "A_Aorta" not in score.sentence


def test_a_distant_vessel_is_no_contact(make_lesion: Make) -> None:
    aorta = Structure("A_Aorta", "", box((0, 20), (35, 40), (0, 5)))
    score = score_vessels(make_lesion(box((6, 9), (5, 15), (10, 30))), (aorta,), SETTINGS.vessels)
    assert (score.status, score.high) == ("computed", 0.0)


def test_without_vessels_the_vascular_risk_is_unknown_not_zero(make_lesion: Make) -> None:
    score = score_vessels(make_lesion(CANAL), (), SETTINGS.vessels)
    assert (score.status, score.high) == ("unknown", None)


@pytest.mark.parametrize(("diameter", "bulky"), [(19.9, False), (20.0, True)])
def test_two_centimetres_are_bulky(make_lesion: Make, diameter: float, bulky: bool) -> None:
    assert score_bulk(make_lesion(CANAL, diameter_mm=diameter), SETTINGS.place).parts["bulky"] is bulky


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
