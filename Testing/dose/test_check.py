"""From files to verdicts: doses whose coverage is known, and inputs that must be refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from HimarsPlannerLib.clinical.facts import Facts
from HimarsPlannerLib.clinical.read import Clinical, Stated
from HimarsPlannerLib.dose.check import DoseCheck, DoseInput, check_dose
from HimarsPlannerLib.dose.record import dose_record
from HimarsPlannerLib.errors import GeometryError, InputError, ProtocolError
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.report.dose_report import render_dose_report

TRIAL = read_protocol()
PTV_MM, GTV_MM = 14.0, 10.0
CENTRE = (2.0, -1.0, 0.0)


@pytest.fixture
def given(write_dose, write_structures, write_plan, sphere, place) -> Callable[..., DoseInput]:
    """Make inputs: a ball of dose that falls by 0.5 Gy/mm from `peak` at its centre, a PTV and its GTV around it."""

    def make(
        peak: float = 32.0, slope: float = 0.35, extra: dict | None = None, dose: np.ndarray | None = None, **changes
    ) -> DoseInput:
        radius = np.linalg.norm(place - CENTRE, axis=-1)
        array = np.maximum(peak - slope * radius, 0) if dose is None else dose
        rois = {"PTV1": sphere(PTV_MM, CENTRE), "GTV1": sphere(GTV_MM, CENTRE), **(extra or {})}
        made = DoseInput((write_dose(array),), write_structures(rois), (write_plan(),), "27/3")
        return replace(made, **changes)

    return make


def check(given: DoseInput) -> DoseCheck:
    return check_dose(given, TRIAL)


def by_name(check: DoseCheck) -> dict[str, str]:
    return {one.name: one.verdict for one in check.targets[0].criteria}


@pytest.mark.parametrize(
    ("reach_mm", "verdict"),
    # The share of a ball's volume within a radius is its cube: 0.95^3 = 86 %, 0.90^3 = 73 %.
    [(15.0, "pass"), (0.95 * PTV_MM, "acceptable deviation"), (0.90 * PTV_MM, "unacceptable")],
)
def test_coverage_decides(given, reach_mm: float, verdict: str) -> None:
    result = check(given(peak=27.0 + 0.35 * reach_mm))
    assert by_name(result)["PTV1 V100"] == verdict
    # Between voxels a dose that falls evenly with the radius is interpolated up to 0.05 Gy too low: 1 % of the volume.
    expected = min((reach_mm / PTV_MM) ** 3, 1.0)
    assert result.targets[0].figures.coverage == pytest.approx(expected, abs=0.015)
    assert by_name(result)["GTV1 V100"] == "pass"


def test_figures_of_a_ball_of_dose(given) -> None:
    """Isodoses are balls too: their volumes, and with them CI, GI and R50, follow from radii."""
    figures = check(given(peak=32.0, slope=0.6)).targets[0].figures
    at_rx, at_half = (32 - 27) / 0.6, (32 - 13.5) / 0.6
    ptv = 4 / 3 * np.pi * PTV_MM**3
    piv, half = (4 / 3 * np.pi * r**3 for r in (at_rx, at_half))
    # Interpolation between voxels makes the inner ball 0.1 mm too small in radius, 4 % in volume.
    assert figures.isodose.prescription_ml == pytest.approx(piv / 1000, rel=0.05)
    assert figures.paddick_ci == pytest.approx(piv**2 / (ptv * piv), rel=0.05)
    assert figures.gradient_index == pytest.approx(half / piv, rel=0.05)
    assert figures.r50 == pytest.approx(half / ptv, rel=0.02)
    assert figures.d50_gy == pytest.approx(32 - 0.6 * PTV_MM * 0.5 ** (1 / 3), abs=0.05)
    assert figures.d98_gy == pytest.approx(32 - 0.6 * PTV_MM * 0.98 ** (1 / 3), abs=0.05)
    assert figures.near_max_name == "D2"
    assert figures.homogeneity == pytest.approx((figures.d2_gy - figures.d98_gy) / figures.d50_gy)


def test_isodose_and_maximum_are_two_limits(given, place) -> None:
    radius = np.linalg.norm(place - CENTRE, axis=-1)

    def verdicts(largest: float) -> tuple[str, str]:
        dose = np.where(radius < 18, 28.0, 5.0)
        dose[14, 17, 20] = largest
        found = by_name(check(given(dose=dose)))
        return found["prescription isodose"], found["largest dose"]

    assert verdicts(33.7) == ("pass", "pass")  # 124.8 %: isodose 80.1 %
    assert verdicts(34.5) == ("acceptable deviation", "pass")  # 127.8 %: isodose 78.3 %
    assert verdicts(35.3) == ("unacceptable", "unacceptable")  # 130.7 %


def test_a_small_target_is_reported_by_d35mm3(given, sphere) -> None:
    result = check(given(extra={"PTV2": sphere(7.0, (-25, 0, 0))}))
    names = {one.target.name: one.figures.near_max_name for one in result.targets}
    assert names == {"PTV1": "D2", "PTV2": "D35mm3"}


def test_a_target_partly_outside_the_dose_grid_is_told_and_not_cut(given, sphere, grid) -> None:
    edge = grid.origin[0] - grid.spacing[0] / 2
    even = np.full(grid.shape, 28.0)
    result = check(given(dose=even, extra={"PTV2": sphere(8.0, (edge, 0, 0))}, targets=("PTV2",)))
    (target,) = result.targets
    assert target.figures.covered == pytest.approx(0.5, abs=0.01)
    assert target.figures.volume_ml == pytest.approx(2.145, rel=0.01)
    assert target.verdict == "not assessable"
    assert "may get any dose" in target.criteria[0].note
    (notice,) = [one for one in result.notices if one.code == "structure-partly-covered"]
    assert "PTV2 (50." in notice.message or "PTV2 (49." in notice.message


def test_two_targets_share_an_isodose_by_nearness(given, sphere, place) -> None:
    other = (-26.0, -1.0, 0.0)
    radius = np.minimum(np.linalg.norm(place - CENTRE, axis=-1), np.linalg.norm(place - other, axis=-1))
    rois = {"PTV2": sphere(10.0, other)}
    result = check(given(dose=np.maximum(33 - 0.45 * radius, 0), extra=rois))
    first, second = result.targets
    assert first.figures.isodose.shared_with == ("PTV2",)
    total = first.figures.isodose.prescription_ml + second.figures.isodose.prescription_ml
    assert total == pytest.approx(2 * 4 / 3 * np.pi * (6 / 0.45) ** 3 / 1000, rel=0.03)


def test_structures_without_contours_or_dose_are_named(given, sphere) -> None:
    result = check(given(extra={"Empty": [], "Far": sphere(8.0, (300, 0, 0)), "GTV7": sphere(5.0, (-25, 0, 0))}))
    codes = {one.code: one.message for one in result.notices}
    assert codes["structure-empty"].endswith("Empty.")
    assert codes["structure-outside-dose"].endswith("Far.")
    assert codes["gtv-without-target"].endswith("GTV7.")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"targets": ("PTV_1",)}, InputError, "No structure is called 'PTV_1'.*Did you mean 'PTV1'"),
        ({"regimen": "35/5"}, ProtocolError, "plans 3 fractions, the regimen is 35/5"),
        ({"regimen": "30/3"}, ProtocolError, "regimen '30/3' does not exist"),
        ({"regimen": None}, InputError, "No regimen is known for target 'PTV1'"),
        ({"marrow": "BMR"}, InputError, "neither a structure with dose nor a plan's folder"),
    ],
)
def test_contradictions_are_refused(given, change: dict, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        check(given(**change))


def test_other_prescriptions_frames_and_patients_are_refused(given, write_plan, write_structures, sphere) -> None:
    with pytest.raises(ProtocolError, match="prescribes 24 Gy, the regimen is 27/3"):
        check(given(plans=(write_plan(dose_gy=24.0, name="low.dcm"),)))
    rois = {"PTV1": sphere(PTV_MM, CENTRE)}
    with pytest.raises(GeometryError, match=r"frame of reference 9\.9, the dose in"):
        check(given(structures=write_structures(rois, name="other.dcm", frame="9.9")))
    with pytest.raises(InputError, match="patient 'X'"):
        check(given(structures=write_structures(rois, name="other.dcm", PatientID="X")))
    with pytest.raises(InputError, match="Target 'PTV9' has no contours"):
        check(given(extra={"PTV9": []}))


def test_a_lesions_regimen_in_the_clinical_file_is_used(given, write_plan) -> None:
    clinical = Clinical({"GTV1": Stated(Facts(regimen="35/5"))}, "facts.toml")
    result = check(given(peak=42.0, clinical=clinical, plans=(write_plan(5, 35.0, name="five.dcm"),)))
    assert result.targets[0].regimen.name == "35/5"
    assert result.organ_fractions == 5


def test_marrow_and_schedule_are_reported(given, sphere) -> None:
    from HimarsPlannerLib.dose.schedule import parse_dates

    dates = parse_dates(["2026-03-02", "2026-03-04", "2026-03-06"])
    result = check(given(extra={"BMR": sphere(20.0, CENTRE)}, marrow="BMR", treated=dates))
    assert result.marrow is not None
    within = (32 - 20) / 0.35
    assert result.marrow.volume_from(20) == pytest.approx(
        result.marrow.volume_ml * min((within / 20) ** 3, 1), rel=0.01
    )
    assert [one.verdict for one in result.schedule] == ["pass", "pass", "pass"]


def test_record_and_report_say_the_same_and_how(given, sphere) -> None:
    record = dose_record(check(given(extra={"SpinalCord": sphere(6.0, (-25, 0, 0)), "<b>&": sphere(4.0, (0, 25, 0))})))
    text = json.dumps(record, allow_nan=False)
    assert json.loads(text) == json.loads(json.dumps(record))
    method = record["method"]
    assert method["dose_grid"]["spacing_mm"] == [2.0, 2.0, 2.5]
    assert method["bin_gy"] == 0.01
    assert "half a slice beyond" in method["structures"]
    assert all(min(one["supersampling_zyx"]) >= 1 for one in record["structures"])
    html = render_dose_report(record)
    assert "<script" not in html
    assert "http:" not in html
    assert "https:" not in html
    assert "&lt;b&gt;&amp;" in html
    for target in record["targets"]:
        assert f"{100 * target['figures']['coverage']:.1f}" in html
    assert html.count("<polyline") == len(record["structures"])
