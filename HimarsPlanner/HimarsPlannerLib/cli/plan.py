"""`himars-planner plan`: one patient, one cohort level, one folder."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ..lesions.gather import LesionSource
from .session import AsJson, Debug, Quiet, session
from .summary import summary_record, summary_table

Level = Annotated[str, typer.Option("--level", help="Cohort level: -1, 1, 2 or 3 (20, 30, 40, 50 % of the reserve).")]
Force = Annotated[bool, typer.Option("--force", help="Replace the folder of an earlier run.")]


def plan(
    study: Annotated[list[Path], typer.Argument(help="Folder(s) or file(s) of one patient, in any order and nesting.")],
    level: Level,
    out: Annotated[Path, typer.Option("--out", help="Folder to make.")],
    ct: Annotated[str | None, typer.Option("--ct", help="Series UID or file of the planning CT.")] = None,
    pet: Annotated[str | None, typer.Option("--pet", help="Series UID or file of the PSMA PET.")] = None,
    structures: Annotated[
        list[Path] | None, typer.Option("--structures", help="RTSTRUCT or label file; may be given more than once.")
    ] = None,
    lesions: Annotated[
        LesionSource, typer.Option("--lesions", help="Where lesions come from; auto: structures, else PET.")
    ] = LesionSource.AUTO,
    pet_is_suv: Annotated[
        bool, typer.Option("--pet-is-suv", help="The PET file without DICOM tags is in SUVbw already.")
    ] = False,
    weight_kg: Annotated[float | None, typer.Option("--weight-kg", help="Body weight where the PET lacks it.")] = None,
    injected_mbq: Annotated[
        float | None, typer.Option("--injected-mbq", help="Injected activity where the PET lacks it, MBq.")
    ] = None,
    injection_time: Annotated[
        str | None,
        typer.Option("--injection-time", help="Time of injection where the PET lacks it, HH:MM or date T time."),
    ] = None,
    protocol: Annotated[Path | None, typer.Option("--protocol", help="Protocol file instead of HIMARS's own.")] = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Plan a patient: bone, lesions, reserve, ranking, selection, RTSTRUCT and report."""
    from ..export.deliver import write_plan_folder
    from ..export.folder import check_destination
    from ..planner import make_plan
    from ..protocol.protocol import DEFAULT_FILE, read_protocol
    from ..study.read import read_study
    from ..study.suv import SuvOverrides

    with session(quiet, as_json, debug) as run:
        trial = read_protocol(protocol or DEFAULT_FILE)
        trial.level(level)
        check_destination(out, force)
        begin = time.perf_counter()
        patient = read_study(
            study,
            ct=ct,
            pet=pet,
            structures=None if structures is None else [str(file) for file in structures],
            overrides=SuvOverrides(weight_kg, injected_mbq, injection_time),
            pet_is_suv=pet_is_suv,
            progress=run.progress,
        )
        reading_s = time.perf_counter() - begin
        made = make_plan(patient, trial, level, lesions, run.progress)
        made = replace(made, timing_s={"reading": reading_s, **made.timing_s})
        write_plan_folder(made, out, force, run.progress)
    run.show(summary_table(made, out), summary_record(made, out))
