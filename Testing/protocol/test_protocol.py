"""The protocol file: the registry's numbers, and refusals that name the entry."""

from __future__ import annotations

from pathlib import Path

import pytest

from HimarsPlannerLib.errors import ProtocolError
from HimarsPlannerLib.protocol.protocol import DEFAULT_FILE, override_lesions, override_rule, read_protocol


def test_levels_are_those_of_the_registry() -> None:
    levels = {level.name: level.fraction for level in read_protocol().levels}
    assert levels == {"-1": 0.20, "1": 0.30, "2": 0.40, "3": 0.50}


def test_regimens_and_limits_are_those_of_their_sources() -> None:
    protocol = read_protocol()
    assert {one.name: (one.dose_gy, one.fractions, one.per_week) for one in protocol.regimens} == {
        "27/3": (27.0, 3, 3),
        "35/5": (35.0, 5, 3),
    }
    cord = next(one for one in protocol.organ_limits if one.organ == "spinal cord" and one.size == 0)
    assert cord.dose_gy == {3: 20.3, 5: 25.3}
    named = {name.split(".", 1)[1] for name in protocol.sources if name.startswith("dose.")}
    assert named == set(vars(protocol.dose))


def test_a_level_that_does_not_exist_is_refused_with_the_choices() -> None:
    with pytest.raises(ProtocolError, match=r"level '4' does not exist.*-1 \(20%\), 1 \(30%\), 2 \(40%\), 3 \(50%\)"):
        read_protocol().level("4")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"1" = 0.30', '"1" = 1.30', "level 1 has the fraction 1.3"),
        ("suv_threshold = 3.0", "suv_treshold = 3.0", "suv_treshold"),
        ("suv_threshold = 3.0", "suv_threshold = 0", "suv_threshold is 0"),
        ('pet_method = "fixed-suv"', 'pet_method = "guess"', "pet_method 'guess' is none of fixed-suv"),
        ("percent_of_max = 41", "percent_of_max = 100", "percent_of_max is 100"),
        ("shaft_cavities = false", 'shaft_cavities = "no"', "shaft_cavities is 'no'"),
        ("ptv_bone_mm = 3", "ptv_bone_mm = -3", "ptv_bone_mm is -3"),
        ("ptv_bone_mm = 3", "ptv_rib_mm = 3", "ptv_rib_mm"),
        ('rule = "greedy-skip"', 'rule = "largest"', "Selection rule 'largest' does not exist"),
        ('rule = "greedy-skip"', 'rule = "greedy_stop"', r"trial\.toml: .* 'greedy_stop'.*Did you mean 'greedy-stop'"),
        ("high_risk_tier = 2", "high_risk_tier = 4", "eligibility.high_risk_tier is 4, not a tier from 1 to 3"),
        ("high_risk_tier = 2", "high_risk_tier = true", "eligibility.high_risk_tier is True"),
        ("largest_ratio = 0.5", "largest_ratio = 0", "eligibility.largest_ratio is 0, not above 0"),
        ("largest_ratio = 0.5", 'largest_ratio = "half"', "eligibility.largest_ratio is 'half'"),
        ("largest_ratio = 0.5", "", "largest_ratio"),
        ('registry = "NCT06978296"', "", "lacks 'registry'"),
        ("[levels]", "[levels", "is not TOML"),
        ('"27/3" = { dose_gy = 27.0', '"27/3" = { dose_gy = 28.0', "regimen '27/3' is 28 Gy in 3 fractions"),
        ("fractions = 5, per_week = 3", "fractions = 5, per_week = 0", "regimen '35/5' has a dose or a number"),
        ("maximum_dose = 1.30", "maximum_dose = 0.9", "maximum_dose is 0.9, below the prescription"),
        ("ptv_coverage_deviation = 0.80", "ptv_coverage_deviation = 0.95", "ptv_coverage_deviation is above"),
        ("fractions = [3, 5] ", "fractions = [3] ", "no column for 5 fractions"),
        ('"femoral head" = [[10, 21.9, 30.0]]', '"femoral head" = [[10, 21.9]]', "'femoral head' has a row"),
        ("small_ptv_ml = 2.0", "small_ptv = 2.0", "small_ptv"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    file = tmp_path / "trial.toml"
    file.write_text(DEFAULT_FILE.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(ProtocolError, match=message):
        read_protocol(file)


def test_settings_stated_by_the_user_are_checked_and_said_to_be_theirs() -> None:
    changed = override_lesions(read_protocol(), suv_threshold=4.0, pet_method=None)
    assert (changed.lesions.suv_threshold, changed.lesions.pet_method) == (4.0, "fixed-suv")
    assert "user" in changed.sources["lesions.suv_threshold"]
    assert "user" not in changed.sources["lesions.pet_method"]
    with pytest.raises(ProtocolError, match="suv_threshold is -1"):
        override_lesions(read_protocol(), suv_threshold=-1.0)


def test_a_rule_stated_by_the_user_is_checked_and_said_to_be_theirs() -> None:
    protocol = read_protocol()
    changed = override_rule(protocol, "tier-then-optimum")
    assert (changed.selection_rule, override_rule(protocol, None)) == ("tier-then-optimum", protocol)
    assert "user" in changed.sources["selection.rule"]
    with pytest.raises(ProtocolError, match="Did you mean 'tier-then-optimum'"):
        override_rule(protocol, "tier-then-best-optimum")


def test_the_next_lower_level_is_that_of_the_next_smaller_fraction() -> None:
    protocol = read_protocol()
    lower = {level.name: protocol.lower_level(level) for level in protocol.levels}
    assert {name: one.name if one else None for name, one in lower.items()} == {
        "-1": None,
        "1": "-1",
        "2": "1",
        "3": "2",
    }


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match=r"none\.toml cannot be read"):
        read_protocol(tmp_path / "none.toml")


@pytest.mark.parametrize("content", [b"levels = 3\n", b'name = "caf\xe9"\n', b"", b"lesions = [1]\n"])
def test_a_file_of_another_form_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "wrong.toml"
    file.write_bytes(content)
    with pytest.raises(ProtocolError, match=r"Protocol file .*wrong\.toml"):
        read_protocol(file)
