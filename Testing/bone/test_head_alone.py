"""A scan of a head without a spine is planned, and the plan says what it lacks and what it can still do."""

from __future__ import annotations

import numpy as np
import pytest

from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.plan import Plan
from HimarsPlannerLib.planner import make_plan
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.study.study import CtImage, Source, Structure, Study

GRID = Grid((75, 85, 60), (3.0, 3.0, 3.0), (-111.0, -126.0, 0.0))
VAULT = (70.0, 90.0, 80.0)


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Plan of an egg of skin, muscle, two tables with diploe between, and brain; one lesion in the vault."""
    points = GRID.to_lps(np.moveaxis(np.indices(GRID.shape), 0, -1)) - (0.0, 0.0, 60.0)
    radius = np.linalg.norm(points / VAULT, axis=-1)
    depth = (1 - radius) * np.min(VAULT)
    ct = np.select(
        [depth > 9, depth > 6.5, depth > 2.5, depth > 0, depth > -6], [35, 1100, 250, 1200, 30], default=-1000
    )
    noise = np.random.default_rng(3).normal(0, 12, GRID.shape)
    volume = Volume(np.rint(ct + noise).astype(np.int16), GRID)
    lesion = Region.from_array(np.linalg.norm(points - (62.0, 0.0, 20.0), axis=-1) < 9, GRID)
    return make_plan(
        Study(
            patient_id="HEAD",
            ct=CtImage(volume, Source("CT", "head", ())),
            structures=(Structure("GTV1", "GTV", lesion),),
            structure_sources=(Source("RTSTRUCT", "GTVs", ()),),
        ),
        read_protocol(),
        "1",
    )


def test_it_says_that_no_spine_is_in_view_and_what_holds(plan: Plan) -> None:
    told = {notice.code: notice.message for notice in plan.notices}
    assert "cord are not assessed" in told["no-spine-in-view"]
    assert "the other risks hold" in told["no-spine-in-view"]
    assert "lower bound" in told["skeleton-partly-in-view"]


def test_bone_and_lesion_are_planned_all_the_same(plan: Plan) -> None:
    assert plan.reserve.total_trabecular_bone_ml > 50
    (decision,) = plan.selection.decisions
    cord = next(score for score in decision.ranked.scores if score.domain == "cord")
    assert cord.status == "unknown"
    assert "not assessed" in cord.sentence
