"""`--bone`: labels from a file or from TotalSegmentator reach plan.json, bone.seg.nrrd and the report."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import nrrd
import numpy as np
import pytest
import SimpleITK as sitk
from typer.testing import CliRunner, Result

from HimarsPlannerLib.bone.compartments import BoneLabel
from HimarsPlannerLib.cli.main import app
from HimarsPlannerLib.export.record import SCHEMA_FILE
from HimarsPlannerLib.phantom.build import Phantom


@pytest.fixture
def labels(demo_phantom: Phantom, tmp_path: Path) -> Path:
    """The made patient's true skeleton, its lower half as hip_left and its upper half as sacrum."""
    skeleton = np.isin(demo_phantom.labels, (BoneLabel.CORTICAL, BoneLabel.TRABECULAR, BoneLabel.SHAFT_CAVITY))
    values = np.where(np.arange(len(skeleton))[:, None, None] < len(skeleton) // 2, 77, 25)
    grid = demo_phantom.ct.grid
    image = sitk.GetImageFromArray(np.where(skeleton, values, 0).astype(np.uint8))
    image.SetOrigin(grid.origin)
    image.SetSpacing(grid.spacing)
    image.SetDirection(grid.direction)
    sitk.WriteImage(sitk.DICOMOrient(image, "RAS"), str(tmp_path / "bones.nii.gz"))
    return tmp_path / "bones.nii.gz"


def plan(folder: Path, out: Path, *words: object) -> Result:
    return CliRunner().invoke(app, ["plan", str(folder), "--level", "1", "--out", str(out), *map(str, words)])


def test_labels_from_a_file_are_in_the_plan_and_its_segmentation(
    demo_folder: Path, demo_phantom: Phantom, labels: Path, tmp_path: Path
) -> None:
    result = plan(demo_folder, tmp_path / "plan", "--bone", labels)
    assert result.exit_code == 0, result.output
    record = json.loads((tmp_path / "plan" / "plan.json").read_text(encoding="utf-8"))
    jsonschema.validate(record, json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
    bone = record["bone"]
    assert (bone["definition"], bone["source"]) == ("labels/1", str(labels))
    assert [one["name"] for one in bone["bones"]] == ["sacrum", "hip_left"]
    total = record["volumes_ml"]["total_trabecular_bone"]
    assert total == pytest.approx(demo_phantom.truth["volumes_ml"]["total_trabecular_bone"], rel=0.06)
    assert sum(one["trabecular_ml"] for one in bone["bones"]) == pytest.approx(total)
    assert "Bone is taken from bones.nii.gz: 2 bones" in " ".join(result.stdout.split())
    _, header = nrrd.read(str(tmp_path / "plan" / "bone.seg.nrrd"))
    names = [header[f"Segment{n}_Name"] for n in range(8)]
    assert names[-3:] == ["Skeleton", "sacrum", "hip_left"]
    in_bone = [lesion for lesion in record["lesions"] if lesion["kind"] == "bone"]
    assert {bone for lesion in in_bone for bone in lesion["bones"]} <= {"sacrum", "hip_left"}
    assert all(lesion["bones"] and not lesion["site_estimated"] for lesion in in_bone)
    page = (tmp_path / "plan" / "report.html").read_text(encoding="utf-8")
    assert "labels/1" in page
    assert "<td>left hip bone</td>" in page


def test_the_segmentation_of_a_plan_can_be_given_as_bone_again(demo_folder: Path, labels: Path, tmp_path: Path) -> None:
    assert plan(demo_folder, tmp_path / "first", "--bone", labels).exit_code == 0
    again = plan(demo_folder, tmp_path / "again", "--bone", tmp_path / "first" / "bone.seg.nrrd")
    assert again.exit_code == 0, again.output
    first, second = (
        json.loads((tmp_path / name / "plan.json").read_text(encoding="utf-8"))["bone"] for name in ("first", "again")
    )
    assert [one["name"] for one in second["bones"]] == ["sacrum", "hip_left"]
    assert second["volumes_ml"]["trabecular"] == pytest.approx(first["volumes_ml"]["trabecular"], rel=0.01)


def test_bone_that_is_not_there_is_refused_before_anything_is_written(demo_folder: Path, tmp_path: Path) -> None:
    result = plan(demo_folder, tmp_path / "plan", "--bone", tmp_path / "none.nii.gz")
    assert result.exit_code == 2
    assert "none.nii.gz does not exist" in " ".join(result.stderr.split())
    assert not (tmp_path / "plan").exists()


def test_totalsegmentator_that_is_not_installed_is_said(
    demo_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result = plan(demo_folder, tmp_path / "plan", "--bone", "totalsegmentator")
    assert result.exit_code == 2
    assert "TotalSegmentator is not installed" in " ".join(result.stderr.split())
    assert not (tmp_path / "plan").exists()
