"""The clinical file: what it says is kept, what it must not say is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from HimarsPlannerLib.clinical.facts import Facts
from HimarsPlannerLib.clinical.read import NOTHING_STATED, read_clinical
from HimarsPlannerLib.errors import InputError


def written(folder: Path, text: str) -> Path:
    file = folder / "clinical.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_every_fact_is_read(tmp_path: Path) -> None:
    text = """
        patient_id = "HIM-007"
        [lesions."GTV 1"]
        at_lps_mm = [1, 2.5, -3]
        accepted = true
        symptomatic = true
        pain = "mechanical"
        pain_severity = "functional"
        neurological_deficit = false
        alignment = "deformity"
        lesion_type = "blastic"
        site = " L3 "
        prior_irradiation = true
        pinned = true
        regimen = "35/5"
        [lesions.GTV2]
        excluded = "patient's wish"
    """
    clinical = read_clinical(written(tmp_path, text))
    first = clinical.lesions["GTV 1"]
    assert clinical.patient_id == "HIM-007"
    assert first.at_lps_mm == (1.0, 2.5, -3.0)
    facts = Facts(
        True, True, "mechanical", "functional", False, "deformity", "blastic", "L3", True, True, regimen="35/5"
    )
    assert first.facts == facts
    assert clinical.lesions["GTV2"].facts == Facts(excluded="patient's wish")
    assert clinical.accepted == ("GTV 1",)


def test_the_alignment_of_the_whole_spine_is_read_and_checked(tmp_path: Path) -> None:
    assert read_clinical(written(tmp_path, 'alignment = "normal"')).alignment == "normal"
    with pytest.raises(InputError, match="alignment is 'straight'"):
        read_clinical(written(tmp_path, 'alignment = "straight"'))


def test_what_is_not_stated_stays_unknown(tmp_path: Path) -> None:
    facts = read_clinical(written(tmp_path, "[lesions.GTV1]")).lesions["GTV1"].facts
    assert (facts.symptomatic, facts.pain, facts.neurological_deficit, facts.accepted) == (None, None, None, None)
    assert not facts.gives_symptoms


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("symptomatik = true", "'symptomatik' is unknown.*Did you mean 'symptomatic'"),
        ("colour = 3", "'colour' is unknown.*Take it out"),
        ('alignment = "bent"', "alignment is 'bent'.*normal, deformity, translation"),
        ('lesion_type = "dense"', "lesion_type is 'dense'.*lytic, mixed, blastic"),
        ('pain = "severe"', "pain is 'severe'.*none, occasional, mechanical"),
        ('pain_severity = "none"', "mild, moderate, functional"),
        ('symptomatic = "yes"', "symptomatic is 'yes'.*true or false"),
        ("regimen = 27", 'regimen is 27.*such as "27/3"'),
        ("excluded = true", "excluded is True.*the reason as text"),
        ('excluded = " "', "the reason as text"),
        ('site = "L8"', "level 'L8' does not exist"),
        ('site = "T13"', "level 'T13' does not exist"),
        ("at_lps_mm = [1, 2]", "three numbers"),
    ],
)
def test_an_unknown_entry_or_value_is_refused_with_what_it_may_be(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as refusal:
        read_clinical(written(tmp_path, f'[lesions."GTV1"]\n{line}'))
    assert "GTV1" in str(refusal.value)


@pytest.mark.parametrize(
    "lines",
    [
        'pinned = true\nexcluded = "no"',
        'neurological_deficit = true\nexcluded = "no"',
        "accepted = false\npinned = true",
        "accepted = false\nsymptomatic = true",
        "symptomatic = false\nneurological_deficit = true",
        'symptomatic = false\npain = "mechanical"',
        'pain = "none"\npain_severity = "functional"',
        'site = "T3 and L4"',
        'site = "T9, T11"',
    ],
)
def test_a_contradiction_is_refused(tmp_path: Path, lines: str) -> None:
    with pytest.raises(InputError, match="contradicts itself"):
        read_clinical(written(tmp_path, f"[lesions.GTV1]\n{lines}"))


@pytest.mark.parametrize("site", ["T12 and L1", "L5/S1", "L6 and S1", "T3-T6", "T3 to T6", "Th11 Th12", "left femur"])
def test_levels_that_touch_or_are_a_range_are_one_place(tmp_path: Path, site: str) -> None:
    assert read_clinical(written(tmp_path, f'[lesions.GTV1]\nsite = "{site}"')).lesions["GTV1"].facts.site == site


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[lesions", "is not TOML"),
        ("[lesion.GTV1]", "'lesion' is unknown.*Did you mean 'lesions'"),
        ('lesions = "GTV1"', "no table for each lesion"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_clinical(written(tmp_path, text))


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.toml cannot be read"):
        read_clinical(tmp_path / "nowhere.toml")


def test_acceptance_on_the_command_line_adds_to_the_file_and_must_not_contradict_it(tmp_path: Path) -> None:
    clinical = read_clinical(
        written(tmp_path, "[lesions.Uptake-1]\nsymptomatic = true\n[lesions.Uptake-2]\naccepted = false")
    )
    more = clinical.accept(["Uptake-1", "Uptake-3"])
    assert set(more.accepted) == {"Uptake-1", "Uptake-3"}
    assert more.lesions["Uptake-1"].facts.symptomatic is True
    with pytest.raises(InputError, match="Uptake-2"):
        clinical.accept(["Uptake-2"])
    assert NOTHING_STATED.accept([]).lesions == {}


@pytest.mark.parametrize(
    ("facts", "symptoms"),
    [
        (Facts(symptomatic=True), True),
        (Facts(neurological_deficit=True), True),
        (Facts(pain="occasional"), True),
        (Facts(pain_severity="moderate"), True),
        (Facts(pain="occasional", symptomatic=False), False),
        (Facts(pain="none"), False),
        (Facts(pain_severity="mild"), False),
        (Facts(), False),
    ],
)
def test_symptoms_are_what_is_stated_or_follows_from_pain_and_deficit(facts: Facts, symptoms: bool) -> None:
    assert facts.gives_symptoms is symptoms
