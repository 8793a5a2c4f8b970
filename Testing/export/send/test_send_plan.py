"""The command: what a plan's folder must hold, what is kept in sent.json, what is refused before anything is sent."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
from typer.testing import CliRunner, Result

from HimarsPlannerLib.cli.main import app
from HimarsPlannerLib.study.read import read_study

MakePeer = Callable[..., Any]
Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Run the command in this process."""
    return lambda *words: CliRunner().invoke(app, ["send", *map(str, words)])


def transmissions(plan: Path) -> list[dict[str, Any]]:
    record = json.loads((plan / "sent.json").read_text(encoding="utf-8"))
    assert record["schema"] == "himars-sent/1"
    return list(record["transmissions"])


def test_every_run_is_kept_with_what_was_confirmed(run: Run, make_peer: MakePeer, own_plan: Path) -> None:
    codes = iter([0xC000, 0x0000])
    peer = make_peer(on_store=lambda _: next(codes))
    first = run(own_plan, "--to", peer.settings.peer)
    assert first.exit_code == 2
    assert "cannot understand the object (status C000)" in first.stderr
    second = run(own_plan, "--to", peer.settings.peer)
    assert second.exit_code == 0
    assert "stored" in second.stdout
    assert "not encrypted" in second.stdout
    failed, good = transmissions(own_plan)
    assert (failed["confirmed"], good["confirmed"]) == (False, True)
    assert failed["objects"][0]["status"] == "refused"
    structures = pydicom.dcmread(own_plan / "selected_lesions.dcm", specific_tags=["SOPInstanceUID"])
    assert good["objects"][0]["sop_instance_uid"] == structures.SOPInstanceUID
    assert good["to"] == {"ae_title": "PEER", "host": "127.0.0.1", "port": peer.settings.peer.port}
    assert (good["echo"], good["error"], good["tls"], good["calling"]) == ("answered", None, False, "HIMARSPLANNER")
    assert good["commitment"]["state"] == "not-offered"


def test_segmentations_hold_what_the_plan_holds(
    run: Run, make_peer: MakePeer, own_plan: Path, demo_folder: Path, dicom3tools: Callable[..., list[str]]
) -> None:
    peer = make_peer()
    result = run(own_plan, "--to", peer.settings.peer, "--with", "bone", "--with", "lesions", "--quiet")
    assert result.exit_code == 0, result.output
    assert [dataset.Modality for dataset in peer.got] == ["RTSTRUCT", "SEG", "SEG", "SEG"]
    files = sorted(own_plan.glob("*.seg.dcm"))
    ct = sorted((demo_folder / "CT").iterdir())
    for file in files:
        assert dicom3tools("dciodvfy", file) == []
    assert dicom3tools("dcentvfy", *ct, own_plan / "selected_lesions.dcm", *files) == []
    plan = json.loads((own_plan / "plan.json").read_text(encoding="utf-8"))
    lesions = read_study([demo_folder / "CT", own_plan / "lesions_1.seg.dcm"]).structures
    assert {one.name.split()[1]: round(one.region.volume_ml, 4) for one in lesions} == {
        one["name"]: one["volume_ml"] for one in plan["lesions"]
    }
    bone = {
        s.name: s.region.volume_ml for s in read_study([demo_folder / "CT", own_plan / "bone_1.seg.dcm"]).structures
    }
    assert bone["Trabecular bone"] == pytest.approx(plan["volumes_ml"]["total_trabecular_bone"], abs=1e-4)


def test_a_ct_that_moved_is_found_by_its_folder_and_another_is_refused(
    run: Run, make_peer: MakePeer, own_plan: Path, demo_folder: Path, tmp_path: Path
) -> None:
    moved = shutil.copytree(demo_folder / "CT", tmp_path / "moved")
    plan_file = own_plan / "plan.json"
    plan = json.loads(plan_file.read_text(encoding="utf-8"))
    plan["inputs"]["ct"]["files"] = [str(tmp_path / "gone" / Path(file).name) for file in plan["inputs"]["ct"]["files"]]
    plan_file.write_text(json.dumps(plan), encoding="utf-8")
    peer = make_peer()
    words = (own_plan, "--to", peer.settings.peer, "--with", "lesions")
    gone = run(*words)
    assert gone.exit_code == 2
    assert "--ct" in gone.stderr
    other = run(*words, "--ct", demo_folder / "PET")
    assert "does not hold the plan's CT" in other.stderr
    assert not peer.got
    assert run(*words, "--ct", moved).exit_code == 0
    next(moved.iterdir()).unlink()
    assert "planned on" in run(*words, "--ct", moved).stderr


