"""What leaves the panel: RTSTRUCT, report, plan.json; written whole, where nothing of the user's is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import slicer
from pydicom import dcmread
from slicer.i18n import tr as _

from ..errors import InputError, OutputError
from ..export.record import write_plan_json
from ..export.structure_file import StructureFile, write_structure_file
from ..export.structures import StructureOptions
from ..plan import Plan
from .packages import need

RTSTRUCT, REPORT, PLAN = "selected_lesions.dcm", "report.html", "plan.json"


def check_can_be_drawn(plan: Plan) -> None:
    """Refuse a plan that no RTSTRUCT can be made of.

    Raises
    ------
    InputError
        The CT has no DICOM origin; the message says why and what is possible instead.
    """
    if plan.study.ct.reference is None:
        why = next(
            (one.message for one in plan.notices if one.code == "ct-without-identifiers"),
            _("The planning CT is not a DICOM series with its identifiers."),
        )
        raise InputError(
            why, _("a CT loaded from DICOM"), _("save the segmentation of the lesions instead (File, Save Data)")
        )


def check_out_folder(folder: Path) -> None:
    """Refuse a folder of the panel that is not there.

    Raises
    ------
    OutputError
        None is chosen, or it is gone.
    """
    if folder == Path() or not folder.is_dir():
        raise OutputError(_("No folder for results is chosen"), _("an existing folder"), _("choose one under Out"))


def write_rtstruct_file(plan: Plan, file: Path, options: StructureOptions) -> None:
    """Write the RTSTRUCT.

    Raises
    ------
    InputError
        See `check_can_be_drawn`; or nothing of what was chosen is there.
    """
    check_can_be_drawn(plan)
    check_drawn(write_structure_file(plan, file, options))


def check_drawn(written: StructureFile | None) -> None:
    """Refuse an RTSTRUCT that has nothing in it.

    Raises
    ------
    InputError
        It has not.
    """
    if written is None:
        raise InputError(
            _("Nothing of what is chosen for the RTSTRUCT is there; no lesion is selected"),
            _("at least one structure"),
            _("choose a higher level, exclude less, or choose other structures under Out"),
        )


def need_report() -> None:
    """Have what the report needs, by asking the user where Slicer lacks it; to be called in the main thread."""
    need("jinja2>=3.1", _("The report"))


def write_report_file(plan: Plan, file: Path) -> None:
    """Write the report; see `need_report`."""
    from ..report.html import write_report

    write_report(plan, file)


def write_plan_file(plan: Plan, file: Path) -> None:
    """Write plan.json."""
    write_plan_json(plan, file)


def destination(folder: Path, name: str) -> Path | None:
    """File in the folder of the panel; None where the user keeps the one that is there.

    Raises
    ------
    OutputError
        There is no such folder.
    """
    check_out_folder(folder)
    file = folder / name
    if file.exists() and not slicer.util.confirmOkCancelDisplay(_("Replace {file}?").format(file=file)):
        return None
    return file


def write_to(file: Path, write: Callable[[Path], None]) -> None:
    """Write a file.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    try:
        write(file)
    except OSError as error:
        raise OutputError(
            _("{file} could not be written: {reason}").format(file=file, reason=error.strerror or error),
            _("a folder with room that can be written to"),
            _("choose another folder"),
        ) from error


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

    instances = [str(dcmread(file, stop_before_pixels=True).SOPInstanceUID) for file in sorted(folder.iterdir())]
    # importDicom gives True also where the database refused a file.
    taken = DICOMUtils.importDicom(str(folder), database, True) and all(map(database.fileForInstance, instances))
    if not taken:
        raise OutputError(
            _("The DICOM database did not take the RTSTRUCT"),
            "",
            _("write it to a file and import that with the DICOM module"),
        )
