"""Files sent to a DICOM node; the one place that names the library's sender."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from slicer.i18n import tr as _

from ..errors import InputError, OutputError
from .packages import need

SENDER = "HimarsPlannerLib.export.send"


@dataclass(frozen=True)
class Destination:
    """A DICOM node: its AE title, host name or address, and port."""

    title: str
    host: str
    port: int


def destination_of(title: str, host: str, port: int) -> Destination:
    """Check what the user typed.

    Raises
    ------
    InputError
        A title or host is missing, or the title is longer than DICOM allows.
    """
    title, host = title.strip(), host.strip()
    if not title or not host:
        raise InputError(
            _("The DICOM node has no AE title or no host"), _("both, for example TPS at 10.0.0.5"), _("type them in")
        )
    if len(title) > 16:
        raise InputError(_("The AE title {title!r} is too long").format(title=title), _("at most 16 characters"))
    return Destination(title, host, port)


def check_sender() -> None:
    """Have what sending needs, by asking the user where it is missing; to be called in the main thread.

    Raises
    ------
    InputError
        This version has no sender, or the package that it needs is missing.
    """
    if importlib.util.find_spec(SENDER) is None:
        raise InputError(
            _("This version of HIMARS Planner cannot send by itself"),
            "",
            _("put the RTSTRUCT into the DICOM database and send it with Slicer's DICOM module"),
        )
    need("pynetdicom>=3.0", _("Sending to a DICOM node"))


def send(folder: Path, destination: Destination) -> None:
    """Send the RTSTRUCT of a plan's folder by C-STORE.

    Raises
    ------
    HimarsError
        It was not sent; the message says why.
    """
    plan_folder, address, association = (
        importlib.import_module(f"{SENDER}.{part}") for part in ("plan_folder", "address", "association")
    )
    peer = address.PeerAddress(destination.title, destination.host, destination.port)
    sent = plan_folder.send_plan(folder, association.Settings(peer))
    if sent.error:
        raise OutputError(str(sent.error), "", _("correct the address, or ask who runs the DICOM node"))
