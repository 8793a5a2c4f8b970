"""What is sent: the objects with their identifiers, as they lie in the plan's folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pydicom
from pydicom.errors import InvalidDicomError

from ...errors import InputError

Status = Literal["not-sent", "stored", "stored-with-warning", "refused", "refused-for-now", "unconfirmed"]
"""What is known of an object: only the peer's own answer makes it stored; unconfirmed was sent and never answered."""

CONFIRMED: tuple[Status, ...] = ("stored", "stored-with-warning")
FINAL: tuple[Status, ...] = (*CONFIRMED, "refused")
"""What another attempt would not change."""


@dataclass(frozen=True)
class Outgoing:
    """An object to send.

    Parameters
    ----------
    kind
        "RTSTRUCT" or "SEG".
    file
        Where it is; sent as it is encoded there.
    sop_class_uid, sop_instance_uid, transfer_syntax_uid, study_uid
        Its identifiers.
    """

    kind: str
    file: Path
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    study_uid: str


@dataclass(frozen=True)
class Delivery:
    """What became of an object: `detail` is the peer's reason or warning, empty for plain success."""

    outgoing: Outgoing
    status: Status = "not-sent"
    detail: str = ""


def describe_object(file: Path) -> Outgoing:
    """Read what sending a DICOM file needs to know.

    Raises
    ------
    InputError
        The file cannot be read or is no DICOM object.
    """
    try:
        header = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=["Modality", "StudyInstanceUID"])
        meta = header.file_meta
        return Outgoing(
            kind=str(header.Modality),
            file=file,
            sop_class_uid=str(meta.MediaStorageSOPClassUID),
            sop_instance_uid=str(meta.MediaStorageSOPInstanceUID),
            transfer_syntax_uid=str(meta.TransferSyntaxUID),
            study_uid=str(header.StudyInstanceUID),
        )
    except (OSError, InvalidDicomError, AttributeError) as error:
        raise InputError(f"{file} cannot be read ({error})", "a whole DICOM file", "make the plan again") from error
