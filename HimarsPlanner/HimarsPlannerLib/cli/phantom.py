"""`himars-planner phantom`: a made patient whose answers are known."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..errors import InputError
from .plan import Force
from .session import AsJson, Debug, Quiet, Session, session

if TYPE_CHECKING:
    from ..phantom.build import Phantom
    from ..study.study import DicomReference

NORMAL_NOISE_HU = 13.0
TREATMENT_FILE = "treatment.json"


class Size(StrEnum):
    """How much of the body is made."""

    PELVIS = "pelvis"
    TORSO = "torso"
    WHOLE_BODY = "whole-body"


class Arms(StrEnum):
    """Where the arms are in a whole body."""

    SIDES = "sides"
    RAISED = "raised"


def phantom(
    out: Annotated[Path, typer.Argument(help="Folder to make.")],
    seed: Annotated[int, typer.Option("--seed", help="Another seed is another patient.")] = 1,
    spacing: Annotated[str, typer.Option("--spacing", help="CT voxel size X,Y,Z in mm.")] = "0.98,0.98,3",
    size: Annotated[Size, typer.Option("--size", help="How much of the body is made.")] = Size.TORSO,
    arms: Annotated[
        Arms | None,
        typer.Option("--arms", help="Where the arms are; by default only a whole body has them, at its sides."),
    ] = None,
    noise_hu: Annotated[
        float, typer.Option("--noise-hu", help="Standard deviation of CT noise; 28 is a low dose, 0 none.")
    ] = NORMAL_NOISE_HU,
    dose: Annotated[
        Path | None,
        typer.Option("--dose", help="Also make a folder with PTVs, RTPLAN and RTDOSE around all lesions."),
    ] = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Write a made patient as DICOM CT, PSMA PET and RTSTRUCT, with every true volume in truth.json."""
    from ..export.folder import check_destination

    with session(quiet, as_json, debug) as run:
        if dose is not None:
            check_destination(dose, force, TREATMENT_FILE)
        made = make_patient(
            run, out, seed, parse_spacing(spacing), size.value, arms.value if arms else None, noise_hu, force
        )
        if dose is not None:
            make_treatment(
                made, [name for name, kind in made[0].interpreted_types.items() if kind == "GTV"], dose, force
            )
    run.show(f"{out.absolute()}: CT, PET, RTSTRUCT and truth.json", {"out": str(out.absolute())})


def make_patient(
    run: Session,
    out: Path,
    seed: int,
    spacing: tuple[float, float, float],
    size: Literal["pelvis", "torso", "whole-body"] = "torso",
    arms: Literal["sides", "raised"] | None = None,
    noise_hu: float = NORMAL_NOISE_HU,
    force: bool = False,
) -> tuple[Phantom, DicomReference]:
    """Build a made patient and write it as a new folder; the patient, and its CT series as written."""
    from ..export.folder import check_destination, new_folder
    from ..phantom.build import build_phantom
    from ..phantom.dicom import write_phantom

    check_destination(out, force, mark="truth.json")
    made = build_phantom(seed, spacing, size, arms=arms, noise_hu=noise_hu, progress=run.progress)
    with new_folder(out, force, mark="truth.json") as folder:
        return made, write_phantom(made, folder, run.progress)


def make_treatment(made: tuple[Phantom, DicomReference], gtvs: Sequence[str], out: Path, force: bool) -> None:
    """Write a made treatment of lesions of a made patient as a new folder, by the protocol's first regimen."""
    from ..export.folder import new_folder
    from ..phantom.dose import write_treatment
    from ..protocol.protocol import read_protocol

    regimen = read_protocol().regimens[0]
    with new_folder(out, force, mark=TREATMENT_FILE) as folder:
        write_treatment(*made, gtvs, regimen.dose_gy, regimen.fractions, folder)


def parse_spacing(text: str) -> tuple[float, float, float]:
    """Read X,Y,Z in mm.

    Raises
    ------
    InputError
        There are not three numbers.
    """
    try:
        x, y, z = (float(part) for part in text.split(","))
    except ValueError as error:
        raise InputError(f"The spacing is {text!r}", "three numbers X,Y,Z in mm such as 0.98,0.98,3") from error
    return x, y, z
