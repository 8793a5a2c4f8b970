"""Read a written RTSTRUCT back and compare it with the masks that it was made of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt

from ..errors import OutputError
from ..region import BoolArray, Region, bounding_box, union
from ..study.rtstruct import read_rtstruct
from ..study.study import CtImage
from .roi import RoiToWrite

_OTHER_SLICES = 1e6


@dataclass(frozen=True)
class WrittenRoi:
    """A structure as it was drawn and as the file gives it back.

    Parameters
    ----------
    number
        ROI Number in the file.
    roi
        What was to be written.
    slices, volume_ml
        Of the mask.
    slices_read, volume_read_ml
        Of what was read back.
    voxels_different
        Voxels in one of both and not in the other.
    """

    number: int
    roi: RoiToWrite
    slices: int
    slices_read: int
    volume_ml: float
    volume_read_ml: float
    voxels_different: int


def read_back(file: Path, rois: Sequence[RoiToWrite], ct: CtImage, simplify_mm: float = 0.0) -> list[WrittenRoi]:
    """Compare a file with the structures that were written to it, by the reader of `study`, which shares no code.

    Parameters
    ----------
    file
        The RTSTRUCT.
    rois
        What it was made of, in the order of their numbers.
    ct
        The planning CT.
    simplify_mm
        Tolerance within which contours were simplified. Without it every voxel must come back; with it a voxel may
        differ where its centre is no farther than this from the side of a voxel of the other kind.

    Raises
    ------
    OutputError
        A structure is missing, has another name or type, or a voxel differs that may not.
    """
    found = read_rtstruct(file, ct)
    expected = [(number, roi.name, roi.interpreted_type) for number, roi in enumerate(rois, start=1)]
    if [(one.number, one.name, one.interpreted_type) for one in found] != expected:
        raise _failed(file, "its structures are not those that were written")
    written = []
    for structure, roi in zip(found, rois, strict=True):
        differs, drawn = _difference(structure.region, roi.region)
        if _beyond(differs, drawn, roi.region, simplify_mm):
            raise _failed(file, f"{roi.name} comes back with {np.count_nonzero(differs)} other voxels")
        written.append(
            WrittenRoi(
                number=structure.number,
                roi=roi,
                slices=_slices(roi.region),
                slices_read=_slices(structure.region),
                volume_ml=roi.region.volume_ml,
                volume_read_ml=structure.region.volume_ml,
                voxels_different=int(np.count_nonzero(differs)),
            )
        )
    return written


def _difference(one: Region, other: Region) -> tuple[BoolArray, BoolArray]:
    """Voxels in one of both, and those of the second, in the block around both."""
    block = union([one, other], other.grid)
    mine, theirs = one.cut(block), other.cut(block)
    return mine != theirs, theirs


def _beyond(differs: BoolArray, drawn: BoolArray, region: Region, simplify_mm: float) -> bool:
    """Whether a voxel differs that lies deeper than the tolerance inside what was drawn, or farther outside."""
    if not differs.any():
        return False
    spacing = region.grid.spacing
    # From the centre of one voxel to that of another whose side is within the tolerance, in the plane of the slice.
    reach = simplify_mm + math.hypot(spacing[0], spacing[1]) / 2 if simplify_mm else 0.0
    room = math.ceil(reach / min(spacing[:2])) + 1
    pad = ((0, 0), (room, room), (room, room))
    differs, drawn = np.pad(differs, pad), np.pad(drawn, pad)
    box = bounding_box(differs, room)
    sampling = (_OTHER_SLICES, spacing[1], spacing[0])
    return bool((_to_other_kind(drawn[box], sampling)[differs[box]] > reach).any())


def _to_other_kind(mask: BoolArray, sampling: tuple[float, float, float]) -> npt.NDArray[np.float64]:
    return np.asarray(
        distance_transform_edt(mask, sampling=sampling) + distance_transform_edt(~mask, sampling=sampling)
    )


def _slices(region: Region) -> int:
    return int(region.mask.any(axis=(1, 2)).sum())


def _failed(file: Path, what: str) -> OutputError:
    return OutputError(
        f"{file.name} was read back and is not what was to be written: {what}",
        "every voxel of every structure",
        "nothing was kept; this is a fault of the program, report it with the study",
    )
