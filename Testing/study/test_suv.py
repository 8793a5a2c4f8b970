"""SUVbw is what the headers say by QIBA's rules, with every decision told; otherwise it is refused with the tag."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from HimarsPlannerLib.errors import SuvError
from HimarsPlannerLib.study.suv import SuvOverrides, suv_factor

GA68_S = 4062.6
REAL_HEADERS = (
    "PHILIPS_BQML",
    "PHILIPS_CNTS_AND_BQML_SUV",
    "PHILIPS_CNTS_AND_SUV",
    "SIEMENS",
    "GE_MEDICAL_AND_BQML",
    "BQML_AC_DT_lessThan_S_DT_SIEMENS",
    "CPS_AND_BQML_AC_DT_-_S_DT",
    "RADIOPHARM_DATETIME_UNDEFINED",
)


def header(injection: dict[str, object] | None = None, **tags: object) -> Dataset:
    """PET slice header: Ga-68, 80 kg, 200 MBq at 10:00, scan at 11:00; None takes a tag out."""
    dataset, info = Dataset(), Dataset()
    values: dict[str, object] = {
        "Modality": "PT",
        "Units": "BQML",
        "CorrectedImage": ["NORM", "ATTN", "DECY"],
        "DecayCorrection": "START",
        "PatientWeight": 80,
        "SeriesDate": "20260301",
        "SeriesTime": "110000",
        "AcquisitionDate": "20260301",
        "AcquisitionTime": "110000",
    }
    injected: dict[str, object] = {
        "RadionuclideTotalDose": 2e8,
        "RadionuclideHalfLife": GA68_S,
        "RadiopharmaceuticalStartTime": "100000",
        "Radiopharmaceutical": "68Ga-PSMA-11",
    }
    for target, given in ((info, injected | (injection or {})), (dataset, values | tags)):
        for keyword, value in given.items():
            if value is not None:
                setattr(target, keyword, value)
    dataset.RadiopharmaceuticalInformationSequence = [info]
    return dataset


def philips(dataset: Dataset, **factors: str) -> Dataset:
    block = dataset.private_block(0x7053, "Philips PET Private Group", create=True)
    for name, element in (("suv", 0x00), ("activity", 0x09)):
        if name in factors:
            block.add_new(element, "DS", factors[name])
    return dataset


def after(minutes: float) -> float:
    """SUV factor of the header above when the scan's start is `minutes` after injection."""
    return 80_000 / (2e8 * math.exp(-math.log(2) * minutes * 60 / GA68_S))


def codes(result) -> list[str]:
    return [notice.code for notice in result.notices]


def expected_factors(folder: Path) -> dict[str, float]:
    lines = [line for line in (folder / "EXPECTED.csv").read_text().splitlines() if not line.startswith("#")]
    return {row["file"]: float(row["expected_suvbw_factor"]) for row in csv.DictReader(lines)}


def real_headers(file: Path) -> list[Dataset]:
    headers = []
    for slice_tags in json.loads(file.read_text()):
        private = slice_tags.pop("PhilipsPETPrivateGroup", None) or {}
        tags = {k: v.strip() if isinstance(v, str) else v for k, v in slice_tags.items()}
        injection = {k: tags.pop(k) for k in list(tags) if k.startswith("Radi")}
        injection |= {k: None for k in ("RadiopharmaceuticalStartTime", "Radiopharmaceutical") if k not in injection}
        dataset = header(injection, **tags)
        named = {"SUVScaleFactor": "suv", "ActivityConcentrationScaleFactor": "activity"}
        headers.append(philips(dataset, **{named[k]: v.strip() for k, v in private.items()}) if private else dataset)
    return headers


@pytest.mark.parametrize("name", REAL_HEADERS)
def test_real_headers_of_four_vendors_give_the_published_factor(real_data, name):
    folder = real_data / "suv-metadata"
    result = suv_factor(real_headers(folder / f"{name}-instances.json"))
    assert result.factor == pytest.approx(expected_factors(folder)[f"{name}-instances.json"], rel=1e-9)


