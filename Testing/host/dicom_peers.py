"""Peers on loopback that behave as told: Orthanc, pynetdicom's own server, sockets that misbehave."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.pdu_primitives import SCP_SCU_RoleSelectionNegotiation
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    RTStructureSetStorage,
    SegmentationStorage,
    StorageCommitmentPushModel,
    StorageCommitmentPushModelInstance,
    Verification,
)

from HimarsPlannerLib.export.send.address import PeerAddress
from HimarsPlannerLib.export.send.association import Settings

START_S = 30.0
ACCEPTED = (Verification, RTStructureSetStorage, SegmentationStorage)
Answer = Callable[[Any], Any]


@dataclass
class Peer:
    """A running server: how to send to it, and what it got."""

    settings: Settings
    got: list[Dataset] = field(default_factory=list)
    associations: int = 0


@pytest.fixture(scope="session")
def running() -> Iterator[list[Any]]:
    """Servers to shut down at the end, all at once: each takes half a second to notice."""
    servers: list[Any] = []
    yield servers
    threads = [threading.Thread(target=server.shutdown) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.fixture
def make_peer(running: list[Any]) -> Callable[..., Peer]:
    """Start pynetdicom's server; keywords say how it behaves.

    `on_store` gives the status of a C-STORE event, `on_request` is called with an association request, `on_commit`
    answers an N-ACTION, `accepts` lists the SOP classes, `entity` holds attributes of the AE.
    """

    def make(
        *,
        on_store: Answer = lambda _: 0x0000,
        on_request: Answer | None = None,
        on_commit: Answer | None = None,
        accepts: tuple[Any, ...] = ACCEPTED,
        syntaxes: list[str] | None = None,
        entity: dict[str, Any] | None = None,
        tls: Any = None,
        **settings: Any,
    ) -> Peer:
        server = AE("PEER")
        for keyword, value in (entity or {}).items():
            setattr(server, keyword, value)
        for uid in accepts:
            server.add_supported_context(uid, *([syntaxes] if syntaxes and uid != Verification else []))
        got: list[Dataset] = []

        def store(event: Any) -> int:
            status = int(on_store(event))
            if status == 0x0000 or status >> 12 == 0xB:
                got.append(event.dataset)
            return status

        def count(event: Any) -> None:
            peer.associations += 1
            if on_request is not None:
                on_request(event)

        handlers: list[Any] = [(evt.EVT_C_STORE, store), (evt.EVT_REQUESTED, count)]
        if on_commit is not None:
            server.add_supported_context(StorageCommitmentPushModel)
            handlers.append((evt.EVT_N_ACTION, on_commit))
        running.append(server.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers, ssl_context=tls))
        port = running[-1].socket.getsockname()[1]
        defaults: dict[str, Any] = {"timeout_s": 5.0, "pause_s": 0.02, "commitment_timeout_s": 5.0}
        peer = Peer(Settings(PeerAddress("PEER", "127.0.0.1", port), **(defaults | settings)), got)
        return peer

    return make


def report_of(request: Dataset, failed: dict[str, int] | None = None) -> Dataset:
    """Event information that commits to every object of a request but those that failed, with their reasons."""
    failed = failed or {}
    report = Dataset()
    report.TransactionUID = request.TransactionUID
    report.ReferencedSOPSequence = [
        item for item in request.ReferencedSOPSequence if item.ReferencedSOPInstanceUID not in failed
    ]
    if failed:
        report.FailedSOPSequence = [Dataset() for _ in failed]
        for item, (uid, reason) in zip(report.FailedSOPSequence, failed.items(), strict=True):
            item.ReferencedSOPClassUID = RTStructureSetStorage
            item.ReferencedSOPInstanceUID = uid
            item.FailureReason = reason
    return report


def send_report(association: Any, report: Dataset) -> None:
    """N-EVENT-REPORT over an association."""
    kind = 2 if "FailedSOPSequence" in report else 1
    association.send_n_event_report(report, kind, StorageCommitmentPushModel, StorageCommitmentPushModelInstance)


@pytest.fixture(scope="session")
def commitment_report() -> Callable[..., Dataset]:
    """Make a report; see `report_of`."""
    return report_of


@pytest.fixture
def report_on_same_association() -> Iterator[Callable[..., Answer]]:
    """Answer an N-ACTION and send what `make` gives of the request as a report right behind it."""
    threads: list[threading.Thread] = []

    def answering(make: Callable[[Dataset], Dataset]) -> Answer:
        def on_commit(event: Any) -> tuple[int, None]:
            answered, report = threading.Event(), make(event.action_information)
            event.assoc.bind(evt.EVT_DIMSE_SENT, lambda _: answered.set())
            threads.append(threading.Thread(target=lambda: answered.wait(5) and send_report(event.assoc, report)))
            threads[-1].start()
            return 0x0000, None

        return on_commit

    yield answering
    for thread in threads:
        thread.join(10)


@pytest.fixture
def report_on_own_association() -> Iterator[Callable[..., Answer]]:
    """Answer an N-ACTION, then call back at a port, over TLS where arguments for it are given, and commit to all."""
    threads: list[threading.Thread] = []

    def call_back(report: Dataset, port: int, tls_args: Any) -> None:
        entity = AE("PEER")
        entity.add_requested_context(StorageCommitmentPushModel)
        role = SCP_SCU_RoleSelectionNegotiation()
        role.sop_class_uid, role.scu_role, role.scp_role = StorageCommitmentPushModel, False, True
        link = entity.associate("127.0.0.1", port, ae_title="HIMARSPLANNER", ext_neg=[role], tls_args=tls_args)
        if link.is_established:
            send_report(link, report)
            link.release()

    def answering(port: int, tls_args: Any = None) -> Answer:
        def on_commit(event: Any) -> tuple[int, None]:
            words = (report_of(event.action_information), port, tls_args)
            threads.append(threading.Thread(target=call_back, args=words))
            threads[-1].start()
            return 0x0000, None

        return on_commit

    yield answering
    for thread in threads:
        thread.join(10)


def free_port() -> int:
    """A port on loopback that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def unused_port() -> int:
    """Give a port that nothing listens at."""
    return free_port()


