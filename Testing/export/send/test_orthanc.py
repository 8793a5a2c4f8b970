"""A plan sent to Orthanc, whose REST API tells what arrived."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pytest
from typer.testing import CliRunner, Result

from HimarsPlannerLib.cli.main import app

Run = Callable[..., Result]
PREAMBLE, GROUP_LENGTH_ELEMENT = 132, 12


@pytest.fixture
def run(orthanc: Any) -> Run:
    """Run the command against Orthanc in this process."""

    def send(plan: Path, *words: object, title: str = "ORTHANC") -> Result:
        where = f"{title}@127.0.0.1:{orthanc.dicom}"
        return CliRunner().invoke(app, ["send", str(plan), "--to", where, *map(str, words)])

    return send


def dataset_bytes(content: bytes) -> bytes:
    """What follows the file meta information, of which Orthanc writes its own."""
    group_length = pydicom.dcmread(BytesIO(content), specific_tags=["SOPClassUID"]).file_meta[0x00020000]
    return content[PREAMBLE + GROUP_LENGTH_ELEMENT + int(group_length.value) :]


def test_rtstruct_bone_and_lesions_arrive_whole_and_are_committed(run: Run, orthanc: Any, own_plan: Path) -> None:
    listen = f"127.0.0.1:{orthanc.listen}"
    result = run(own_plan, "--with", "bone", "--with", "lesions", "--listen", listen, "--json")
    assert result.exit_code == 0, result.output
    record = json.loads(result.stdout)
    assert record["commitment"]["state"] == "committed"
    assert record["echo"] == "answered"
    assert [one["kind"] for one in record["objects"]][:2] == ["RTSTRUCT", "SEG"]
    assert {one["status"] for one in record["objects"]} == {"stored"}
    assert set(orthanc.instances()) == {one["sop_instance_uid"] for one in record["objects"]}
    for one in record["objects"]:
        stored, file = orthanc.file(one["sop_instance_uid"]), own_plan / one["file"]
        assert dataset_bytes(stored) == dataset_bytes(file.read_bytes())


def test_all_of_it_is_in_the_study_of_the_ct(run: Run, orthanc: Any, own_plan: Path, demo_folder: Path) -> None:
    assert run(own_plan, "--commitment-timeout", 0).exit_code == 0
    ct = pydicom.dcmread(next((demo_folder / "CT").iterdir()), stop_before_pixels=True)
    [study] = json.loads(orthanc.get("studies?expand"))
    assert study["MainDicomTags"]["StudyInstanceUID"] == ct.StudyInstanceUID
    assert study["PatientMainDicomTags"]["PatientID"] == ct.PatientID


def test_sent_again_the_same_objects_are_no_copies(run: Run, orthanc: Any, own_plan: Path) -> None:
    words = ("--with", "lesions", "--commitment-timeout", 0, "--quiet")
    assert run(own_plan, *words).exit_code == 0
    before = set(orthanc.instances())
    assert run(own_plan, *words).exit_code == 0
    assert set(orthanc.instances()) == before
    runs = json.loads((own_plan / "sent.json").read_text(encoding="utf-8"))["transmissions"]
    assert [one["sop_instance_uid"] for one in runs[0]["objects"]] == [
        one["sop_instance_uid"] for one in runs[1]["objects"]
    ]


def test_a_title_that_orthanc_does_not_bear_is_refused_and_put_on_record(run: Run, own_plan: Path) -> None:
    result = run(own_plan, title="ELSE")
    assert result.exit_code == 2
    assert "called ae title not recognised" in result.stderr
    [one] = json.loads((own_plan / "sent.json").read_text(encoding="utf-8"))["transmissions"]
    assert one["confirmed"] is False
    assert "called ae title not recognised" in one["error"]
    assert {delivery["status"] for delivery in one["objects"]} == {"not-sent"}


def test_a_calling_title_that_orthanc_does_not_know_stores_nothing(run: Run, orthanc: Any, own_plan: Path) -> None:
    before = set(orthanc.instances())
    result = run(own_plan, "--calling", "STRANGER", "--retries", 0)
    assert result.exit_code == 2
    assert "STRANGER" in result.stderr
    assert set(orthanc.instances()) == before
