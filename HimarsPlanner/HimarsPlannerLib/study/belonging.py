"""Whether loaded images belong together, as far as their DICOM files tell."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import GeometryError, InputError
from .study import Source


def check_one_patient(patients: Iterable[str], expected: str) -> None:
    """Refuse images of several patients.

    Parameters
    ----------
    patients
        Patient ID of each image; "" where it is not known.
    expected
        What belongs together, for the message.

    Raises
    ------
    InputError
        There are two patient IDs or more.
    """
    known = sorted({patient for patient in patients if patient})
    if len(known) > 1:
        raise InputError(
            f"The images are of {len(known)} patients: {', '.join(known)}", expected, "choose the images of one patient"
        )


def check_one_frame(pet: Source, ct: Source) -> None:
    """Refuse a PET whose positions are not those of the planning CT; what is not from DICOM has none to compare.

    Raises
    ------
    GeometryError
        PET and CT cannot be said to share a frame of reference.
    """
    there, here = pet.frame_of_reference_uid, ct.frame_of_reference_uid
    if pet.series_uid and ct.series_uid and not (here and there == here):
        raise GeometryError(
            f"The PET {pet.description!r} is in frame of reference {there or '(none)'}, the planning CT in "
            f"{here or '(none)'}",
            "one frame of reference for both, or a way from the one to the other",
            "choose the CT that the PET was taken with and press Register PET to planning CT (Patient, More), or put "
            "the PET under the transform of a DICOM REG",
        )