def test_all_published_headers_are_tested(real_data):
    assert set(expected_factors(real_data / "suv-metadata")) == {f"{name}-instances.json" for name in REAL_HEADERS}


def test_decay_from_injection_to_series_time():
    result = suv_factor([header()])
    assert result.factor == pytest.approx(after(60))
    told = " ".join(result.trace)
    assert all(part in told for part in ("80 kg", "200.00 MBq", "10:00:00", "11:00:00", "60.0 min", "Ga-68", "START"))


def test_admin_is_not_decayed():
    result = suv_factor([header(DecayCorrection="ADMIN")])
    assert result.factor == pytest.approx(80_000 / 2e8)
    assert "ADMIN" in " ".join(result.trace)


def test_admin_needs_neither_times_nor_half_life():
    bare = header({"RadionuclideHalfLife": None, "RadiopharmaceuticalStartTime": None}, SeriesTime=None)
    bare.DecayCorrection = "ADMIN"
    assert suv_factor([bare]).factor == pytest.approx(80_000 / 2e8)


@pytest.mark.parametrize("kind", ["BW", None])
def test_gml_is_suv_already(kind):
    result = suv_factor([header(Units="GML", SUVType=kind)])
    assert result.factor == 1.0
    assert "not converted again" in " ".join(result.trace)


def test_gml_of_lean_body_mass_is_refused():
    with pytest.raises(SuvError, match=r"LBM.*BW"):
        suv_factor([header(Units="GML", SUVType="LBM")])


def test_philips_counts_use_the_suv_factor_first():
    assert suv_factor([philips(header(Units="CNTS"), suv="0.00055", activity="1.6")]).factor == 0.00055


@pytest.mark.parametrize("suv", [{}, {"suv": "0"}], ids=["absent", "zero"])
def test_philips_counts_without_suv_factor_use_the_activity_factor(suv):
    result = suv_factor([philips(header(Units="CNTS"), activity="1.6", **suv)])
    assert result.factor == pytest.approx(1.6 * after(60))


def test_philips_counts_use_the_activity_factor_when_the_weight_is_overridden():
    slices = [philips(header(Units="CNTS"), suv="0.00055", activity="1.6")]
    assert suv_factor(slices, SuvOverrides(weight_kg=40)).factor == pytest.approx(0.8 * after(60))


def test_philips_counts_without_private_tags_are_refused():
    with pytest.raises(SuvError, match=r"7053,1000.*7053,1009"):
        suv_factor([header(Units="CNTS")])


def test_an_injection_before_midnight_is_on_the_day_before():
    late = header({"RadiopharmaceuticalStartTime": "233000"}, SeriesTime="003000", AcquisitionTime="003000")
    result = suv_factor([late])
    assert result.factor == pytest.approx(after(60))
    assert "2026-02-28 23:30:00" in " ".join(result.trace)
    assert "midnight" in " ".join(result.trace)


def test_the_injection_date_and_time_wins_over_the_time_alone():
    injection = {"RadiopharmaceuticalStartDateTime": "20260301093000.00", "RadiopharmaceuticalStartTime": "100000"}
    assert suv_factor([header(injection)]).factor == pytest.approx(after(90))


def test_an_injection_time_with_utc_offset_is_turned_into_the_scanners_time():
    injection = {"RadiopharmaceuticalStartDateTime": "20260301090000.00+0000"}
    assert suv_factor([header(injection, TimezoneOffsetFromUTC="+0100")]).factor == pytest.approx(after(60))


def test_a_reconstruction_time_as_series_time_is_replaced_by_ges_scan_time():
    slices = [header(SeriesTime="150000", AcquisitionTime="111500") for _ in range(3)]
    for dataset in slices:
        dataset.private_block(0x0009, "GEMS_PETD_01", create=True).add_new(0x0D, "DT", "20260301110500.00")
    result = suv_factor(slices)
    assert result.factor == pytest.approx(after(65))
    assert "(0009,100D)" in " ".join(result.trace)


