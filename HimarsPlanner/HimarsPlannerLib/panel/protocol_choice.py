"""The protocol that a plan is made by: HIMARS's own, or that of a file that was chosen."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ..errors import ProtocolError
from ..protocol.protocol import Protocol, read_protocol
from .parameters import HIGHEST_PERCENT, HIGHEST_SUV, LOWEST_PERCENT, LOWEST_SUV, UptakeEnd


def chosen_protocol(parameters: Any) -> Protocol:
    """Protocol that is chosen.

    Raises
    ------
    ProtocolError
        The file is gone, is no protocol, or was changed since it was chosen.
    """
    if not parameters.protocolFile:
        return read_protocol()
    file = Path(parameters.protocolFile)
    protocol = read_protocol(file)
    if digest_of(file) != parameters.protocolDigest:
        raise ProtocolError(
            _("Protocol file {file} was changed since it was chosen").format(file=file),
            _("the protocol that the plan was made by"),
            _("choose it again under Patient, and find the lesions again"),
        )
    return protocol


def choose_protocol(parameters: Any, file: Path | None) -> None:
    """Choose a protocol, and take its PET method over into the controls.

    Parameters
    ----------
    parameters
        The wrapped parameter node.
    file
        Protocol file; None for HIMARS's own.

    Raises
    ------
    ProtocolError
        The file is no protocol, or the panel cannot show its numbers. Nothing is changed then.
    """
    protocol = read_protocol() if file is None else read_protocol(file)
    lesions = protocol.lesions
    for value, low, high, name in (
        (lesions.suv_threshold, LOWEST_SUV, HIGHEST_SUV, "suv_threshold"),
        (lesions.percent_of_max, LOWEST_PERCENT, HIGHEST_PERCENT, "percent_of_max"),
    ):
        if not low <= value <= high:
            raise ProtocolError(
                _("Protocol file {file}: {name} is {value}").format(file=file, name=name, value=f"{value:g}"),
                _("{low} to {high}, which the panel can show").format(low=f"{low:g}", high=f"{high:g}"),
                _("correct it, or use the command line"),
            )
    parameters.protocolFile = "" if file is None else str(file)
    parameters.protocolDigest = "" if file is None else digest_of(file)
    parameters.suvThreshold, parameters.percentOfMax = lesions.suv_threshold, lesions.percent_of_max
    parameters.petMethod = UptakeEnd(lesions.pet_method)


def digest_of(file: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()
