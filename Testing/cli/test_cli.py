"""The command as a person types it: results, exit codes, one sentence for each bad input and nothing written."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from pydicom.uid import generate_uid
from typer.testing import CliRunner, Result

from HimarsPlannerLib.cli.main import app

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Run a command in this process and give what it printed."""
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def refused(run: Run, tmp_path: Path) -> Callable[..., str]:
    """Run a plan that must be refused: exit code 2, no traceback, nothing written; gives the sentence."""

    def check(*words: object) -> str:
        result = run("plan", *words, "--level", "1", "--out", tmp_path / "out" / "plan")
        assert result.exit_code == 2, result.output
        assert "Traceback" not in result.stderr
        assert result.stdout == ""
        assert not (tmp_path / "out").exists()
        assert result.stderr.startswith("himars-planner: ")
        return " ".join(result.stderr.split())

    return check


@pytest.fixture
def copied(demo_folder: Path, tmp_path: Path) -> Path:
    """A copy of the made patient that a test may damage."""
    return Path(shutil.copytree(demo_folder, tmp_path / "patient"))


def change(folder: Path, **values: object) -> None:
    """Set attributes in every DICOM file of a folder; None takes one away."""
    for file in sorted(folder.iterdir()):
        dataset = pydicom.dcmread(file)
        for keyword, value in values.items():
            if value is None:
                del dataset[keyword]
            else:
                setattr(dataset, keyword, value)
        dataset.save_as(file)


def test_plan_writes_its_folder_and_says_what_it_chose(run: Run, demo_folder: Path, tmp_path: Path) -> None:
    result = run("plan", demo_folder, "--level", "-1", "--out", tmp_path / "plan")
    assert result.exit_code == 0, result.output
    record = json.loads((tmp_path / "plan" / "plan.json").read_text(encoding="utf-8"))
    assert record["protocol"]["fraction"] == 0.2
    assert f"{record['volumes_ml']['selected_gtv']:.1f} ml" in result.stdout
    assert str(tmp_path / "plan" / "report.html") in result.stdout.replace("\n", "")


def test_json_is_all_that_is_printed_when_asked_for(run: Run, demo_folder: Path, tmp_path: Path) -> None:
    result = run("plan", demo_folder / "CT", "--level", "2", "--out", tmp_path / "plan", "--json")
    assert result.exit_code == 0, result.output
    record = json.loads(result.stdout)
    assert record["lesions"] == []
    assert record["warnings"][0]["code"] == "no-lesion"


def test_quiet_prints_nothing(run: Run, demo_folder: Path, tmp_path: Path) -> None:
    result = run("plan", demo_folder / "CT", "--level", "2", "--out", tmp_path / "plan", "--quiet")
    assert (result.exit_code, result.output) == (0, "")


def test_info_gives_one_row_a_series_and_its_use(run: Run, demo_folder: Path) -> None:
    rows = json.loads(run("info", demo_folder, "--json").stdout)
    assert [(row["modality"], row["use"]) for row in rows] == [
        ("CT", "planning CT"),
        ("PT", "PSMA PET"),
        ("RTSTRUCT", "structures"),
    ]
    one = pydicom.dcmread(next((demo_folder / "CT").iterdir()), stop_before_pixels=True)
    assert rows[0]["frame_of_reference_uid"] == one.FrameOfReferenceUID
    assert rows[0]["size"] == [one.Columns, one.Rows, len(list((demo_folder / "CT").iterdir()))]
    table = run("info", demo_folder).stdout
    assert all(row["series_uid"] in table for row in rows if row["modality"] != "RTSTRUCT")


def test_an_existing_plan_is_kept_unless_forced(run: Run, demo_folder: Path, tmp_path: Path) -> None:
    words = ("plan", demo_folder / "CT", "--level", "1", "--out", tmp_path / "plan")
    assert run(*words).exit_code == 0
    again = run(*words)
    assert again.exit_code == 2
    assert "--force" in again.stderr
    assert run(*words, "--force").exit_code == 0