class Orthanc:
    """A running Orthanc, asked over its REST API."""

    def __init__(self, http: int, dicom: int, listen: int) -> None:
        self.http, self.dicom, self.listen = http, dicom, listen

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/{path}", timeout=10) as answer:
            return bytes(answer.read())

    def instances(self) -> dict[str, str]:
        """Orthanc's name of each instance by SOP instance UID."""
        listed = json.loads(self.get("instances?expand"))
        return {one["MainDicomTags"]["SOPInstanceUID"]: one["ID"] for one in listed}

    def file(self, sop_instance_uid: str) -> bytes:
        """What was stored."""
        return self.get(f"instances/{self.instances()[sop_instance_uid]}/file")


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    """Run Orthanc that knows only HIMARSPLANNER, whom it reports commitment to, and insists on its own title."""
    program = shutil.which("Orthanc")
    if program is None:
        pytest.skip("Orthanc is not installed (Debian package orthanc)")
    folder = tmp_path_factory.mktemp("orthanc")
    server = Orthanc(free_port(), free_port(), free_port())
    configuration = {
        "Name": "HimarsPlanner test",
        "StorageDirectory": str(folder),
        "IndexDirectory": str(folder),
        "HttpPort": server.http,
        "DicomPort": server.dicom,
        "DicomAet": "ORTHANC",
        "DicomCheckCalledAet": True,
        "DicomAlwaysAllowEcho": False,
        "DicomAlwaysAllowStore": False,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomModalities": {"himars": ["HIMARSPLANNER", "127.0.0.1", server.listen]},
    }
    file = folder / "orthanc.json"
    file.write_text(json.dumps(configuration), encoding="utf-8")
    with (folder / "log").open("wb") as log, subprocess.Popen([program, str(file)], stdout=log, stderr=log) as process:
        try:
            _await(server, process, folder / "log")
            yield server
        finally:
            process.terminate()
            process.wait(20)


def _await(server: Orthanc, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            server.get("system")
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"Orthanc did not start: {log.read_text(errors='replace')[-2000:]}")
