"""Everything that a plan leaves behind, in one folder."""

from __future__ import annotations

from pathlib import Path

from ..plan import Plan
from ..progress import Progress, silent
from ..report.html import write_report
from .folder import new_folder
from .plan_files import write_plan_files
from .structures import SELECTED_GTVS, StructureOptions


def write_plan_folder(
    plan: Plan,
    out: Path,
    force: bool = False,
    progress: Progress = silent,
    structures: StructureOptions = SELECTED_GTVS,
) -> None:
    """Write plan.json, tables, segmentations, report and, where possible, the RTSTRUCT.

    Parameters
    ----------
    plan
        The plan.
    out
        Folder to make; see `folder.new_folder` for when it may exist.
    force
        Replace the folder of an earlier run.
    structures
        What goes into the RTSTRUCT, and for which planning system.

    Raises
    ------
    OutputError
        The folder may not be replaced or cannot be written, or the RTSTRUCT does not give every structure back when
        it is read; nothing is left behind.
    """
    with new_folder(out, force) as folder:
        written = write_plan_files(plan, folder, progress, structures)
        write_report(plan, folder / "report.html", written)
    progress("writing", 1.0)
