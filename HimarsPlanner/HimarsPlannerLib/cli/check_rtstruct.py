"""`himars-planner check-rtstruct`: is an RTSTRUCT of any vendor what the standard and its CT ask for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table

from .session import AsJson, Debug, Quiet, session

if TYPE_CHECKING:
    from ..export.conformance.check import Conformance

NOT_CONFORMANT = 3


def check_rtstruct(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="RTSTRUCT of any vendor.")],
    ct: Annotated[Path, typer.Option("--ct", metavar="DIR", help="Folder of the CT that it was drawn on.")],
    quiet: Quiet = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Check an RTSTRUCT against the DICOM standard and its CT; exit code 3 where there are errors."""
    from ..export.conformance.check import check_rtstruct as check

    with session(quiet, as_json, debug) as run:
        found = check(file, ct)
    run.show(_table(file, found), _record(file, found))
    if found.errors:
        raise typer.Exit(NOT_CONFORMANT)


def _record(file: Path, found: Conformance) -> dict[str, Any]:
    return {
        "file": str(file),
        "slices_of_ct": found.slices,
        "errors": found.errors,
        "findings": [
            {"severity": one.severity, "kind": one.kind, "where": one.where, "what": one.what, "todo": one.todo}
            for one in found.findings
        ],
        "structures": [
            {
                "name": one.name,
                "contours": one.contours,
                "planes": one.planes,
                "volume_ml": round(one.volume_ml, 4),
                "stated_ml": one.stated_ml,
            }
            for one in found.volumes
        ],
    }


def _table(file: Path, found: Conformance) -> RenderableType:
    findings = Table(show_edge=False)
    for heading in ("", "Kind", "Where", "What", "What to do"):
        findings.add_column(heading)
    for one in found.findings:
        findings.add_row(one.severity, one.kind, one.where, one.what, one.todo)
    structures = Table(show_edge=False)
    for number, heading in enumerate(("Structure", "Contours", "Planes", "Volume (ml)", "Stated (ml)")):
        structures.add_column(heading, justify="right" if number else "left")
    for volume in found.volumes:
        stated = "-" if volume.stated_ml is None else f"{volume.stated_ml:.2f}"
        row = (volume.contours, volume.planes, f"{volume.volume_ml:.2f}", stated)
        structures.add_row(volume.name, *map(str, row))
    counts = f"{found.errors} errors, {found.count('warning')} warnings, {found.count('note')} notes"
    verdict = f"{file.name} on a CT of {found.slices} slices: {counts}."
    shown: list[RenderableType] = [findings, ""] if found.findings else []
    return Group(structures, "", *shown, verdict)