def test_a_reconstruction_time_as_series_time_is_replaced_by_what_the_frames_say():
    rate, slices = math.log(2) / GA68_S, []
    for bed in range(4):
        begin, length = 300 + 180 * bed, 180.0
        mean_rate = (1 - math.exp(-rate * length)) / (rate * length)
        slices.append(
            header(
                SeriesTime="150000",
                AcquisitionTime=f"11{begin // 60:02d}{begin % 60:02d}",
                FrameReferenceTime=(begin - math.log(mean_rate) / rate) * 1000,
                ActualFrameDuration=int(length * 1000),
            )
        )
    result = suv_factor(slices)
    assert result.factor == pytest.approx(after(60), rel=1e-6)
    assert codes(result) == []


def test_frames_that_disagree_on_the_start_are_told():
    slices = [
        header(SeriesTime="150000", AcquisitionTime="111500", FrameReferenceTime=t, ActualFrameDuration=120000)
        for t in (600_000, 900_000, 960_000)
    ]
    assert "suv-start-uncertain" in codes(suv_factor(slices))


def test_without_frame_reference_times_the_first_acquisition_is_the_start():
    slices = [header(SeriesTime="150000", AcquisitionTime=time) for time in ("112000", "111000", "113000")]
    result = suv_factor(slices)
    assert result.factor == pytest.approx(after(70))
    assert "first acquisition" in " ".join(result.trace)


@pytest.mark.parametrize(
    ("overrides", "factor", "told"),
    [
        (SuvOverrides(weight_kg=100), 1.25 * after(60), "100 kg was stated"),
        (SuvOverrides(injected_mbq=100), 2 * after(60), "100 MBq was stated"),
        (SuvOverrides(injection_time="09:30"), after(90), "09:30:00, stated by the user"),
        (SuvOverrides(injection_time="09:30:30"), after(89.5), "09:30:30, stated by the user"),
        (SuvOverrides(injection_time="2026-03-01T09:00"), after(120), "09:00:00 was stated by the user"),
    ],
)
def test_what_the_user_states_replaces_the_header_and_is_told(overrides, factor, told):
    result = suv_factor([header()], overrides)
    assert result.factor == pytest.approx(factor)
    assert told in " ".join(result.trace)


@pytest.mark.parametrize(
    ("injection", "tags", "overrides", "tag"),
    [
        ({}, {"PatientWeight": None}, SuvOverrides(weight_kg=80), "0010,1030"),
        ({}, {"PatientWeight": 0}, SuvOverrides(weight_kg=80), "0010,1030"),
        ({"RadionuclideTotalDose": None}, {}, SuvOverrides(injected_mbq=200), "0018,1074"),
        ({"RadiopharmaceuticalStartTime": None}, {}, SuvOverrides(injection_time="10:00"), "0018,1078"),
    ],
)
def test_a_missing_tag_is_named_and_can_be_stated_instead(injection, tags, overrides, tag):
    slices = [header(injection, **tags)]
    with pytest.raises(SuvError, match=tag):
        suv_factor(slices)
    assert suv_factor(slices, overrides).factor == pytest.approx(after(60))


