"""Tiers by the protocol's criteria, intervals by their upper ends, and what is missing; on scores made by hand."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from HimarsPlannerLib.clinical.facts import Facts
from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.lesions.lesion import Lesion, Origin, Site
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.risk.missing import find_missing
from HimarsPlannerLib.risk.ranking import RankedLesion, rank_scored, tier_of
from HimarsPlannerLib.risk.score import Interval, Score, Unknown
from HimarsPlannerLib.risk.symptoms import score_symptoms

GRID = Grid((8, 8, 8), (1.0, 1.0, 1.0))
REGION = Region.from_array(np.ones(GRID.shape, bool), GRID)
SETTINGS = read_protocol().ranking
Make = Callable[..., Lesion]


def sins(low: float, high: float) -> Score:
    """SINS with pain not given."""
    pain = Unknown("pain", {"SINS": Interval(high - 3, high)})
    return Score(
        "SINS", "fracture", "partial", f"SINS {low:g}-{high:g}", measures={"SINS": Interval(low, high)}, unknown=(pain,)
    )


def measured(**measures: float) -> Score:
    """Score with certain measures; underscores stand for blanks."""
    exact = {name.replace("_", " "): Interval.exactly(value) for name, value in measures.items()}
    return Score("made", "fracture", "computed", "made", measures=exact)


def rank(*scored: tuple[Lesion, Score]) -> dict[str, RankedLesion]:
    return {entry.lesion.name: entry for entry in rank_scored([(one, (score,)) for one, score in scored], SETTINGS)}


@pytest.mark.parametrize(
    ("measures", "tier"),
    [
        ({"symptoms": 0.8}, 1),
        ({"ESCC estimate": 3}, 1),
        ({"ESCC estimate": 2}, 3),
        ({"SINS": 13}, 1),
        ({"SINS": 12}, 2),
        ({"SINS": 7}, 2),
        ({"SINS": 6}, 4),
        ({"Mirels": 8}, 2),
        ({"Mirels": 7}, 4),
        ({"axial cortical involvement": 30}, 2),
        ({"axial cortical involvement": 29.9}, 4),
        ({"circumferential cortical involvement": 30}, 2),
        ({"rigidity loss": 35}, 2),
        ({"vein narrowing": 50}, 2),
        ({"vein contact": 180}, 4),
        ({"vein contact": 181}, 2),
        ({"bulk": 20}, 3),
        ({"bulk": 19.9}, 4),
        ({"place": 1}, 3),
        ({}, 4),
    ],
)
def test_each_criterion_of_the_issue_gives_its_tier(measures: dict[str, float], tier: int) -> None:
    assert tier_of(measures, SETTINGS) == tier


def test_intervals_rank_by_their_upper_end_and_are_flagged(make_lesion: Make) -> None:
    found = rank((make_lesion(REGION, name="open"), sins(10, 13)), (make_lesion(REGION, name="sure"), sins(13, 16)))
    assert (found["open"].tier, found["open"].lowest_tier, found["open"].certain) == (1, 2, False)
    assert (found["sure"].tier, found["sure"].certain) == (1, True)
    assert found["sure"].rank < found["open"].rank


def test_what_is_missing_and_would_move_a_lesion_is_named_with_the_tiers(make_lesion: Make) -> None:
    t12 = make_lesion(REGION, name="T12")
    entries = rank_scored([(t12, (sins(9, 12), score_symptoms(t12)))], SETTINGS)
    assert [(one.what, one.tiers) for one in entries[0].changes] == [("symptoms", (1,))]
    assert [one.sentence for one in find_missing(entries)] == ["symptoms at T12 could move it from tier 2 to 1"]
    entries = rank_scored([(t12, (sins(10, 13),))], SETTINGS)
    assert [one.sentence for one in find_missing(entries)] == ["pain at T12 could move it from tier 1 to 2"]


def test_symptoms_that_are_not_given_lift_nothing_and_those_denied_lower_nothing(make_lesion: Make) -> None:
    for facts in (Facts(), Facts(symptomatic=False)):
        lesion = make_lesion(REGION, facts=facts)
        (entry,) = rank_scored([(lesion, (measured(SINS=14), score_symptoms(lesion)))], SETTINGS)
        assert entry.tier == 1
        (entry,) = rank_scored([(lesion, (measured(SINS=2), score_symptoms(lesion)))], SETTINGS)
        assert entry.tier == 4


def test_a_deficit_goes_before_pain_and_pain_before_other_symptoms(make_lesion: Make) -> None:
    facts = {
        "mild": Facts(symptomatic=True),
        "deficit": Facts(neurological_deficit=True),
        "mechanical": Facts(pain="mechanical"),
    }
    lesions = [make_lesion(REGION, name=name, facts=fact) for name, fact in facts.items()]
    order = rank_scored([(one, (score_symptoms(one),)) for one in lesions], SETTINGS)
    assert [entry.lesion.name for entry in order] == ["deficit", "mechanical", "mild"]


def test_the_sentence_tells_what_matters_and_what_was_not_assessed(make_lesion: Make) -> None:
    vessels = Score("vessels", "vascular", "unknown", "vessels not assessed")
    far = Score("canal", "cord", "computed", "60 mm from the canal", measures={"ESCC estimate": Interval.exactly(0)})
    lesion = make_lesion(REGION, name="GTV3")
    (entry,) = rank_scored([(lesion, (sins(9, 12), far, vessels))], SETTINGS)
    assert entry.sentence == "GTV3, spine: SINS 9-12; not assessed: vessels"


VALUES = st.fixed_dictionaries(
    {}, optional={name: st.integers(0, 2 * int(most)) for name, most in SETTINGS.scale.items()}
)


@given(st.lists(VALUES, min_size=2, max_size=8), st.randoms(use_true_random=False))
def test_the_order_is_that_of_tiers_severity_volume_and_name_however_shuffled(
    many: list[dict[str, int]], rng: random.Random
) -> None:
    entries = [
        (_plain(n), (measured(**{k.replace(" ", "_"): v for k, v in one.items()}),)) for n, one in enumerate(many)
    ]
    once = rank_scored(entries, SETTINGS)
    rng.shuffle(entries)
    assert rank_scored(entries, SETTINGS) == once
    keys = [(e.tier, -e.severity, -e.lesion.volume_ml, e.lesion.name) for e in once]
    assert keys == sorted(keys)
    assert [e.rank for e in once] == list(range(1, len(many) + 1))


def _plain(number: int) -> Lesion:
    return Lesion(
        id=f"L{number:02d}", name=f"GTV{number}", kind="bone", site=Site("spine"), origin=Origin("structure", "", ()),
        region=REGION, volume_ml=float(number % 3), centroid_lps_mm=(0.0, 0.0, 0.0), diameter_mm=1.0, suv_max=None,
        suv_mean=None, tl_psma=None, mean_hu=None, in_bone=1.0,
    )  # fmt: skip
