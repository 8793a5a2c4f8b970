"""The PET in SUVbw, on its own lattice and on the planning CT."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..errors import GeometryError, InputError
from ..grid import FloatArray, Grid, Volume
from ..notice import Notice
from ..progress import Progress, silent
from .dicom_image import read_dicom_image, source_of
from .header import legible, text
from .image_file import read_image_file, stem
from .motion import inverse, moved_grid
from .place import sample_on
from .plausible import implausible_activity, recovered_activity
from .series import Series
from .study import PetImage, SuvFactor
from .suv import NO_OVERRIDES, SuvOverrides, suv_factor

UNCOVERED = 0.01


@dataclass(frozen=True)
class NativePet:
    """A PET in SUVbw on its own lattice.

    Parameters
    ----------
    volume
        SUVbw, float32.
    offsets_mm
        True distance of each slice from the first, shape (nz,); None where slices are regular.
    suv
        How SUVbw was obtained.
    recovered
        Fraction of the injected activity that the image holds; None where the weight is unknown.
    """

    volume: Volume
    offsets_mm: FloatArray | None
    suv: SuvFactor
    recovered: float | None = None


def read_native_pet(
    series: Series, overrides: SuvOverrides = NO_OVERRIDES, is_suv: bool = False, progress: Progress = silent
) -> NativePet:
    """Read a PET and convert it to SUVbw; parameters and errors as of `read_pet`."""
    if series.is_file:
        volume, suv = _read_suv_file(series, is_suv)
        return NativePet(volume, None, suv)
    image = read_dicom_image(series, regular=False, progress=progress)
    with legible(series.label):
        suv = suv_factor(image.headers, overrides)
        weight_kg = overrides.weight_kg or float(text(image.headers[0], "PatientWeight") or 0)
    volume = Volume(np.asarray(image.volume.array * np.float32(suv.factor), dtype=np.float32), image.volume.grid)
    suv = replace(suv, notices=(*suv.notices, *implausible_activity(volume, weight_kg)))
    return NativePet(volume, image.stack.offsets_mm, suv, recovered_activity(volume, weight_kg))


def read_pet(
    series: Series,
    ct: Grid,
    overrides: SuvOverrides = NO_OVERRIDES,
    is_suv: bool = False,
    progress: Progress = silent,
    to_pet: FloatArray | None = None,
) -> PetImage:
    """Read a PET, convert it to SUVbw and sample it once onto the planning CT.

    Parameters
    ----------
    series
        DICOM PET, or a NIfTI or NRRD file in SUVbw.
    ct
        Grid of the planning CT.
    overrides
        Weight, activity or injection time in place of the header's.
    is_suv
        The caller states that an image file is in SUVbw; files named so ("suv") need no statement.
    progress
        Told how far the reading is.
    to_pet
        Motion from LPS mm of the CT to LPS mm of the PET, shape (4, 4), where they have different frames of reference.

    Raises
    ------
    InputError, GeometryError
        The series cannot be read as a volume, or does not overlap the CT.
    SuvError
        SUVbw cannot be had from the headers; see `suv_factor`.
    """
    native = read_native_pet(series, overrides, is_suv, progress)
    progress("place PET", 0.0)
    on_ct = sample_on(native.volume, ct, native.offsets_mm, to_pet)
    suv = replace(native.suv, notices=(*native.suv.notices, *_coverage(on_ct, series)))
    progress("place PET", 1.0)
    placed = (
        native.volume
        if to_pet is None
        else replace(native.volume, grid=moved_grid(native.volume.grid, inverse(to_pet)))
    )
    return PetImage(on_ct, source_of(series), suv, placed)


def _read_suv_file(series: Series, is_suv: bool) -> tuple[Volume, SuvFactor]:
    file = series.files[0]
    if is_suv:
        reason = "The user stated that the file is in SUVbw."
    elif "suv" in stem(file).lower():
        reason = f"The file's name, {file.name}, says that it is in SUVbw."
    else:
        raise InputError(
            f"{file} does not say whether its values are SUVbw, Bq/ml or counts",
            "SUVbw",
            "state it with --pet-is-suv, or call the file so (for example PET_SUV.nii.gz)",
        )
    volume = read_image_file(file)
    array = volume.array.astype(np.float32)
    if not np.isfinite(array).all() or array.min() < 0 or array.max() > 10_000:
        raise InputError(
            f"{file} has values from {np.min(array):g} to {np.max(array):g}, which are not SUVbw", "0 to 10000"
        )
    return Volume(array, volume.grid), SuvFactor(1.0, (reason,))


def _coverage(on_ct: Volume, series: Series) -> list[Notice]:
    missing = np.isnan(on_ct.array).mean(axis=(1, 2))
    if missing.min() == 1:
        raise GeometryError(
            f"The PET {series.label} does not overlap the CT", "a PET of the same body part", "choose another PET"
        )
    if missing.mean() <= UNCOVERED:
        return []
    slices = int(np.count_nonzero(missing > UNCOVERED))
    message = f"The PET does not cover {missing.mean():.0%} of the CT ({slices} of {len(missing)} slices touched)."
    return [Notice("pet-does-not-cover-ct", message + " Uptake there is unknown, not absent.")]
