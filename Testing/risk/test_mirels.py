"""Mirels' score against his table."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from HimarsPlannerLib.clinical.facts import NO_FACTS, Facts
from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.lesions.lesion import Lesion, Site
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.risk.lesion_type import LesionType
from HimarsPlannerLib.risk.longbone.bone import LongBone
from HimarsPlannerLib.risk.longbone.pairs import Pair
from HimarsPlannerLib.risk.longbone.width import share_of_diameter
from HimarsPlannerLib.risk.mirels import fracture_percent, pain_points, score_mirels, size_points
from HimarsPlannerLib.risk.score import Interval

SETTINGS = read_protocol().risk.mirels
GRID = Grid((60, 60, 90), (1.0, 1.0, 2.0), (-29.5, -29.5, -160.0))
Z, Y, X = np.meshgrid(*(np.arange(n) for n in GRID.shape), indexing="ij")
POINTS = GRID.to_lps(np.stack([Z, Y, X], axis=-1))
RADIUS = 15.0
HEAD_Z = -10.0
MakeLesion = Callable[..., Lesion]


def tube(*, head: bool = True) -> Region:
    """A shaft of 30 mm with a ball of 26 mm radius at its upper end."""
    inside = np.hypot(POINTS[..., 0], POINTS[..., 1]) < RADIUS
    if head:
        inside |= np.linalg.norm(POINTS - (0, 0, HEAD_Z), axis=-1) < 26
    return Region.from_array(inside, GRID)


def ball(z: float, radius: float, x: float = 0.0) -> Region:
    return Region.from_array(np.linalg.norm(POINTS - (x, 0, z), axis=-1) < radius, GRID)


def femur(region: Region) -> Pair:
    return Pair(LongBone("femur_left", region, labelled=True), None, None)


@pytest.mark.parametrize(
    ("total", "percent"), [(4, 0), (6, 0), (7, 4), (8, 15), (9, 33), (10, 72), (11, 96), (12, 100)]
)
def test_probability_of_a_fracture(total: int, percent: float) -> None:
    assert fracture_percent(total, SETTINGS) == percent


def test_a_painful_lytic_peritrochanteric_lesion_has_all_points(make_lesion: MakeLesion) -> None:
    """Site 3, functional pain 3, lytic 3, more than two thirds 3: 12, a fracture in all."""
    lesion = make_lesion(ball(-60, 12), facts=Facts(pain_severity="functional"))
    score = score_mirels(lesion, "femur", femur(tube()), ("lytic",), SETTINGS)
    assert (score.low, score.high, score.status) == (12, 12, "computed")
    assert score.sentence == "Mirels 12, fracture in 100 %: prophylactic fixation"
    assert not score.unknown


def test_a_small_blastic_lesion_of_the_arm_without_pain_has_four(make_lesion: MakeLesion) -> None:
    lesion = make_lesion(ball(-80, 4), facts=Facts(pain="none"))
    score = score_mirels(lesion, "humerus", femur(tube()), ("blastic",), SETTINGS)
    assert (score.low, score.high) == (4, 4)
    assert score.sentence == "Mirels 4 (no pain counted as mild), fracture in 0 %: radiotherapy or observation"


def test_clinical_judgement_at_eight(make_lesion: MakeLesion) -> None:
    """Lower limb 2, moderate pain 2, mixed 2, a third to two thirds 2."""
    lesion = make_lesion(ball(-130, 7.5), facts=Facts(pain_severity="moderate"))
    score = score_mirels(lesion, "femur", femur(tube()), ("mixed",), SETTINGS)
    assert (score.low, score.high) == (8, 8)
    assert score.sentence == "Mirels 8, fracture in 15 %: clinical judgement"


def test_pain_not_given_is_an_interval(make_lesion: MakeLesion) -> None:
    score = score_mirels(make_lesion(ball(-130, 12)), "femur", femur(tube()), ("lytic",), SETTINGS)
    assert (score.low, score.high, score.status) == (9, 11, "partial")
    assert score.measures["Mirels"] == Interval(9, 11)
    assert score.sentence == "Mirels 9-11 (pain not given), fracture in 33 to 96 %: prophylactic fixation"
    (missing,) = score.unknown
    assert (missing.what, missing.would_be["Mirels"]) == ("pain", Interval(9, 11))


def test_each_unknown_says_what_it_alone_would_change(make_lesion: MakeLesion) -> None:
    types: tuple[LesionType, ...] = ("blastic", "mixed", "lytic")
    score = score_mirels(make_lesion(ball(-130, 12)), "femur", None, types, SETTINGS)
    assert (score.low, score.high) == (5, 12)
    assert {one.what: one.would_be["Mirels"] for one in score.unknown} == {
        "femoral head in view": Interval(11, 12),
        "pain": Interval(10, 12),
        "lytic, mixed or blastic": Interval(10, 12),
        "outline of the bone": Interval(10, 12),
    }


@pytest.mark.parametrize(
    ("facts", "points"),
    [
        (NO_FACTS, Interval(1, 3)),
        (Facts(pain="mechanical"), Interval(1, 3)),
        (Facts(symptomatic=True), Interval(1, 3)),
        (Facts(symptomatic=False), Interval(1, 1)),
        (Facts(pain="none"), Interval(1, 1)),
        (Facts(pain_severity="mild"), Interval(1, 1)),
        (Facts(pain="none", pain_severity="functional"), Interval(3, 3)),
    ],
)
def test_pain(facts: Facts, points: Interval) -> None:
    assert pain_points(facts) == points


@pytest.mark.parametrize(("share", "points"), [(0.2, 1), (1 / 3, 2), (0.5, 2), (2 / 3, 2), (0.67, 3), (1.0, 3)])
def test_size(share: float, points: int) -> None:
    assert size_points(share) == points


@pytest.mark.parametrize("radius", [4.0, 7.5, 12.0])
def test_share_of_the_diameter(radius: float) -> None:
    """A ball in the middle of a shaft; half a voxel at either end is the grid's own doubt."""
    assert share_of_diameter(ball(-110, radius), tube()) == pytest.approx(radius / RADIUS, abs=0.07)


def test_a_lesion_that_leaves_the_bone_is_at_most_all_of_it() -> None:
    assert share_of_diameter(ball(-110, 20, x=14), tube()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("below_head", "points"),
    [(40.0, 3), (85.0, 3), (99.0, 3), (105.0, 2), (130.0, 2)],
)
def test_peritrochanteric_is_what_reaches_within_90_mm_below_the_head(
    make_lesion: MakeLesion, below_head: float, points: int
) -> None:
    lesion = make_lesion(ball(HEAD_Z - below_head, 12), facts=Facts(pain="none"))
    score = score_mirels(lesion, "femur", femur(tube()), ("lytic",), SETTINGS)
    assert score.parts["site_points"] == points


def test_without_a_head_in_view_the_site_is_not_certain(make_lesion: MakeLesion) -> None:
    score = score_mirels(make_lesion(ball(-130, 12)), "femur", femur(tube(head=False)), ("lytic",), SETTINGS)
    assert score.parts["site_points"] == "2-3"
    assert "site not certain" in score.sentence


@pytest.mark.parametrize(("bone", "points"), [("tibia_left", 2), ("fibula_right", 2), ("radius_left", 1)])
def test_other_long_bones(make_lesion: MakeLesion, bone: str, points: int) -> None:
    lesion = make_lesion(ball(-130, 12), site=Site(bone, False, (bone,)))
    score = score_mirels(lesion, "limb", None, ("lytic",), SETTINGS)
    assert score.parts["site_points"] == points
    assert score.parts["size_points"] == "1-3"
