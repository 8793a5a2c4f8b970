"""Symptomatic and high-risk volume over the reserve: an interval, and the trial's exclusion above one half."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from HimarsPlannerLib.clinical.facts import Facts
from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.lesions.lesion import Lesion
from HimarsPlannerLib.plan import Plan
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.risk.ranking import Change, RankedLesion
from HimarsPlannerLib.selection.eligibility_ratio import eligibility_notices, measure_eligibility

GRID = Grid((100, 1, 1), (10.0, 10.0, 10.0))
SETTINGS = read_protocol().eligibility

Entry = Callable[..., RankedLesion]


@pytest.fixture
def entry(make_lesion: Callable[..., Lesion]) -> Entry:
    """Rank a lesion of a run of voxels of 1 ml."""

    def make(first: int, last: int, tier: int, **changes: object) -> RankedLesion:
        mask = np.zeros(GRID.shape, bool)
        mask[0, 0, first:last] = True
        ranked = {"lowest_tier": tier, "changes": ()} | {
            name: changes.pop(name) for name in ("lowest_tier", "changes") if name in changes
        }
        lesion = make_lesion(Region.from_array(mask, GRID), **changes)
        return RankedLesion(lesion, (), tier=tier, rank=1, reason="because", **ranked)  # type: ignore[arg-type]

    return make


def test_the_numbers_are_the_registrys_and_a_proposal() -> None:
    protocol = read_protocol()
    assert (SETTINGS.largest_ratio, SETTINGS.high_risk_tier) == (0.5, 2)
    assert protocol.sources["eligibility.largest_ratio"] == "NCT06978296"
    assert "proposal" in protocol.sources["eligibility.high_risk_tier"]


def test_both_ends_are_unions_of_the_lesions_in_high_risk_tiers(entry: Entry) -> None:
    ranked = [
        entry(0, 10, 1),
        entry(5, 15, 2),
        entry(20, 30, 2, lowest_tier=4),
        entry(40, 50, 3),
        entry(60, 63, 4, facts=Facts(symptomatic=True)),
        entry(70, 80, 4, changes=(Change("pain", (1,)),)),
        entry(85, 95, 1, needs_review="look"),
    ]
    ratio = measure_eligibility(ranked, 50.0, GRID, SETTINGS)
    assert (ratio.low_ml, ratio.high_ml, ratio.highest_ml) == pytest.approx((18, 28, 38))
    assert ratio.over_reserve(ratio.high_ml) == pytest.approx(0.56)
    [notice] = eligibility_notices(ratio, ranked)
    assert notice.code == "eligibility-possibly-exceeded"
    assert "36.0% to 56.0%" in notice.message


def test_a_lesion_excluded_by_the_physician_is_disease_all_the_same(entry: Entry) -> None:
    ratio = measure_eligibility([entry(0, 10, 1, facts=Facts(excluded="wish"))], 50.0, GRID, SETTINGS)
    assert ratio.low_ml == pytest.approx(10)


@pytest.mark.parametrize(
    ("reserve_ml", "code"),
    [
        (19.9, "eligibility-exceeded"),
        (20.0, None),
        (0.0, "eligibility-exceeded"),
    ],
)
def test_exactly_one_half_is_not_excluded_and_no_reserve_is(entry: Entry, reserve_ml: float, code: str | None) -> None:
    ranked = [entry(0, 10, 2)]
    ratio = measure_eligibility(ranked, reserve_ml, GRID, SETTINGS)
    assert [notice.code for notice in eligibility_notices(ratio, ranked)] == ([code] if code else [])


def test_what_is_not_known_and_could_exclude_is_named(entry: Entry) -> None:
    ranked = [entry(0, 10, 2), entry(20, 50, 3, changes=(Change("symptoms", (1,)), Change("MRI", (1, 2))))]
    ratio = measure_eligibility(ranked, 50.0, GRID, SETTINGS)
    [notice] = eligibility_notices(ratio, ranked)
    assert notice.code == "eligibility-not-known"
    assert "is 20.0% by what is known, and up to 80.0% by what is not (symptoms, MRI)" in notice.message


def test_without_lesions_it_is_zero_and_nobody_is_warned() -> None:
    ratio = measure_eligibility([], 50.0, GRID, SETTINGS)
    assert ratio.in_words(ratio.low_ml, ratio.high_ml) == "0.0%"
    assert eligibility_notices(ratio, []) == []


def test_the_demo_patients_ratio_is_that_of_the_masks(demo_plan: Plan) -> None:
    grid = demo_plan.bone.grid
    high = np.zeros(grid.shape, bool)
    for decision in demo_plan.selection.decisions:
        if decision.ranked.tier <= 2:
            high |= decision.ranked.lesion.region.to_array()
    assert demo_plan.eligibility.high_ml == pytest.approx(np.count_nonzero(high) * grid.voxel_ml)
    assert demo_plan.eligibility.reserve_ml == demo_plan.reserve.bone_marrow_reserve_ml
