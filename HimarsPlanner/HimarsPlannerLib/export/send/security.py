"""TLS for DICOM: the peer's certificate is always verified."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError


@dataclass(frozen=True)
class TlsOptions:
    """How to speak TLS.

    Parameters
    ----------
    ca
        PEM file of the authorities (or the very certificate) to trust; None for the system's.
    certificate, key
        PEM files that show who we are, where the peer asks; the key may be in the certificate's file.
    name
        Name that the peer's certificate must bear; None for the host of its address.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    name: str | None = None


def client_context(options: TlsOptions) -> ssl.SSLContext:
    """Context for a connection that we open: TLS 1.2 or newer, chain and name of the peer verified.

    Raises
    ------
    InputError
        A certificate or key cannot be read.
    """
    context = _context(ssl.Purpose.SERVER_AUTH, options.ca)
    if options.certificate is not None:
        _show(context, options.certificate, options.key)
    return context


def server_context(options: TlsOptions) -> ssl.SSLContext:
    """Context for connections that the peer opens to us; the peer must show a certificate where `ca` is given.

    Raises
    ------
    InputError
        There is no certificate to show, or one cannot be read.
    """
    if options.certificate is None:
        raise InputError(
            "Listening with TLS needs a certificate of our own", "--tls-cert FILE", "give it and --tls-key"
        )
    context = _context(ssl.Purpose.CLIENT_AUTH, options.ca)
    if options.ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
    _show(context, options.certificate, options.key)
    return context


def _context(purpose: ssl.Purpose, ca: Path | None) -> ssl.SSLContext:
    """Context that trusts `ca` alone where it is given: whoever names one means no other."""
    try:
        context = ssl.create_default_context(purpose, cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise InputError(f"{ca} holds no certificate that can be read ({error})", "a PEM file") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _show(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ssl.SSLError) as error:
        files = str(certificate) if key is None else f"{certificate} and {key}"
        raise InputError(
            f"{files} cannot be used as certificate and key ({error})", "a PEM certificate and its unencrypted key"
        ) from error


def _no_password() -> str:
    # Without a callback OpenSSL would ask at the terminal.
    return ""
