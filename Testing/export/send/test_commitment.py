"""Storage commitment: asked for once, reported on either association, believed object by object."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pydicom.dataset import Dataset

from HimarsPlannerLib.errors import SendError
from HimarsPlannerLib.export.send.deliver import deliver
from HimarsPlannerLib.export.send.outgoing import Outgoing

MakePeer = Callable[..., Any]
Make = Callable[..., Any]


def test_a_report_on_the_same_association_commits(
    objects: list[Outgoing], make_peer: MakePeer, commitment_report: Make, report_on_same_association: Make
) -> None:
    requests: list[Dataset] = []

    def report(request: Dataset) -> Dataset:
        requests.append(request)
        return commitment_report(request)  # type: ignore[no-any-return]

    done = deliver(objects, make_peer(on_commit=report_on_same_association(report)).settings)
    assert done.commitment.state == "committed"
    assert done.confirmed
    [request] = requests
    assert [item.ReferencedSOPInstanceUID for item in request.ReferencedSOPSequence] == [
        one.sop_instance_uid for one in objects
    ]
    assert request.TransactionUID == done.commitment.transaction_uid


def test_an_object_that_the_peer_does_not_hold_is_an_error(
    objects: list[Outgoing], make_peer: MakePeer, commitment_report: Make, report_on_same_association: Make
) -> None:
    lost = objects[1].sop_instance_uid
    answer = report_on_same_association(lambda request: commitment_report(request, {lost: 0x0112}))
    done = deliver(objects, make_peer(on_commit=answer).settings)
    assert done.commitment.state == "failed"
    assert done.commitment.failures == {lost: "the peer does not hold this object (0112)"}
    assert isinstance(done.error, SendError)
    assert lost in str(done.error)
    assert not done.confirmed
    assert done.attempts == 1


def test_an_object_that_the_report_does_not_name_is_not_committed(
    objects: list[Outgoing], make_peer: MakePeer, commitment_report: Make, report_on_same_association: Make
) -> None:
    def shortened(request: Dataset) -> Dataset:
        report = commitment_report(request)
        del report.ReferencedSOPSequence[0]
        return report  # type: ignore[no-any-return]

    done = deliver(objects, make_peer(on_commit=report_on_same_association(shortened)).settings)
    assert done.commitment.state == "failed"
    assert list(done.commitment.failures) == [objects[0].sop_instance_uid]


def test_a_report_of_another_transaction_is_not_taken(
    objects: list[Outgoing], make_peer: MakePeer, commitment_report: Make, report_on_same_association: Make
) -> None:
    def foreign(request: Dataset) -> Dataset:
        report = commitment_report(request)
        report.TransactionUID = "1.2.3"
        return report  # type: ignore[no-any-return]

    peer = make_peer(on_commit=report_on_same_association(foreign), commitment_timeout_s=0.5)
    done = deliver(objects, peer.settings)
    assert done.commitment.state == "no-report"
    assert done.confirmed, "C-STORE was confirmed; commitment is told apart"
    assert "--listen" in done.commitment.detail


def test_a_refused_request_is_told(objects: list[Outgoing], make_peer: MakePeer) -> None:
    done = deliver(objects, make_peer(on_commit=lambda _: (0x0110, None)).settings)
    assert done.commitment.state == "refused"
    assert "0110" in done.commitment.detail


def test_none_is_asked_for_when_none_is_wanted(objects: list[Outgoing], make_peer: MakePeer) -> None:
    asked: list[object] = []
    peer = make_peer(on_commit=lambda event: asked.append(event) or (0, None), commitment_timeout_s=0.0)
    assert deliver(objects, peer.settings).commitment.state == "not-requested"
    assert not asked


def test_nothing_is_committed_when_an_object_was_refused(objects: list[Outgoing], make_peer: MakePeer) -> None:
    asked: list[object] = []
    codes = iter([0x0000, 0xC000])
    peer = make_peer(on_store=lambda _: next(codes), on_commit=lambda event: asked.append(event) or (0, None))
    assert deliver(objects, peer.settings).commitment.state == "not-requested"
    assert not asked


def test_a_report_on_an_association_of_the_peer_commits(
    objects: list[Outgoing], make_peer: MakePeer, report_on_own_association: Make, unused_port: int
) -> None:
    peer = make_peer(on_commit=report_on_own_association(unused_port), listen=("127.0.0.1", unused_port))
    assert deliver(objects, peer.settings).commitment.state == "committed"


def test_a_port_in_use_is_told_before_anything_is_sent(objects: list[Outgoing], make_peer: MakePeer) -> None:
    peer = make_peer()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = replace(peer.settings, listen=("127.0.0.1", taken.getsockname()[1]))
        with pytest.raises(SendError, match="Cannot listen"):
            deliver(objects, settings)
    assert peer.associations == 0
