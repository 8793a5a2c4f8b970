"""What leaves the panel: RTSTRUCT, report, plan.json; written whole, where nothing of the user's is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from ..errors import InputError, OutputError
from ..export.record import write_plan_json
from ..export.structure_file import write_structure_file
from ..plan import Plan
from .packages import need

RTSTRUCT, REPORT, PLAN = "selected_lesions.dcm", "report.html", "plan.json"


def check_can_be_drawn(plan: Plan) -> None:
    """Refuse a plan that no RTSTRUCT can be made of.

    Raises
    ------
    InputError
        The CT has no DICOM origin, or no lesion is selected; the message says why and what is possible instead.
    """
    if plan.study.ct.reference is None:
        why = next(
            (one.message for one in plan.notices if one.code == "ct-without-identifiers"),
            _("The planning CT is not a DICOM series with its identifiers."),
        )
        raise InputError(
            why, _("a CT loaded from DICOM"), _("save the segmentation of the lesions instead (File, Save Data)")
        )
    if not any(one.verdict == "selected" for one in plan.selection.decisions):
        raise InputError(_("No lesion is selected"), _("at least one"), _("choose a higher level, or exclude less"))


def check_out_folder(folder: Path) -> None:
    """Refuse a folder of the panel that is not there.

    Raises
    ------
    OutputError
        None is chosen, or it is gone.
    """
    if folder == Path() or not folder.is_dir():
        raise OutputError(_("No folder for results is chosen"), _("an existing folder"), _("choose one under Out"))


def write_rtstruct_file(plan: Plan, file: Path) -> None:
    """Write the selected GTVs as RTSTRUCT.

    Raises
    ------
    InputError
        See `check_can_be_drawn`.
    """
    check_can_be_drawn(plan)
    write_structure_file(plan, file)


def write_report_file(plan: Plan, file: Path) -> None:
    """Write the report; asks for jinja2 where Slicer lacks it."""
    need("jinja2>=3.1", _("The report"))
    from ..report.html import write_report

    write_report(plan, file)


def write_plan_file(plan: Plan, file: Path) -> None:
    """Write plan.json."""
    write_plan_json(plan, file)


def write_to(folder: Path, name: str, plan: Plan, write: Callable[[Plan, Path], None]) -> Path | None:
    """Write a file into the folder of the panel.

    Returns
    -------
    Path or None
        The file; None where the user keeps the one that is there.

    Raises
    ------
    OutputError
        There is no such folder, or it cannot be written to.
    """
    check_out_folder(folder)
    file = folder / name
    if file.exists() and not slicer.util.confirmOkCancelDisplay(_("Replace {file}?").format(file=file)):
        return None
    try:
        write(plan, file)
    except OSError as error:
        raise OutputError(
            _("{file} could not be written: {reason}").format(file=file, reason=error.strerror or error),
            _("a folder with room that can be written to"),
            _("choose another folder"),
        ) from error
    return file


def check_database(database: Any) -> None:
    """Refuse a database that nothing can be put into.

    Raises
    ------
    InputError
        There is no open database.
    """
    if database is None or not database.isOpen:
        raise InputError(
            _("Slicer's DICOM database is not open"), _("an open database"), _("open the DICOM module once, then try")
        )


def put_into_database(folder: Path, database: Any) -> None:
    """Put the DICOM files of a folder into Slicer's DICOM database, which keeps copies.

    Raises
    ------
    InputError
        See `check_database`.
    OutputError
        The database did not take them.
    """
    check_database(database)
    from DICOMLib import DICOMUtils

    if not DICOMUtils.importDicom(str(folder), database, True):
        raise OutputError(
            _("The DICOM database did not take the RTSTRUCT"),
            "",
            _("write it to a file and import that with the DICOM module"),
        )
