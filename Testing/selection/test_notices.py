"""What the report warns of first: urgent lesions that are not selected, then pinned ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from HimarsPlannerLib.clinical.facts import Facts
from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.lesions.lesion import Lesion
from HimarsPlannerLib.protocol.protocol import Level
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.risk.ranking import RankedLesion
from HimarsPlannerLib.selection.notices import selection_notices
from HimarsPlannerLib.selection.rules import select

GRID = Grid((100, 1, 1), (10.0, 10.0, 10.0))
Patient = Callable[..., list[RankedLesion]]


@pytest.fixture
def patient(make_lesion: Callable[..., Lesion]) -> Patient:
    """Lesions side by side, in rank order: volume in ml, tier, facts."""

    def make(*lesions: tuple[int, int, Facts]) -> list[RankedLesion]:
        ranked = []
        first = 0
        for rank, (volume, tier, facts) in enumerate(lesions, 1):
            mask = np.zeros(GRID.shape, bool)
            mask[0, 0, first : first + volume] = True
            first += volume
            lesion = make_lesion(Region.from_array(mask, GRID), id=f"L{rank:02d}", name=f"GTV{rank}", facts=facts)
            ranked.append(RankedLesion(lesion, (), tier=tier, rank=rank, reason="because"))
        return ranked

    return make


def test_each_urgent_lesion_that_does_not_fit_is_named_before_pinned_ones(patient: Patient) -> None:
    ranked = patient(
        (20, 3, Facts(pinned=True)), (9, 1, Facts()), (12, 1, Facts()), (2, 1, Facts(excluded="wish")), (15, 2, Facts())
    )
    notices = selection_notices(select(ranked, 10.0, GRID, "greedy-skip"), None)
    assert [(notice.code, notice.message.split()[0]) for notice in notices] == [
        ("tier-1-skipped", "GTV3"),
        ("pinned-skipped", "GTV1"),
    ]
    assert "exceed the budget of 10.0 ml by 11.0 ml" in notices[0].message


def test_an_urgent_and_pinned_lesion_is_named_once(patient: Patient) -> None:
    notices = selection_notices(select(patient((20, 1, Facts(pinned=True))), 10.0, GRID, "greedy-skip"), None)
    assert [notice.code for notice in notices] == ["tier-1-skipped"]


def test_an_urgent_lesion_that_only_the_next_lower_level_takes_is_told(patient: Patient) -> None:
    ranked = patient((12, 1, Facts()), (8, 1, Facts()))
    here, there = (select(ranked, budget, GRID, "greedy-skip") for budget in (12.0, 10.0))
    skipped, told = selection_notices(here, (Level("-1", 0.2), there))
    assert (skipped.code, told.code) == ("tier-1-skipped", "tier-1-at-lower-level")
    assert told.message.startswith("Level -1 (20%) would select GTV2 of tier 1")
    assert selection_notices(select(ranked, 20.0, GRID, "greedy-skip"), (Level("1", 0.3), here)) == []
