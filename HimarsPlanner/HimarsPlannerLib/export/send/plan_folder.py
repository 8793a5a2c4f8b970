"""Send a plan's folder: collect, deliver, put on record."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ...errors import InputError, OutputError
from ...progress import Progress, silent
from ..folder import PLAN_FILE
from ..plan_file import read_plan_file
from .association import Settings, load_pynetdicom
from .ct_series import find_ct
from .deliver import Transmission, deliver
from .outgoing import Outgoing, describe_object
from .record import read_sent, transmission_record, write_sent
from .segmentations import SegmentationKind, segmentation_files

STRUCTURES_FILE = "selected_lesions.dcm"


def send_plan(
    folder: Path,
    settings: Settings,
    also: Sequence[SegmentationKind] = (),
    ct: Path | None = None,
    progress: Progress = silent,
) -> Transmission:
    """Send the RTSTRUCT of a plan, and segmentations on request, and add the run to the folder's sent.json.

    Parameters
    ----------
    folder
        What `write_plan_folder` wrote.
    settings
        To whom and how.
    also
        Segmentations to send as DICOM SEG.
    ct
        Folder of the planning CT, for segmentations; None where plan.json knows it.
    progress
        Told how far the sending is.

    Returns
    -------
    Transmission
        Also of a run that failed: see its `error`.

    Raises
    ------
    InputError
        The folder is no whole plan, or the CT is not there.
    GeometryError
        A segmentation does not lie on the CT's voxels.
    SendError
        Sending cannot begin.
    OutputError
        The folder cannot be written to.
    """
    load_pynetdicom()
    record = read_plan_file(folder / PLAN_FILE)
    if not os.access(folder, os.W_OK):
        raise OutputError(f"{folder} cannot be written to", "a place for sent.json", "copy the plan elsewhere")
    sent = read_sent(folder)
    objects = collect_objects(folder, record["inputs"]["ct"]["study_uid"])
    notes: list[str] = []
    if also:
        progress("segmentations", 0.0)
        series = find_ct(record, ct)
        for made in (segmentation_files(folder, kind, series) for kind in dict.fromkeys(also)):
            objects += map(describe_object, made.files)
            notes += [f"Not in any DICOM SEG, because it is not known to be a metastasis: {n}" for n in made.left_out]
        progress("segmentations", 1.0)
    transmission = replace(deliver(objects, settings, progress), notes=tuple(notes))
    sent["transmissions"].append(transmission_record(transmission))
    write_sent(sent, folder)
    return transmission


def collect_objects(folder: Path, study_uid: str) -> list[Outgoing]:
    """Give the RTSTRUCT of a plan's folder.

    Parameters
    ----------
    folder
        The plan's folder.
    study_uid
        Study of the plan's CT.

    Raises
    ------
    InputError
        There is none, or it belongs to another study than the plan.
    """
    file = folder / STRUCTURES_FILE
    if not file.is_file():
        raise InputError(
            f"{folder} has no {STRUCTURES_FILE}",
            "the RTSTRUCT of the selected lesions",
            "plan on a DICOM CT, at a level that selects lesions",
        )
    structures = describe_object(file)
    if structures.study_uid != study_uid:
        raise InputError(
            f"{file} belongs to study {structures.study_uid}", f"the plan's study {study_uid}", "make the plan again"
        )
    return [structures]
