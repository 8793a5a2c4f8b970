"""Every selection rule and the bound against plain arithmetic on sets of voxels, all subsets tried."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from HimarsPlannerLib.clinical.facts import Facts
from HimarsPlannerLib.errors import ProtocolError
from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.lesions.lesion import Lesion
from HimarsPlannerLib.protocol.selection_settings import SELECTION_RULES
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.risk.ranking import RankedLesion
from HimarsPlannerLib.selection.optimum import largest_volume
from HimarsPlannerLib.selection.rules import RULES, select
from HimarsPlannerLib.selection.selection import Selection

GRID = Grid((6, 5, 4), (10.0, 10.0, 10.0))
VOXELS = 6 * 5 * 4
SLOW = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)

Rank = Callable[..., list[RankedLesion]]
Voxels = frozenset[int]


@pytest.fixture
def rank(make_lesion: Callable[..., Lesion]) -> Rank:
    """Rank lesions given as sets of voxels, with their tiers; the first are pinned."""

    def entries(
        sets: Sequence[Voxels], tiers: Sequence[int] | None = None, pinned: int = 0, grid: Grid = GRID
    ) -> list[RankedLesion]:
        made = []
        for n, voxels in enumerate(sets):
            mask = np.zeros(grid.shape, bool)
            mask.flat[list(voxels)] = True
            facts = Facts(pinned=n < pinned)
            lesion = make_lesion(Region.from_array(mask, grid), id=f"L{n + 1:02d}", name=f"GTV{n + 1}", facts=facts)
            made.append(RankedLesion(lesion, (), tier=tiers[n] if tiers else 4, rank=n + 1, reason="because"))
        return made

    return entries


# Runs of voxels overlap often, and in chains; scattered voxels make every other pattern.
runs = st.builds(
    lambda first, length: frozenset(range(first, min(first + length, VOXELS))),
    st.integers(0, VOXELS - 1),
    st.integers(1, 30),
)
scattered = st.frozensets(st.integers(0, VOXELS - 1), min_size=1, max_size=12)
lesion_sets = st.lists(st.one_of(runs, scattered), max_size=12)


@st.composite
def patients(draw: st.DrawFn, most: int = 12) -> tuple[list[Voxels], list[int], int, int]:
    """Sets of voxels, their tiers in rank order, how many are pinned, and a budget in voxels."""
    sets = draw(lesion_sets)[:most]
    pinned = draw(st.integers(0, min(2, len(sets))))
    rest = sorted(draw(st.lists(st.integers(1, 4), min_size=len(sets) - pinned, max_size=len(sets) - pinned)))
    tiers = draw(st.lists(st.integers(1, 4), min_size=pinned, max_size=pinned)) + rest
    total = len(frozenset().union(*sets))
    return sets, tiers, pinned, draw(st.integers(0, total + 1))


def in_order(sets: Sequence[Voxels], budget: int, stop: bool) -> list[int]:
    taken: Voxels = frozenset()
    chosen = []
    for n, voxels in enumerate(sets):
        if len(taken | voxels) <= budget:
            taken |= voxels
            chosen.append(n)
        elif stop:
            break
    return chosen


def every_union(sets: Sequence[Voxels]) -> list[tuple[int, tuple[bool, ...]]]:
    """Size of the union of every subset, with the subset."""
    unions: list[tuple[Voxels, tuple[bool, ...]]] = [(frozenset(), ())]
    for voxels in sets:
        unions = [(u | voxels if take else u, (*which, take)) for u, which in unions for take in (True, False)]
    return [(len(u), which) for u, which in unions]


def best(sets: Sequence[Voxels], budget: int) -> tuple[int, list[int]]:
    """Largest union within the budget; among equals the subset that is first in rank."""
    size, which = max(option for option in every_union(sets) if option[0] <= budget)
    return size, [n for n, take in enumerate(which) if take]


def tier_by_tier(sets: Sequence[Voxels], tiers: Sequence[int], pinned: int, budget: int) -> list[int]:
    groups = [0] * pinned + list(tiers[pinned:])
    taken: Voxels = frozenset()
    chosen: list[int] = []
    for group in sorted(set(groups)):
        numbers = [n for n, one in enumerate(groups) if one == group]
        _, picked = best([sets[n] - taken for n in numbers], budget - len(taken))
        chosen += [numbers[k] for k in picked]
        taken = taken.union(*(sets[numbers[k]] for k in picked))
    return chosen


def chosen_of(selection: Selection) -> list[int]:
    return [n for n, one in enumerate(selection.decisions) if one.verdict == "selected"]


def test_the_rules_of_the_protocol_file_are_those_that_exist() -> None:
    assert tuple(RULES) == SELECTION_RULES


@settings(max_examples=1500, deadline=None, suppress_health_check=SLOW)
@given(patient=patients())
def test_greedy_rules_are_what_they_say(rank: Rank, patient: tuple[list[Voxels], list[int], int, int]) -> None:
    sets, tiers, pinned, budget = patient
    ranked = rank(sets, tiers, pinned)
    for rule, stop in (("greedy-skip", False), ("greedy-stop", True)):
        result = select(ranked, float(budget), GRID, rule)
        expected = in_order(sets, budget, stop)
        assert chosen_of(result) == expected
        assert result.selected_ml == pytest.approx(len(frozenset().union(*(sets[n] for n in expected))))


@settings(max_examples=800, deadline=None, suppress_health_check=SLOW)
@given(patient=patients(most=10))
def test_tier_then_optimum_is_the_best_subset_of_each_tier(
    rank: Rank, patient: tuple[list[Voxels], list[int], int, int]
) -> None:
    sets, tiers, pinned, budget = patient
    result = select(rank(sets, tiers, pinned), float(budget), GRID, "tier-then-optimum")
    assert chosen_of(result) == tier_by_tier(sets, tiers, pinned, budget)


@settings(max_examples=300, deadline=None, suppress_health_check=SLOW)
@given(sets=lesion_sets, share=st.floats(0, 1))
def test_the_bound_is_the_best_of_all_subsets_and_one_tier_reaches_it(
    rank: Rank, sets: list[Voxels], share: float
) -> None:
    budget = int(share * len(frozenset().union(*sets)))
    size, which = best(sets, budget)
    bound = largest_volume(rank(sets), float(budget), GRID)
    assert bound.exact
    assert bound.ml == pytest.approx(size)
    alone = select(rank(sets), float(budget), GRID, "tier-then-optimum")
    assert chosen_of(alone) == which
    assert alone.selected_ml == pytest.approx(size)


@settings(max_examples=600, deadline=None, suppress_health_check=SLOW)
@given(
    patient=patients(),
    fraction=st.sampled_from(["0.2", "0.3", "0.4", "0.5", "0.333", "0.1"]),
    reserve=st.integers(0, 400),
    spacing=st.sampled_from([(0.9765625, 0.9765625, 3.0), (1.17, 1.17, 1.0), (0.7, 0.7, 0.7), (4.07283, 4.07283, 2.0)]),
)
def test_no_rule_ever_exceeds_the_budget_and_none_the_bound(
    rank: Rank,
    patient: tuple[list[Voxels], list[int], int, int],
    fraction: str,
    reserve: int,
    spacing: tuple[float, float, float],
) -> None:
    sets, tiers, pinned, _ = patient
    grid = Grid(GRID.size, spacing)
    ranked = rank(sets, tiers, pinned, grid)
    budget_ml = float(fraction) * (reserve * grid.voxel_ml)
    allowed = Fraction(fraction) * reserve
    bound = largest_volume(ranked, budget_ml, grid)
    # Counted in whole voxels and exact fractions, so that rounding cannot hide a voxel too many or too few.
    assert round(bound.ml / grid.voxel_ml) == best(sets, int(allowed))[0]
    for rule in SELECTION_RULES:
        result = select(ranked, budget_ml, grid, rule)
        voxels = len(frozenset().union(*(sets[n] for n in chosen_of(result))))
        assert result.selected_ml == pytest.approx(voxels * grid.voxel_ml)
        assert voxels <= allowed
        assert result.selected_ml <= bound.ml


@settings(max_examples=200, deadline=None, suppress_health_check=SLOW)
@given(patient=patients(), seed=st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(
    rank: Rank, patient: tuple[list[Voxels], list[int], int, int], seed: object
) -> None:
    sets, tiers, pinned, budget = patient
    ranked = rank(sets, tiers, pinned)
    shuffled = ranked.copy()
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    for rule in SELECTION_RULES:
        assert select(shuffled, float(budget), GRID, rule) == select(ranked, float(budget), GRID, rule)
    assert largest_volume(shuffled, float(budget), GRID) == largest_volume(ranked, float(budget), GRID)


@settings(max_examples=500, deadline=None, suppress_health_check=SLOW)
@given(patient=patients(), more=st.integers(0, 60))
def test_what_holds_of_tier_1_when_the_budget_grows(
    rank: Rank, patient: tuple[list[Voxels], list[int], int, int], more: int
) -> None:
    sets, tiers, _, budget = patient
    ranked = rank(sets, sorted(tiers))
    urgent = [n for n, tier in enumerate(sorted(tiers)) if tier == 1]
    for rule in SELECTION_RULES:
        before, after = (
            [n for n in chosen_of(select(ranked, float(b), GRID, rule)) if n in urgent] for b in (budget, budget + more)
        )
        if before == urgent:
            assert after == urgent, "once all of tier 1 fits, all of it stays"
        if rule == "greedy-stop":
            assert set(before) <= set(after), "none is ever dropped"
        if rule == "greedy-skip" and set(before) - set(after):
            first = min(set(before) ^ set(after))
            assert first in after, "dropped only for one of tier 1 with a higher rank"
        if rule == "tier-then-optimum":
            volumes = [len(frozenset().union(*(sets[n] for n in one))) for one in (before, after)]
            assert volumes[0] <= volumes[1], "the volume of tier 1 never falls"


def test_a_larger_budget_may_exchange_lesions_of_tier_1(rank: Rank) -> None:
    """Two lesions of 12 and 8 ml, budgets of 10 and 12 ml: why "never drops" cannot hold under these rules."""
    ranked = rank([frozenset(range(12)), frozenset(range(20, 28))], [1, 1])
    for rule in ("greedy-skip", "tier-then-optimum"):
        assert chosen_of(select(ranked, 10.0, GRID, rule)) == [1]
        assert chosen_of(select(ranked, 12.0, GRID, rule)) == [0]
        assert chosen_of(select(ranked, 20.0, GRID, rule)) == [0, 1]
    assert chosen_of(select(ranked, 10.0, GRID, "greedy-stop")) == []


def test_a_lesion_that_fills_the_budget_exactly_fits(rank: Rank) -> None:
    small = Grid(GRID.size, (1.0, 1.0, 3.0))
    for rule in SELECTION_RULES:
        [decision] = select(rank([frozenset((0, 1, 2))], grid=small), 0.3 * 0.03, small, rule).decisions
        assert decision.verdict == "selected"


def test_reasons_tell_what_is_used_and_what_is_missing(rank: Rank) -> None:
    ranked = rank([frozenset(range(30)), frozenset(range(30, 120)), frozenset(range(90, 94))], [1, 2, 2])
    skip, stop, best_of_tiers = (select(ranked, 40.0, GRID, rule).decisions for rule in SELECTION_RULES)
    assert skip[0].reason == "because; fits: 30.0 of 40.0 ml used after it"
    assert skip[1].reason == "because; does not fit: it would exceed the budget of 40.0 ml by 80.0 ml"
    assert stop[2].reason == "because; not tried: the choice ended at GTV2, which does not fit"
    assert "34.0 of 40.0 ml used after this tier" in best_of_tiers[2].reason
    assert "it would add 86.0 ml" in best_of_tiers[1].reason


def test_what_is_excluded_or_no_metastasis_is_never_selected(make_lesion: Callable[..., Lesion]) -> None:
    mask = np.zeros(GRID.shape, bool)
    mask[0, 0, 0] = True
    region = Region.from_array(mask, GRID)
    changes = ({"facts": Facts(excluded="wish")}, {"needs_review": "look"}, {"facts": Facts(accepted=False)}, {})
    ranked = [
        RankedLesion(make_lesion(region, **change), (), tier=1, rank=n, reason="because")
        for n, change in enumerate(changes, 1)
    ]
    for rule in SELECTION_RULES:
        decisions = select(ranked, 100.0, GRID, rule).decisions
        assert [decision.verdict for decision in decisions] == ["excluded", "excluded", "excluded", "selected"]
        assert "wish" in decisions[0].reason
    assert largest_volume(ranked[:3], 100.0, GRID).ml == 0.0


def test_a_rule_that_does_not_exist_is_refused_with_the_nearest() -> None:
    for wrong, near in (("greedy", "greedy-"), ("tier-optimum", "tier-then-optimum"), ("greedystop", "greedy-stop")):
        with pytest.raises(ProtocolError, match=f"{wrong!r} does not exist.*[Dd]id you mean '{near}"):
            select([], 1.0, GRID, wrong)


@pytest.mark.parametrize("rule", SELECTION_RULES)
def test_a_hundred_lesions_in_a_chain_are_settled_exactly(rank: Rank, rule: str) -> None:
    """Each overlaps the next by 3 of 13 voxels: the largest union is found by counting, without a search."""
    grid = Grid((1200, 1, 1), (10.0, 10.0, 10.0))
    sets = [frozenset(range(10 * n, 10 * n + 13)) for n in range(100)]
    order = [sets[n] for n in np.random.default_rng(5).permutation(100)]
    result = select(rank(order, grid=grid), 500.0, grid, rule)
    bound = largest_volume(rank(order, grid=grid), 500.0, grid)
    # A run of k lesions has 10 k + 3 voxels, so r runs of n lesions have 10 n + 3 r: 500 is 0 mod 3 runs of ten.
    assert bound.ml == pytest.approx(500.0)
    assert bound.exact
    assert result.selected_ml == pytest.approx(500.0) if rule == "tier-then-optimum" else result.selected_ml <= 500.0


def test_overlaps_too_entangled_for_an_exact_answer_give_an_upper_bound_and_say_so(rank: Rank) -> None:
    grid = Grid((400, 400, 10), (10.0, 10.0, 10.0))
    generator = np.random.default_rng(3)
    sets = [frozenset(generator.integers(0, 60000, 30000).tolist()) for _ in range(40)]
    ranked = rank(sets, grid=grid)
    budget = 30000.0
    bound = largest_volume(ranked, budget, grid)
    assert not bound.exact
    assert max(len(one) for one in sets) <= bound.ml <= budget
    result = select(ranked, budget, grid, "tier-then-optimum")
    assert result.selected_ml <= budget
    assert chosen_of(result) == in_order(sets, int(budget), stop=False)
    assert "too entangled" in result.decisions[0].reason


def test_every_pair_of_lesions_is_found_whatever_their_boxes(rank: Rank) -> None:
    """Boxes that meet without a shared voxel are no overlap, and do not change the result."""
    sets = [frozenset((0, VOXELS - 1)), frozenset(range(1, 40)), frozenset(range(40, VOXELS - 1))]
    for budget in (2, 41, 81):
        assert largest_volume(rank(sets), float(budget), GRID).ml == pytest.approx(best(sets, budget)[0])
