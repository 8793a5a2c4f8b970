"""Sending from the panel, against Orthanc and against pynetdicom's server that misbehaves as told."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
import slicer
import trustme
from slicer_host import Host
from slicer_host.application import MODULE

LIBRARY = MODULE.parent / "HimarsPlannerLib"
MakePeer = Callable[..., Any]


def wait(widget: Any) -> None:
    widget.panel.runner.wait()


def address(widget: Any, title: str, port: int, host: str = "127.0.0.1") -> None:
    """Type an address in, and what keeps the tests short."""
    ui = widget.ui
    ui.sendTitleLineEdit.text, ui.sendHostLineEdit.text, ui.sendPortSpinBox.value = title, host, port
    ui.connectionBox.collapsed = False
    ui.retriesSpinBox.value = 0
    ui.timeoutSpinBox.value = 5
    ui.commitmentSpinBox.value = 5


def send(widget: Any) -> str:
    """Click Send; what the panel shows of the node's answers."""
    assert widget.ui.sendButton.enabled
    widget.ui.sendButton.click()
    wait(widget)
    return str(widget.ui.sentLabel.text)


def test_rtstruct_bone_and_lesions_are_in_orthanc_and_the_panel_says_what_it_answered(
    host: Host, planned: Any, orthanc: Any, tmp_path: Path, demo_folder: Path
) -> None:
    planned.panel.session.parameters.outFolder = tmp_path
    address(planned, "ORTHANC", orthanc.dicom)
    planned.ui.sendBoneCheckBox.checked = planned.ui.sendLesionsCheckBox.checked = True
    planned.ui.listenLineEdit.text = f"127.0.0.1:{orthanc.listen}"
    shown = send(planned)
    assert not host.errors
    (transmission,) = json.loads((tmp_path / "sent.json").read_text(encoding="utf-8"))["transmissions"]
    uids = {one["sop_instance_uid"] for one in transmission["objects"]}
    assert set(orthanc.instances()) == uids
    assert [one["kind"] for one in transmission["objects"]] == ["RTSTRUCT", "SEG", "SEG", "SEG"]
    structures = pydicom.dcmread(tmp_path / "selected_lesions.dcm")
    ct = pydicom.dcmread(next((demo_folder / "CT").iterdir()), stop_before_pixels=True)
    assert structures.StudyInstanceUID == ct.StudyInstanceUID
    assert structures.SOPInstanceUID in uids
    for words in ("selected_lesions.dcm", "bone_1.seg.dcm", "lesions_1.seg.dcm", "the node keeps every object"):
        assert words in shown
    assert shown.count("<b>stored</b>") == 4
    assert planned.ui.statusLabel.text.startswith("Sent to ORTHANC: 4 of 4 objects stored")

    send(planned)
    assert not host.errors, "the same plan is not written again, so nothing is asked"
    assert set(orthanc.instances()) == uids, "an archive must not collect copies"
    assert len(json.loads((tmp_path / "sent.json").read_text(encoding="utf-8"))["transmissions"]) == 2

    box = planned.ui.levelComboBox
    box.setCurrentIndex(box.findData("-1"))
    host.answers = [False]
    send(planned)
    assert set(orthanc.instances()) == uids, "another plan's files are replaced only when the user says so"
    host.answers = [True]
    send(planned)
    assert len(orthanc.instances()) > len(uids)


def test_titles_that_orthanc_does_not_know_store_nothing(host: Host, planned: Any, orthanc: Any) -> None:
    before = set(orthanc.instances())
    address(planned, "ELSE", orthanc.dicom)
    shown = send(planned)
    assert "The DICOM node did not confirm everything" in host.errors[-1]
    assert 'Correct AET in "Send to"' in host.errors[-1]
    assert "not sent" in shown
    planned.ui.sendTitleLineEdit.text, planned.ui.callingLineEdit.text = "ORTHANC", "STRANGER"
    send(planned)
    assert '"Our AE title" under Connection' in host.errors[-1]
    assert set(orthanc.instances()) == before


