"""NIfTI and NRRD files: images and labels without DICOM tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from ..errors import GeometryError, InputError
from ..grid import Grid, Volume
from ..orient import to_lps_axes
from .series import IMAGE_FILE, Series

SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".nhdr")


@dataclass(frozen=True)
class ImageFile:
    """A file as it is stored.

    Parameters
    ----------
    array
        Shape (z, y, x, components) along the file's own axes.
    grid
        Where the voxels are.
    metadata
        Header fields as text.
    """

    array: npt.NDArray[np.generic]
    grid: Grid
    metadata: Mapping[str, str]


def is_image_file(file: Path) -> bool:
    """Whether a file is NIfTI or NRRD by its name."""
    return file.name.lower().endswith(SUFFIXES)


def stem(file: Path) -> str:
    """File name without the image suffixes."""
    name = file.name
    for suffix in (".seg.nrrd", ".nii.gz", ".nrrd", ".nhdr", ".nii"):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name


def scan_image_file(file: Path) -> Series:
    """Describe an image file by its header.

    Raises
    ------
    InputError
        The header cannot be read.
    """
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(file))
    try:
        reader.ReadImageInformation()
    except RuntimeError as error:
        raise _unreadable(file, error) from error
    size, spacing = reader.GetSize(), reader.GetSpacing()
    keys = set(reader.GetMetaDataKeys())
    names = (f"Segment{n}_Name" for n in range(len(keys)))
    return Series(
        modality=IMAGE_FILE,
        description=file.name,
        files=(file,),
        size=(size[0], size[1], size[2]) if len(size) > 2 else (size[0], size[1], 1),
        spacing=(spacing[0], spacing[1], spacing[2]) if len(spacing) > 2 else (spacing[0], spacing[1], 0.0),
        contents=tuple(reader.GetMetaData(name) for name in names if name in keys),
    )


def read_image_file(file: Path) -> Volume:
    """Read a scalar image with its axes reordered to the patient's: x to the left, y to the back, z to the head.

    Parameters
    ----------
    file
        NIfTI or NRRD, any orientation; reordering moves voxels but does not resample them.

    Raises
    ------
    InputError
        The file cannot be read, or is not one three-dimensional scalar image.
    """
    image = load(file)
    if image.array.shape[3] != 1:
        raise InputError(f"{file} has {image.array.shape[3]} values in each voxel", "a scalar image", "save one volume")
    array, grid = to_lps_axes(image.array[..., 0], image.grid)
    return Volume(np.ascontiguousarray(array), grid)


def load(file: Path) -> ImageFile:
    """Read a three-dimensional image file.

    Raises
    ------
    InputError
        The file cannot be read, or has another number of dimensions.
    GeometryError
        The image's axes are not at right angles.
    """
    if not file.is_file():
        raise InputError(f"{file} does not exist", "a NIfTI or NRRD file", "check the path")
    try:
        image = sitk.ReadImage(str(file))
    except RuntimeError as error:
        raise _unreadable(file, error) from error
    if image.GetDimension() != 3:
        raise InputError(f"{file} has {image.GetDimension()} dimensions", "three", "save one volume in a file")
    grid = Grid(image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection())
    if not np.allclose(grid.axes.T @ grid.axes, np.eye(3), atol=1e-3):
        raise GeometryError(f"The axes of {file} are not at right angles", "an orthogonal image", "resample it first")
    array = sitk.GetArrayFromImage(image)
    metadata = {key: image.GetMetaData(key) for key in image.GetMetaDataKeys()}
    return ImageFile(array if array.ndim == 4 else array[..., None], grid, metadata)


def as_hu(volume: Volume, name: str) -> Volume:
    """CT values as int16 where nothing is lost, otherwise float32.

    Parameters
    ----------
    volume
        CT in HU.
    name
        File or series, for the message.

    Raises
    ------
    InputError
        The range of values is not one of HU: a body holds fat or air (below 0) and bone (above 200).
    """
    array = volume.array
    low, high = float(np.min(array)), float(np.max(array))
    if not (np.isfinite(low) and np.isfinite(high) and low < 0 and 200 <= high < 100_000):
        raise InputError(
            f"{name} has values from {low:g} to {high:g}, which are not HU",
            "a CT in HU, with air or fat below 0 and bone above 200",
            "give the CT itself, not one that was normalised or shifted",
        )
    return Volume(_to_int16(array), volume.grid)


def _to_int16(array: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    if array.dtype == np.int16:
        return array
    limits = np.iinfo(np.int16)
    if np.min(array) >= limits.min and np.max(array) <= limits.max:
        whole = array.astype(np.int16)
        if np.array_equal(whole, array):
            return whole
    return array.astype(np.float32)


def _unreadable(file: Path, error: RuntimeError) -> InputError:
    reason = str(error).strip().splitlines()[-1].strip()
    return InputError(f"{file} cannot be read ({reason})", "a NIfTI or NRRD image", "check or export it again")
