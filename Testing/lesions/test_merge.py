"""The same lesion from several sources, once; GTV_total is never lost nor doubled."""

from __future__ import annotations

import numpy as np
import pytest

from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.lesions.candidate import Candidate
from HimarsPlannerLib.lesions.lesion import Origin
from HimarsPlannerLib.lesions.merge import merge
from HimarsPlannerLib.region import Region, union

GRID = Grid((60, 20, 10), (1.0, 1.0, 1.0))


def block(x: int, end: int, y: int = 5, y_end: int = 15) -> Region:
    mask = np.zeros(GRID.shape, bool)
    mask[2:8, y:y_end, x:end] = True
    return Region.from_array(mask, GRID)


def drawn(name: str, region: Region) -> Candidate:
    return Candidate(name, region, Origin("structure", "set", (name,)))


def uptake(name: str, region: Region, needs_review: str = "") -> Candidate:
    return Candidate(name, region, Origin("fixed-suv", "SUVbw >= 3", (name,)), "bone", "", needs_review, region)


def names(candidates: list[Candidate]) -> list[tuple[str, ...]]:
    return [one.origin.names for one in candidates]


@pytest.mark.parametrize(("start", "expected"), [(5, 1), (6, 2)])
def test_half_of_the_smaller_decides(start: int, expected: int) -> None:
    merged, _ = merge([drawn("a", block(0, 30)), drawn("b", block(20 + start, 40 + start))], 0.25)
    assert len(merged) == expected


def test_three_sources_of_one_lesion_are_one_under_three_names() -> None:
    merged, _ = merge([drawn("CT", block(0, 10)), drawn("MR", block(2, 12)), uptake("PET-1", block(4, 14))], 0.5)
    assert names(merged) == [("CT", "MR", "PET-1")]
    assert merged[0].region.voxels == block(0, 14).voxels
    assert merged[0].origin.method == "structure+fixed-suv"
    assert merged[0].name == "CT"


def test_one_uptake_over_two_contours_leaves_two_lesions_and_loses_nothing() -> None:
    first, second, chain = drawn("a", block(0, 10)), drawn("b", block(20, 30)), uptake("PET-1", block(0, 34))
    merged, _ = merge([first, second, chain], 0.5)
    assert names(merged) == [("a", "PET-1"), ("b", "PET-1")]
    a, b = (one.region for one in merged)
    assert a.overlap(b) == 0
    assert a.voxels + b.voxels == chain.region.voxels
    assert (a.box[2].stop, b.box[2].start) == (15, 15), "the gap is parted half way"
    assert [one.uptake.voxels for one in merged if one.uptake] == [a.voxels, b.voxels]


def test_one_contour_over_two_uptakes_stays_one_lesion() -> None:
    merged, _ = merge([drawn("a", block(0, 40)), uptake("PET-1", block(2, 10)), uptake("PET-2", block(20, 42))], 0.5)
    assert names(merged) == [("a", "PET-1", "PET-2")]
    assert merged[0].region.voxels == block(0, 42).voxels


def test_a_gtv_total_joins_no_lesions_and_keeps_what_only_it_has() -> None:
    total = Region.from_array(union([block(0, 10), block(20, 31), block(45, 50)], GRID).to_array(), GRID)
    merged, _ = merge([drawn("GTV_total", total), drawn("GTV1", block(0, 10)), drawn("GTV2", block(20, 30))], 0.5)
    assert names(merged) == [("GTV1", "GTV_total"), ("GTV2", "GTV_total"), ("GTV_total-rest",)]
    assert [one.region.voxels for one in merged] == [block(0, 10).voxels, block(20, 31).voxels, block(45, 50).voxels]


def test_the_union_of_all_is_the_same_before_and_after() -> None:
    rng = np.random.default_rng(7)
    for _ in range(30):
        candidates = []
        for number in range(rng.integers(2, 7)):
            x, length = rng.integers(0, 40), rng.integers(4, 20)
            y = rng.integers(0, 12)
            make = drawn if rng.random() < 0.5 else uptake
            candidates.append(make(f"c{number}", block(int(x), int(x + length), int(y), int(y) + 6)))
        merged, _ = merge(candidates, 0.5)
        before = union([one.region for one in candidates], GRID)
        after = union([one.region for one in merged], GRID)
        assert np.array_equal(before.to_array(), after.to_array())


def test_uptake_under_review_adds_its_name_only_until_accepted() -> None:
    pair = [drawn("GTVn1", block(0, 10)), uptake("Uptake-1", block(2, 16), "uptake outside bone")]
    (waiting,), _ = merge(pair, 0.5)
    assert (waiting.region.voxels, waiting.needs_review) == (block(0, 10).voxels, "")
    (accepted,), _ = merge(pair, 0.5, ["Uptake-1"])
    assert accepted.region.voxels == block(0, 16).voxels
    (alone,), _ = merge(pair[1:], 0.5)
    assert alone.needs_review


def test_sources_that_agree_are_not_told() -> None:
    _, silent = merge([drawn("a", block(0, 20)), drawn("b", block(1, 20))], 0.5)
    assert silent == []