def test_what_is_missing_or_contradicts_is_said_before_anything_is_sent(host: Host, planned: Any) -> None:
    ui = planned.ui
    send(planned)
    assert "no AE title or no host" in host.errors[-1]
    address(planned, "A_TITLE_LONGER_THAN_16", 104)
    send(planned)
    assert "no application entity title" in host.errors[-1]
    ui.sendTitleLineEdit.text, ui.listenLineEdit.text = "TPS", "here"
    send(planned)
    assert "no place to listen" in host.errors[-1]
    ui.listenLineEdit.text, ui.tlsCheckBox.checked, ui.tlsKeyPathLineEdit.currentPath = "", True, "/key.pem"
    send(planned)
    assert "A key is given without its certificate" in host.errors[-1]
    assert len(host.errors) == 4
    assert all("Nothing was sent" in error for error in host.errors)


def test_pynetdicom_is_asked_for_when_it_is_needed(host: Host, planned: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from HimarsPlannerLib.panel import packages

    monkeypatch.setattr(packages, "_present", lambda _name: False)
    host.refuse_packages = "no network"
    address(planned, "TPS", 104)
    assert not host.installed
    send(planned)
    assert host.installed == ["pynetdicom>=3.0"]
    assert "which this Slicer does not have (no network)" in host.errors[-1]


def test_one_refused_object_is_told_apart_from_those_that_are_stored(
    host: Host, planned: Any, make_peer: MakePeer
) -> None:
    peer = make_peer(on_store=lambda event: 0xC000 if event.dataset.Modality == "SEG" else 0xB000)
    address(planned, "PEER", peer.settings.peer.port)
    planned.ui.sendLesionsCheckBox.checked = True
    shown = send(planned)
    assert [dataset.Modality for dataset in peer.got] == ["RTSTRUCT"]
    assert "stored, with a warning" in shown
    assert "refused" in shown
    assert "cannot understand the object" in shown
    assert "not asked for" in shown
    assert "lesions_1.seg.dcm" in host.errors[-1]


def test_the_node_is_trusted_by_its_certificate(host: Host, planned: Any, make_peer: MakePeer, tmp_path: Path) -> None:
    import ssl

    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("pacs.example.org").configure_cert(context)
    peer = make_peer(tls=context)
    address(planned, "PEER", peer.settings.peer.port)
    assert not planned.ui.tlsCaPathLineEdit.enabled
    planned.ui.tlsCheckBox.checked = True
    assert planned.ui.tlsCaPathLineEdit.enabled
    send(planned)
    assert '"CA file" under Connection' in host.errors[-1]
    planned.ui.tlsCaPathLineEdit.currentPath = str(tmp_path / "ca.pem")
    send(planned)
    assert '"name in its certificate" under Connection' in host.errors[-1]
    assert not peer.got
    planned.ui.tlsNameLineEdit.text = "pacs.example.org"
    assert "over TLS" in send(planned)
    assert len(host.errors) == 2
    assert len(peer.got) == 1


def test_a_cancel_leaves_a_record_of_what_was_sent_by_then(
    host: Host, planned: Any, make_peer: MakePeer, tmp_path: Path
) -> None:
    arrived, go = threading.Event(), threading.Event()

    def store(_event: Any) -> int:
        arrived.set()
        go.wait(10)
        return 0x0000

    peer = make_peer(on_store=store)
    planned.panel.session.parameters.outFolder = tmp_path
    address(planned, "PEER", peer.settings.peer.port)
    planned.ui.sendLesionsCheckBox.checked = True
    planned.ui.sendButton.click()
    while not arrived.is_set():
        host.app.processEvents()
    planned.ui.cancelButton.click()
    go.set()
    wait(planned)
    (transmission,) = json.loads((tmp_path / "sent.json").read_text(encoding="utf-8"))["transmissions"]
    assert [one["status"] for one in transmission["objects"]] == ["stored", "not-sent"]
    assert "interrupted" in transmission["error"]


def test_choices_survive_a_saved_scene_and_belong_to_their_plan(widget: Any, tmp_path: Path) -> None:
    address(widget, "TPS", 11112, "10.0.0.5")
    ui = widget.ui
    ui.callingLineEdit.text, ui.listenLineEdit.text = "US", "11113"
    ui.tlsCheckBox.checked = ui.sendBoneCheckBox.checked = True
    ui.tlsCaPathLineEdit.currentPath, ui.tlsNameLineEdit.text = "/ca.pem", "pacs.example.org"
    first = widget.panel.session.parameters.parameterNode
    ui.newPlanButton.click()
    assert (ui.sendTitleLineEdit.text, ui.sendPortSpinBox.value, ui.callingLineEdit.text) == ("", 104, "HIMARSPLANNER")
    assert (ui.tlsCaPathLineEdit.currentPath, ui.tlsCheckBox.checked) == ("", False)
    ui.planSelector.setCurrentNode(first)
    assert ui.tlsCaPathLineEdit.currentPath == "/ca.pem"
    file = str(tmp_path / "scene.mrb")
    assert slicer.mrmlScene.WriteToMRB(file)
    slicer.mrmlScene.Clear()
    assert ui.sendTitleLineEdit.text == ""
    assert slicer.mrmlScene.ReadFromMRB(file, True)
    nodes = slicer.util.getNodesByClass("vtkMRMLScriptedModuleNode")
    ui.planSelector.setCurrentNode(next(node for node in nodes if node.GetParameter("sendTitle") == "TPS"))
    assert (ui.sendTitleLineEdit.text, ui.sendHostLineEdit.text, ui.sendPortSpinBox.value) == ("TPS", "10.0.0.5", 11112)
    assert (ui.callingLineEdit.text, ui.listenLineEdit.text, ui.timeoutSpinBox.value) == ("US", "11113", 5)
    assert (ui.tlsCheckBox.checked, ui.sendBoneCheckBox.checked, ui.sendLesionsCheckBox.checked) == (True, True, False)
    assert (ui.tlsCaPathLineEdit.currentPath, ui.tlsNameLineEdit.text) == ("/ca.pem", "pacs.example.org")


@pytest.mark.usefixtures("host")
def test_every_option_that_the_library_s_messages_name_has_words_in_the_panel() -> None:
    """Users of the panel have no command line."""
    from HimarsPlannerLib.panel.option_words import panel_words

    parts = ("export/send", "dose", "bone", "clinical", "lesions", "lesions/uptake", "protocol", "risk", "selection")
    sources = [file for part in parts for file in (LIBRARY / part).glob("*.py")]
    sources += [LIBRARY / "study" / name for name in ("suv.py", "suv_time.py", "pet.py")]
    named = {found for file in sources for found in re.findall(r"--[a-z][a-z-]*", file.read_text(encoding="utf-8"))}
    assert {"--timeout", "--tls-ca", "--regimen", "--weight-kg", "--lesion-roi", "--bone", "--accept"} <= named
    for option in named - {"--with", "--ct", "--lesions", "--clinical"}:
        assert "--" not in panel_words(f"wait longer with {option} FILE, or not")
    assert panel_words("send without --with bone") == 'send without "Bone as DICOM SEG"'
    assert panel_words("name its folder with --ct") == "load the CT from DICOM again"
    assert panel_words("state it with --weight-kg") == 'state it with "SUV overrides" under Patient'
    assert panel_words("or choose --pet-method fixed-suv") == 'or choose "the SUV threshold" under Lesions'
    assert "--" not in panel_words("give bone labels instead (--bone FILE), or --lesions both")
    assert panel_words("give --tls-cert FILE") == 'give "Certificate" under Connection'
