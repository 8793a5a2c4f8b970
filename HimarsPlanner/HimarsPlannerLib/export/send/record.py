"""sent.json beside the plan: what was sent, where, when, and what the peer confirmed; every run is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ... import __version__
from ...errors import OutputError
from ..whole_file import write_whole
from .deliver import Transmission

SENT_FILE = "sent.json"
SCHEMA = "himars-sent/1"


def read_sent(folder: Path) -> dict[str, Any]:
    """Read the record of earlier runs; an empty one where nothing was sent yet.

    Raises
    ------
    OutputError
        There is a sent.json that is none of ours: it would be lost.
    """
    file = folder / SENT_FILE
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"schema": SCHEMA, "transmissions": []}
    except (OSError, ValueError) as error:
        raise _not_ours(file) from error
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        raise _not_ours(file)
    return record


def write_sent(record: dict[str, Any], folder: Path) -> None:
    """Write sent.json whole or not at all.

    Raises
    ------
    OutputError
        The folder cannot be written to.
    """
    text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(folder / SENT_FILE, [text.encode()])


def transmission_record(transmission: Transmission) -> dict[str, Any]:
    """Plain JSON values of one run."""
    settings, commitment = transmission.settings, transmission.commitment
    return {
        "started": transmission.started.isoformat(timespec="seconds"),
        "software": f"HimarsPlanner {__version__}",
        "to": {"ae_title": settings.peer.ae_title, "host": settings.peer.host, "port": settings.peer.port},
        "calling": settings.calling,
        "tls": settings.tls is not None,
        "attempts": transmission.attempts,
        "echo": transmission.echo or None,
        "confirmed": transmission.confirmed,
        "error": None if transmission.error is None else str(transmission.error),
        "notes": list(transmission.notes),
        "objects": [
            {
                "file": delivery.outgoing.file.name,
                "kind": delivery.outgoing.kind,
                "sop_class_uid": delivery.outgoing.sop_class_uid,
                "sop_instance_uid": delivery.outgoing.sop_instance_uid,
                "study_uid": delivery.outgoing.study_uid,
                "status": delivery.status,
                "detail": delivery.detail or None,
            }
            for delivery in transmission.deliveries
        ],
        "commitment": {
            "state": commitment.state,
            "detail": commitment.detail or None,
            "failures": commitment.failures,
            "transaction_uid": commitment.transaction_uid or None,
        },
    }


def _not_ours(file: Path) -> OutputError:
    return OutputError(f"{file} is not a record of sending that can be added to", "", "move it away and send again")
