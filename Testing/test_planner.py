"""The made patient's plan against the truth of its geometry, and against the rule stated again on plain masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from HimarsPlannerLib.errors import ProtocolError
from HimarsPlannerLib.lesions.gather import LesionSource
from HimarsPlannerLib.phantom.build import Phantom
from HimarsPlannerLib.plan import Plan
from HimarsPlannerLib.planner import make_plan
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.study.read import read_study
from HimarsPlannerLib.study.study import Study


def test_bone_and_reserve_are_within_8_percent_of_the_truth(demo_plan: Plan, demo_phantom: Phantom) -> None:
    truth = demo_phantom.truth["volumes_ml"]
    reserve = demo_plan.reserve
    assert reserve.total_trabecular_bone_ml == pytest.approx(truth["total_trabecular_bone"], rel=0.08)
    assert reserve.bone_marrow_reserve_ml == pytest.approx(truth["bone_marrow_reserve"], rel=0.08)


def test_contoured_gtvs_are_within_2_percent_of_the_truth(demo_plan: Plan, demo_phantom: Phantom) -> None:
    assert demo_plan.reserve.gtv_total_ml == pytest.approx(demo_phantom.truth["volumes_ml"]["gtv_total"], rel=0.02)


def test_every_true_lesion_is_in_the_plan_once_at_its_place(demo_plan: Plan, demo_phantom: Phantom) -> None:
    planned = {d.ranked.lesion.name: d.ranked.lesion for d in demo_plan.selection.decisions}
    assert sorted(planned) == sorted(lesion["name"] for lesion in demo_phantom.truth["lesions"])
    for lesion in demo_phantom.truth["lesions"]:
        centroid = planned[lesion["name"]].centroid_lps_mm
        assert centroid == pytest.approx(lesion["centroid_lps_mm"], abs=1.5)


def test_the_lesion_in_the_canal_comes_first(demo_plan: Plan, demo_phantom: Phantom) -> None:
    first = demo_plan.selection.decisions[0].ranked
    truth = demo_phantom.truth["risks"]["canal_encroachment"]
    worst = max(truth, key=lambda name: truth[name]["worst_area_fraction"])
    assert (first.lesion.name, first.tier) == (worst, 1)


@pytest.mark.parametrize("level", ["-1", "1", "2", "3"])
def test_selection_is_what_the_rule_gives_on_the_masks(demo_study: Study, level: str) -> None:
    plan = make_plan(demo_study, read_protocol(), level)
    trabecular = plan.bone.trabecular
    gtv_total = np.zeros(trabecular.shape, bool)
    for decision in plan.selection.decisions:
        gtv_total |= decision.ranked.lesion.region.to_array()
    reserve = np.count_nonzero(trabecular) - np.count_nonzero(trabecular & gtv_total)
    budget = {"-1": 20, "1": 30, "2": 40, "3": 50}[level] * reserve / 100
    chosen = np.zeros(trabecular.shape, bool)
    for decision in plan.selection.decisions:
        with_it = chosen | decision.ranked.lesion.region.to_array()
        fits = np.count_nonzero(with_it) <= budget
        assert decision.verdict == ("selected" if fits else "skipped")
        chosen = with_it if fits else chosen
    voxel_ml = plan.bone.grid.voxel_ml
    assert plan.reserve.bone_marrow_reserve_ml == pytest.approx(reserve * voxel_ml)
    assert plan.selection.selected_ml == pytest.approx(np.count_nonzero(chosen) * voxel_ml)
    assert plan.ratio == pytest.approx(np.count_nonzero(chosen) / reserve)


def test_a_level_that_does_not_exist_is_refused_before_any_work(demo_study: Study) -> None:
    with pytest.raises(ProtocolError, match="level '7' does not exist"):
        make_plan(demo_study, read_protocol(), "7")


def test_lesions_found_in_pet_are_the_avid_bone_lesions(demo_study: Study, demo_phantom: Phantom) -> None:
    plan = make_plan(demo_study, read_protocol(), "1", LesionSource.PET)
    lesions = [decision.ranked.lesion for decision in plan.selection.decisions]
    found = [lesion for lesion in lesions if lesion.kind == "bone" and not lesion.needs_review]
    true = [one for one in demo_phantom.truth["lesions"] if one["kind"] == "bone"]
    place = np.array([lesion["centroid_lps_mm"] for lesion in true])
    assert found
    for lesion in found:
        assert np.linalg.norm(place - lesion.centroid_lps_mm, axis=1).min() < 15, "each uptake belongs to a true lesion"
    hot = [one for one in true if one["suv"] >= 8 and one["volume_ml"] >= 5]
    centres = np.array([lesion.centroid_lps_mm for lesion in lesions])
    for lesion in hot:
        assert np.linalg.norm(centres - lesion["centroid_lps_mm"], axis=1).min() < 15, "found or asked about"


def test_a_patient_without_structures_and_pet_has_a_plan_that_says_so(demo_folder: Path) -> None:
    plan = make_plan(read_study([demo_folder / "CT"]), read_protocol(), "1")
    assert plan.selection.decisions == ()
    assert plan.notices[0].code == "no-lesion"
    assert plan.ratio == 0.0
