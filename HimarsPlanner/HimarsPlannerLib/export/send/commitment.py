"""Storage commitment: the peer takes over responsibility for what it stored, object by object (PS3.4, annex J)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any, Literal

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from ...errors import SendError
from .association import Handlers, Settings, load_pynetdicom
from .outgoing import Outgoing
from .security import server_context

if TYPE_CHECKING:
    from pynetdicom.association import Association
    from pynetdicom.events import Event

PUSH_MODEL = "1.2.840.10008.1.20.1"
_PUSH_MODEL_INSTANCE = "1.2.840.10008.1.20.1.1"
_REQUEST, _ALL_COMMITTED = 1, 1
_SUCCESS, _INVALID_ARGUMENT = 0x0000, 0x0115
_REASONS = {
    0x0110: "processing failure",
    0x0112: "the peer does not hold this object",
    0x0119: "the peer holds it as another SOP class",
    0x0122: "the peer does not commit this SOP class",
    0x0131: "the transaction's identifier is in use",
    0x0213: "the peer is out of resources",
}

State = Literal["not-requested", "not-offered", "committed", "failed", "refused", "no-report"]


@dataclass(frozen=True)
class Commitment:
    """What the peer said of its responsibility.

    Parameters
    ----------
    state
        "committed" only where the peer named every object as committed; "refused" where it did not take the request,
        "no-report" where its report did not come.
    detail
        In words; empty where there is nothing to add.
    failures
        Reason by SOP instance UID, for each object that is not committed after a report.
    transaction_uid
        Of the request; empty where there was none.
    """

    state: State
    detail: str = ""
    failures: dict[str, str] = field(default_factory=dict)
    transaction_uid: str = ""


class Reports:
    """Inbox of N-EVENT-REPORTs, which come on our association or on one that the peer opens.

    Only reports of `transaction_uid` are taken; others are answered with a failure.
    """

    def __init__(self) -> None:
        self.transaction_uid = str(generate_uid(None))
        self._inbox: Queue[tuple[int, Dataset]] = Queue()

    @property
    def handlers(self) -> Handlers:
        """What to bind to an association or server."""
        return [(load_pynetdicom().evt.EVT_N_EVENT_REPORT, self._take)]

    def _take(self, event: Event) -> tuple[int, None]:
        report = event.event_information
        if report.get("TransactionUID") != self.transaction_uid:
            return _INVALID_ARGUMENT, None
        self._inbox.put((int(event.event_type), report))
        return _SUCCESS, None

    def wait(self, timeout_s: float, association: Association, listening: bool) -> tuple[int, Dataset] | None:
        """Give the report; None when it does not come in time, or cannot any more."""
        until = time.monotonic() + timeout_s
        while (left := until - time.monotonic()) > 0:
            # Read before the inbox: what came before the end of the association must not be lost.
            can_come = listening or association.is_established
            try:
                return self._inbox.get(timeout=min(left, 0.1) if can_come else 0.01)
            except Empty:
                if not can_come:
                    break
        return None


@contextmanager
def listening(settings: Settings, reports: Reports) -> Iterator[None]:
    """Take reports on associations that the peer opens to us, where `settings` say where to listen.

    Raises
    ------
    SendError
        The port cannot be listened at.
    InputError
        TLS is wanted and there is no certificate of our own.
    """
    if settings.listen is None:
        yield
        return
    pynetdicom = load_pynetdicom()
    entity = pynetdicom.AE(settings.calling)
    entity.require_called_aet = True
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = settings.timeout_s
    entity.add_supported_context(PUSH_MODEL, scu_role=True, scp_role=True)
    entity.add_supported_context("1.2.840.10008.1.1")
    context = None if settings.tls is None else server_context(settings.tls)
    try:
        server = entity.start_server(
            settings.listen, block=False, ssl_context=context, evt_handlers=list(reports.handlers)
        )
    except OSError as error:
        host, port = settings.listen
        raise SendError(
            f"Cannot listen at {host or 'any interface'} port {port} ({error.strerror})",
            "a free port",
            "choose another",
        ) from error
    try:
        yield
    finally:
        server.shutdown()


def commit(association: Association, stored: Sequence[Outgoing], reports: Reports, settings: Settings) -> Commitment:
    """Ask the peer to commit to what it stored, and wait for its report.

    Parameters
    ----------
    association
        With the storage commitment push model among its contexts, if the peer accepted it, and `reports` bound.
    stored
        What the peer said it stored.
    reports
        Where its report arrives.
    settings
        Where and how long to listen.
    """
    if not any(context.abstract_syntax == PUSH_MODEL for context in association.accepted_contexts):
        return Commitment("not-offered", "the peer did not accept storage commitment")
    request = Dataset()
    request.TransactionUID = reports.transaction_uid
    request.ReferencedSOPSequence = [_reference(one) for one in stored]
    try:
        answer, _ = association.send_n_action(request, _REQUEST, PUSH_MODEL, _PUSH_MODEL_INSTANCE)
    except RuntimeError:
        answer = Dataset()
    code = answer.get("Status")
    if code != _SUCCESS:
        said = "no answer to the request" if code is None else f"status {code:04X}"
        return Commitment("refused", said, transaction_uid=reports.transaction_uid)
    report = reports.wait(settings.commitment_timeout_s, association, settings.listen is not None)
    if report is None:
        return Commitment("no-report", _why_none(settings), transaction_uid=reports.transaction_uid)
    return _read(*report, stored, reports.transaction_uid)


def _why_none(settings: Settings) -> str:
    if settings.listen is None:
        return (
            "the peer took the request and did not report on this association; where it reports on one of its own, "
            "it needs our title, host and port, and --listen PORT"
        )
    return f"the peer took the request and did not report within {settings.commitment_timeout_s:g} s"


def _read(event_type: int, report: Dataset, stored: Sequence[Outgoing], transaction_uid: str) -> Commitment:
    """Take an object as committed only where the report names it so, whatever the event type says of all."""
    committed = {str(item.ReferencedSOPInstanceUID) for item in report.get("ReferencedSOPSequence") or ()}
    failed = {
        str(item.ReferencedSOPInstanceUID): _reason(item.get("FailureReason"))
        for item in report.get("FailedSOPSequence") or ()
    }
    uids = [one.sop_instance_uid for one in stored]
    failures = {uid: failed[uid] for uid in uids if uid in failed}
    failures |= {uid: "the report does not name it" for uid in uids if uid not in committed and uid not in failed}
    if failures or event_type != _ALL_COMMITTED:
        detail = f"{len(failures)} of {len(uids)} objects are not committed"
        return Commitment("failed", detail, failures, transaction_uid)
    return Commitment("committed", transaction_uid=transaction_uid)


def _reason(code: Any) -> str:
    if code is None:
        return "no reason given"
    return f"{_REASONS.get(int(code), 'a reason of the peer')} ({int(code):04X})"


def _reference(outgoing: Outgoing) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = outgoing.sop_class_uid
    item.ReferencedSOPInstanceUID = outgoing.sop_instance_uid
    return item
