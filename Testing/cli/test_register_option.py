"""`plan --register rigid`: a PET/CT in another frame of reference, from the folder to the report."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pydicom
import pytest
from pydicom.uid import generate_uid
from typer.testing import CliRunner

from HimarsPlannerLib.cli.main import app
from HimarsPlannerLib.export.record import SCHEMA_FILE

TABLE = np.array([0.0, -60.0, 800.0])


@pytest.fixture
def pet_ct(demo_folder: Path, tmp_path: Path) -> Path:
    """The demo patient's CT and PET as if scanned elsewhere: another frame of reference, another table position."""
    frame, series = generate_uid(), {"CT": generate_uid(), "PET": generate_uid()}
    for name in series:
        (tmp_path / "petct" / name).mkdir(parents=True)
        for file in (demo_folder / name).iterdir():
            dataset = pydicom.dcmread(file)
            dataset.FrameOfReferenceUID, dataset.SeriesInstanceUID = frame, series[name]
            dataset.ImagePositionPatient = [float(v) for v in np.array(dataset.ImagePositionPatient, float) + TABLE]
            dataset.save_as(tmp_path / "petct" / name / file.name)
    return tmp_path / "petct"


def test_a_pet_ct_of_another_frame_of_reference_is_planned_on_once_registered(
    demo_folder: Path, pet_ct: Path, tmp_path: Path
) -> None:
    ct = pydicom.dcmread(next((demo_folder / "CT").iterdir()), stop_before_pixels=True).SeriesInstanceUID
    folders = [demo_folder / "CT", demo_folder / "RTSTRUCT", pet_ct]
    words = ["plan", *map(str, folders), "--level", "1", "--out", str(tmp_path / "plan"), "--ct", ct]
    refused = CliRunner().invoke(app, words)
    assert refused.exit_code == 2
    assert "--register rigid" in refused.stderr
    assert not (tmp_path / "plan").exists()

    done = CliRunner().invoke(app, [*words, "--register", "rigid"])
    assert done.exit_code == 0, done.output
    record = json.loads((tmp_path / "plan" / "plan.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))).validate(record)
    registration = record["inputs"]["registration"]
    expected = np.eye(4)
    expected[:3, 3] = -TABLE
    assert registration["method"] == "rigid"
    assert np.allclose(registration["matrix"], expected, atol=0.3)
    assert registration["bone_surface_distance"]["median_mm"] < 1.0
    assert "registered" in [warning["code"] for warning in record["warnings"]]
    assert 'id="registration"' in (tmp_path / "plan" / "report.html").read_text(encoding="utf-8")
