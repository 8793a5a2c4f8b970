"""C-ECHO and C-STORE over one association; an object is stored when the peer says so, and not before."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pydicom

from ...errors import SendError, TransientSendError
from .association import Settings
from .outgoing import Delivery, Outgoing, Status
from .refusal import context_refused

if TYPE_CHECKING:
    from pynetdicom.association import Association

VERIFICATION = "1.2.840.10008.1.1"
_SUCCESS = 0x0000
_WARNING = 0xB
_OUT_OF_RESOURCES = range(0xA700, 0xA800)
_WARNINGS = {
    0xB000: "the peer changed data elements (coercion)",
    0xB006: "the peer discarded elements",
    0xB007: "the peer finds that the object does not match its SOP class",
}
_FAILURES = (
    (_OUT_OF_RESOURCES, "the peer is out of resources"),
    (range(0xA900, 0xAA00), "the peer finds that the object does not match its SOP class"),
    (range(0xC000, 0xD000), "the peer cannot understand the object"),
    (range(0x0110, 0x0111), "processing failure at the peer"),
    (range(0x0111, 0x0112), "the peer holds an object of this identifier already and did not compare them"),
    (range(0x0117, 0x0118), "the peer finds the object's identifier invalid"),
    (range(0x0122, 0x0123), "the peer does not support this SOP class"),
    (range(0x0124, 0x0125), "the peer does not authorise us to store"),
)
"""C-STORE statuses of PS3.4 table B.2-1 and PS3.7 annex C."""


def verify(association: Association, settings: Settings) -> str:
    """C-ECHO.

    Returns
    -------
    str
        "answered", or "not offered" where the peer did not accept Verification, which it may.

    Raises
    ------
    SendError
        The peer answers with a failure, or not at all.
    """
    if not _accepted(association, VERIFICATION):
        return "not offered"
    begin = time.monotonic()
    status = association.send_c_echo().get("Status")
    if status is None:
        raise unanswered(settings, "C-ECHO", time.monotonic() - begin)
    if status != _SUCCESS:
        raise SendError(f"{settings.peer} answered C-ECHO with status {status:04X}", "0000", "ask its administrator")
    return "answered"


def store(association: Association, outgoing: Outgoing, settings: Settings) -> Delivery:
    """C-STORE of one object, encoded as its file is.

    Returns
    -------
    Delivery
        By the peer's own status. "refused" too where it did not accept the presentation context; "unconfirmed" where
        no answer came, so that nobody here knows whether it holds the object.
    """
    if not _accepted(association, outgoing.sop_class_uid):
        return Delivery(outgoing, "refused", _refused_context(association, outgoing))
    dataset = pydicom.dcmread(outgoing.file)
    begin = time.monotonic()
    try:
        code = association.send_c_store(dataset).get("Status")
    except RuntimeError:
        # pynetdicom's word for an association that has ended since the last answer.
        return Delivery(outgoing, "not-sent", f"{settings.peer} ended the association")
    if code is None:
        late = unanswered(settings, "C-STORE", time.monotonic() - begin)
        return Delivery(outgoing, "unconfirmed", late.found)
    status, detail = meaning(code)
    return Delivery(outgoing, status, detail)


def meaning(code: int) -> tuple[Status, str]:
    """Read a C-STORE status; what is neither success nor a warning is a refusal."""
    if code == _SUCCESS:
        return "stored", ""
    if code >> 12 == _WARNING:
        return "stored-with-warning", f"{_WARNINGS.get(code, 'a warning of the peer')} (status {code:04X})"
    reason = next((text for codes, text in _FAILURES if code in codes), "a failure of the peer")
    return "refused-for-now" if code in _OUT_OF_RESOURCES else "refused", f"{reason} (status {code:04X})"


def unanswered(settings: Settings, what: str, waited_s: float) -> TransientSendError:
    """Error of a request that no answer came to: late, or the link was dropped."""
    if waited_s >= settings.timeout_s:
        found = f"{settings.peer} did not answer {what} within {settings.timeout_s:g} s"
        return TransientSendError(found, "", "ask the peer whether it holds the object, or wait longer with --timeout")
    return TransientSendError(
        f"{settings.peer} dropped the link before it answered {what}", "", "ask the peer whether it holds the object"
    )


def _accepted(association: Association, sop_class_uid: str) -> bool:
    return any(context.abstract_syntax == sop_class_uid for context in association.accepted_contexts)


def _refused_context(association: Association, outgoing: Outgoing) -> str:
    contexts: Sequence[str] = [
        context_refused(context)
        for context in association.rejected_contexts
        if context.abstract_syntax == outgoing.sop_class_uid
    ]
    return f"presentation context rejected, {'; '.join(contexts)}"
