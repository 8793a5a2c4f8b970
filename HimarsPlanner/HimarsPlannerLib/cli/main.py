"""The command `himars-planner`."""

from __future__ import annotations

from typing import Annotated

import typer

from .. import __version__
from .check_dose import check_dose
from .check_rtstruct import check_rtstruct
from .clinical_template import clinical_template
from .demo import demo
from .info import info
from .phantom import phantom
from .plan import plan
from .send import send
from .suv import suv

app = typer.Typer(
    help="Volume-based stereotactic radiotherapy planning of metastatic prostate cancer (HIMARS, NCT06978296).",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
for command in (plan, info, suv, clinical_template, check_rtstruct, check_dose, send, demo, phantom):
    app.command()(command)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"himars-planner {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version


def run() -> None:
    """Entry point of the console script."""
    app(prog_name="himars-planner")
