"""`himars-planner info`: what is in a study and what a plan would use it as."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from .session import AsJson, Debug, Quiet, session


def info(
    study: Annotated[list[Path], typer.Argument(help="Folder(s) or file(s) of DICOM, NIfTI or NRRD.")],
    quiet: Quiet = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """List the series of a study, one a row, with what a plan would use each as."""
    from ..study.scan import scan_folders
    from ..study.uses import planned_uses

    with session(quiet, as_json, debug) as run:
        series = scan_folders(study, run.progress)
        rows: list[dict[str, Any]] = [
            {
                "use": use,
                "modality": one.modality,
                "description": one.description,
                "size": list(one.size),
                "spacing_mm": list(one.spacing),
                "patient_id": one.patient_id,
                "series_uid": one.series_uid,
                "frame_of_reference_uid": one.frame_of_reference_uid,
                "files": [str(file) for file in one.files],
            }
            for one, use in zip(series, planned_uses(series), strict=True)
        ]
    run.show(_table(rows), rows)


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(show_edge=False, show_lines=True)
    for heading in (
        "Use",
        "Modality",
        "Description",
        "Size",
        "Spacing (mm)",
        "Series UID or file",
        "Frame of reference",
    ):
        table.add_column(heading, overflow="fold")
    for row in rows:
        has_pixels = any(row["size"])
        one_file = (len(row["files"]) == 1 and not has_pixels) or not row["series_uid"]
        table.add_row(
            row["use"],
            row["modality"],
            row["description"],
            " x ".join(map(str, row["size"])) if has_pixels else "-",
            " x ".join(f"{value:.4g}" for value in row["spacing_mm"]) if any(row["spacing_mm"]) else "-",
            row["files"][0] if one_file else row["series_uid"],
            row["frame_of_reference_uid"] or "-",
        )
    return table
