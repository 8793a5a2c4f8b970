"""Cord score on a canal of plain shapes: encroachment, distances, what CT and PET cannot tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.lesions.lesion import Lesion, Origin, Site
from HimarsPlannerLib.phantom.build import Phantom
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.risk.anatomy import Anatomy
from HimarsPlannerLib.risk.canal.encroachment import find_encroachment
from HimarsPlannerLib.risk.canal.gap import signed_gap_mm, surface_gap_mm
from HimarsPlannerLib.risk.cord import score_cord
from HimarsPlannerLib.risk.score import Interval, Score

GRID = Grid((40, 40, 20), (1.0, 1.0, 3.0))
# k runs to the left, j up, i to the back: a sagittal series.
SAGITTAL = Grid((40, 60, 40), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (0, 0, 1, 1, 0, 0, 0, 1, 0))
SETTINGS = read_protocol().risk.cord
T8 = Site("T8", False, ("vertebrae_T8",))
Make = Callable[..., Lesion]
MakeAnatomy = Callable[..., Anatomy]


def box(z: tuple[int, int], y: tuple[int, int], x: tuple[int, int], grid: Grid = GRID) -> Region:
    mask = np.zeros(grid.shape, bool)
    mask[slice(*z), slice(*y), slice(*x)] = True
    return Region.from_array(mask, grid)


CANAL = box((5, 15), (20, 30), (10, 30))
BESIDE = box((6, 9), (5, 15), (10, 30))


@pytest.fixture
def score(make_lesion: Make, make_anatomy: MakeAnatomy) -> Callable[..., Score]:
    def scored(region: Region, canal: Region | None = CANAL, site: Site = T8, **options: Any) -> Score:
        lesion = make_lesion(region, site=site, **options.pop("lesion", {}))
        parts = {"canal": canal, "canal_contoured": True} | options
        return score_cord(lesion, make_anatomy(region.grid, **parts), SETTINGS)

    return scored


def into_canal(rows: int) -> Region:
    """A lesion from in front that fills so many of the canal's ten rows."""
    return box((6, 9), (10, 20 + rows), (10, 30))


def test_encroachment_is_the_share_of_the_canal_at_the_worst_slice(score: Any) -> None:
    mask = box((4, 8), (10, 22), (10, 30)).to_array() | box((8, 9), (10, 26), (10, 30)).to_array()
    found = score(Region.from_array(mask, GRID))
    assert (found.low, found.high) == (pytest.approx(0.6), pytest.approx(0.6))
    assert found.parts["worst_slice"] == 8
    assert found.parts["worst_s_mm"] == pytest.approx(24.0)
    assert (found.parts["worst_l_mm"], found.parts["worst_p_mm"]) == (pytest.approx(19.5), pytest.approx(24.5))
    assert found.sentence.startswith("60 % of the canal at its worst slice")
    assert "CT cannot grade it" in found.sentence
    assert found.sentence.endswith("MRI advised")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [(1, (1, 2)), (2, (1, 2)), (3, (2, 4)), (4, (2, 4)), (5, (3, 5)), (10, (3, 5))],
)
def test_the_canal_alone_allows_a_range_of_grades(score: Any, rows: int, expected: tuple[int, int]) -> None:
    found = score(into_canal(rows))
    assert found.measures["ESCC estimate"] == Interval(*expected)
    assert str(found.parts["ESCC"]).endswith("?")
    assert [one.what for one in found.unknown] == ["MRI (ESCC grade)"]


def test_a_lesion_beside_the_canal_gives_the_gap_between_their_edges(score: Any) -> None:
    found = score(BESIDE)
    assert (found.low, found.parts["gap_mm"]) == (0.0, pytest.approx(5.0))
    assert found.measures["ESCC estimate"] == Interval.exactly(0)
    assert (found.status, found.unknown) == ("computed", ())
    assert found.sentence == "5 mm from the canal"


def test_a_lesion_that_touches_the_canal_may_be_epidural(score: Any) -> None:
    found = score(box((6, 9), (5, 20), (10, 30)))
    assert found.parts["gap_mm"] == 0.0
    assert found.measures["ESCC estimate"] == Interval(0, 1)
    assert found.sentence.startswith("touches the canal (ESCC 0-1a?")


def test_a_lesion_at_another_level_has_no_cord_score(score: Any) -> None:
    found = score(box((16, 19), (5, 15), (10, 30)))
    assert (found.status, found.low, dict(found.measures)) == ("not-applicable", None, {})