def test_an_empty_folder_is_refused(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "No image in" in refused(tmp_path / "empty")


def test_a_folder_that_is_not_there_is_refused(refused: Callable[..., str], tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "nowhere")


def test_a_study_without_ct_is_refused(refused: Callable[..., str], demo_folder: Path) -> None:
    assert "The study has no CT" in refused(demo_folder / "PET")


def test_two_cts_are_refused_with_both_and_the_option(
    refused: Callable[..., str], copied: Path, demo_folder: Path
) -> None:
    other = generate_uid()
    change(copied / "CT", SeriesInstanceUID=other)
    sentence = refused(copied, demo_folder / "CT")
    assert "2 candidates" in sentence
    assert other in sentence
    assert "--ct UID" in sentence


@pytest.mark.parametrize(("keyword", "tag"), [("PatientWeight", "0010,1030"), ("Units", "0054,1001")])
def test_a_pet_without_what_suv_needs_is_refused_by_tag(
    refused: Callable[..., str], copied: Path, keyword: str, tag: str
) -> None:
    change(copied / "PET", **{keyword: None})
    assert tag in refused(copied)


def test_a_stated_weight_takes_the_place_of_a_missing_one(run: Run, copied: Path, tmp_path: Path) -> None:
    change(copied / "PET", PatientWeight=None)
    out = tmp_path / "plan"
    result = run("plan", copied, "--level", "1", "--out", out, "--weight-kg", "80", "--lesions", "pet")
    assert result.exit_code == 0, result.output
    trace = json.loads((out / "plan.json").read_text(encoding="utf-8"))["inputs"]["pet"]["suv_trace"]
    assert any("80" in sentence for sentence in trace)


def test_a_missing_slice_is_refused(refused: Callable[..., str], copied: Path) -> None:
    sorted((copied / "CT").iterdir())[40].unlink()
    assert "missing" in refused(copied)


def test_a_slice_that_is_there_twice_is_refused(refused: Callable[..., str], copied: Path) -> None:
    first = sorted((copied / "CT").iterdir())[0]
    twin = pydicom.dcmread(first)
    twin.SOPInstanceUID = twin.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    twin.save_as(copied / "CT" / "twin.dcm")
    assert "one slice at each position" in refused(copied)


def test_a_tilted_gantry_is_refused(refused: Callable[..., str], copied: Path) -> None:
    for number, file in enumerate(sorted((copied / "CT").iterdir())):
        dataset = pydicom.dcmread(file)
        x, y, z = dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [x, y + 0.5 * number, z]
        dataset.save_as(file)
    assert "tilt" in refused(copied).lower()


def test_an_irregular_series_is_refused(refused: Callable[..., str], copied: Path) -> None:
    dataset = pydicom.dcmread(file := sorted((copied / "CT").iterdir())[40])
    x, y, z = dataset.ImagePositionPatient
    dataset.ImagePositionPatient = [x, y, z + 0.8]
    dataset.save_as(file)
    assert "spacing" in refused(copied) or "irregular" in refused(copied)


def test_pet_in_another_frame_of_reference_is_refused(refused: Callable[..., str], copied: Path) -> None:
    change(copied / "PET", FrameOfReferenceUID=(other := generate_uid()))
    assert other in refused(copied)


def test_structures_in_another_frame_of_reference_are_refused(refused: Callable[..., str], copied: Path) -> None:
    other = generate_uid()
    file = next((copied / "RTSTRUCT").iterdir())
    dataset = pydicom.dcmread(file)
    dataset.FrameOfReferenceUID = dataset.ReferencedFrameOfReferenceSequence[0].FrameOfReferenceUID = other
    for roi in dataset.StructureSetROISequence:
        roi.ReferencedFrameOfReferenceUID = other
    dataset.save_as(file)
    assert other in refused(copied)


def test_a_lesion_outside_the_ct_is_refused_by_name(refused: Callable[..., str], copied: Path) -> None:
    file = next((copied / "RTSTRUCT").iterdir())
    dataset = pydicom.dcmread(file)
    contours = dataset.ROIContourSequence[0].ContourSequence
    for contour in contours:
        data = [float(value) for value in contour.ContourData]
        contour.ContourData = [f"{v + 900:.3f}" if i % 3 == 2 else f"{v:.3f}" for i, v in enumerate(data)]
    dataset.save_as(file)
    name = dataset.StructureSetROISequence[0].ROIName
    sentence = refused(copied)
    assert name in sentence
    assert "outside" in sentence


def test_two_patients_are_refused_with_both_ids(refused: Callable[..., str], copied: Path) -> None:
    change(copied / "PET", PatientID="SOMEONE-ELSE")
    sentence = refused(copied)
    assert "SOMEONE-ELSE" in sentence
    assert "DEMO" in sentence


def test_a_truncated_file_is_refused_by_name(refused: Callable[..., str], copied: Path) -> None:
    file = sorted((copied / "CT").iterdir())[7]
    file.write_bytes(file.read_bytes()[:-2000])
    assert file.name in refused(copied)


def test_a_level_that_does_not_exist_is_refused(run: Run, demo_folder: Path, tmp_path: Path) -> None:
    result = run("plan", demo_folder, "--level", "9", "--out", tmp_path / "plan")
    assert result.exit_code == 2
    assert "level '9' does not exist" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_refused_before_any_work(run: Run, demo_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    result = run("plan", demo_folder, "--level", "1", "--out", tmp_path / "file" / "plan")
    assert result.exit_code == 2
    assert "not a writable folder" in result.stderr


def test_a_full_disk_leaves_nothing(demo_folder: Path, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    program = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, (20000, {resource.RLIM_INFINITY}))\n"
        "from HimarsPlannerLib.cli.main import run; run()"
    )
    words = ["plan", demo_folder, "--level", "1", "--out", tmp_path / "plan"]
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, words)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "could not be written" in done.stderr or "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_debug_shows_the_traceback(run: Run, tmp_path: Path) -> None:
    result = run("info", tmp_path / "nowhere", "--debug")
    assert result.exit_code == 2
    assert "Traceback" in result.stderr


def test_a_phantom_is_written_and_its_spacing_checked(run: Run, tmp_path: Path) -> None:
    assert "three numbers" in run("phantom", tmp_path / "p", "--spacing", "1,1").stderr
    done = run("phantom", tmp_path / "p", "--seed", "3", "--spacing", "4,4,6", "--size", "pelvis")
    assert done.exit_code == 0, done.output
    assert sorted(entry.name for entry in (tmp_path / "p").iterdir()) == ["CT", "PET", "RTSTRUCT", "truth.json"]
