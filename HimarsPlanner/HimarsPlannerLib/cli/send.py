"""`himars-planner send`: the plan's objects to a treatment planning system or archive."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .session import AsJson, Debug, Quiet, session

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ..export.send.deliver import Transmission
    from ..export.send.security import TlsOptions

DEFAULT_TIMEOUT_S, DEFAULT_RETRIES = 30.0, 2


class Also(StrEnum):
    """Segmentations that go with the RTSTRUCT on request."""

    BONE = "bone"
    LESIONS = "lesions"


def send(
    plan: Annotated[Path, typer.Argument(help="Folder that himars-planner plan wrote.")],
    to: Annotated[str, typer.Option("--to", help="Whom to send to, AET@HOST:PORT.")],
    calling: Annotated[
        str | None, typer.Option("--calling", help="Our own AE title; HIMARSPLANNER by default.")
    ] = None,
    also: Annotated[
        list[Also] | None, typer.Option("--with", help="Also send this as DICOM SEG; may be given twice.")
    ] = None,
    ct: Annotated[
        Path | None,
        typer.Option("--ct", help="Folder of the planning CT, for --with, where plan.json no longer knows it."),
    ] = None,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, help="Wait for the connection and each answer, s.")
    ] = DEFAULT_TIMEOUT_S,
    retries: Annotated[
        int, typer.Option("--retries", min=0, max=10, help="Further attempts after a failure that may pass.")
    ] = DEFAULT_RETRIES,
    listen: Annotated[
        str | None,
        typer.Option("--listen", help="[HOST:]PORT where the peer reports storage commitment on its own connection."),
    ] = None,
    commitment_timeout: Annotated[
        float, typer.Option("--commitment-timeout", min=0.0, help="Wait for that report, s; 0 asks for none.")
    ] = DEFAULT_TIMEOUT_S,
    tls: Annotated[bool, typer.Option("--tls", help="Encrypt, and verify the peer's certificate.")] = False,
    tls_ca: Annotated[
        Path | None, typer.Option("--tls-ca", help="PEM file of the authority to trust in place of the system's.")
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option("--tls-cert", help="PEM file of our own certificate, where the peer asks for one.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="PEM file of its key.")] = None,
    tls_name: Annotated[
        str | None, typer.Option("--tls-name", help="Name in the peer's certificate, where it is not HOST.")
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Send a plan's RTSTRUCT, and bone and lesions on request, by DICOM; PLAN/sent.json keeps what was confirmed."""
    from ..export.send.address import CALLING_AE_TITLE, check_ae_title, parse_address, parse_listening
    from ..export.send.association import Settings
    from ..export.send.plan_folder import send_plan
    from ..export.send.record import transmission_record

    with session(quiet, as_json, debug) as run:
        settings = Settings(
            peer=parse_address(to),
            calling=check_ae_title(calling or CALLING_AE_TITLE),
            timeout_s=timeout,
            retries=retries,
            tls=_tls(tls, tls_ca, tls_cert, tls_key, tls_name),
            listen=None if listen is None else parse_listening(listen),
            commitment_timeout_s=commitment_timeout,
        )
        done = send_plan(plan, settings, [one.value for one in also or ()], ct, run.progress)
        run.show(_table(done, plan), transmission_record(done))
        if done.error is not None:
            raise done.error


def _tls(
    wanted: bool, ca: Path | None, certificate: Path | None, key: Path | None, name: str | None
) -> TlsOptions | None:
    from ..errors import InputError
    from ..export.send.security import TlsOptions

    if not wanted and (ca or certificate or key or name):
        raise InputError("Options of TLS are given without --tls", "--tls with them", "add it, or leave them out")
    if key and not certificate:
        raise InputError("--tls-key is given without --tls-cert", "both", "name the certificate too")
    return TlsOptions(ca, certificate, key, name) if wanted else None


def _table(done: Transmission, plan: Path) -> RenderableType:
    from rich.console import Group
    from rich.table import Table

    from ..export.send.record import SENT_FILE

    table = Table(show_edge=False)
    for heading in ("File", "Kind", "Status", "What the peer says"):
        table.add_column(heading)
    for delivery in done.deliveries:
        table.add_row(delivery.outgoing.file.name, delivery.outgoing.kind, delivery.status, delivery.detail)
    commitment = ": ".join(filter(None, (done.commitment.state, done.commitment.detail)))
    return Group(
        f"To {done.settings.peer} as {done.settings.calling}{' over TLS' if done.settings.tls else ', not encrypted'}",
        f"C-ECHO: {done.echo or 'not reached'}",
        table,
        *done.notes,
        f"Storage commitment: {commitment}",
        f"Record: {(plan / SENT_FILE).absolute()}",
    )
