"""check-dose as a newcomer runs it: on the made treatment of the demo patient."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from HimarsPlannerLib.cli.main import app
from HimarsPlannerLib.phantom.build import Phantom
from HimarsPlannerLib.phantom.dicom import write_phantom
from HimarsPlannerLib.phantom.dose import write_treatment

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def treatment(demo_phantom: Phantom, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("treatment")
    reference = write_phantom(demo_phantom, folder / "patient")
    write_treatment(demo_phantom, reference, ["GTV1", "GTV3", "GTV5"], 27.0, 3, folder)
    return folder


def arguments(folder: Path, *more: str) -> list[str]:
    files = ["--dose", str(folder / "dose.dcm"), "--structures", str(folder / "structures.dcm")]
    return ["check-dose", *files, "--plan", str(folder / "plan.dcm"), "--regimen", "27/3", *more]


def test_the_made_treatment_is_judged_as_it_was_made(treatment: Path, tmp_path: Path) -> None:
    done = RUNNER.invoke(app, arguments(treatment, "--json", "--out", str(tmp_path / "check")))
    assert done.exit_code == 0, done.output
    record = json.loads(done.stdout)
    truth = json.loads((treatment / "treatment.json").read_text())
    assert [one["name"] for one in record["targets"]] == ["PTV1", "PTV3", "PTV5"]
    for target, made in zip(record["targets"], truth["targets"], strict=True):
        # Trilinear dose on a grid of 2.5 mm rounds off the peak of the formula at the surface.
        assert target["figures"]["coverage"] == pytest.approx(made["v100"], abs=0.03)
        assert target["gtvs"] == [made["gtv"]]
    assert [one["verdict"] for one in record["targets"]] == ["pass", "acceptable deviation", "pass"]
    assert json.loads((tmp_path / "check" / "dose.json").read_text()) == record
    assert "<svg" in (tmp_path / "check" / "report.html").read_text()


def test_the_table_names_verdicts_limits_and_method(treatment: Path) -> None:
    done = RUNNER.invoke(app, arguments(treatment))
    assert done.exit_code == 0, done.output
    for words in (
        "PTV3 V100",
        "prescription isodose",
        "<= 130%",
        "Paddick CI",
        "great vessel",
        "bins of 0.01 Gy",
        "half a slice beyond",
    ):
        assert words in done.stdout
    assert "Result: acceptable deviation" in done.stdout


def test_a_refusal_is_one_sentence(treatment: Path) -> None:
    done = RUNNER.invoke(app, arguments(treatment, "--target", "PTV_1"))
    assert done.exit_code == 2
    assert "Did you mean 'PTV1'" in done.stderr
    done = RUNNER.invoke(app, [*arguments(treatment)[:-1], "35/5"])
    assert done.exit_code == 2
    assert "plans 3 fractions, the regimen is 35/5" in done.stderr
