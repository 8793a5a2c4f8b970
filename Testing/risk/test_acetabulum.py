"""Parts of the acetabulum around a made femoral head, and bones without a structural score."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.lesions.lesion import Lesion, Site
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.risk.acetabulum import parts_of, score_acetabulum
from HimarsPlannerLib.risk.anatomy import Anatomy
from HimarsPlannerLib.risk.fracture import score_fracture
from HimarsPlannerLib.risk.score import Interval, Score

SETTINGS = read_protocol().risk
GRID = Grid((70, 70, 70), (2.0, 2.0, 2.0), (-69.0, -69.0, -69.0))
POINTS = GRID.to_lps(np.moveaxis(np.indices(GRID.shape), 0, -1))
RADIUS = np.linalg.norm(POINTS, axis=-1)
LEFT_HIP = Site("left hip", False, ("hip_left",))
MakeLesion = Callable[..., Lesion]
MakeAnatomy = Callable[..., Anatomy]


def score_at(
    direction: tuple[float, float, float], make_lesion: MakeLesion, make_anatomy: MakeAnatomy, side: str = "left"
) -> Score:
    """Acetabulum with a lesion of 10 mm radius 36 mm from the head's centre in a direction (LPS)."""
    hip = Region.from_array((RADIUS > 28) & (RADIUS < 60), GRID)
    femur = Region.from_array(RADIUS < 24, GRID)
    centre = 36 * np.asarray(direction) / np.linalg.norm(direction)
    region = Region.from_array(np.linalg.norm(POINTS - centre, axis=-1) < 10, GRID)
    site = Site(f"{side} hip", False, (f"hip_{side}",))
    anatomy = make_anatomy(GRID, bones={f"hip_{side}": hip, f"femur_{side}": femur}, gtv_total=region)
    return score_acetabulum(make_lesion(region, site=site), anatomy, SETTINGS.acetabulum)


@pytest.mark.parametrize(
    ("direction", "side", "part"),
    [
        ((0, 0, 1), "left", "dome"),
        ((-1, 0, -0.2), "left", "medial_wall"),
        ((1, 0, -0.2), "right", "medial_wall"),
        ((0.3, -1, -0.4), "left", "anterior_column"),
        ((0.3, 1, -0.4), "left", "posterior_column"),
    ],
)
def test_each_part_is_flagged_alone(
    direction: tuple[float, float, float],
    side: str,
    part: str,
    make_lesion: MakeLesion,
    make_anatomy: MakeAnatomy,
) -> None:
    score = score_at(direction, make_lesion, make_anatomy, side)
    flags = [name for name in ("dome", "medial_wall", "anterior_column", "posterior_column") if score.parts[name]]
    assert flags == [part]
    assert score.measures["acetabulum"] == Interval(1, 1)
    assert score.sentence == f"acetabulum: {part.replace('_', ' ')}"


def test_a_lesion_between_dome_and_medial_wall_takes_both(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    score = score_at((-np.tan(np.deg2rad(60)), 0, 1), make_lesion, make_anatomy)
    assert score.sentence == "acetabulum: dome, medial wall"
    assert score.measures["acetabulum"].high == 2


@pytest.mark.parametrize(("degrees", "part"), [(0, 0), (59, 0), (61, 1)])
def test_the_dome_reaches_from_10_to_2_o_clock(degrees: float, part: int) -> None:
    turn = np.deg2rad(degrees)
    medial = np.array([[-np.sin(turn), 0, np.cos(turn)]])
    assert parts_of(medial, "left", SETTINGS.acetabulum)[0] == part


def test_a_lesion_far_from_the_joint(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    hip = Region.from_array((RADIUS > 28) & (RADIUS < 68), GRID)
    femur = Region.from_array(RADIUS < 24, GRID)
    region = Region.from_array(np.linalg.norm(POINTS - (0, 0, 60), axis=-1) < 7, GRID)
    anatomy = make_anatomy(GRID, bones={"hip_left": hip, "femur_left": femur})
    score = score_acetabulum(make_lesion(region, site=LEFT_HIP), anatomy, SETTINGS.acetabulum)
    assert score.sentence == "acetabulum not involved"
    assert score.measures["acetabulum"] == Interval(0, 0)


def test_without_labels_it_is_unknown(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    region = Region.from_array(RADIUS < 10, GRID)
    lesion = make_lesion(region, site=Site("acetabulum or femur, left"))
    scores = {score.name: score for score in score_fracture(lesion, make_anatomy(GRID), SETTINGS)}
    assert scores["acetabulum"].status == "unknown"
    assert scores["acetabulum"].unknown[0].would_be["acetabulum"] == Interval(0, 4)
    # The second bone that the site names is not followed: the section might be the hip's.
    assert scores["cortical involvement"].status == "unknown"


def test_without_the_femoral_head_it_is_unknown(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    hip = Region.from_array((RADIUS > 28) & (RADIUS < 60), GRID)
    lesion = make_lesion(Region.from_array(np.abs(RADIUS - 40) < 6, GRID), site=LEFT_HIP)
    score = score_acetabulum(lesion, make_anatomy(GRID, bones={"hip_left": hip}), SETTINGS.acetabulum)
    assert score.sentence == "acetabulum not assessed: femoral head not in view or not labelled"


@pytest.mark.parametrize(
    ("bone", "words"),
    [
        ("rib_left_7", "ribs"),
        ("sternum", "sternum"),
        ("scapula_right", "scapula"),
        ("clavicula_left", "clavicle"),
        ("skull", "skull"),
    ],
)
def test_no_structural_score(bone: str, words: str, make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    lesion = make_lesion(Region.from_array(RADIUS < 10, GRID), site=Site(bone, False, (bone,)))
    (score,) = score_fracture(lesion, make_anatomy(GRID), SETTINGS)
    assert score.status == "not-applicable"
    assert score.sentence == f"no structural score exists for the {words}"
    assert not score.measures


def test_hands_and_feet_have_none_and_nodes_nothing(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    region = Region.from_array(RADIUS < 10, GRID)
    (foot,) = score_fracture(make_lesion(region, site=Site("left tarsal bones")), make_anatomy(GRID), SETTINGS)
    assert foot.sentence == "no structural score exists for the hands and feet"
    assert (
        score_fracture(make_lesion(region, kind="node", site=Site("right iliac")), make_anatomy(GRID), SETTINGS) == ()
    )
