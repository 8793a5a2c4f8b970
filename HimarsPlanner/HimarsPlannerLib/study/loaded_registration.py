"""A PET/CT that an application has loaded, registered to the loaded planning CT by the PET/CT's own CT."""

from __future__ import annotations

from ..errors import GeometryError
from ..grid import Volume
from ..progress import Progress, silent
from .belonging import check_one_patient
from .dicom_image import source_of
from .image_file import as_hu
from .loaded import LoadedImage, series_of
from .registration.register import register_by_bone
from .series import Series
from .study import Registration, Source


def register_loaded(
    ct: LoadedImage, pet_ct: LoadedImage, pet: LoadedImage, progress: Progress = silent
) -> Registration:
    """Find the motion from where the PET/CT was loaded to where the planning CT is.

    Parameters
    ----------
    ct
        The planning CT, where its motion puts it.
    pet_ct
        CT that the PET was taken with, where it was loaded, before any motion.
    pet
        The PET.
    progress
        Told how far it is.

    Returns
    -------
    Registration
        From LPS mm of the PET/CT as loaded to LPS mm of the planning CT.

    Raises
    ------
    InputError
        A CT is not in HU, or DICOM says that they are of different patients.
    GeometryError
        PET and its CT are in different frames of reference, the PET is in the planning CT's already, or the two CTs
        cannot be registered.
    """
    known = _known_series(ct, pet_ct, pet)
    check_one_patient((one.patient_id for one in known.values()), "CT, PET and the PET's own CT of one patient")
    _check_frames(known, pet_ct, pet)
    own = known.get("pet_ct")
    source = source_of(own) if own is not None else Source("CT", pet_ct.name, pet_ct.files)
    fixed = Volume(as_hu(ct.volume, repr(ct.name)).array, ct.placed)
    return register_by_bone(fixed, as_hu(pet_ct.volume, repr(pet_ct.name)), (source,), progress)


def _known_series(ct: LoadedImage, pet_ct: LoadedImage, pet: LoadedImage) -> dict[str, Series]:
    """Series of those images whose DICOM files are known."""
    images = {"ct": (ct, "CT"), "pet_ct": (pet_ct, "CT"), "pet": (pet, "PT")}
    return {role: series_of(image, modality) for role, (image, modality) in images.items() if image.files}


def _check_frames(known: dict[str, Series], pet_ct: LoadedImage, pet: LoadedImage) -> None:
    frames = {role: series.frame_of_reference_uid for role, series in known.items() if series.frame_of_reference_uid}
    there = frames.get("pet")
    if there is not None and frames.get("pet_ct", there) != there:
        raise GeometryError(
            f"{pet_ct.name!r} is in frame of reference {frames['pet_ct']}, the PET {pet.name!r} in {there}",
            "the CT that the PET was taken with",
            "choose it under CT of the PET",
        )
    if there is not None and frames.get("ct") == there:
        raise GeometryError(
            f"The PET {pet.name!r} and the planning CT are in one frame of reference already ({there})",
            "a PET in another frame of reference than the planning CT",
            "leave CT of the PET empty; nothing needs to be registered",
        )
