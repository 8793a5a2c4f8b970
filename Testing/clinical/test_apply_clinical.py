"""Facts brought to lesions: by name, at the right place, for the right patient; and the template that asks for them."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from HimarsPlannerLib.clinical.apply import apply_clinical
from HimarsPlannerLib.clinical.facts import Facts
from HimarsPlannerLib.clinical.read import Clinical, Stated, read_clinical
from HimarsPlannerLib.clinical.template import clinical_template
from HimarsPlannerLib.errors import InputError
from HimarsPlannerLib.export.record import plan_record
from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.lesions.lesion import Lesion, Origin
from HimarsPlannerLib.plan import Plan
from HimarsPlannerLib.region import Region

GRID = Grid((20, 20, 20), (2.0, 2.0, 2.0))


@pytest.fixture
def lesions(make_lesion: Callable[..., Lesion]) -> list[Lesion]:
    mask = np.zeros(GRID.shape, bool)
    mask[4:8, 4:8, 4:8] = True
    region = Region.from_array(mask, GRID)
    return [
        make_lesion(region, id="L01", name="GTV1", origin=Origin("structure+fixed-suv", "", ("GTV1", "PET-2"))),
        make_lesion(
            region, id="L02", name="Uptake-1", origin=Origin("fixed-suv", "", ("Uptake-1",)), needs_review="look"
        ),
    ]


def clinical(**entries: Facts | Stated) -> Clinical:
    stated = {name.replace("_", "-"): e if isinstance(e, Stated) else Stated(e) for name, e in entries.items()}
    return Clinical(stated, "facts.toml")


def test_a_lesion_is_known_by_its_name_and_by_its_names_in_its_sources(lesions: list[Lesion]) -> None:
    for name in ("GTV1", "PET-2"):
        first, second = apply_clinical(lesions, Clinical({name: Stated(Facts(symptomatic=True))}))
        assert (first.facts.symptomatic, second.facts.symptomatic) == (True, None)


def test_a_name_that_no_lesion_has_is_refused_with_the_nearest(lesions: list[Lesion]) -> None:
    with pytest.raises(InputError, match=r"facts\.toml: no lesion is called 'Uptake-11'.*Did you mean 'Uptake-1'"):
        apply_clinical(lesions, clinical(Uptake_11=Facts(accepted=True)))


def test_two_entries_for_one_lesion_are_refused(lesions: list[Lesion]) -> None:
    with pytest.raises(InputError, match="are one lesion"):
        apply_clinical(lesions, clinical(GTV1=Facts(symptomatic=True), PET_2=Facts(symptomatic=False)))


def test_a_name_that_two_lesions_have_is_refused(lesions: list[Lesion]) -> None:
    twins = [lesions[0], replace(lesions[1], name="GTV1")]
    with pytest.raises(InputError, match="2 lesions are called 'GTV1'"):
        apply_clinical(twins, clinical(GTV1=Facts(symptomatic=True)))


def test_acceptance_makes_uptake_a_metastasis_and_refusal_makes_a_lesion_none(lesions: list[Lesion]) -> None:
    accepted = apply_clinical(lesions, clinical(Uptake_1=Facts(accepted=True)))[1]
    refused = apply_clinical(lesions, clinical(GTV1=Facts(accepted=False)))[0]
    assert (lesions[1].counts, accepted.counts, accepted.needs_review) == (False, True, "")
    assert (lesions[0].counts, refused.counts) == (True, False)


def test_an_excluded_metastasis_still_counts(lesions: list[Lesion]) -> None:
    assert apply_clinical(lesions, clinical(GTV1=Facts(excluded="patient's wish")))[0].counts


def test_what_still_needs_review_must_not_be_pinned(lesions: list[Lesion]) -> None:
    with pytest.raises(InputError, match="still needs review"):
        apply_clinical(lesions, clinical(Uptake_1=Facts(pinned=True)))
    assert apply_clinical(lesions, clinical(Uptake_1=Facts(pinned=True, accepted=True)))[1].facts.pinned


@pytest.mark.parametrize(
    ("text", "bones"),
    [
        ("L3", ("vertebrae_L3",)),
        ("T12 and L1", ("vertebrae_T12", "vertebrae_L1")),
        ("left femur", ("femur_left",)),
        ("elsewhere", ()),
    ],
)
def test_a_stated_site_is_certain_and_names_its_bones(lesions: list[Lesion], text: str, bones: tuple[str, ...]) -> None:
    site = apply_clinical(lesions, clinical(GTV1=Facts(site=text)))[0].site
    assert (site.name, site.estimated, site.bones) == (text, False, bones)


def test_a_lesion_that_has_moved_since_the_file_was_made_is_refused(lesions: list[Lesion]) -> None:
    x, y, z = lesions[0].centroid_lps_mm
    near = Stated(Facts(symptomatic=True), (x + 8, y, z))
    assert apply_clinical(lesions, clinical(GTV1=near))[0].facts.symptomatic
    with pytest.raises(InputError, match="40 mm from where"):
        apply_clinical(lesions, clinical(GTV1=Stated(Facts(symptomatic=True), (x + 40, y, z))))


def test_another_patients_file_is_refused(lesions: list[Lesion]) -> None:
    with pytest.raises(InputError, match=r"'A'.*'B'"):
        apply_clinical(lesions, Clinical({}, "facts.toml", "A"), "B")
    assert apply_clinical(lesions, Clinical({}, "facts.toml", "A"), "A") == tuple(lesions)


def test_the_template_states_nothing_and_fits_its_own_plan(
    make_board_plan: Callable[..., Plan], tmp_path: Path
) -> None:
    plan = make_board_plan(names=("GTV_L3", 'GTV "2"', "GTV\\3", "GTVn ä", "GTV5"))
    file = tmp_path / "clinical.toml"
    file.write_text(clinical_template(plan_record(plan)), encoding="utf-8")
    lesions = [decision.ranked.lesion for decision in plan.selection.decisions]
    stated = read_clinical(file)
    assert list(stated.lesions) == [lesion.name for lesion in lesions]
    assert stated.patient_id == plan.study.patient_id
    assert all(entry.facts == Facts() for entry in stated.lesions.values())
    assert apply_clinical(lesions, stated, plan.study.patient_id) == tuple(lesions)


def test_every_line_of_the_template_can_be_stated_by_taking_its_comment_away(
    make_board_plan: Callable[..., Plan], tmp_path: Path
) -> None:
    template = clinical_template(plan_record(make_board_plan()))
    for key in Facts.__dataclass_fields__:
        text = "\n".join(
            line.removeprefix("# ") if line.startswith(f"# {key} ") else line for line in template.splitlines()
        )
        assert all(key in entry for entry in tomllib.loads(text)["lesions"].values())
        (tmp_path / "stated.toml").write_text(text, encoding="utf-8")
        assert len(read_clinical(tmp_path / "stated.toml").lesions) == 5


def test_the_alignment_of_the_whole_spine_goes_to_lesions_without_one_of_their_own(lesions: list[Lesion]) -> None:
    own = Stated(Facts(alignment="translation"))
    told = apply_clinical(lesions, Clinical({"GTV1": own}, "facts.toml", alignment="normal"))
    assert [lesion.facts.alignment for lesion in told] == ["translation", "normal"]
    assert [lesion.facts.alignment for lesion in apply_clinical(lesions, Clinical())] == [None, None]
