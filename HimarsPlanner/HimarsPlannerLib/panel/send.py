"""Sending as the panel's choices say it, over the library's sender."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ..errors import InputError
from ..export.send.address import CALLING_AE_TITLE, PeerAddress, check_ae_title, parse_listening
from ..export.send.association import Settings
from ..export.send.deliver import Transmission
from ..export.send.plan_folder import send_plan
from ..export.send.security import TlsOptions
from ..export.send.segmentations import SegmentationKind
from ..progress import Progress
from .file_lines import file_in
from .job import CancelledError
from .packages import need


def settings_of(parameters: Any) -> Settings:
    """Whom to send to and how, as chosen.

    Raises
    ------
    InputError
        The node has no title or host, a title or place to listen is not valid, or a key has no certificate.
    """
    title, host = parameters.sendTitle.strip(), parameters.sendHost.strip()
    if not title or not host:
        raise InputError(
            _("The DICOM node has no AE title or no host"), _("both, for example TPS at 10.0.0.5"), _("type them in")
        )
    listen = parameters.listenAt.strip()
    return Settings(
        peer=PeerAddress(check_ae_title(title), host, parameters.sendPort),
        calling=check_ae_title(parameters.callingTitle.strip() or CALLING_AE_TITLE),
        timeout_s=parameters.sendTimeoutS,
        retries=parameters.sendRetries,
        tls=_tls(parameters) if parameters.useTls else None,
        listen=parse_listening(listen) if listen else None,
        commitment_timeout_s=parameters.commitmentTimeoutS,
    )


def segmentations_of(parameters: Any) -> tuple[SegmentationKind, ...]:
    """Segmentations to send too, as chosen."""
    chosen: dict[SegmentationKind, bool] = {"bone": parameters.sendBone, "lesions": parameters.sendLesions}
    return tuple(kind for kind, wanted in chosen.items() if wanted)


def need_sender() -> None:
    """Have what sending needs, by asking the user where it is missing; to be called in the main thread.

    Raises
    ------
    InputError
        The package that it needs is missing.
    """
    need("pynetdicom>=3.0", _("Sending to a DICOM node"))


def send_work(
    write: Callable[[Progress], Path], settings: Settings, also: tuple[SegmentationKind, ...]
) -> Callable[[Progress], Transmission]:
    """Work that writes a plan's folder and sends it; a cancel leaves a record of what was sent by then.

    Parameters
    ----------
    write
        Writes the folder.
    settings, also
        As of `send_plan`.
    """

    def work(progress: Progress) -> Transmission:
        return send_plan(write(progress), settings, also, progress=_Interruption(progress))

    return work


class _Interruption:
    """Hands a cancel on as the interruption that the library puts on record, once."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._interrupted = False

    def __call__(self, stage: str, fraction: float) -> None:
        if self._interrupted:
            return
        try:
            self._progress(stage, fraction)
        except CancelledError:
            self._interrupted = True
            raise KeyboardInterrupt from None


def _tls(parameters: Any) -> TlsOptions:
    key, certificate = file_in(parameters.tlsKey), file_in(parameters.tlsCertificate)
    if key is not None and certificate is None:
        raise InputError(
            _("A key is given without its certificate"), _("both"), _("choose the certificate under Connection too")
        )
    return TlsOptions(file_in(parameters.tlsCa), certificate, key, parameters.tlsName.strip() or None)
