"""The PET in SUVbw, on its own lattice and on the planning CT."""

from __future__ import annotations

import numpy as np

from ..errors import GeometryError, InputError
from ..grid import FloatArray, Grid, Volume
from ..notice import Notice
from ..progress import Progress, silent
from .dicom_image import read_dicom_image, source_of
from .header import legible, text
from .image_file import read_image_file, stem
from .place import sample_on
from .series import Series
from .study import PetImage, SuvFactor
from .suv import NO_OVERRIDES, SuvOverrides, suv_factor

MOST_RECOVERED = 1.3
UNCOVERED = 0.01


def read_pet(
    series: Series,
    ct: Grid,
    overrides: SuvOverrides = NO_OVERRIDES,
    is_suv: bool = False,
    progress: Progress = silent,
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

    Raises
    ------
    InputError, GeometryError
        The series cannot be read as a volume, or does not overlap the CT.
    SuvError
        SUVbw cannot be had from the headers; see `suv_factor`.
    """
    if series.is_file:
        native, suv = _read_suv_file(series, is_suv)
        offsets = None
    else:
        image = read_dicom_image(series, regular=False, progress=progress)
        with legible(series.label):
            suv = suv_factor(image.headers, overrides)
        native = Volume(np.asarray(image.volume.array * np.float32(suv.factor), dtype=np.float32), image.volume.grid)
        offsets = image.stack.offsets_mm
        weight_kg = overrides.weight_kg or float(text(image.headers[0], "PatientWeight") or 0)
        suv = SuvFactor(suv.factor, suv.trace, (*suv.notices, *_implausible(native, weight_kg)))
    progress("place PET", 0.0)
    on_ct, notices = _place(native, ct, offsets, series)
    progress("place PET", 1.0)
    return PetImage(on_ct, source_of(series), SuvFactor(suv.factor, suv.trace, (*suv.notices, *notices)), native)


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


def _place(native: Volume, ct: Grid, offsets: FloatArray | None, series: Series) -> tuple[Volume, list[Notice]]:
    on_ct = sample_on(native, ct, offsets)
    missing = np.isnan(on_ct.array).mean(axis=(1, 2))
    if missing.min() == 1:
        raise GeometryError(
            f"The PET {series.label} does not overlap the CT", "a PET of the same body part", "choose another PET"
        )
    if missing.mean() <= UNCOVERED:
        return on_ct, []
    slices = int(np.count_nonzero(missing > UNCOVERED))
    message = f"The PET does not cover {missing.mean():.0%} of the CT ({slices} of {len(missing)} slices touched)."
    return on_ct, [Notice("pet-does-not-cover-ct", message + " Uptake there is unknown, not absent.")]


def _implausible(native: Volume, weight_kg: float) -> list[Notice]:
    """SUV averages to 1 over the whole body: no part of it can hold much more activity than was injected."""
    if not weight_kg:
        return []
    share = float(native.array.sum(dtype=np.float64)) * native.grid.voxel_ml / (weight_kg * 1000)
    if share <= MOST_RECOVERED:
        return []
    message = f"The PET holds {share:.0%} of the injected activity: weight, activity or times in its header are wrong."
    return [Notice("suv-implausible", message)]
