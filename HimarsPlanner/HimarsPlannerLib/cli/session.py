"""One run of a command: progress on stderr, results on stdout, errors in one sentence."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as ProgressBars

from ..errors import HimarsError

BAD_INPUT = 2
INTERNAL_ERROR = 1
WIDTH_WITHOUT_TERMINAL = 300

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


@dataclass
class Session:
    """Where a command's words go.

    Parameters
    ----------
    quiet
        Say nothing but errors.
    as_json
        Results as JSON instead of tables.
    """

    quiet: bool
    as_json: bool
    out: Console = field(default_factory=lambda: _console(sys.stdout.isatty()))
    bars: ProgressBars | None = None
    tasks: dict[str, Any] = field(default_factory=dict)

    def progress(self, stage: str, fraction: float) -> None:
        """Draw how far a stage is."""
        if self.bars is None:
            return
        if stage not in self.tasks:
            self.tasks[stage] = self.bars.add_task(stage, total=1.0)
        self.bars.update(self.tasks[stage], completed=fraction)

    def show(self, table: RenderableType, record: object) -> None:
        """Print a result: `record` as JSON when that was asked for, else `table`."""
        if self.as_json:
            sys.stdout.write(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
        elif not self.quiet:
            self.out.print(table)


@contextmanager
def session(quiet: bool, as_json: bool, debug: bool) -> Iterator[Session]:
    """Run a command's body; end the program with one sentence on stderr and exit code 2 on a HimarsError."""
    errors = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    current = Session(quiet, as_json)
    try:
        if quiet or not sys.stderr.isatty():
            yield current
        else:
            columns = (TextColumn("{task.description:<12}"), BarColumn(), TimeElapsedColumn())
            with ProgressBars(*columns, console=errors) as current.bars:
                yield current
    except HimarsError as error:
        if debug:
            errors.print(traceback.format_exc())
        errors.print(f"himars-planner: {error}")
        raise typer.Exit(BAD_INPUT) from error
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        if debug:
            errors.print(traceback.format_exc())
        errors.print(
            f"himars-planner: internal error, {type(error).__name__}: {error}. "
            "This is a fault of the program; run it again with --debug and report what it prints."
        )
        raise typer.Exit(INTERNAL_ERROR) from error


def _console(terminal: bool) -> Console:
    return Console(width=None if terminal else WIDTH_WITHOUT_TERMINAL, highlight=False, markup=False)