@pytest.mark.parametrize(
    ("tags", "tag"),
    [
        ({"Units": None}, "0054,1001"),
        ({"Units": "PROPCNTS"}, "PROPCNTS"),
        ({"DecayCorrection": None}, "0054,1102"),
        ({"DecayCorrection": "NONE"}, "NONE"),
        ({"CorrectedImage": None}, "0028,0051"),
        ({"CorrectedImage": ["DECY", "SCAT"]}, "not corrected for attenuation"),
        ({"CorrectedImage": ["ATTN"]}, "not corrected for decay"),
        ({"AcquisitionTime": None}, "0008,0032"),
        ({"Modality": "NM"}, "not PET"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.20"}, "not PET"),
    ],
    ids=str,
)
def test_a_series_that_suv_cannot_be_had_from_is_refused(tags, tag):
    with pytest.raises(SuvError, match=tag):
        suv_factor([header(), header(**tags)] if "CorrectedImage" in tags else [header(**tags)])


def test_slices_that_disagree_are_refused():
    with pytest.raises(SuvError, match=r"PatientWeight.*differs between slices"):
        suv_factor([header(), header(PatientWeight=81)])


def test_an_unknown_nuclide_without_half_life_is_refused_for_start():
    with pytest.raises(SuvError, match="0018,1075"):
        suv_factor([header({"RadionuclideHalfLife": None})])


def named_nuclide(meaning: str, half_life: float | None = GA68_S) -> Dataset:
    code = Dataset()
    code.CodeMeaning = meaning
    return header({"RadionuclideCodeSequence": [code], "RadionuclideHalfLife": half_life})


@pytest.mark.parametrize("meaning", ["^68^Gallium", "68Ga", "Ga-68", "Gallium 68", "GA68"])
def test_a_named_nuclide_stands_in_for_a_missing_half_life(meaning):
    result = suv_factor([named_nuclide(meaning, None)])
    assert result.factor == pytest.approx(after(60))
    assert "Ga-68, 4062.6 s, is used" in " ".join(result.trace)


def test_a_half_life_of_another_nuclide_than_named_is_refused():
    with pytest.raises(SuvError, match=r"F-18.*4062\.6"):
        suv_factor([named_nuclide("^18^Fluorine")])


@pytest.mark.parametrize("half_life", [21624.0, 574344.0])
def test_spect_stored_as_pet_is_refused(half_life):
    with pytest.raises(SuvError, match="SPECT"):
        suv_factor([header({"RadionuclideHalfLife": half_life})])


def test_two_injections_are_refused():
    double = header()
    double.RadiopharmaceuticalInformationSequence.append(Dataset())
    with pytest.raises(SuvError, match="2 items"):
        suv_factor([double])


@pytest.mark.parametrize(
    ("injection", "tags", "code"),
    [
        ({"RadionuclideHalfLife": 1221.8}, {}, "pet-nuclide-unexpected"),
        ({"Radiopharmaceutical": "FDG -- fluorodeoxyglucose"}, {}, "pet-tracer-not-psma"),
        ({"RadionuclideTotalDose": 2e9}, {}, "suv-dose-unusual"),
        ({"RadiopharmaceuticalStartTime": "104500"}, {}, "suv-uptake-time-unusual"),
    ],
)
def test_what_is_doubtful_is_told(injection, tags, code):
    assert code in codes(suv_factor([header(injection, **tags)]))
    assert code not in codes(suv_factor([header()]))


def test_a_stated_weight_that_is_not_used_is_told():
    assert codes(suv_factor([header(Units="GML")], SuvOverrides(weight_kg=70))) == ["suv-override-unused"]


@pytest.mark.parametrize(
    ("injection", "overrides", "told"),
    [
        ({"RadiopharmaceuticalStartDateTime": "20260301113000"}, SuvOverrides(), "-0.5 h apart"),
        ({"RadiopharmaceuticalStartDateTime": "20250301100000"}, SuvOverrides(), "anonymisation"),
        ({}, SuvOverrides(injection_time="ten"), "'ten' is not a time"),
        ({}, SuvOverrides(injection_time="2026-03-01T12:00"), "-1.0 h apart"),
        ({}, SuvOverrides(weight_kg=8), "8 kg"),
        ({}, SuvOverrides(injected_mbq=2e8), "2e.14 Bq"),
        ({"RadionuclideTotalDose": 200.0}, SuvOverrides(), "200 Bq"),
    ],
    ids=str,
)
def test_values_that_cannot_be_are_refused(injection, overrides, told):
    with pytest.raises(SuvError, match=told):
        suv_factor([header(injection)], overrides)
