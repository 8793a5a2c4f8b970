"""What is sent to peers that behave, and what is said of those that do not; nothing counts that was not confirmed."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pydicom
import pytest
from pydicom.uid import ExplicitVRBigEndian
from pynetdicom.sop_class import CTImageStorage, RTStructureSetStorage, Verification  # type: ignore[attr-defined]

from HimarsPlannerLib.errors import HimarsError, SendError, TransientSendError
from HimarsPlannerLib.export.send import association
from HimarsPlannerLib.export.send.address import PeerAddress
from HimarsPlannerLib.export.send.association import Settings, load_pynetdicom
from HimarsPlannerLib.export.send.deliver import Transmission, deliver
from HimarsPlannerLib.export.send.outgoing import Outgoing

MakePeer = Callable[..., Any]


def statuses(done: Transmission) -> list[str]:
    return [delivery.status for delivery in done.deliveries]


def only_first(first: Callable[[Any], Any], later: Any = 0x0000) -> Callable[[Any], Any]:
    """Behave as `first` says once, and well ever after."""
    calls: list[int] = []

    def answer(event: Any) -> Any:
        calls.append(1)
        return first(event) if len(calls) == 1 else later

    return answer


def test_what_arrives_is_what_was_in_the_files(objects: list[Outgoing], make_peer: MakePeer) -> None:
    peer = make_peer()
    done = deliver(objects, peer.settings)
    assert statuses(done) == ["stored", "stored"]
    assert done.confirmed
    assert done.error is None
    assert (done.echo, done.attempts) == ("answered", 1)
    assert peer.got == [pydicom.dcmread(one.file) for one in objects]
    assert done.commitment.state == "not-offered"


def test_a_peer_without_verification_is_sent_to_all_the_same(objects: list[Outgoing], make_peer: MakePeer) -> None:
    done = deliver(objects, make_peer(accepts=(RTStructureSetStorage,)).settings)
    assert done.echo == "not offered"
    assert done.confirmed


@pytest.mark.parametrize(
    ("entity", "words"),
    [
        ({"require_calling_aet": ["OTHER"]}, ("calling ae title not recognised", "--calling", "'HIMARSPLANNER'")),
        ({"require_called_aet": True, "ae_title": "ELSE"}, ("called ae title not recognised", "--to", "Service User")),
    ],
)
def test_an_unknown_title_is_named_and_not_tried_again(
    objects: list[Outgoing], make_peer: MakePeer, entity: dict[str, Any], words: tuple[str, ...]
) -> None:
    peer = make_peer(entity=entity)
    done = deliver(objects, peer.settings)
    assert isinstance(done.error, SendError)
    for word in words:
        assert word in str(done.error)
    assert (done.attempts, peer.associations) == (1, 1)
    assert statuses(done) == ["not-sent", "not-sent"]
    assert not done.confirmed


def refuse_for_now(event: Any) -> None:
    event.assoc.acse.send_reject(0x02, 0x03, 0x01)
    event.assoc.is_rejected = True
    event.assoc.kill()


def test_a_busy_peer_is_tried_again(objects: list[Outgoing], make_peer: MakePeer) -> None:
    done = deliver(objects, make_peer(on_request=only_first(refuse_for_now)).settings)
    assert done.attempts == 2
    assert done.confirmed


def test_tries_are_bounded(objects: list[Outgoing], make_peer: MakePeer) -> None:
    peer = make_peer(on_request=refuse_for_now, retries=2)
    done = deliver(objects, peer.settings)
    assert (done.attempts, peer.associations) == (3, 3)
    assert isinstance(done.error, TransientSendError)
    assert "temporary congestion" in str(done.error)


def test_a_peer_that_takes_nothing_of_it_is_told_from_one_that_is_not_there(
    objects: list[Outgoing], make_peer: MakePeer
) -> None:
    done = deliver(objects, make_peer(accepts=(CTImageStorage,)).settings)
    assert done.attempts == 1
    assert "RT Structure Set Storage in Implicit VR Little Endian: the peer does not take this kind" in str(done.error)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"accepts": (Verification,)}, "does not take this kind of object"),
        ({"syntaxes": [ExplicitVRBigEndian]}, "does not take this transfer syntax"),
    ],
)
def test_a_rejected_presentation_context_is_named(
    objects: list[Outgoing], make_peer: MakePeer, how: dict[str, Any], reason: str
) -> None:
    done = deliver(objects, make_peer(**how).settings)
    assert statuses(done) == ["refused", "refused"]
    assert reason in done.deliveries[0].detail
    assert reason in str(done.error)
    assert done.attempts == 1


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        (0xA900, "refused", "does not match its SOP class (status A900)"),
        (0xC001, "refused", "cannot understand the object (status C001)"),
        (0x0124, "refused", "does not authorise us"),
        (0x0111, "refused", "already"),
        (0x0999, "refused", "status 0999"),
        (0xB000, "stored-with-warning", "changed data elements"),
        (0xB006, "stored-with-warning", "discarded elements"),
        (0xB007, "stored-with-warning", "does not match"),
    ],
)
def test_each_status_is_said_in_words(
    objects: list[Outgoing], make_peer: MakePeer, code: int, status: str, words: str
) -> None:
    done = deliver(objects[:1], make_peer(on_store=lambda _: code).settings)
    assert statuses(done) == [status]
    assert words in done.deliveries[0].detail
    assert done.confirmed == (status != "refused")
    assert (done.error is None) == done.confirmed
    assert done.attempts == 1


def test_a_refused_object_does_not_hold_up_the_others(objects: list[Outgoing], make_peer: MakePeer) -> None:
    done = deliver(objects, make_peer(on_store=only_first(lambda _: 0xC000)).settings)
    assert statuses(done) == ["refused", "stored"]
    assert not done.confirmed


def test_a_peer_out_of_resources_is_tried_again(objects: list[Outgoing], make_peer: MakePeer) -> None:
    peer = make_peer(on_store=only_first(lambda _: 0xA700))
    done = deliver(objects, peer.settings)
    assert done.attempts == 2
    assert statuses(done) == ["stored", "stored"]
    assert len(peer.got) == 2, "the object that was confirmed is not sent again"


def drop(event: Any) -> int:
    event.assoc.dul.socket.close()
    return 0x0000


def test_after_a_dropped_link_only_the_unconfirmed_is_sent_again(objects: list[Outgoing], make_peer: MakePeer) -> None:
    received: list[str] = []

    def second_time_lost(event: Any) -> int:
        received.append(event.request.AffectedSOPInstanceUID)
        return drop(event) if len(received) == 2 else 0x0000

    done = deliver(objects, make_peer(on_store=second_time_lost).settings)
    first, second = (one.sop_instance_uid for one in objects)
    assert received == [first, second, second]
    assert statuses(done) == ["stored", "stored"]
    assert done.attempts == 2


def test_what_a_dropped_link_leaves_open_is_not_called_sent(objects: list[Outgoing], make_peer: MakePeer) -> None:
    done = deliver(objects, make_peer(on_store=drop, retries=1).settings)
    assert statuses(done) == ["unconfirmed", "not-sent"]
    assert "dropped the link before it answered C-STORE" in done.deliveries[0].detail
    assert isinstance(done.error, TransientSendError)
    assert done.attempts == 2
    assert not done.confirmed


def test_a_late_answer_is_told_from_a_dropped_link(objects: list[Outgoing], make_peer: MakePeer) -> None:
    release = threading.Event()
    peer = make_peer(on_store=lambda _: 0x0000 if release.wait(10) else 0x0110, timeout_s=0.5, retries=0)
    done = deliver(objects, peer.settings)
    release.set()
    assert statuses(done) == ["unconfirmed", "not-sent"]
    assert "did not answer C-STORE within 0.5 s" in str(done.error)


@pytest.fixture
def odd_socket() -> Iterator[Callable[[bool], int]]:
    """Listen on a port; connections are either held without a word or closed at once."""
    stop = threading.Event()
    opened: list[socket.socket] = []

    def serve(listener: socket.socket, hold: bool) -> None:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            opened.append(connection)
            if not hold:
                connection.close()

    def listen(hold: bool) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        opened.append(listener)
        threading.Thread(target=serve, args=(listener, hold), daemon=True).start()
        return int(listener.getsockname()[1])

    yield listen
    stop.set()
    for one in opened:
        one.close()


@pytest.mark.parametrize(("hold", "words"), [(True, "did not answer the request"), (False, "closed the connection")])
def test_a_port_that_is_not_dicom_is_told(
    objects: list[Outgoing], odd_socket: Callable[[bool], int], hold: bool, words: str
) -> None:
    settings = Settings(PeerAddress("PEER", "127.0.0.1", odd_socket(hold)), timeout_s=0.5, retries=0)
    done = deliver(objects, settings)
    assert words in str(done.error)
    assert isinstance(done.error, TransientSendError)


def test_a_port_that_nothing_listens_at_is_told(objects: list[Outgoing], unused_port: int) -> None:
    settings = Settings(PeerAddress("PEER", "127.0.0.1", unused_port), timeout_s=2.0, retries=1, pause_s=0.01)
    done = deliver(objects, settings)
    assert "connection refused" in str(done.error)
    assert done.attempts == 2


def test_a_port_that_does_not_take_connections_is_told(objects: list[Outgoing]) -> None:
    with contextlib.ExitStack() as stack:
        # Nobody accepts; Linux lets further requests go unanswered once the queue is full.
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        settings = Settings(PeerAddress("PEER", *listener.getsockname()), timeout_s=0.3, retries=0)
        done = deliver(objects, settings)
    assert "does not answer in time" in str(done.error)
    assert isinstance(done.error, TransientSendError)


def test_an_interruption_leaves_what_was_confirmed_on_record(objects: list[Outgoing], make_peer: MakePeer) -> None:
    def interrupt(stage: str, fraction: float) -> None:
        if stage == "send" and 0 < fraction < 1:
            raise KeyboardInterrupt

    done = deliver(objects, make_peer().settings, interrupt)
    assert statuses(done) == ["stored", "not-sent"]
    assert "interrupted" in str(done.error)
    assert not done.confirmed


def test_a_host_that_does_not_exist_is_told_and_not_tried_again(objects: list[Outgoing]) -> None:
    done = deliver(objects, Settings(PeerAddress("PEER", "no-such-host.invalid", 104), timeout_s=2.0))
    assert "no host no-such-host.invalid" in str(done.error)


def test_without_pynetdicom_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(association, "import_module", missing)
    with pytest.raises(HimarsError, match=r'pip install "himars-planner\[send\]"'):
        load_pynetdicom()


def test_the_calling_title_is_the_one_asked_for(objects: list[Outgoing], make_peer: MakePeer) -> None:
    peer = make_peer(entity={"require_calling_aet": ["SITE_7"]})
    assert deliver(objects, replace(peer.settings, calling="SITE_7")).confirmed
