"""One association with the peer, opened with its failures told apart and closed whatever happens."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ...errors import SendError, TransientSendError
from .address import CALLING_AE_TITLE, PeerAddress
from .refusal import context_refused, rejected, unreachable
from .security import TlsOptions, client_context

if TYPE_CHECKING:
    from pynetdicom.association import Association
    from pynetdicom.presentation import PresentationContext

Handlers = Sequence[tuple[Any, Any]]


@dataclass(frozen=True)
class Settings:
    """How to send.

    Parameters
    ----------
    peer
        Whom to send to.
    calling
        Our own application entity title.
    timeout_s
        How long to wait for the connection and for each answer.
    retries
        Further attempts after a transient failure.
    pause_s
        Wait before the first further attempt; it doubles with each.
    tls
        None for a plain connection.
    listen
        Host and port where the peer may report storage commitment on an association of its own; None for no listening.
    commitment_timeout_s
        How long to wait for that report; 0 asks for no commitment.
    """

    peer: PeerAddress
    calling: str = CALLING_AE_TITLE
    timeout_s: float = 30.0
    retries: int = 2
    pause_s: float = 2.0
    tls: TlsOptions | None = None
    listen: tuple[str, int] | None = None
    commitment_timeout_s: float = 30.0


def load_pynetdicom() -> ModuleType:
    """Import pynetdicom, which only sending needs.

    Raises
    ------
    SendError
        It is not installed.
    """
    try:
        return import_module("pynetdicom")
    except ImportError as error:
        raise SendError(
            "Sending needs pynetdicom, which is not installed", "", 'install it with pip install "himars-planner[send]"'
        ) from error


@contextmanager
def associate(
    settings: Settings, contexts: Sequence[PresentationContext], handlers: Handlers = ()
) -> Iterator[Association]:
    """Open an association; it is released at the end of the block, or aborted when the block fails.

    Parameters
    ----------
    settings
        Whom to reach and how.
    contexts
        Presentation contexts to propose.
    handlers
        pynetdicom events with what to call.

    Raises
    ------
    SendError
        The peer cannot be reached, refuses, or accepts none of the contexts; a `TransientSendError` where another
        attempt may succeed.
    InputError
        A certificate or key cannot be read.
    """
    association = _open(settings, contexts, handlers)
    try:
        yield association
    except BaseException:
        association.abort()
        raise
    if association.is_established:
        association.release()


def _open(settings: Settings, contexts: Sequence[PresentationContext], handlers: Handlers) -> Association:
    pynetdicom = load_pynetdicom()
    entity = pynetdicom.AE(settings.calling)
    entity.connection_timeout = entity.acse_timeout = entity.dimse_timeout = settings.timeout_s
    # Idle while the peer works out a commitment, for as long as that may take.
    entity.network_timeout = settings.timeout_s + settings.commitment_timeout_s
    tls = None if settings.tls is None else client_context(settings.tls)
    name = (settings.tls.name if settings.tls else None) or settings.peer.host
    opened: list[bool] = []
    begin = time.monotonic()
    try:
        association = entity.associate(
            settings.peer.host,
            settings.peer.port,
            contexts=list(contexts),
            ae_title=settings.peer.ae_title,
            tls_args=None if tls is None else (tls, name),
            evt_handlers=[*handlers, (pynetdicom.evt.EVT_CONN_OPEN, lambda _: opened.append(True))],
        )
    except socket.gaierror as error:
        raise unreachable(settings.peer, None, None, settings.timeout_s) or _silent(settings, late=False) from error
    if not association.is_established:
        late = bool(opened) and time.monotonic() - begin >= settings.timeout_s
        raise _why_not(association, settings, tls, name, late)
    return association


def _why_not(
    association: Association, settings: Settings, tls: ssl.SSLContext | None, name: str, late: bool
) -> SendError:
    """Tell a refusal, contexts that were all refused, a late answer and a connection that failed from each other."""
    if association.is_rejected:
        return rejected(association.acceptor.primitive, settings.peer, settings.calling)
    if refused := association.rejected_contexts:
        return SendError(
            f"{settings.peer} accepts nothing of what is to be sent: {'; '.join(map(context_refused, refused))}",
            "",
            "check at the peer what it is allowed to receive, and from whom",
        )
    association.abort()
    known = None if late else unreachable(settings.peer, tls, name, settings.timeout_s)
    return known or _silent(settings, late)


def _silent(settings: Settings, late: bool) -> SendError:
    if late:
        return TransientSendError(
            f"{settings.peer} did not answer the request for an association within {settings.timeout_s:g} s",
            "",
            "check that this is a DICOM port, or wait longer with --timeout",
        )
    return TransientSendError(
        f"{settings.peer} closed the connection without an answer",
        "",
        "check that this is a DICOM port, and whether it speaks TLS (--tls)",
    )
