"""TLS: verified by default, against certificates that each test makes."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from HimarsPlannerLib.errors import InputError
from HimarsPlannerLib.export.send.deliver import deliver
from HimarsPlannerLib.export.send.outgoing import Outgoing
from HimarsPlannerLib.export.send.security import TlsOptions, client_context, server_context

MakePeer = Callable[..., Any]


class Hospital:
    """An authority with a server's and a client's certificate in files."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        self.ca = folder / "ca.pem"
        self.authority.cert_pem.write_to_path(str(self.ca))
        self.client = folder / "client.pem"
        self.authority.issue_cert("himars.example.org").private_key_and_cert_chain_pem.write_to_path(str(self.client))

    def client_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ca)
        self.authority.issue_cert("pacs.example.org").configure_cert(context)
        return context

    def server(self, name: str = "127.0.0.1", ask: bool = False) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.authority.issue_cert(name).configure_cert(context)
        if ask:
            self.authority.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


@pytest.fixture
def hospital(tmp_path: Path) -> Hospital:
    """Make an authority."""
    return Hospital(tmp_path)


def sent(objects: list[Outgoing], peer: Any, tls: TlsOptions | None) -> Any:
    return deliver(objects, replace(peer.settings, tls=tls, timeout_s=3.0))


def test_a_trusted_peer_is_sent_to(objects: list[Outgoing], make_peer: MakePeer, hospital: Hospital) -> None:
    peer = make_peer(tls=hospital.server())
    assert sent(objects, peer, TlsOptions(ca=hospital.ca)).error is None
    assert len(peer.got) == 2


def test_a_peer_of_an_unknown_authority_is_refused(
    objects: list[Outgoing], make_peer: MakePeer, hospital: Hospital
) -> None:
    peer = make_peer(tls=hospital.server())
    done = sent(objects, peer, TlsOptions())
    assert "is not trusted" in str(done.error)
    assert "--tls-ca" in str(done.error)
    assert done.attempts == 1
    assert not peer.got


def test_a_certificate_of_another_host_is_refused_unless_its_name_is_given(
    objects: list[Outgoing], make_peer: MakePeer, hospital: Hospital
) -> None:
    peer = make_peer(tls=hospital.server("pacs.example.org"))
    done = sent(objects, peer, TlsOptions(ca=hospital.ca))
    assert "127.0.0.1" in str(done.error)
    assert "--tls-name" in str(done.error)
    assert sent(objects, peer, TlsOptions(ca=hospital.ca, name="pacs.example.org")).error is None


def test_a_peer_that_asks_for_our_certificate_gets_it(
    objects: list[Outgoing], make_peer: MakePeer, hospital: Hospital
) -> None:
    peer = make_peer(tls=hospital.server(ask=True), retries=0)
    without = sent(objects, peer, TlsOptions(ca=hospital.ca))
    assert "--tls-cert" in str(without.error)
    assert not peer.got
    assert sent(objects, peer, TlsOptions(ca=hospital.ca, certificate=hospital.client)).error is None


def test_a_peer_that_speaks_no_tls_is_told(objects: list[Outgoing], make_peer: MakePeer, hospital: Hospital) -> None:
    done = sent(objects, make_peer(retries=0), TlsOptions(ca=hospital.ca))
    assert "does not agree on TLS" in str(done.error) or "does not answer" in str(done.error)


def test_a_peer_that_wants_tls_is_told(objects: list[Outgoing], make_peer: MakePeer, hospital: Hospital) -> None:
    done = sent(objects, make_peer(tls=hospital.server(), retries=0), None)
    assert "--tls" in str(done.error)
    assert {delivery.status for delivery in done.deliveries} == {"not-sent"}


def test_commitment_is_reported_over_tls_too_and_only_by_whom_we_trust(
    objects: list[Outgoing],
    make_peer: MakePeer,
    hospital: Hospital,
    report_on_own_association: Callable[..., Any],
    unused_port: int,
) -> None:
    known = hospital.client_context()
    stranger = ssl.create_default_context(cafile=hospital.ca)
    for context, state in ((known, "committed"), (stranger, "no-report")):
        answer = report_on_own_association(unused_port, (context, "himars.example.org"))
        peer = make_peer(tls=hospital.server(), on_commit=answer, commitment_timeout_s=1.5)
        settings = replace(
            peer.settings,
            tls=TlsOptions(ca=hospital.ca, certificate=hospital.client),
            listen=("127.0.0.1", unused_port),
        )
        assert deliver(objects, settings).commitment.state == state


def test_files_that_are_no_certificates_are_named(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("nothing", encoding="utf-8")
    for options in (TlsOptions(ca=wrong), TlsOptions(certificate=wrong), TlsOptions(ca=tmp_path / "none.pem")):
        with pytest.raises(InputError, match=r"wrong\.pem|none\.pem"):
            client_context(options)


def test_listening_with_tls_needs_a_certificate_and_asks_for_the_peers(hospital: Hospital) -> None:
    with pytest.raises(InputError, match="certificate of our own"):
        server_context(TlsOptions(ca=hospital.ca))
    context = server_context(TlsOptions(ca=hospital.ca, certificate=hospital.client))
    assert context.verify_mode is ssl.CERT_REQUIRED