def test_a_lesion_outside_the_spine_and_far_from_the_canal_has_none(score: Any) -> None:
    grid = Grid((90, 40, 20), (1.0, 1.0, 3.0))
    canal = box((5, 15), (20, 30), (2, 22), grid)
    far = box((6, 9), (20, 30), (60, 70), grid)
    found = score(far, canal, Site("pelvis, left"))
    assert (found.status, found.sentence) == ("not-applicable", "more than 20 mm from the spinal canal")
    assert score(far, canal).measures["ESCC estimate"] == Interval.exactly(0)


def test_without_a_canal_the_cord_risk_is_unknown_not_zero(score: Any) -> None:
    found = score(BESIDE, None)
    assert (found.status, found.low, found.high, dict(found.measures)) == ("unknown", None, None, {})
    assert found.unknown[0].would_be == {"ESCC estimate": Interval(0, 5)}
    assert score(BESIDE, None, Site("left rib 7", False, ("rib_left_7",))).unknown[0].would_be == {}


def test_a_segmented_canal_makes_encroachment_an_interval(score: Any) -> None:
    found = score(into_canal(3), canal_contoured=False)
    assert (found.low, found.high) == (pytest.approx(0.2), pytest.approx(0.3))
    assert found.measures["ESCC estimate"] == Interval(1, 4)
    assert found.parts["canal"] == "segmented"


def test_uptake_alone_does_not_prove_that_the_canal_is_reached(score: Any) -> None:
    found = score(into_canal(4), lesion={"origin": Origin("fixed-suv", "SUV 3")})
    assert (found.low, found.high) == (0.0, pytest.approx(0.4))
    assert found.measures["ESCC estimate"] == Interval(0, 4)
    assert {one.what: one.would_be["ESCC estimate"] for one in found.unknown}["CT or MRI contour"] == Interval(0, 4)
    assert "PET alone reaches too far" in found.sentence


def test_a_contour_that_pet_confirms_counts_as_a_contour(score: Any) -> None:
    found = score(into_canal(4), lesion={"origin": Origin("structure+fixed-suv", "both")})
    assert found.measures["ESCC estimate"] == Interval(2, 4)


@pytest.mark.parametrize("level", ["L3", "L5", "S2"])
def test_below_the_conus_it_is_the_cauda_equina_that_has_no_grade(score: Any, level: str) -> None:
    found = score(into_canal(4), site=Site(level, False, (f"vertebrae_{level}",)), cord=CANAL)
    assert (found.parts["content"], found.parts["ESCC"]) == ("cauda equina", "N/A (cauda equina)")
    assert "ESCC" not in found.sentence
    assert found.sentence == "40 % of the canal at its worst slice (cauda equina), MRI advised"
    assert found.measures["ESCC estimate"] == Interval(2, 4)


@pytest.mark.parametrize("level", ["L1", "L2"])
def test_at_the_conus_either_may_run_there(score: Any, level: str) -> None:
    found = score(into_canal(4), site=Site(level, False, (f"vertebrae_{level}",)))
    assert found.parts["content"] == "conus"
    assert "conus or cauda equina" in found.sentence


@pytest.mark.parametrize(
    ("site", "content"), [("thoracic spine", "cord"), ("sacrum", "cauda equina"), ("midline", "cord or cauda equina")]
)
def test_an_estimated_site_tells_what_runs_in_the_canal_where_it_can(score: Any, site: str, content: str) -> None:
    assert score(into_canal(4), site=Site(site)).parts["content"] == content


def test_a_level_that_is_not_known_is_said(score: Any) -> None:
    assert "level not known" in score(into_canal(4), site=Site("thoracic or lumbar spine")).sentence


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        (26, (1, 2)),  # 3 mm from the lesion: more than a voxel off, a voxel more or less
        (25, (1, 3)),  # 2 mm: may touch
        (24, (2, 4)),  # a voxel between them
        (23, (2, 4)),  # touches
        (21, (3, 4)),  # 2 mm inside
    ],
)
def test_a_contoured_cord_narrows_the_grades(score: Any, front: int, expected: tuple[int, int]) -> None:
    cord = box((5, 15), (front, 29), (14, 26))
    found = score(into_canal(3), cord=cord)
    assert found.measures["ESCC estimate"] == Interval(*expected)


def test_a_canal_that_lesion_and_cord_fill_may_be_the_highest_grade(score: Any) -> None:
    found = score(into_canal(6), cord=box((5, 15), (26, 30), (10, 30)))
    assert found.measures["ESCC estimate"] == Interval(4, 5)


def test_a_cord_contour_that_fills_the_canal_is_taken_as_the_sac(score: Any) -> None:
    found = score(into_canal(2), cord=box((5, 15), (21, 30), (11, 29)))
    assert found.measures["ESCC estimate"] == Interval(1, 2)
    assert "cord_gap_mm" not in found.parts
    assert "81 % of the canal" in str(found.parts["cord"])


