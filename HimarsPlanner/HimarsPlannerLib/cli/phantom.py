"""`himars-planner phantom`: a made patient whose answers are known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .session import AsJson, Debug, Quiet, session
from .plan import Force


def phantom(
    out: Annotated[Path, typer.Argument(help="Folder to make.")],
    seed: Annotated[int, typer.Option("--seed", help="Another seed is another patient.")] = 1,
    spacing: Annotated[str, typer.Option("--spacing", help="CT voxel size X,Y,Z in mm.")] = "0.98,0.98,3",
    size: Annotated[str, typer.Option("--size", help="pelvis, torso or whole-body.")] = "torso",
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Write a made patient as DICOM CT, PSMA PET and RTSTRUCT, with truth.json."""
