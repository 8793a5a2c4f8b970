"""A plan made again: what `make_plan` gives, without segmenting or finding again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from HimarsPlannerLib.clinical.facts import Facts
from HimarsPlannerLib.clinical.read import Clinical, Stated
from HimarsPlannerLib.errors import GeometryError, InputError, ProtocolError
from HimarsPlannerLib.export.record import plan_record
from HimarsPlannerLib.lesions.edited import follow_edits
from HimarsPlannerLib.plan import Plan
from HimarsPlannerLib.planner import make_plan
from HimarsPlannerLib.protocol.protocol import override_rule, read_protocol
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.replan import Choices, Replanner
from HimarsPlannerLib.study.study import Structure, Study


def record(plan: Plan) -> dict[str, object]:
    """What two plans must share; the clinical file and the time they do not."""
    whole = plan_record(plan)
    return {key: whole[key] for key in ("protocol", "bone", "volumes_ml", "ratio", "lesions", "warnings")}


@pytest.mark.parametrize("level", ["-1", "1", "2", "3"])
def test_another_level_is_the_plan_of_that_level(demo_study: Study, demo_plan: Plan, level: str) -> None:
    made = make_plan(demo_study, read_protocol(), level, bone=demo_plan.bone)
    assert record(Replanner.of(demo_plan).plan(level)) == record(made)


def test_facts_give_the_plan_that_a_clinical_file_gives(demo_study: Study, demo_plan: Plan) -> None:
    lesions = [decision.ranked.lesion for decision in demo_plan.selection.decisions]
    facts = {
        lesions[-1].id: Facts(pinned=True),
        lesions[0].id: Facts(excluded="irradiated before"),
        lesions[2].id: Facts(symptomatic=True, pain="mechanical", site="T12"),
    }
    names = {lesion.id: lesion.name for lesion in lesions}
    clinical = Clinical({names[lesion]: Stated(one) for lesion, one in facts.items()})
    made = make_plan(demo_study, read_protocol(), "1", bone=demo_plan.bone, clinical=clinical)
    replanner = Replanner.of(demo_plan)
    assert record(replanner.plan("1", facts)) == record(made)
    assert record(replanner.plan("1")) == record(demo_plan), "facts that are taken back leave no trace"


def test_choices_for_the_whole_plan_give_what_the_command_line_makes_of_them(
    demo_study: Study, demo_plan: Plan
) -> None:
    organ = next(one.name for one in demo_study.structures if one.interpreted_type != "GTV" and one.region.voxels)
    choices = Choices("deformity", "greedy-stop", (organ,), cross_check=True)
    made = make_plan(
        demo_study,
        override_rule(read_protocol(), choices.rule),
        "-1",
        bone=demo_plan.bone,
        clinical=Clinical(alignment=choices.alignment),
        irradiated=choices.irradiated,
        cross_check=True,
    )
    replanner = Replanner.of(demo_plan)
    again = replanner.plan("-1", {}, choices)
    assert record(again) == record(made)
    assert again.cross_check is not None
    assert made.cross_check is not None
    assert again.cross_check.reserve == made.cross_check.reserve
    assert again.cross_check.selection.chosen == made.cross_check.selection.chosen
    assert again.irradiated == (organ,)
    assert record(replanner.plan("1")) == record(demo_plan), "choices that are taken back leave no trace"
    with pytest.raises(InputError, match="No structure is called 'Spleeen'"):
        replanner.plan("1", {}, Choices(irradiated=("Spleeen",)))


def test_scores_look_at_the_gtvs_that_count(demo_study: Study, demo_plan: Plan) -> None:
    replanner = Replanner.of(demo_plan)
    femoral = next(one for one in replanner.lesions if "femur" in one.site.name)
    clinical = Clinical({femoral.name: Stated(Facts(accepted=False))})
    made = make_plan(demo_study, read_protocol(), "1", bone=demo_plan.bone, clinical=clinical)
    assert record(replanner.plan("1", {femoral.id: Facts(accepted=False)})) == record(made)
    rest = [one for one in replanner.lesions if one is not femoral]
    structures = tuple(one for one in demo_study.structures if one.name != femoral.name)
    without = make_plan(replace(demo_study, structures=structures), read_protocol(), "1", bone=demo_plan.bone)
    scores = {entry.ranked.lesion.name: entry.ranked.scores for entry in without.selection.decisions}
    after = replanner.with_lesions(rest).plan("1").selection.decisions
    assert {entry.ranked.lesion.name: entry.ranked.scores for entry in after} == scores


def test_what_is_rejected_counts_nowhere_and_can_be_taken_back(demo_plan: Plan) -> None:
    replanner = Replanner.of(demo_plan)
    largest = max(replanner.lesions, key=lambda lesion: lesion.volume_ml)
    without = replanner.plan("1", {largest.id: Facts(accepted=False)})
    assert without.reserve.gtv_total_ml < demo_plan.reserve.gtv_total_ml
    assert replanner.plan("1").reserve == demo_plan.reserve


def test_uptake_that_needs_review_counts_once_it_is_accepted(demo_plan: Plan) -> None:
    found = Replanner.of(demo_plan)
    waiting = replace(found.lesions[0], needs_review="uptake outside bone")
    replanner = found.with_lesions((waiting, *found.lesions[1:]))
    before = replanner.plan("1")
    after = replanner.plan("1", {waiting.id: Facts(accepted=True)})
    assert after.reserve == demo_plan.reserve
    assert before.reserve.gtv_total_ml == pytest.approx(demo_plan.reserve.gtv_total_ml - waiting.volume_ml)
    with pytest.raises(InputError, match="still needs review"):
        replanner.plan("1", {waiting.id: Facts(pinned=True)})


def test_contradictions_and_unknown_levels_are_refused_and_lesions_that_are_gone_ignored(demo_plan: Plan) -> None:
    replanner = Replanner.of(demo_plan)
    with pytest.raises(InputError, match="contradicts itself"):
        replanner.plan("1", {replanner.lesions[0].id: Facts(pinned=True, excluded="no")})
    with pytest.raises(ProtocolError, match="does not exist"):
        replanner.plan("7")
    assert record(replanner.plan("1", {"L99": Facts(pinned=True)})) == record(demo_plan)


def test_lesions_that_were_not_edited_stay_the_very_same(demo_plan: Plan) -> None:
    lesions = Replanner.of(demo_plan).lesions
    contours = {one.id: Structure(one.name, "GTV", one.region) for one in lesions}
    after = follow_edits(lesions, contours, demo_plan.study, demo_plan.bone)
    assert all(one is other for one, other in zip(after, lesions, strict=True))


def test_an_edited_lesion_is_measured_as_if_it_had_been_drawn_so(demo_plan: Plan) -> None:
    lesions = Replanner.of(demo_plan).lesions
    one = max(lesions, key=lambda lesion: lesion.volume_ml)
    mask = one.region.mask.copy()
    mask[: mask.shape[0] // 2] = False
    smaller = Region.from_array(mask, one.region.grid, one.region.start)
    contours = {one.id: Structure(one.name, "GTV", smaller), "L40": Structure("new", "", smaller)}
    edited, drawn = follow_edits(lesions, contours, demo_plan.study, demo_plan.bone)
    values = smaller.values(demo_plan.study.ct.volume.array)
    assert edited.volume_ml == smaller.volume_ml
    assert edited.mean_hu == pytest.approx(float(np.mean(values)))
    assert (edited.name, edited.kind, edited.site) == (one.name, one.kind, one.site)
    assert "edited by hand" in edited.origin.detail
    assert (drawn.id, drawn.name, drawn.origin.detail) == ("L40", "new", "drawn by hand")
    assert drawn.suv_max == edited.suv_max


def test_a_contour_beyond_the_ct_is_refused_and_an_empty_one_is_gone(make_board_plan: Callable[..., Plan]) -> None:
    plan = make_board_plan()
    lesions = Replanner.of(plan).lesions
    one = lesions[0]
    beyond = {one.id: Structure(one.name, "GTV", one.region, outside_ct=True)}
    with pytest.raises(GeometryError, match="reaches beyond the planning CT"):
        follow_edits(lesions, beyond, plan.study, plan.bone)
    nothing = Region(plan.bone.grid, (0, 0, 0), np.zeros((0, 0, 0), dtype=bool))
    assert follow_edits(lesions, {one.id: Structure(one.name, "GTV", nothing)}, plan.study, plan.bone) == ()
