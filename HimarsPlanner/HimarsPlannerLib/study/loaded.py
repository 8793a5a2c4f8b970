"""What an application has loaded already, as a study: arrays and label blocks instead of folders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import GeometryError, InputError, SuvError
from ..grid import FloatArray, Grid, Volume
from ..notice import Notice
from ..progress import Progress, silent
from .belonging import check_one_frame, check_one_patient
from .dicom_image import read_ct, source_of
from .header import text
from .image_file import as_hu
from .loaded_labels import LoadedStructures, place_structures
from .motion import inverse, moved_grid
from .pet import NativePet, read_native_pet
from .place import sample_on
from .plausible import implausible_liver
from .read import PATIENT_KEYWORDS
from .registration.register import registration_notices
from .scan import scan_folders
from .series import Series
from .study import CtImage, DicomReference, PetImage, Registration, Source, Structure, Study, SuvFactor
from .suv import NO_OVERRIDES, SuvOverrides

SAME_SERIES_MM = 0.1
SAME_MOTION = 1e-4


@dataclass(frozen=True)
class LoadedImage:
    """An image that is in memory already.

    Parameters
    ----------
    name
        As the application shows it.
    volume
        Values in (z, y, x) where they were loaded, before any motion: HU, or what the PET's files hold.
    files
        DICOM files that it was loaded from; empty where they are not known.
    motion
        Rigid motion (4, 4) in LPS mm that the application applies to it; None for none.
    is_suv
        Whether a PET's values are SUVbw already.
    why_suv
        How that is known.
    """

    name: str
    volume: Volume
    files: tuple[Path, ...] = ()
    motion: FloatArray | None = None
    is_suv: bool = False
    why_suv: str = ""

    @property
    def placed(self) -> Grid:
        """Lattice after the motion."""
        return self.volume.grid if self.motion is None else moved_grid(self.volume.grid, self.motion)


@dataclass(frozen=True)
class LoadedStudy:
    """One patient's images and structures in memory.

    `registration` is how the PET came by its motion; None where nothing is known of that.
    """

    ct: LoadedImage
    pet: LoadedImage | None = None
    structures: tuple[LoadedStructures, ...] = ()
    overrides: SuvOverrides = NO_OVERRIDES
    registration: Registration | None = None


def study_of(loaded: LoadedStudy, progress: Progress = silent) -> Study:
    """Place what is loaded on the planning CT, and look up in the DICOM files what arrays do not say.

    Parameters
    ----------
    loaded
        Images and structures.
    progress
        Told how far the reading is.

    Raises
    ------
    InputError, GeometryError, SuvError
        Nothing that can be planned on; the message says what was found and what to do.
    """
    ct, notices, patient_id, patient = _ct(loaded.ct, progress)
    pet = None if loaded.pet is None else _pet(loaded, loaded.pet, ct, patient_id, progress)
    structures: list[Structure] = []
    for number, group in enumerate(loaded.structures):
        progress("read structures", number / len(loaded.structures))
        placed, told = place_structures(group, ct.volume.grid)
        structures += [replace(one, source=number) for one in placed]
        notices += told
    return Study(
        patient_id=patient_id,
        ct=ct,
        pet=pet,
        structures=tuple(structures),
        structure_sources=tuple(Source("image", group.name, ()) for group in loaded.structures),
        notices=(
            *_motion_notices(loaded),
            *notices,
            *(implausible_liver(pet, structures) if pet is not None else ()),
        ),
        patient=patient,
        registration=loaded.registration if pet is not None else None,
    )


def native_pet_of(image: LoadedImage, overrides: SuvOverrides = NO_OVERRIDES, progress: Progress = silent) -> NativePet:
    """SUVbw of a loaded PET where it was loaded, before any motion, and how it was obtained.

    Raises
    ------
    SuvError
        The PET is not in SUVbw and has no DICOM files, or they lack what SUV needs; see `suv_factor`.
    InputError, GeometryError
        Its files cannot be read as one PET, or the loaded image is not what they hold.
    """
    if image.is_suv:
        native = Volume(np.asarray(image.volume.array, dtype=np.float32), image.volume.grid)
        return NativePet(native, None, SuvFactor(1.0, (image.why_suv,)))
    if not image.files:
        raise SuvError(
            f"PET {image.name!r} has no DICOM files in the database, so SUVbw cannot be computed",
            "a PET loaded from DICOM, or one in SUVbw",
            "load it from the DICOM database, or state that its values are SUVbw",
        )
    read = read_native_pet(series_of(image, "PT"), overrides, progress=progress)
    if not read.volume.grid.same_as(image.volume.grid, max(SAME_SERIES_MM, 0.5 * min(read.volume.grid.spacing))):
        raise GeometryError(
            f"PET {image.name!r} is not on the lattice of its DICOM series: it was cropped, resampled or hardened",
            "the PET as it was loaded, or one in SUVbw",
            "choose the original PET, or state that this one is in SUVbw",
        )
    return read


def _motion_notices(loaded: LoadedStudy) -> list[Notice]:
    """How a PET was moved onto the CT: by a registration with figures, or by a transform that nothing vouches for."""
    if loaded.pet is None:
        return []
    if loaded.registration is not None:
        return registration_notices(loaded.registration)
    if not _moved_apart(loaded.ct, loaded.pet):
        return []
    message = (
        "The PET lies on the planning CT by a transform that was not made by registration here: nothing tells how good "
        "it is. Check uptake against anatomy."
    )
    return [Notice("registration-unchecked", message)]


def _moved_apart(ct: LoadedImage, pet: LoadedImage) -> bool:
    still = np.eye(4)
    here, there = (still if one.motion is None else one.motion for one in (ct, pet))
    return not np.allclose(here, there, atol=SAME_MOTION)


def _ct(image: LoadedImage, progress: Progress) -> tuple[CtImage, list[Notice], str, Mapping[str, str]]:
    volume = Volume(as_hu(image.volume, repr(image.name)).array, image.placed)
    source = Source("CT", image.name, image.files)
    if not image.files:
        return CtImage(volume, source), [_no_reference("it was not loaded from DICOM")], "", {}
    series = series_of(image, "CT")
    read = read_ct(series, progress)
    source = replace(read.source, description=read.source.description or image.name)
    header = None if read.reference is None else read.reference.header
    patient = {} if header is None else {key: text(header, word) for key, word in PATIENT_KEYWORDS.items()}
    known = {key: value for key, value in patient.items() if value}
    if image.motion is not None:
        return CtImage(volume, source), [_no_reference("a transform moves it")], series.patient_id, known
    reference = None if read.reference is None else _reference_for(volume.grid, read.volume.grid, read.reference)
    why = "its DICOM identifiers are missing" if read.reference is None else "its geometry is not that of its series"
    notices = [] if reference is not None else [_no_reference(why)]
    return CtImage(volume, source, reference), notices, series.patient_id, known


def _reference_for(loaded: Grid, series: Grid, reference: DicomReference) -> DicomReference | None:
    """Reference in the order of the loaded slices; None where the loaded image is not the series."""
    if loaded.same_as(series, SAME_SERIES_MM):
        return reference
    last = series.to_lps((series.shape[0] - 1, 0, 0))
    axes = series.axes * [1, 1, -1]
    turned = Grid(
        series.size,
        series.spacing,
        (float(last[0]), float(last[1]), float(last[2])),
        tuple(float(value) for value in axes.ravel()),
    )
    if not loaded.same_as(turned, SAME_SERIES_MM):
        return None
    return replace(
        reference,
        sop_instance_uids=reference.sop_instance_uids[::-1],
        positions_lps=reference.positions_lps[::-1],
    )


def _no_reference(why: str) -> Notice:
    message = f"The selected lesions cannot be written as an RTSTRUCT on this CT: {why}. Segmentations can be exported."
    return Notice("ct-without-identifiers", message)


def _pet(loaded: LoadedStudy, image: LoadedImage, ct: CtImage, patient_id: str, progress: Progress) -> PetImage:
    to_pet = None if image.motion is None else inverse(image.motion)
    source, patient = _origin_of_pet(image)
    check_one_patient((patient_id, patient), "CT and PET of one patient")
    if not _moved_apart(loaded.ct, image):
        check_one_frame(source, ct.source)
    read = native_pet_of(image, loaded.overrides, progress)
    native, suv, offsets = read.volume, read.suv, read.offsets_mm
    on_ct = sample_on(native, ct.volume.grid, offsets, to_pet)
    if np.isnan(on_ct.array).all():
        raise GeometryError(f"PET {image.name!r} does not overlap the CT", "a PET of the same body part", "choose it")
    placed = native if image.motion is None else replace(native, grid=moved_grid(native.grid, image.motion))
    return PetImage(on_ct, source, replace(suv, notices=(*suv.notices, *_coverage(on_ct))), placed)


def _origin_of_pet(image: LoadedImage) -> tuple[Source, str]:
    """Where a PET came from, and its patient's ID; what is in SUVbw already may come from files of any kind."""
    source = Source("PT", image.name, image.files)
    if image.is_suv:
        found = scan_folders(image.files) if image.files else []
        series = found[0] if len(found) == 1 else None
    else:
        series = series_of(image, "PT") if image.files else None
    if series is None:
        return source, ""
    return replace(source_of(series), description=image.name, files=image.files), series.patient_id


def _coverage(on_ct: Volume) -> list[Notice]:
    missing = float(np.isnan(on_ct.array).mean())
    if missing <= 0.01:
        return []
    message = f"The PET does not cover {missing:.0%} of the CT. Uptake there is unknown, not absent."
    return [Notice("pet-does-not-cover-ct", message)]


def series_of(image: LoadedImage, modality: str) -> Series:
    """DICOM series that a loaded image comes from.

    Raises
    ------
    InputError
        Its files hold no series of the modality, or several.
    """
    found = [series for series in scan_folders(image.files) if series.modality == modality]
    if len(found) != 1:
        raise InputError(
            f"The DICOM files of {image.name!r} hold {len(found)} {modality} series",
            f"one {modality} series",
            "load one series into one volume",
        )
    return found[0]