def test_changed_segments_are_new_objects(run: Run, make_peer: MakePeer, own_plan: Path) -> None:
    peer = make_peer()
    words = (own_plan, "--to", peer.settings.peer, "--with", "lesions", "--quiet")
    assert run(*words).exit_code == 0
    source = own_plan / "lesions.seg.nrrd"
    source.write_bytes(source.read_bytes().replace(b"_Color:=", b"_Color:=0", 1))
    assert run(*words).exit_code == 0
    first, second = (one.SOPInstanceUID for one in peer.got if one.Modality == "SEG")
    assert first != second


def test_uptake_without_a_code_is_left_out_and_told(run: Run, make_peer: MakePeer, own_plan: Path) -> None:
    source = own_plan / "lesions.seg.nrrd"
    header, data = source.read_bytes().split(b"\n\n", 1)
    lines = header.split(b"\n")
    [name] = [line.partition(b":=")[2].decode() for line in lines if line.startswith(b"Segment0_Name:")]
    lines = [b"Segment0_Tags:=" if line.startswith(b"Segment0_Tags") else line for line in lines]
    source.write_bytes(b"\n".join(lines) + b"\n\n" + data)
    peer = make_peer()
    result = run(own_plan, "--to", peer.settings.peer, "--with", "lesions")
    assert result.exit_code == 0
    assert f"not known to be a metastasis: {name}" in result.stdout
    [seg] = [one for one in peer.got if one.Modality == "SEG"]
    assert name not in [segment.SegmentLabel for segment in seg.SegmentSequence]
    assert transmissions(own_plan)[0]["notes"]


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda plan: (plan / "plan.json").unlink(), "plan.json cannot be read"),
        (lambda plan: (plan / "selected_lesions.dcm").unlink(), "has no selected_lesions.dcm"),
        (lambda plan: (plan / "selected_lesions.dcm").write_bytes(b"no"), "selected_lesions.dcm cannot be read"),
        (lambda plan: (plan / "sent.json").write_text("{}"), "sent.json is not a record"),
    ],
)
def test_a_folder_that_is_no_whole_plan_is_refused_before_anything_is_sent(
    run: Run, make_peer: MakePeer, own_plan: Path, harm: Callable[[Path], object], words: str
) -> None:
    harm(own_plan)
    peer = make_peer()
    result = run(own_plan, "--to", peer.settings.peer)
    assert result.exit_code == 2
    assert words in result.stderr
    assert peer.associations == 0


def test_an_rtstruct_of_another_study_is_refused(run: Run, make_peer: MakePeer, own_plan: Path) -> None:
    file = own_plan / "selected_lesions.dcm"
    dataset = pydicom.dcmread(file)
    dataset.StudyInstanceUID = "1.2.3"
    dataset.save_as(file)
    result = run(own_plan, "--to", make_peer().settings.peer)
    assert result.exit_code == 2
    assert "belongs to study 1.2.3" in result.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--to", "PEER"), "no address"),
        (("--to", "P@h:1", "--calling", "A" * 17), "no application entity title"),
        (("--to", "P@h:1", "--tls-ca", "ca.pem"), "without --tls"),
        (("--to", "P@h:1", "--tls", "--tls-key", "key.pem"), "without --tls-cert"),
        (("--to", "P@h:1", "--listen", "here"), "no place to listen"),
    ],
)
def test_options_that_contradict_are_refused(run: Run, own_plan: Path, words: tuple[str, ...], told: str) -> None:
    result = run(own_plan, *words)
    assert result.exit_code == 2
    assert told in result.stderr
    assert not (own_plan / "sent.json").exists()
