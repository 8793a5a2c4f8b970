"""Facts that stay with their lesions when these are found again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from HimarsPlannerLib.clinical.facts import Facts
from HimarsPlannerLib.clinical.follow import follow_facts
from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.lesions.lesion import Lesion
from HimarsPlannerLib.region import Region

GRID = Grid((40, 40, 40), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
PINNED, PAINFUL = Facts(pinned=True), Facts(pain="mechanical")


def cube(make_lesion: Callable[..., Lesion], name: str, start: int, stop: int, grid: Grid = GRID) -> Lesion:
    mask = np.zeros(grid.shape, bool)
    mask[start:stop, 5:15, 5:15] = True
    return make_lesion(Region.from_array(mask, grid), id=f"L-{name}", name=name)


def test_facts_follow_the_place_and_not_the_name(make_lesion: Callable[..., Lesion]) -> None:
    before = [cube(make_lesion, "PET1", 2, 10), cube(make_lesion, "PET2", 20, 30)]
    # A higher threshold: both shrink, and another numbering gives the second the first one's name.
    after = [cube(make_lesion, "PET1", 22, 28), cube(make_lesion, "PET2", 3, 8), cube(make_lesion, "PET3", 33, 38)]
    followed, lost = follow_facts({"L-PET1": PINNED, "L-PET2": PAINFUL}, before, after)
    assert followed == {"L-PET2": PINNED, "L-PET1": PAINFUL}
    assert lost == ()


def test_facts_of_lesions_that_are_gone_or_moved_or_not_clear_are_lost_and_said_so(
    make_lesion: Callable[..., Lesion],
) -> None:
    gone, parted = cube(make_lesion, "gone", 2, 8), cube(make_lesion, "parted", 10, 20)
    merged = [cube(make_lesion, "one", 22, 29), cube(make_lesion, "two", 30, 37)]
    before = [gone, parted, *merged]
    after = [
        cube(make_lesion, "half", 10, 15),
        cube(make_lesion, "other half", 15, 20),
        cube(make_lesion, "both", 22, 37),
    ]
    facts = {lesion.id: PINNED for lesion in before}
    assert follow_facts(facts, before, after) == ({}, ("gone", "parted", "one", "two"))


def test_lesions_on_another_grid_are_others(make_lesion: Callable[..., Lesion]) -> None:
    other = Grid((40, 40, 40), (1.0, 1.0, 1.0), (0.5, 0.0, 0.0))
    before, after = [cube(make_lesion, "a", 2, 10)], [cube(make_lesion, "a", 2, 10, other)]
    assert follow_facts({"L-a": PINNED}, before, after) == ({}, ("a",))
