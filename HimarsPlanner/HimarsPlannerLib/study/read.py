"""A patient's inputs, read and placed on the planning CT."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from ..notice import Notice
from ..progress import Progress, silent
from .choose import choose
from .dicom_image import read_ct, source_of
from .header import text
from .image_file import as_hu, read_image_file
from .labels import read_label_file
from .motion import inverse
from .pet import read_pet
from .plausible import implausible_liver
from .registration.register import register_pet, registration_notices
from .rtstruct import read_structure_set
from .scan import scan_folders
from .segmentation_object import read_segmentation_object
from .series import Series
from .structure_set import StructureSet
from .study import CtImage, Study
from .suv import NO_OVERRIDES, SuvOverrides

PATIENT_KEYWORDS = {
    "name": "PatientName",
    "birth_date": "PatientBirthDate",
    "sex": "PatientSex",
    "weight_kg": "PatientWeight",
    "study_date": "StudyDate",
}


def read_study(
    paths: Sequence[Path],
    ct: str | None = None,
    pet: str | None = None,
    structures: Sequence[str] | None = None,
    overrides: SuvOverrides = NO_OVERRIDES,
    pet_is_suv: bool = False,
    progress: Progress = silent,
    register: Literal["rigid"] | None = None,
) -> Study:
    """Read planning CT, PET and structures, and place all on the CT's grid.

    Parameters
    ----------
    paths
        Folders and files of one patient's study, in any order and nesting.
    ct, pet
        Series UID, file or folder that chooses among several; None where there is no choice.
    structures
        Files, or folders of label files; None for the only structures, an empty sequence for none.
    overrides
        Weight, activity or injection time in place of the PET header's.
    pet_is_suv
        An image file given as PET is in SUVbw.
    progress
        Told how far the reading is.
    register
        How a PET/CT in another frame of reference may be registered where the study has no DICOM REG; None refuses it.

    Returns
    -------
    Study
        PET and structures may be absent, the CT never is.

    Raises
    ------
    InputError, GeometryError, SuvError
        Nothing that can be planned on; the message says what was found and what to do.
    """
    choice = choose(scan_folders(paths, progress), ct, pet, structures, rigid=register == "rigid")
    ct_image = _read_ct(choice.ct, progress)
    pet_image, registration = None, None
    if choice.pet is not None:
        if choice.bridge is not None:
            registration = register_pet(choice.bridge, choice.pet, ct_image, progress)
        to_pet = None if registration is None else inverse(registration.matrix)
        pet_image = read_pet(choice.pet, ct_image.volume.grid, overrides, pet_is_suv, progress, to_pet)
    sets = []
    for number, source in enumerate(choice.structures):
        progress("read structures", number / len(choice.structures))
        sets.append(_read_structures(source, ct_image))
    placed = tuple(replace(one, source=number) for number, group in enumerate(sets) for one in group.structures)
    return Study(
        patient_id=choice.ct.patient_id,
        ct=ct_image,
        pet=pet_image,
        structures=placed,
        structure_sources=tuple(one.source for one in sets),
        notices=(
            *(registration_notices(registration) if registration is not None else ()),
            *choice.notices,
            *_ct_notices(ct_image),
            *(implausible_liver(pet_image, placed) if pet_image is not None else ()),
            *(notice for one in sets for notice in one.notices),
        ),
        patient=_patient(ct_image),
        registration=registration,
    )


def _read_ct(series: Series, progress: Progress) -> CtImage:
    if not series.is_file:
        return read_ct(series, progress)
    return CtImage(as_hu(read_image_file(series.files[0]), str(series.files[0])), source_of(series))


def _read_structures(series: Series, ct: CtImage) -> StructureSet:
    file = series.files[0]
    if series.is_file:
        return read_label_file(file, ct)
    return read_segmentation_object(file, ct) if series.modality == "SEG" else read_structure_set(file, ct)


def _ct_notices(ct: CtImage) -> list[Notice]:
    if ct.reference is not None:
        return []
    message = "The CT has no DICOM identifiers: the selected lesions cannot be written as an RTSTRUCT on it."
    return [Notice("ct-without-identifiers", message)]


def _patient(ct: CtImage) -> Mapping[str, str]:
    if ct.reference is None:
        return {}
    values = {key: text(ct.reference.header, keyword) for key, keyword in PATIENT_KEYWORDS.items()}
    return {key: value for key, value in values.items() if value}
