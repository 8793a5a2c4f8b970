"""Why a peer did not take us: each way of refusing as one sentence with the way out."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

from ...errors import SendError, TransientSendError
from .address import PeerAddress

if TYPE_CHECKING:
    from pynetdicom.pdu_primitives import A_ASSOCIATE
    from pynetdicom.presentation import PresentationContext

_USER, _PERMANENT = 1, 1
_CALLING_UNKNOWN, _CALLED_UNKNOWN = 3, 7
_CONTEXT_RESULTS = {
    1: "refused by the peer's user",
    2: "refused without a reason",
    3: "the peer does not take this kind of object",
    4: "the peer does not take this transfer syntax",
}


def rejected(answer: A_ASSOCIATE, peer: PeerAddress, calling: str) -> SendError:
    """Read an A-ASSOCIATE-RJ: result, source and reason of PS3.8, table 9-21.

    Parameters
    ----------
    answer
        The peer's answer.
    peer, calling
        The titles that were used.
    """
    kind = SendError if answer.result == _PERMANENT else TransientSendError
    lasting = "permanently" if answer.result == _PERMANENT else "for now"
    found = (
        f"{peer} refused the association {lasting}: {str(answer.reason_str).lower()} "
        f"(source: {answer.source_str}, reason {answer.diagnostic})"
    )
    if answer.result_source == _USER and answer.diagnostic == _CALLED_UNKNOWN:
        return kind(found, f"the title that the peer itself bears, not {peer.ae_title!r}", "correct AET in --to")
    if answer.result_source == _USER and answer.diagnostic == _CALLING_UNKNOWN:
        return kind(
            found,
            "a calling title that the peer knows",
            f"have {calling!r} entered at the peer, or give the title it knows with --calling",
        )
    return kind(found, "", "ask the peer's administrator what it expects" if kind is SendError else "try again later")


def context_refused(context: PresentationContext) -> str:
    """Why a presentation context was not accepted."""
    reason = _CONTEXT_RESULTS.get(context.result, f"result {context.result}")
    syntaxes = ", ".join(syntax.name for syntax in context.transfer_syntax)
    return f"{context.abstract_syntax.name} in {syntaxes}: {reason}"


def unreachable(peer: PeerAddress, tls: ssl.SSLContext | None, name: str | None, timeout_s: float) -> SendError | None:
    """Find out by a connection of its own why none came about; DICOM libraries only log it.

    Parameters
    ----------
    peer
        Whom to reach.
    tls
        The context that was used; None without TLS.
    name
        Name that the peer's certificate must bear.
    timeout_s
        How long to wait for the connection and, with TLS, for an alert.

    Returns
    -------
    SendError or None
        None where a connection is made without complaint.
    """
    try:
        with socket.create_connection((peer.host, peer.port), timeout_s) as plain:
            if tls is not None:
                with tls.wrap_socket(plain, server_hostname=name or peer.host) as secure:
                    _await_alert(secure, timeout_s)
    except OSError as error:
        return _system_error(error, peer)
    return None


def _await_alert(secure: ssl.SSLSocket, timeout_s: float) -> None:
    # In TLS 1.3 a peer that misses our certificate says so only after the handshake.
    secure.settimeout(min(timeout_s, 2.0))
    try:
        secure.recv(1)
    except TimeoutError:
        return


def _system_error(error: OSError, peer: PeerAddress) -> SendError:
    where = f"{peer.host} port {peer.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return SendError(
            f"The certificate of {where} is not trusted: {error.verify_message}",
            "a certificate for this host from a known authority",
            "name the authority with --tls-ca FILE, or the name in the certificate with --tls-name",
        )
    if isinstance(error, ssl.SSLError):
        return SendError(
            f"{where} does not agree on TLS: {(error.reason or str(error)).replace('_', ' ').lower()}",
            "",
            "check that it speaks TLS, and whether it wants a certificate of ours (--tls-cert, --tls-key)",
        )
    if isinstance(error, socket.gaierror):
        kind = TransientSendError if error.errno == socket.EAI_AGAIN else SendError
        return kind(f"There is no host {peer.host} ({error.strerror})", "a name or address", "check HOST in --to")
    if isinstance(error, ConnectionRefusedError):
        return TransientSendError(
            f"Nothing listens at {where} (connection refused)", "", "check the port, and that the peer is running"
        )
    if isinstance(error, TimeoutError):
        return TransientSendError(f"{where} does not answer in time", "", "check the network and any firewall")
    return TransientSendError(f"{where} cannot be reached ({error.strerror or error})", "", "check the network")