@pytest.mark.parametrize(
    ("lesion", "expected"),
    [
        (box((6, 9), (5, 19), (15, 25)), True),
        (box((6, 9), (5, 17), (15, 25)), False),
        (box((6, 9), (22, 30), (31, 38)), False),
        (box((6, 9), (31, 38), (15, 25)), False),
        (into_canal(2), True),
    ],
    ids=["in the wall", "3 mm in front", "beside", "behind", "through the wall"],
)
def test_the_posterior_wall_is_reached_from_the_front(score: Any, lesion: Region, expected: bool) -> None:
    assert score(lesion).parts["posterior wall reached"] is expected


def test_slices_are_axial_also_in_a_sagittal_series() -> None:
    canal = box((10, 30), (0, 60), (20, 30), SAGITTAL)
    lesion = box((10, 30), (31, 34), (10, 24), SAGITTAL)
    found = find_encroachment(lesion, canal)
    assert found is not None
    assert (found.fraction, found.index) == (pytest.approx(0.4), 31)
    assert found.at_lps == pytest.approx(SAGITTAL.to_lps((19.5, 31, 24.5)))


def test_an_oblique_cut_has_the_share_of_the_orthogonal_plane() -> None:
    grid = Grid((60, 80, 60), (0.5, 0.5, 1.0))
    z, y, x = np.indices(grid.shape) * np.reshape(grid.spacing_zyx, (3, 1, 1, 1))
    back = (y - 20) * np.cos(0.6) - (z - 30) * np.sin(0.6)
    canal = Region.from_array((x - 15) ** 2 + back**2 < 64, grid)
    lesion = Region.from_array(back < -2.0, grid)
    height = 8 - 2.0
    segment = 64 * np.arccos(1 - height / 8) - (8 - height) * np.sqrt(2 * 8 * height - height**2)
    middle = find_encroachment(Region.from_array(lesion.to_array() & (np.abs(z - 30) < 1), grid), canal)
    assert middle is not None
    # One row of voxels is 3 % of the canal.
    assert middle.fraction == pytest.approx(segment / (64 * np.pi), abs=0.03)


def test_distance_between_surfaces_has_no_bias_by_the_voxel() -> None:
    rng = np.random.default_rng(4)
    for spacing in ((1.0, 1.0, 1.0), (1.0, 1.0, 3.0)):
        grid = Grid((60, 60, 40), spacing)
        at = np.moveaxis(np.indices(grid.shape), 0, -1) * grid.spacing_zyx
        errors = []
        for _ in range(30):
            first = np.array(grid.shape) * grid.spacing_zyx / 2 + rng.uniform(-3, 3, 3) - (0, 0, 14)
            second = first + rng.uniform(-1, 1, 3) * (4, 4, 0) + (0, 0, 24)
            regions = [Region.from_array(np.linalg.norm(at - centre, axis=-1) < 8, grid) for centre in (first, second)]
            errors.append(surface_gap_mm(*regions, 50.0) - (np.linalg.norm(second - first) - 16))
        assert abs(np.mean(errors)) < 0.3
        assert np.max(np.abs(errors)) < 1.2


def test_what_is_farther_than_asked_is_infinite() -> None:
    assert surface_gap_mm(box((6, 9), (0, 2), (10, 30)), CANAL, 10.0) == float("inf")


def test_a_lesion_in_the_cord_has_its_depth() -> None:
    cord = box((5, 15), (20, 30), (10, 30))
    assert signed_gap_mm(box((6, 9), (10, 23), (15, 25)), cord, 20.0) == pytest.approx(-2.5)


def test_encroachment_of_the_made_patient_is_within_five_points(
    demo_phantom: Phantom, make_lesion: Make, make_anatomy: MakeAnatomy
) -> None:
    ((name, true),) = demo_phantom.truth["risks"]["canal_encroachment"].items()
    lesion = make_lesion(demo_phantom.structures[name], site=Site("L5", False, ("vertebrae_L5",)))
    canal = demo_phantom.structures["SpinalCanal"]
    found = score_cord(lesion, make_anatomy(demo_phantom.ct.grid, canal=canal, canal_contoured=True), SETTINGS)
    assert found.high == pytest.approx(true["worst_area_fraction"], abs=0.05)
    # The share hardly changes over a body's height: the worst slice is near the true one, not it.
    assert found.parts["worst_s_mm"] == pytest.approx(true["at_z_mm"], abs=10.0)
