"""What a DICOM node said to a sending, as the panel tells it."""

from __future__ import annotations

from html import escape

from slicer.i18n import tr as _

from ..export.send.commitment import Commitment
from ..export.send.deliver import Transmission
from .option_words import panel_words

GOOD, OPEN, BAD = "#2e7d32", "#8a6d00", "#b3261e"


def transmission_html(done: Transmission) -> str:
    """Each object with what the node said of it, and storage commitment."""
    rows = "".join(_row(one.outgoing.file.name, *_status(one.status), one.detail) for one in done.deliveries) + _row(
        _("storage commitment"), *_commitment(done.commitment), _commitment_detail(done.commitment)
    )
    how = _("over TLS") if done.settings.tls else _("not encrypted")
    to = _("To {peer} as {calling}, {how}; C-ECHO {echo}").format(
        peer=done.settings.peer, calling=done.settings.calling, how=how, echo=_echo(done.echo)
    )
    notes = "".join(f"<br>{escape(note)}" for note in done.notes)
    return f'{escape(to)}<table cellspacing="0" cellpadding="2">{rows}</table>{notes}'


def sent_words(done: Transmission) -> str:
    """A sending that the node confirmed, in one line."""
    return _("Sent to {title}: {count} of {count} objects stored; storage commitment: {state}").format(
        title=done.settings.peer.ae_title, count=len(done.deliveries), state=_commitment(done.commitment)[0]
    )


def _row(name: str, words: str, colour: str, detail: str) -> str:
    more = f"<br>{escape(panel_words(detail))}" if detail else ""
    return f'<tr><td>{escape(name)}&nbsp;</td><td><font color="{colour}"><b>{escape(words)}</b></font>{more}</td></tr>'


def _status(status: str) -> tuple[str, str]:
    return {
        "stored": (_("stored"), GOOD),
        "stored-with-warning": (_("stored, with a warning"), OPEN),
        "refused": (_("refused"), BAD),
        "refused-for-now": (_("refused for now"), BAD),
        "unconfirmed": (_("sent, but not confirmed"), BAD),
        "not-sent": (_("not sent"), BAD),
    }[status]


def _commitment(commitment: Commitment) -> tuple[str, str]:
    return {
        "committed": (_("the node keeps every object"), GOOD),
        "not-requested": (_("not asked for"), OPEN),
        "not-offered": (_("the node does not offer it"), OPEN),
        "refused": (_("the node did not take the request"), OPEN),
        "no-report": (_("no report came"), OPEN),
        "failed": (_("the node does not keep every object"), BAD),
    }[commitment.state]


def _commitment_detail(commitment: Commitment) -> str:
    return "; ".join(filter(None, (commitment.detail, *commitment.failures.values())))


def _echo(echo: str) -> str:
    return {"answered": _("answered"), "not offered": _("not offered")}.get(echo, _("not reached"))
