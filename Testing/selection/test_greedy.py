"""Greedy selection against a plain re-statement of the rule on sets of voxels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from HimarsPlannerLib.clinical.facts import Facts
from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.lesions.lesion import Lesion
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.risk.ranking import RankedLesion
from HimarsPlannerLib.selection.greedy import select_greedily

GRID = Grid((6, 5, 4), (10.0, 10.0, 10.0))


Rank = Callable[[list[np.ndarray], Grid], list[RankedLesion]]


@pytest.fixture
def rank(make_lesion: Callable[..., Lesion]) -> Rank:
    def entries(masks: list[np.ndarray], grid: Grid = GRID) -> list[RankedLesion]:
        lesions = [make_lesion(Region.from_array(mask, grid)) for mask in masks]
        return [RankedLesion(lesion, (), tier=4, rank=n, reason="because") for n, lesion in enumerate(lesions, 1)]

    return entries


def box(*spans: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(GRID.shape, bool)
    mask[tuple(slice(*span) for span in spans)] = True
    return mask


mask_lists = st.lists(hnp.arrays(bool, GRID.shape, elements=st.booleans(), fill=st.just(False)), max_size=7)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(masks=mask_lists, budget=st.integers(0, 130))
def test_selection_is_exactly_what_the_rule_gives(rank: Rank, masks: list[np.ndarray], budget: int) -> None:
    masks = [mask for mask in masks if mask.any()]
    taken: set[tuple[int, ...]] = set()
    expected = []
    for mask in masks:
        together = taken | set(map(tuple, np.argwhere(mask).tolist()))
        expected.append("selected" if len(together) <= budget else "skipped")
        taken = together if len(together) <= budget else taken
    result = select_greedily(rank(masks), float(budget), GRID)
    assert [decision.verdict for decision in result.decisions] == expected
    assert result.selected_ml == pytest.approx(len(taken))
    assert result.selected_ml <= budget * (1 + 1e-9)


def test_a_lesion_that_fills_the_budget_exactly_fits(rank: Rank) -> None:
    small = Grid(GRID.size, (1.0, 1.0, 3.0))
    mask = np.zeros(small.shape, bool)
    mask[0, 0, :3] = True
    entry = rank([mask], small)[0]
    result = select_greedily([entry], 0.3 * 0.03, small)
    assert result.decisions[0].verdict == "selected"


def test_shared_voxels_count_once(rank: Rank) -> None:
    result = select_greedily(rank([box((0, 2), (0, 2), (0, 2)), box((1, 3), (0, 2), (0, 2))]), 12.0, GRID)
    assert [d.verdict for d in result.decisions] == ["selected", "selected"]
    assert result.selected_ml == pytest.approx(12.0)


def test_a_smaller_lesion_after_a_skipped_one_is_still_taken(rank: Rank) -> None:
    masks = [box((0, 1), (0, 5), (0, 6)), box((1, 4), (0, 5), (0, 6)), box((3, 4), (0, 1), (0, 4))]
    result = select_greedily(rank(masks), 40.0, GRID)
    assert [d.verdict for d in result.decisions] == ["selected", "skipped", "selected"]
    assert "exceed the budget of 40.0 ml by 80.0 ml" in result.decisions[1].reason


def test_what_is_excluded_or_no_metastasis_is_never_selected(make_lesion: Callable[..., Lesion]) -> None:
    region = Region.from_array(box((0, 1), (0, 1), (0, 1)), GRID)
    changes = ({"facts": Facts(excluded="wish")}, {"needs_review": "look"}, {"facts": Facts(accepted=False)}, {})
    ranked = [
        RankedLesion(make_lesion(region, **change), (), tier=1, rank=n, reason="because")
        for n, change in enumerate(changes, 1)
    ]
    decisions = select_greedily(ranked, 100.0, GRID).decisions
    assert [decision.verdict for decision in decisions] == ["excluded", "excluded", "excluded", "selected"]
    assert "wish" in decisions[0].reason
