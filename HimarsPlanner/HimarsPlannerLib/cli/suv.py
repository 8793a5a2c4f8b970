"""`himars-planner suv`: how a PET's values become SUVbw, each decision as a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from .plan import InjectedMbq, InjectionTime, WeightKg
from .session import AsJson, Debug, Quiet, session

if TYPE_CHECKING:
    from ..study.suv_words import SuvWords


def suv(
    pet_folder: Annotated[
        list[Path], typer.Argument(metavar="PETDIR", help="Folder(s) or file(s) that hold the PET series.")
    ],
    pet: Annotated[str | None, typer.Option("--pet", help="Series UID or file, where there is more than one.")] = None,
    weight_kg: WeightKg = None,
    injected_mbq: InjectedMbq = None,
    injection_time: InjectionTime = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show how the values of a PET become SUVbw: every tag used, every decision, every doubt."""
    from ..study.choose import choose_pet
    from ..study.pet import read_native_pet
    from ..study.scan import scan_folders
    from ..study.suv import SuvOverrides
    from ..study.suv_words import suv_words

    with session(quiet, as_json, debug) as run:
        series = choose_pet(scan_folders(pet_folder, run.progress), pet)
        overrides = SuvOverrides(weight_kg, injected_mbq, injection_time)
        native = read_native_pet(series, overrides, progress=run.progress)
        record: dict[str, Any] = {
            "description": series.description,
            "series_uid": series.series_uid or None,
            "tracer": native.suv.tracer or None,
            "suvbw_factor": native.suv.factor,
            "trace": list(native.suv.trace),
            "suv_max": float(native.volume.array.max()),
            "recovered_fraction": native.recovered,
            "warnings": [{"code": notice.code, "message": notice.message} for notice in native.suv.notices],
        }
    run.show(_lines(series.label, suv_words(native)), record)


def _lines(label: str, words: SuvWords) -> RenderableType:
    steps = [f"{number:2}. {sentence}" for number, sentence in enumerate(words.steps, start=1)]
    warnings = [f"Warning: {warning}" for warning in words.warnings]
    return Group(*(Text(line) for line in (label, "", *steps, "", *words.sums, *warnings)))
