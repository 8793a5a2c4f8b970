"""`himars-planner suv` shows a physicist each decision between stored values and SUVbw."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pydicom
import pytest
from typer.testing import CliRunner, Result

from HimarsPlannerLib.cli.main import app

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Run the command in this process and give what it printed."""
    return lambda *words: CliRunner().invoke(app, ["suv", *(str(word) for word in words)])


def factor_of(folder: Path) -> float:
    """SUVbw of 1 Bq/ml as a physicist works it out from one header: weight over the activity left at the start."""
    header = pydicom.dcmread(next(folder.iterdir()), stop_before_pixels=True)
    (dose,) = header.RadiopharmaceuticalInformationSequence
    injected = datetime.strptime(dose.RadiopharmaceuticalStartDateTime, "%Y%m%d%H%M%S")
    start = datetime.strptime(header.SeriesDate + header.SeriesTime, "%Y%m%d%H%M%S")
    half_lives = (start - injected).total_seconds() / float(dose.RadionuclideHalfLife)
    return float(header.PatientWeight) * 1000 / (float(dose.RadionuclideTotalDose) * 2**-half_lives)


def test_every_decision_is_told_in_order_with_the_factor(run: Run, demo_folder: Path) -> None:
    result = run(demo_folder / "PET")
    assert result.exit_code == 0, result.output
    lines = [line.strip() for line in result.stdout.splitlines()]
    numbered = [line for line in lines if line[:1].isdigit()]
    assert [line.split(".")[0] for line in numbered] == [str(n) for n in range(1, len(numbered) + 1)]
    told = " ".join(numbered)
    for part in ("ATTN", "Ga-68", "BQML", "(0010,1030)", "(0018,1074)", "(0018,1078)", "START"):
        assert part in told
    assert f"SUVbw = {factor_of(demo_folder / 'PET'):.6g} x (stored value" in result.stdout
    assert "of the injected activity" in result.stdout


def test_json_holds_what_the_text_says(run: Run, demo_folder: Path) -> None:
    record = json.loads(run(demo_folder / "PET", "--json").stdout)
    assert record["suvbw_factor"] == pytest.approx(factor_of(demo_folder / "PET"), rel=1e-6)
    assert record["tracer"] == "Ga-68 PSMA"
    assert 5 < record["suv_max"] < 100
    assert 0 < record["recovered_fraction"] < 1
    assert record["warnings"] == []


def test_the_pet_of_a_whole_study_is_found(run: Run, demo_folder: Path) -> None:
    assert run(demo_folder, "--json").stdout == run(demo_folder / "PET", "--json").stdout


def test_what_is_stated_replaces_the_header_and_is_told(run: Run, demo_folder: Path) -> None:
    plain = json.loads(run(demo_folder / "PET", "--json").stdout)
    stated = json.loads(run(demo_folder / "PET", "--json", "--weight-kg", "50", "--injected-mbq", "100").stdout)
    header = pydicom.dcmread(next((demo_folder / "PET").iterdir()), stop_before_pixels=True)
    dose = float(header.RadiopharmaceuticalInformationSequence[0].RadionuclideTotalDose)
    expected = plain["suvbw_factor"] * 50 / float(header.PatientWeight) * dose / 100e6
    assert stated["suvbw_factor"] == pytest.approx(expected, rel=1e-9)
    assert sum("stated by the user" in sentence for sentence in stated["trace"]) == 2


def test_a_stated_time_of_injection_is_used(run: Run, demo_folder: Path) -> None:
    header = pydicom.dcmread(next((demo_folder / "PET").iterdir()), stop_before_pixels=True)
    dose = header.RadiopharmaceuticalInformationSequence[0]
    plain = json.loads(run(demo_folder / "PET", "--json").stdout)
    clock = datetime.strptime(dose.RadiopharmaceuticalStartTime, "%H%M%S")
    stated = json.loads(run(demo_folder / "PET", "--json", "--injection-time", f"{clock:%H:%M:%S}").stdout)
    assert stated["suvbw_factor"] == pytest.approx(plain["suvbw_factor"], rel=1e-9)
    assert any("stated by the user" in sentence for sentence in stated["trace"])


@pytest.mark.parametrize(
    ("keyword", "tag", "way_out"),
    [("PatientWeight", "0010,1030", "--weight-kg"), ("Units", "0054,1001", ""), ("CorrectedImage", "0028,0051", "")],
)
def test_what_is_missing_is_named_with_the_way_out(
    run: Run, demo_folder: Path, tmp_path: Path, keyword: str, tag: str, way_out: str
) -> None:
    for file in sorted(Path(shutil.copytree(demo_folder / "PET", tmp_path / "PET")).iterdir()):
        dataset = pydicom.dcmread(file)
        del dataset[keyword]
        dataset.save_as(file)
    result = run(tmp_path / "PET")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert tag in result.stderr
    assert way_out in result.stderr


def test_a_folder_without_pet_is_refused(run: Run, demo_folder: Path) -> None:
    result = run(demo_folder / "CT")
    assert result.exit_code == 2
    assert "There is no PET here" in result.stderr
