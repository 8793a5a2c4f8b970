"""Organs by name, limits, schedule, BED, targets and regimens: each rule by itself."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from HimarsPlannerLib.clinical.facts import Facts
from HimarsPlannerLib.clinical.read import NOTHING_STATED, Clinical, Stated
from HimarsPlannerLib.dose.dvh import Dvh
from HimarsPlannerLib.dose.organs import check_organs, organ_of
from HimarsPlannerLib.dose.prescription import regimens_of
from HimarsPlannerLib.dose.radiobiology import bed, eqd2
from HimarsPlannerLib.dose.schedule import check_schedule, parse_dates
from HimarsPlannerLib.dose.targets import Target, choose_targets
from HimarsPlannerLib.dose.verdict import judge_share
from HimarsPlannerLib.errors import InputError, ProtocolError
from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region

TRIAL = read_protocol()


def flat(dose: float, ml: float, outside_ml: float = 0.0) -> Dvh:
    return Dvh.of_samples(np.full(1, dose, np.float32), np.full(1, ml, np.float32), (dose, dose), outside_ml)


@pytest.mark.parametrize(
    ("name", "organ"),
    [
        ("SpinalCord", "spinal cord"),
        ("CaudaEquina", "cauda equina"),
        ("SpinalCanal", "spinal canal"),
        ("Plexus_Brachial_L", "brachial plexus"),
        ("LumSacPlex_L", "sacral plexus"),
        ("BrachialPlex_R", "brachial plexus"),
        ("Bronchus", "trachea or large bronchus"),
        ("A_Pulmonary", "great vessel"),
        ("Plexus_LumboSacral", "sacral plexus"),
        ("Esophagus", "oesophagus"),
        ("Trachea", "trachea or large bronchus"),
        ("Heart", "heart"),
        ("A_Aorta", "great vessel"),
        ("inferior_vena_cava", "great vessel"),
        ("V_Iliac_R", ""),
        ("Rib07_L", "rib"),
        ("rib_left_7", "rib"),
        ("Skin", "skin"),
        ("Stomach", "stomach"),
        ("Duodenum", "duodenum"),
        ("Bowel_Small", "small bowel"),
        ("small_bowel", "small bowel"),
        ("colon", "colon"),
        ("Rectum", "rectum"),
        ("Bladder", "bladder"),
        ("Femur_Head_R", "femoral head"),
        ("femur_left", ""),
        ("PenileBulb", "penile bulb"),
        ("Lung_L", "lung"),
        ("Lungs", "lung"),
        ("Liver", "liver"),
        ("Kidney_R", "kidney"),
        ("Kidney_Hilum_L", "renal hilum"),
        ("SpinalCord_PRV05", ""),
        ("PTV1", ""),
        ("GTV_Liver", ""),
    ],
)
def test_organs_are_known_by_their_names(name: str, organ: str) -> None:
    assert organ_of(name) == organ


def found(dvhs: dict[str, Dvh], fractions: int = 3) -> dict[tuple[str, str], str]:
    checks = check_organs(dvhs, TRIAL.organ_limits, fractions)
    return {("+".join(one.structures), one.criterion.name): one.criterion.verdict for one in checks}


def test_the_cord_falls_under_hytec_and_the_rest_under_tg101() -> None:
    # 21 Gy would pass TG-101's 21.9 Gy in 3 fractions; HyTEC's 20.3 Gy is the limit of the largest dose.
    assert found({"SpinalCord": flat(21.0, 0.3)})["SpinalCord", "Dmax"] == "unacceptable"
    assert found({"SpinalCord": flat(21.0, 0.3)})["SpinalCord", "D0.35ml"] == "pass"
    assert found({"SpinalCord": flat(21.0, 0.3)}, 5)["SpinalCord", "Dmax"] == "pass"
    assert found({"Rectum": flat(27.0, 40)})["Rectum", "D20ml"] == "unacceptable"
    assert found({"Rectum": flat(23.9, 40)})["Rectum", "D20ml"] == "pass"


def test_the_canal_stands_in_for_a_cord_that_is_not_drawn() -> None:
    alone = check_organs({"SpinalCanal": flat(25, 10)}, TRIAL.organ_limits, 3)
    assert {one.organ for one in alone} == {"spinal cord"}
    assert "stands in" in alone[0].criterion.note
    assert ("SpinalCanal", "Dmax") not in found({"SpinalCanal": flat(25, 10), "SpinalCord": flat(5, 10)})


def test_paired_organs_are_spared_together() -> None:
    both = {"Kidney_L": flat(20.0, 150), "Kidney_R": flat(1.0, 210)}
    assert found(both)["Kidney_L+Kidney_R", "volume below 16 Gy"] == "pass"
    assert found({"Kidney_R": flat(1.0, 150)})["Kidney_R", "volume below 16 Gy"] == "not assessable"
    whole = {"Lungs": flat(2.0, 3000), "Lung_L": flat(2.0, 1500)}
    assert ("Lungs", "volume below 11.6 Gy") in found(whole)


def test_what_is_outside_the_grid_leaves_a_limit_open() -> None:
    assert found({"Rectum": flat(5.0, 40, outside_ml=30)})["Rectum", "D20ml"] == "not assessable"
    assert found({"Rectum": flat(5.0, 40, outside_ml=10)})["Rectum", "D20ml"] == "pass"
    assert found({"Rectum": flat(30.0, 40, outside_ml=10)})["Rectum", "D20ml"] == "unacceptable"


def test_bed_and_eqd2_of_the_regimens() -> None:
    # Values of the linear-quadratic formula worked by hand.
    assert [bed(27, 3, ratio) for ratio in (1.5, 3, 10)] == pytest.approx([189.0, 108.0, 51.3])
    assert [bed(35, 5, ratio) for ratio in (1.5, 3, 10)] == pytest.approx([198.33, 116.67, 59.5], abs=0.01)
    assert [eqd2(27, 3, 1.5), eqd2(35, 5, 1.5)] == pytest.approx([81.0, 85.0])


@pytest.mark.parametrize(
    ("lower", "upper", "verdict"),
    [
        (0.9, 0.9, "pass"),
        (0.8999, 0.8999, "acceptable deviation"),
        (0.8, 0.8, "acceptable deviation"),
        (0.7999, 0.7999, "unacceptable"),
        (0.85, 0.95, "not assessable"),
        (0.91, 0.99, "pass"),
        (0.5, 0.79, "unacceptable"),
    ],
)
def test_coverage_is_judged_by_its_bounds(lower: float, upper: float, verdict: str) -> None:
    assert judge_share(lower, upper, 0.9, 0.8) == verdict


@pytest.mark.parametrize(
    ("dates", "verdicts"),
    [
        (("2026-03-02", "2026-03-04", "2026-03-06"), ("pass", "pass", "pass")),
        (("2026-03-02", "2026-03-03", "2026-03-06"), ("pass", "not assessable", "pass")),
        (("2026-03-02T10:00", "2026-03-03T09:00", "2026-03-06T09:00"), ("pass", "unacceptable", "pass")),
        (("2026-03-02T09:00", "2026-03-03T09:00", "2026-03-06T09:00"), ("pass", "pass", "pass")),
        (("2026-03-02", "2026-03-06"), ("unacceptable", "pass", "pass")),
        (("2026-03-02", "2026-03-06", "2026-03-16"), ("pass", "pass", "acceptable deviation")),
    ],
)
def test_fractions_intervals_and_rhythm(dates: tuple[str, ...], verdicts: tuple[str, ...]) -> None:
    criteria = check_schedule(parse_dates(dates), TRIAL.regimen("27/3"), TRIAL.dose.minimum_interval_h)
    assert tuple(one.verdict for one in criteria) == verdicts


def test_four_fractions_in_seven_days_are_too_many() -> None:
    dates = parse_dates(["2026-03-02", "2026-03-04", "2026-03-06", "2026-03-08", "2026-03-12"])
    *_, rhythm = check_schedule(dates, TRIAL.regimen("35/5"), 24)
    assert (rhythm.found, rhythm.verdict) == ("4", "unacceptable")


@pytest.mark.parametrize("dates", [["2026-13-01"], ["2026-03-02", "2026-03-02"], ["2026-03-02", "2026-03-03T10:00"]])
def test_dates_that_make_no_sense_are_refused(dates: list[str]) -> None:
    with pytest.raises(InputError):
        parse_dates(dates)
    assert parse_dates(["2026-03-03T10:00"]) == (datetime(2026, 3, 3, 10),)


GRID = Grid((20, 20, 20), (2.0, 2.0, 2.0))


def box(start: int, size: int) -> Region:
    return Region(GRID, (start,) * 3, np.ones((size,) * 3, dtype=bool))


TYPES = {"PTV1": "PTV", "GTV1": "GTV", "GTV2": "GTV", "PTV2": "", "zPTV1_ring": "CONTROL", "Heart": "ORGAN", "GTV9": ""}
REGIONS = {"PTV1": box(2, 6), "GTV1": box(3, 4), "GTV2": box(14, 3), "PTV2": box(10, 3), "zPTV1_ring": box(1, 8)}


def test_ptvs_are_the_targets_and_hold_their_gtvs() -> None:
    targets, untreated = choose_targets(TYPES, (), REGIONS)
    assert targets == (Target("PTV1", ("GTV1",)), Target("PTV2", ()))
    assert untreated == ("GTV2",)
    (named,), _ = choose_targets(TYPES, ("GTV2",), REGIONS)
    assert named == Target("GTV2", (), is_ptv=False)


def test_a_target_that_is_not_there_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match=r"No structure is called 'PTV_1'.*Did you mean 'PTV1'"):
        choose_targets(TYPES, ("PTV_1",), REGIONS)
    with pytest.raises(InputError, match="Target 'GTV9' has no contours"):
        choose_targets(TYPES, ("GTV9",), REGIONS)
    with pytest.raises(InputError, match="has no PTV; there are: Heart"):
        choose_targets({"Heart": "ORGAN"}, (), {})


def test_a_lesions_own_regimen_goes_before_that_of_all() -> None:
    clinical = Clinical({"GTV1": Stated(Facts(regimen="35/5"))}, "facts.toml")
    targets = (Target("PTV1", ("GTV1",)), Target("PTV2", ("GTV2",)))
    names = {name: one.name for name, one in regimens_of(targets, "27/3", clinical, TRIAL).items()}
    assert names == {"PTV1": "35/5", "PTV2": "27/3"}
    with pytest.raises(InputError, match="No regimen is known for target 'PTV2'"):
        regimens_of(targets, None, clinical, TRIAL)
    with pytest.raises(ProtocolError, match=r"regimen '30/3' does not exist.*27/3, 35/5"):
        regimens_of(targets, "30/3", NOTHING_STATED, TRIAL)
    wrong = Clinical({"GTV1": Stated(Facts(regimen="30/3"))}, "facts.toml")
    with pytest.raises(InputError, match=r"facts\.toml, lesion 'GTV1': the regimen '30/3' is unknown"):
        regimens_of(targets, "27/3", wrong, TRIAL)
    split = Clinical({"GTV1": Stated(Facts(regimen="35/5")), "GTV2": Stated(Facts(regimen="27/3"))}, "facts.toml")
    with pytest.raises(InputError, match="27/3 and 35/5"):
        regimens_of((Target("PTV", ("GTV1", "GTV2")),), None, split, TRIAL)
