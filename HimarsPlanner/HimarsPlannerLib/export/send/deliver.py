"""Deliver objects: echo, store, commitment; again after transient failures, and never more often than asked."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ...errors import SendError, TransientSendError
from ...progress import Progress, silent
from .association import Settings, associate, load_pynetdicom
from .commitment import PUSH_MODEL, Commitment, Reports, commit, listening
from .outgoing import CONFIRMED, FINAL, Delivery, Outgoing
from .store import VERIFICATION, store, verify

STAGE = "send"


@dataclass(frozen=True)
class Transmission:
    """One run of sending, as `sent.json` keeps it.

    Parameters
    ----------
    settings
        To whom and how.
    started
        When, with the time zone.
    attempts
        Associations tried.
    echo
        "answered", "not offered", or empty where it did not come to that.
    deliveries
        What became of each object, in the order of sending.
    commitment
        Storage commitment of what was stored.
    error
        Why the last attempt failed; None where it did not.
    notes
        What the user must know of the choice of objects.
    """

    settings: Settings
    started: datetime
    attempts: int
    echo: str
    deliveries: tuple[Delivery, ...]
    commitment: Commitment
    error: SendError | None = None
    notes: tuple[str, ...] = ()

    @property
    def confirmed(self) -> bool:
        """Whether the peer confirmed every object, and did not deny to be responsible for any."""
        stored = all(delivery.status in CONFIRMED for delivery in self.deliveries)
        return stored and self.commitment.state != "failed"


def deliver(objects: Sequence[Outgoing], settings: Settings, progress: Progress = silent) -> Transmission:
    """Send objects.

    A failure of the peer is part of the result, not raised, so that it can be put on record.

    Parameters
    ----------
    objects
        What to send, in this order.
    settings
        To whom and how; after a transient failure everything not yet answered is sent again, `retries` times.
    progress
        Told which object is on its way.

    Raises
    ------
    SendError
        Sending cannot begin: pynetdicom is missing, or the port to listen at is taken.
    InputError
        A certificate or key cannot be read.
    """
    load_pynetdicom()
    started = datetime.now().astimezone()
    run = _Run(settings, [Delivery(one) for one in objects], progress)
    reports = Reports()
    error: SendError | None = None
    attempts = 0
    with listening(settings, reports):
        for pause_s in _pauses(settings):
            time.sleep(pause_s)
            attempts += 1
            try:
                error = run.attempt(reports)
            except KeyboardInterrupt:
                # What was sent by then must still be put on record.
                error = SendError("Sending was interrupted", "", "send again; sent.json says what was confirmed")
            if not isinstance(error, TransientSendError):
                break
    progress(STAGE, 1.0)
    return Transmission(settings, started, attempts, run.echo, tuple(run.deliveries), run.commitment, error)


def _pauses(settings: Settings) -> Iterator[float]:
    """Wait before each attempt, s."""
    yield 0.0
    yield from (settings.pause_s * 2**number for number in range(settings.retries))


class _Run:
    """What has been reached so far, over all attempts."""

    def __init__(self, settings: Settings, deliveries: list[Delivery], progress: Progress) -> None:
        self.settings = settings
        self.deliveries = deliveries
        self.progress = progress
        self.echo = ""
        self.commitment = Commitment("not-requested")

    def attempt(self, reports: Reports) -> SendError | None:
        """Send what is outstanding over one association; give what went wrong."""
        try:
            with associate(self.settings, self._contexts(), reports.handlers) as association:
                self.echo = verify(association, self.settings)
                for number, delivery in enumerate(self.deliveries):
                    self.progress(STAGE, number / len(self.deliveries))
                    if delivery.status not in FINAL:
                        self.deliveries[number] = Delivery(delivery.outgoing, "unconfirmed", "interrupted")
                        self.deliveries[number] = store(association, delivery.outgoing, self.settings)
                        if self.deliveries[number].status in ("not-sent", "unconfirmed"):
                            break
                stored = [one.outgoing for one in self.deliveries if one.status in CONFIRMED]
                if len(stored) == len(self.deliveries) and self.settings.commitment_timeout_s:
                    self.commitment = commit(association, stored, reports, self.settings)
        except SendError as error:
            return error
        return self._outstanding()

    def _outstanding(self) -> SendError | None:
        """Error over the first object that is not confirmed; transient where another attempt may help."""
        waiting = [one for one in self.deliveries if one.status not in FINAL]
        refused = [one for one in self.deliveries if one.status == "refused"]
        peer = self.settings.peer
        if waiting:
            found = f"{peer} has not confirmed {waiting[0].outgoing.file.name}: {waiting[0].detail}"
            return TransientSendError(found, "", "send again, or ask the peer whether it holds the object")
        if refused:
            found = f"{peer} refused {refused[0].outgoing.file.name}: {refused[0].detail}"
            return SendError(found, "", "ask the peer's administrator what it may receive from us")
        if self.commitment.state == "failed":
            uid, reason = next(iter(self.commitment.failures.items()), ("", self.commitment.detail))
            found = f"{peer} stored the objects but does not commit to keep {uid or 'them'}: {reason}"
            return SendError(found, "", "do not rely on its copy; ask its administrator")
        return None

    def _contexts(self) -> list[object]:
        """Verification, storage commitment and each SOP class in the transfer syntax of its files."""
        pynetdicom = load_pynetdicom()
        syntaxes: dict[str, list[str]] = {}
        for delivery in self.deliveries:
            one = delivery.outgoing
            known = syntaxes.setdefault(one.sop_class_uid, [])
            known += [one.transfer_syntax_uid] if one.transfer_syntax_uid not in known else []
        return [
            pynetdicom.build_context(VERIFICATION),
            *([pynetdicom.build_context(PUSH_MODEL)] if self.settings.commitment_timeout_s else []),
            *(pynetdicom.build_context(uid, syntax) for uid, listed in syntaxes.items() for syntax in listed),
        ]
