"""SINS: the published table part by part, its intervals, and what is unknown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from HimarsPlannerLib.bone.compartments import BoneCompartments
from HimarsPlannerLib.clinical.facts import Facts
from HimarsPlannerLib.grid import Volume
from HimarsPlannerLib.lesions.lesion import Lesion, Origin, Site
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region, union
from HimarsPlannerLib.risk.anatomy import Anatomy
from HimarsPlannerLib.risk.score import Interval, Score
from HimarsPlannerLib.risk.sins import category, score_sins
from HimarsPlannerLib.risk.spine.lesion_type import Density, type_points
from HimarsPlannerLib.risk.spine.levels import ORDER, location_points
from HimarsPlannerLib.risk.spine.marrow import Marrow

SETTINGS = read_protocol().risk.sins
Make = Callable[..., Lesion]
Column = Any

# Fisher, Spine 2010;35:E1221-9: occiput-C2, C7-T2, T11-L1, L5-S1; C3-C6, L2-L4; T3-T10; S2-S5.
PUBLISHED = {
    3: ("C1", "C2", "C7", "T1", "T2", "T11", "T12", "L1", "L5", "S1"),
    2: ("C3", "C4", "C5", "C6", "L2", "L3", "L4"),
    1: ("T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10"),
    0: ("S2", "S3", "S4", "S5"),
}


@pytest.fixture
def score(make_lesion: Make) -> Callable[..., Score]:
    def scored(column: Column, region: Region, hu: float | None = 45.0, **options: Any) -> Score:
        facts = Facts(**options.pop("facts", {}))
        level = options.pop("level", "L1")
        bones = tuple(f"vertebrae_{one}" for one in level.split(" and "))
        site = options.pop("site", Site(level, estimated=False, bones=bones))
        lesion = make_lesion(region, facts=facts, site=site, **options.pop("lesion", {}))
        found = score_sins(lesion, column.anatomy(region, hu, **options), SETTINGS)
        assert found is not None
        return found

    return scored


def points(score: Score, part: str) -> tuple[float, float]:
    low, high = score.parts[f"{part} low"], score.parts[f"{part} high"]
    return float(low), float(high)


@pytest.mark.parametrize(("expected", "level"), [(p, level) for p, levels in PUBLISHED.items() for level in levels])
def test_location_is_that_of_the_published_table(expected: int, level: str) -> None:
    assert location_points(level) == expected


def test_every_level_of_the_table_is_known() -> None:
    assert {level for levels in PUBLISHED.values() for level in levels} | {"L6"} == set(ORDER)


@pytest.mark.parametrize(
    ("total", "expected"),
    [(0, "stable"), (6, "stable"), (7, "potentially unstable"), (12, "potentially unstable"), (13, "unstable")],
)
def test_categories_change_at_7_and_13(total: int, expected: str) -> None:
    assert category(total) == expected


def test_the_worst_vertebra_of_the_table_has_18_points(make_column: Callable[..., Column], score: Any) -> None:
    column = make_column(heights={"L1": (8.0, 24.0)})
    lesion = column.region(lambda x, y, z: (np.abs(z) < 13) & (y > -32) & (y < 15) & (np.abs(x) < 20))
    found = score(column, lesion, facts={"pain": "mechanical", "alignment": "translation"})
    assert (found.low, found.high, found.status) == (18.0, 18.0, "computed")
    assert found.sentence == "SINS 18 (unstable)"
    assert found.unknown == ()


def test_a_small_blastic_lesion_without_pain_has_the_points_of_its_level_only(column: Column, score: Any) -> None:
    found = score(column, column.ball((0, -18, 0), 7), 700.0, facts={"pain": "none", "alignment": "normal"})
    assert (found.low, found.high) == (3.0, 3.0)
    assert found.parts["category"] == "stable"


@pytest.mark.parametrize(("pain", "expected"), [("none", 0), ("occasional", 1), ("mechanical", 3)])
def test_pain_has_the_published_points(column: Column, score: Any, pain: str, expected: int) -> None:
    found = score(column, column.ball((0, -18, 0), 7), 700.0, facts={"pain": pain, "alignment": "normal"})
    assert found.high == 3 + expected


@pytest.mark.parametrize(("alignment", "expected"), [("normal", 0), ("deformity", 2), ("translation", 4)])
def test_alignment_has_the_published_points(column: Column, score: Any, alignment: str, expected: int) -> None:
    found = score(column, column.ball((0, -18, 0), 7), 700.0, facts={"pain": "none", "alignment": alignment})
    assert found.high == 3 + expected


def test_pain_that_is_not_given_leaves_three_points_open(column: Column, score: Any) -> None:
    found = score(column, column.ball((0, -18, 0), 7), 45.0, facts={"alignment": "normal"})
    assert (found.low, found.high, found.status) == (5.0, 8.0, "partial")
    assert found.sentence == "SINS 5-8 (pain not given)"
    assert [(one.what, one.would_be) for one in found.unknown] == [("pain", {"SINS": Interval(5, 8)})]


def test_the_category_is_certain_only_if_both_ends_agree(column: Column, score: Any) -> None:
    lesion = column.ball((0, -18, 0), 7)
    certain = score(column, lesion, 700.0, facts={"alignment": "normal"})
    assert (certain.parts["category"], certain.high) == ("stable", 6.0)
    assert "stable" in certain.sentence
    both = score(column, lesion, 45.0, facts={"alignment": "normal"})
    assert both.parts["category"] == "stable to potentially unstable"
    assert "stable" not in both.sentence


@pytest.mark.parametrize(
    ("front", "expected"), [(24.0, (0, 0)), (22.0, (0, 0)), (17.0, (2, 2)), (14.0, (2, 2)), (9.0, (3, 3))]
)
def test_collapse_counts_from_20_and_above_50_per_cent(
    make_column: Callable[..., Column], score: Any, front: float, expected: tuple[int, int]
) -> None:
    column = make_column(heights={"L1": (front, 24.0)})
    found = score(column, column.ball((0, -18, -6), 5))
    assert points(found, "collapse") == expected
    assert found.parts["collapse percent"] == pytest.approx(100 * (1 - front / 24), abs=2.5)


def test_near_a_boundary_the_error_of_the_heights_leaves_collapse_open(
    make_column: Callable[..., Column], score: Any
) -> None:
    column = make_column(heights={"L1": (12.2, 24.0)})
    found = score(column, column.ball((0, -18, -6), 5))
    assert points(found, "collapse") == (2, 3)
    assert "collapse uncertain" in found.sentence


def test_more_than_half_of_a_sound_body_has_one_point(column: Column, score: Any) -> None:
    half = column.region(lambda x, y, z: (np.abs(z) < 12) & (y < -14) & (np.abs(x) < 30))
    found = score(column, half)
    assert points(found, "collapse") == (1, 1)
    assert found.parts["body involved"] == pytest.approx(18 / 32, abs=0.02)


def test_a_vertebra_that_the_scan_cuts_is_not_measured(column: Column, make_lesion: Make) -> None:
    cut = slice(48, 140)
    grid = column.grid.crop((cut.start, 0, 0), (cut.stop - cut.start, *column.grid.shape[1:]))
    bones = {name: Region.from_array(bone.to_array()[cut], grid) for name, bone in column.bones.items()}
    whole = column.anatomy()
    anatomy = Anatomy(
        ct=Volume(whole.ct.array[cut], grid),
        bone=BoneCompartments(whole.bone.labels[cut], grid, "plain-shapes/1"),
        gtv_total=union((), grid),
        canal=Region.from_array(column.canal.to_array()[cut], grid),
        bones={name: bone for name, bone in bones.items() if bone.voxels},
    )
    assert sorted(anatomy.spine.heights) == ["L1", "T12"]
    assert "L2" in anatomy.spine.labels
    lesion = make_lesion(bones["vertebrae_L2"], site=Site("L2", False, ("vertebrae_L2",)))
    found = score_sins(lesion, anatomy, SETTINGS)
    assert found is not None
    assert points(found, "collapse") == (1, 3)
    assert "vertebral heights" in [one.what for one in found.unknown]


def test_without_labels_collapse_stays_open(column: Column, score: Any) -> None:
    found = score(column, column.ball((0, -18, 0), 7), bones={}, facts={"pain": "none", "alignment": "normal"})
    assert points(found, "collapse") == (0, 3)
    assert (found.low, found.high) == (5.0, 8.0)
    assert "vertebra labels" in [one.what for one in found.unknown]


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        ("thoracic or lumbar spine", (1, 3)),
        ("cervical spine", (2, 3)),
        ("lumbar spine", (2, 3)),
        ("spine", (1, 3)),
        ("sacrum", (0, 3)),
        ("lumbar spine or sacrum", (0, 3)),
    ],
)
def test_an_estimated_site_gives_the_points_of_all_its_levels(
    column: Column, score: Any, site: str, expected: tuple[int, int]
) -> None:
    found = score(column, column.ball((0, -18, 0), 7), site=Site(site), bones={})
    assert points(found, "location") == expected
    assert "location and collapse uncertain" in found.sentence


def test_a_labelled_sacrum_may_be_s1_unless_s1_is_labelled_beside_it(column: Column, score: Any) -> None:
    lesion = column.ball((0, -18, -64), 5)
    site = Site("sacrum", estimated=False, bones=("sacrum",))
    assert points(score(column, lesion, site=site, bones={"sacrum": lesion}), "location") == (0, 3)
    other = {"sacrum": lesion, "vertebrae_S1": column.bones["vertebrae_L2"]}
    assert points(score(column, lesion, site=site, bones=other), "location") == (0, 0)


def test_a_lesion_that_may_lie_in_a_rib_has_no_certain_points(column: Column, score: Any) -> None:
    found = score(column, column.ball((0, -18, 0), 7), site=Site("thoracic spine or rib, left"), bones={})
    assert found.low == 0
    assert "if it is in the spine" in found.sentence
    assert Interval(0, found.high) in [one.would_be["SINS"] for one in found.unknown]


@pytest.mark.parametrize("site", [Site("left rib 7", False, ("rib_left_7",)), Site("femur, left")])
def test_outside_the_spine_there_is_no_sins(column: Column, make_lesion: Make, site: Site) -> None:
    lesion = make_lesion(column.ball((0, -18, 0), 7), site=site)
    assert score_sins(lesion, column.anatomy(), SETTINGS) is None


def test_a_node_beside_the_spine_has_no_sins(column: Column, make_lesion: Make) -> None:
    lesion = make_lesion(
        column.ball((0, -36, 0), 4), kind="node", site=Site("retroperitoneal node beside lumbar spine")
    )
    assert score_sins(lesion, column.anatomy(), SETTINGS) is None


def test_a_lesion_over_two_levels_has_the_points_of_the_worse(column: Column, score: Any) -> None:
    lesion = column.region(lambda x, y, z: (np.abs(z + 16) < 20) & (y < -10) & (y > -26) & (np.abs(x) < 9))
    facts = {"pain": "none", "alignment": "normal"}
    alone = [score(column, lesion, level=level, facts=facts).high for level in ("L1", "L2")]
    assert alone == [5.0, 4.0]
    assert score(column, lesion, level="L1 and L2", facts=facts).high == 5.0


@pytest.mark.parametrize(("hu", "expected"), [(45.0, (2, 2)), (700.0, (0, 0))])
def test_ct_values_tell_lytic_and_blastic(column: Column, score: Any, hu: float, expected: tuple[int, int]) -> None:
    assert points(score(column, column.ball((0, -18, 0), 8), hu), "bone lesion") == expected


def test_half_lytic_half_blastic_is_mixed(column: Column, score: Any) -> None:
    lesion = column.ball((0, -16, 0), 8)
    anatomy = column.anatomy(lesion, 45.0)
    anatomy.ct.array[lesion.to_array() & (np.indices(column.grid.shape)[2] < 38)] = 700
    found = score(column, lesion, None, ct=anatomy.ct)
    assert points(found, "bone lesion") == (1, 1)


def test_a_lesion_that_ct_does_not_show_may_be_of_any_type(column: Column, score: Any) -> None:
    found = score(column, column.ball((0, -18, 0), 8), None)
    assert points(found, "bone lesion") == (0, 2)
    assert found.parts["bone lesion"] == "hardly changed in CT"


@pytest.mark.parametrize(
    ("sclerotic", "lytic", "expected"),
    [(0.80, 0.20, (0, 0)), (0.70, 0.30, (0, 1)), (0.5, 0.5, (1, 1)), (0.36, 0.64, (1, 2)), (0.1, 0.9, (2, 2))],
)
def test_near_a_boundary_of_the_shares_both_types_are_possible(
    sclerotic: float, lytic: float, expected: tuple[int, int]
) -> None:
    assert type_points(Density(sclerotic, lytic, lytic, Marrow(150, 20)), SETTINGS) == expected


def test_the_type_that_a_clinician_states_stands_in_place_of_ct_values(column: Column, score: Any) -> None:
    found = score(column, column.ball((0, -18, 0), 8), 45.0, facts={"lesion_type": "mixed"})
    assert points(found, "bone lesion") == (1, 1)
    assert "stated" in str(found.parts["bone lesion"])


@pytest.mark.parametrize(
    ("inside", "expected", "side"),
    [
        (lambda x, y, z: (x > 8) & (y > 2) & (y < 14) & (np.abs(z) < 10), (1, 1), "left"),
        (lambda x, y, z: (x < -8) & (y > 2) & (y < 14) & (np.abs(z) < 10), (1, 1), "right"),
        (lambda x, y, z: (np.abs(x) > 8) & (y > 2) & (y < 14) & (np.abs(z) < 10), (3, 3), "left and right"),
        (lambda x, y, z: (np.abs(x) < 4) & (y > 23) & (y < 45) & (np.abs(z) < 8), (0, 0), "none"),
        (lambda x, y, z: (np.abs(x) < 9) & (y < -5) & (y > -20) & (np.abs(z) < 8), (0, 0), "none"),
    ],
    ids=["left pedicle", "right pedicle", "both", "spinous process", "body"],
)
@pytest.mark.parametrize("labels", [True, False])
def test_posterolateral_involvement_is_told_by_side(
    column: Column, score: Any, inside: Any, expected: tuple[int, int], side: str, labels: bool
) -> None:
    options: dict[str, Any] = {} if labels else {"bones": {}}
    found = score(column, column.region(inside), **options)
    assert points(found, "posterolateral") == expected
    assert found.parts["posterolateral"] == side


def test_a_pedicle_that_the_labels_have_lost_counts_as_perhaps(column: Column, score: Any) -> None:
    lesion = column.region(lambda x, y, z: (x > 11) & (x < 19) & (y > 0) & (y < 15) & (np.abs(z) < 11))
    eaten = column.bones["vertebrae_L1"].to_array() & ~lesion.to_array()
    bones = {**column.bones, "vertebrae_L1": Region.from_array(eaten, column.grid)}
    found = score(column, lesion, bones=bones)
    assert points(found, "posterolateral") == (0, 1)
    assert found.parts["posterolateral"] == "left?"


def test_the_head_of_a_rib_counts_for_a_thoracic_level(column: Column, score: Any) -> None:
    rib = column.region(lambda x, y, z: (x > 20) & (x < 60) & (y > -6) & (y < 6) & (np.abs(z - 40) < 6))
    lesion = column.region(lambda x, y, z: (x > 18) & (x < 30) & (y > -6) & (y < 2) & (np.abs(z - 40) < 6))
    without = score(column, lesion, level="T12")
    assert points(without, "posterolateral")[0] == 0
    found = score(column, lesion, level="T12", bones={**column.bones, "rib_left_12": rib})
    assert points(found, "posterolateral")[0] == 1


def test_uptake_alone_does_not_prove_posterolateral_involvement(column: Column, score: Any) -> None:
    lesion = column.region(lambda x, y, z: (x > 8) & (y > 2) & (y < 14) & (np.abs(z) < 10))
    found = score(column, lesion, lesion={"origin": Origin("fixed-suv", "SUV 3")})
    assert points(found, "posterolateral") == (0, 1)
    assert "CT or MRI contour" in [one.what for one in found.unknown]


def test_without_a_canal_what_needs_it_stays_open(column: Column, score: Any) -> None:
    found = score(column, column.ball((0, -18, 0), 7), canal=None)
    assert points(found, "posterolateral") == (0, 3)
    assert points(found, "collapse") == (0, 3)
    would_be = {one.what: one.would_be["SINS"] for one in found.unknown}
    assert would_be["the spinal canal"] == Interval(found.high - 6, found.high)


def test_other_metastases_are_no_reference_for_the_marrow(column: Column, make_lesion: Make) -> None:
    lesion = column.ball((0, -18, 0), 8)
    rest = column.region(lambda x, y, z: (y < 0) & (np.abs(x) < 20) & (np.abs(z) > 20) & (z > -60))
    anatomy = column.anatomy(lesion, 45.0, gtv_total=union((lesion, rest), column.grid))
    anatomy.ct.array[rest.to_array()] = 700
    found = score_sins(make_lesion(lesion, site=Site("L1", False, ("vertebrae_L1",))), anatomy, SETTINGS)
    assert found is not None
    assert found.parts["marrow_hu"] == pytest.approx(150, abs=3)
