"""The structure set on a dose grid: every ROI as an outline in the dose's frame of reference."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import GeometryError, InputError
from ..notice import Notice
from ..study.header import LIBRARY_ERRORS, legible, text
from ..study.roi import load_structure_set, rois_in_frame
from ..study.structure_set import listed
from .dose import Dose
from .outline import Outline, with_step


@dataclass(frozen=True)
class Structures:
    """A structure set as drawn.

    Parameters
    ----------
    outlines
        By name, in the file's order; those without contours too.
    sop_uid, label
        Of the file.
    """

    file: Path
    outlines: dict[str, Outline]
    sop_uid: str
    label: str
    notices: tuple[Notice, ...] = ()


def read_structures(file: Path, dose: Dose) -> Structures:
    """Read an RTSTRUCT in the frame of reference of a dose.

    Raises
    ------
    InputError
        The file is no readable RTSTRUCT, is another patient's, or has two structures of one name.
    GeometryError
        It is in another frame of reference, or its contours are not parallel to the dose grid.
    """
    with legible(str(file)):
        dataset = load_structure_set(file)
        try:
            rois, foreign = rois_in_frame(dataset, dose.frame_uid, file)
        except GeometryError as error:
            raise GeometryError(
                error.found.replace("the CT in", "the dose in"),
                "structures drawn in the dose's frame of reference",
                "give the structure set that the dose was planned on",
            ) from error
    patient = text(dataset, "PatientID")
    if patient and dose.patient_id and patient != dose.patient_id:
        raise InputError(
            f"{file} is of patient {patient!r}, the dose of {dose.patient_id!r}", "one patient", "give the right files"
        )
    names = [roi.name for roi in rois]
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise InputError(f"{file} has two structures called {twice[0]!r}", "a name for each", "rename one")
    with legible(str(file), LIBRARY_ERRORS):
        outlines = with_step([Outline.of(roi, dose.volume.grid) for roi in rois])
    notices = []
    if foreign:
        message = f"Structures in another frame of reference than the dose were left out: {listed(foreign)}."
        notices.append(Notice("structure-of-other-frame", message))
    if empty := [outline.name for outline in outlines if not outline.planes]:
        notices.append(Notice("structure-empty", f"Structures without contours were not assessed: {listed(empty)}."))
    return Structures(
        file,
        {outline.name: outline for outline in outlines},
        text(dataset, "SOPInstanceUID"),
        text(dataset, "StructureSetLabel"),
        tuple(notices),
    )
