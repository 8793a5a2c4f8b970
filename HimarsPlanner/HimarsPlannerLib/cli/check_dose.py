"""`himars-planner check-dose`: the dose that came back, held against the protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .plan import Force
from .session import AsJson, Debug, Quiet, session


def check_dose(
    dose: Annotated[list[Path], typer.Option("--dose", help="RTDOSE; several are added up.")],
    structures: Annotated[Path, typer.Option("--structures", help="RTSTRUCT that the dose was planned on.")],
    plan: Annotated[list[Path] | None, typer.Option("--plan", help="RTPLAN; may be given more than once.")] = None,
    regimen: Annotated[
        str | None, typer.Option("--regimen", help="27/3 or 35/5, for all targets the clinical file says none for.")
    ] = None,
    target: Annotated[
        list[str] | None, typer.Option("--target", help="Structure to judge; by default all PTVs. More than once.")
    ] = None,
    bmr: Annotated[
        str, typer.Option("--bmr", help="Bone marrow reserve: name of a structure, or the folder of a plan.")
    ] = "",
    treated: Annotated[
        list[str] | None,
        typer.Option("--treated", help="Date of a fraction, 2026-03-02 or 2026-03-02T09:30; once for each."),
    ] = None,
    clinical: Annotated[
        Path | None, typer.Option("--clinical", help="Clinical file with a regimen for each lesion.")
    ] = None,
    protocol: Annotated[Path | None, typer.Option("--protocol", help="Protocol file instead of HIMARS's own.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder to make: report.html and dose.json.")] = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Check a planned dose: coverage, maximum, fractions, ICRU 91 figures, conformity, organs, bone marrow."""
    from ..clinical.read import NOTHING_STATED, read_clinical
    from ..dose.check import DoseInput
    from ..dose.check import check_dose as judge
    from ..dose.record import dose_record
    from ..dose.schedule import parse_dates
    from ..export.folder import check_destination
    from ..protocol.protocol import DEFAULT_FILE, read_protocol
    from ..report.dose_report import DOSE_FILE, write_dose_folder
    from .dose_table import dose_table

    with session(quiet, as_json, debug) as run:
        if out is not None:
            check_destination(out, force, DOSE_FILE)
        given = DoseInput(
            doses=tuple(dose),
            structures=structures,
            plans=tuple(plan or ()),
            regimen=regimen,
            targets=tuple(target or ()),
            marrow=bmr,
            treated=parse_dates(treated or ()),
            clinical=read_clinical(clinical) if clinical else NOTHING_STATED,
        )
        check = judge(given, read_protocol(protocol or DEFAULT_FILE), run.progress)
        if out is not None:
            write_dose_folder(check, out, force)
    run.show(dose_table(check, out), dose_record(check))
