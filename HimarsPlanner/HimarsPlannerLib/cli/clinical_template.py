"""`himars-planner clinical-template`: a clinical file to fill in for a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import OutputError
from .session import Debug, session


def clinical_template(
    plan: Annotated[Path, typer.Argument(help="Plan folder or its plan.json.")],
    out: Annotated[Path | None, typer.Option("--out", help="File to make; standard output by default.")] = None,
    debug: Debug = False,
) -> None:
    """Write a clinical file (TOML) with one table for each lesion of a plan, to be filled in and given to plan."""
    from ..clinical.template import clinical_template as template
    from ..export.plan_file import read_plan_file

    with session(quiet=False, as_json=False, debug=debug):
        text = template(read_plan_file(plan))
        if out is None:
            typer.echo(text, nl=False)
        else:
            _write(text, out)


def _write(text: str, out: Path) -> None:
    try:
        with out.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise OutputError(f"{out} exists", "a new file", "choose another name: it may be filled in already") from error
    except OSError as error:
        raise OutputError(f"{out} cannot be written ({error.strerror})", "a writable place") from error
