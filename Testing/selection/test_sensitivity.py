"""What the choice hangs on: the same rule on other masks, stated again on plain arrays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from skimage.morphology import dilation, erosion

from HimarsPlannerLib.bone.reserve import reserve_of
from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.lesions.lesion import Lesion
from HimarsPlannerLib.plan import Plan
from HimarsPlannerLib.protocol.selection_settings import SELECTION_RULES
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.risk.ranking import RankedLesion
from HimarsPlannerLib.selection.rules import select
from HimarsPlannerLib.selection.selection import Selection
from HimarsPlannerLib.selection.sensitivity import Case, find_sensitivity, flips

CROSS = np.zeros((3, 3, 3), bool)
CROSS[1, 1, :] = CROSS[1, :, 1] = CROSS[:, 1, 1] = True
GRID = Grid((30, 30, 30), (10.0, 10.0, 10.0))


def case_of(
    make_lesion: Callable[..., Lesion], boxes: list[tuple[slice, slice, slice]], irradiated: list[Region] | None = None
) -> Case:
    ranked = []
    for n, box in enumerate(boxes, 1):
        mask = np.zeros(GRID.shape, bool)
        mask[box] = True
        lesion = make_lesion(Region.from_array(mask, GRID), id=f"L{n:02d}", name=f"GTV{n}")
        ranked.append(RankedLesion(lesion, (), tier=2, rank=n, reason="because"))
    trabecular = np.zeros(GRID.shape, bool)
    trabecular[5:25, 5:25, 5:25] = True
    gtvs = [entry.lesion.region for entry in ranked]
    return Case(ranked, trabecular, GRID, irradiated, reserve_of(trabecular, GRID, gtvs, irradiated), 0.3)


def chosen_by(rule: str, case: Case) -> Selection:
    return select(case.ranked, case.fraction * case.reserve.bone_marrow_reserve_ml, case.grid, rule)


BOXES = [
    (slice(6, 14), slice(6, 20), slice(6, 16)),
    (slice(12, 20), slice(10, 18), slice(10, 22)),
    (slice(20, 29), slice(3, 12), slice(3, 14)),
    (slice(25, 26), slice(20, 26), slice(20, 26)),
]


@pytest.mark.parametrize("rule", SELECTION_RULES)
def test_each_scenario_is_the_rule_on_its_own_masks(make_lesion: Callable[..., Lesion], rule: str) -> None:
    mask = np.zeros(GRID.shape, bool)
    mask[15:25, 15:30, 15:30] = True
    case = case_of(make_lesion, BOXES, [Region.from_array(mask, GRID)])
    base = chosen_by(rule, case)
    less, more, smaller, larger = find_sensitivity(case, base)
    reserve = case.reserve.bone_marrow_reserve_ml
    assert less.reserve_ml == pytest.approx(0.9 * reserve)
    assert more.reserve_ml == pytest.approx(1.1 * reserve)
    for scenario, factor in ((less, 0.9), (more, 1.1)):
        expected = select(case.ranked, 0.3 * factor * reserve, GRID, rule)
        assert scenario.selection.chosen == expected.chosen
        assert scenario.ratio == pytest.approx(expected.selected_ml / (factor * reserve))
    for scenario, change in ((smaller, erosion), (larger, dilation)):
        masks = [change(entry.lesion.region.to_array(), CROSS) for entry in case.ranked]
        outside = case.trabecular & ~np.logical_or.reduce(masks)
        assert scenario.reserve_ml == pytest.approx(np.count_nonzero(outside & ~mask))
        taken = [m for m, one in zip(masks, scenario.selection.decisions, strict=True) if one.verdict == "selected"]
        assert scenario.selection.selected_ml == pytest.approx(np.count_nonzero(np.logical_or.reduce(taken)))
        assert scenario.selection.selected_ml <= scenario.selection.budget_ml
        assert [one.ranked.rank for one in scenario.selection.decisions] == [1, 2, 3, 4]
    for scenario in (less, more, smaller, larger):
        assert set(scenario.differs) == set(base.chosen) ^ set(scenario.selection.chosen)
    assert (smaller.vanished, larger.vanished) == (("L04",), ())


def test_a_lesion_that_fits_only_with_more_bone_is_marked(make_lesion: Callable[..., Lesion]) -> None:
    # Lesions of 1700 and 800 ml in 8000 ml of bone: a budget of 0.3 x 5500 = 1650 ml, and 1815 ml with 10 % more.
    # A shell smaller they have 960 and 384 ml and both fit.
    boxes = [(slice(5, 15), slice(5, 15), slice(5, 22)), (slice(15, 23), slice(5, 15), slice(5, 15))]
    case = case_of(make_lesion, boxes)
    reserve = case.reserve.bone_marrow_reserve_ml
    assert reserve == pytest.approx(8000 - 1700 - 800)
    base = chosen_by("greedy-skip", case)
    assert base.chosen == ("L02",)
    scenarios = find_sensitivity(case, base)
    assert flips(scenarios, "L01") == ("trabecular bone +10 %", "GTVs one voxel shell smaller")
    assert flips(scenarios, "L02") == ("trabecular bone +10 %",)


def test_the_plan_carries_it(demo_plan: Plan) -> None:
    assert [scenario.name for scenario in demo_plan.sensitivity] == [
        "trabecular bone -10 %",
        "trabecular bone +10 %",
        "GTVs one voxel shell smaller",
        "GTVs one voxel shell larger",
    ]
    smaller, larger = demo_plan.sensitivity[2:]
    assert larger.reserve_ml < demo_plan.reserve.bone_marrow_reserve_ml < smaller.reserve_ml
