"""Files sent to a DICOM node; the one place that names the library's sender."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from slicer.i18n import tr as _

from ..errors import InputError
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


def send(files: Sequence[Path], destination: Destination) -> None:
    """Send files by C-STORE.

    Raises
    ------
    InputError
        This version has no sender, or the package that it needs is missing.
    """
    need("pynetdicom>=2.1", _("Sending to a DICOM node"))
    try:
        sender = importlib.import_module(SENDER)
    except ModuleNotFoundError as error:
        raise InputError(
            _("This version of HIMARS Planner cannot send by itself"),
            "",
            _("put the RTSTRUCT into the DICOM database and send it with Slicer's DICOM module"),
        ) from error
    sender.send_files(files, destination.host, destination.port, destination.title)
