"""Frames of a DICOM SEG whose slices are not equally spaced, as those of a PET often are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import highdicom as hd
import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from ..grid import FloatArray, Grid

SAME_PLACE_MM = 0.01
STEP_TOLERANCE = 0.1
ALIKE = 1e-3


@dataclass(frozen=True)
class SegFrames:
    """Frames in the order of their places; slices without any frame are empty. The counterpart of `SegVolume`.

    Parameters
    ----------
    grid
        The regular lattice closest to the slices.
    offsets_mm
        True distance of each slice from the first along the normal, shape (nz,), increasing.
    slices
        Slice of each frame.
    numbers
        Segment of each frame; 0 for a label map, whose pixels say it.
    pixels
        Stored values, shape (frames, rows, columns).
    full
        Stored value of a voxel that belongs to its segment entirely.
    """

    grid: Grid
    offsets_mm: FloatArray
    slices: tuple[int, ...]
    numbers: tuple[int, ...]
    pixels: npt.NDArray[np.integer]
    full: int

    @classmethod
    def of(cls, seg: hd.seg.Segmentation) -> SegFrames | None:
        """Frames of a SEG; None where they are not parallel slices of one stack.

        Steps may differ from their median, or a whole multiple of it where frames are left out, by up to 10 %.
        """
        shared = seg.SharedFunctionalGroupsSequence[0]
        groups = list(seg.PerFrameFunctionalGroupsSequence)
        orientation = _alike([_item(g, shared, "PlaneOrientationSequence") for g in groups], "ImageOrientationPatient")
        spacing = _alike([_item(g, shared, "PixelMeasuresSequence") for g in groups], "PixelSpacing")
        positions = _values([_item(g, shared, "PlanePositionSequence") for g in groups], "ImagePositionPatient")
        if orientation is None or spacing is None or positions is None:
            return None
        axes = np.stack([orientation[:3], orientation[3:], np.cross(orientation[:3], orientation[3:])], axis=1)
        along = positions @ axes
        places = _lattice(np.sort(along[:, 2]))
        if places is None or np.ptp(along[:, :2], axis=0).max() > SAME_PLACE_MM:
            return None
        x, y, z = (float(v) for v in axes @ (*along[0, :2], places[0]))
        step = float(places[-1] - places[0]) / (len(places) - 1)
        owners = [_item(g, shared, "SegmentIdentificationSequence") for g in groups]
        return cls(
            Grid(
                size=(int(seg.Columns), int(seg.Rows), len(places)),
                spacing=(float(spacing[1]), float(spacing[0]), step),
                origin=(x, y, z),
                direction=tuple(float(v) for v in axes.ravel()),
            ),
            places - places[0],
            slices=tuple(int(np.abs(places - place).argmin()) for place in along[:, 2]),
            numbers=tuple(int(owner.get("ReferencedSegmentNumber") or 0) for owner in owners),
            pixels=seg.pixel_array.reshape(-1, int(seg.Rows), int(seg.Columns)),
            full=int(seg.get("MaximumFractionalValue") or 1),
        )

    def labels(self) -> npt.NDArray[np.integer] | None:
        """Segment number of each voxel, (z, y, x), of a label map; None for other kinds."""
        return None if any(self.numbers) else self._stack(0)

    def fractions(self, number: int) -> npt.NDArray[np.floating | np.integer]:
        """Fraction of each voxel that belongs to a segment, 0 to 1, (z, y, x)."""
        return np.asarray(self._stack(number) / np.float32(self.full))

    def _stack(self, number: int) -> npt.NDArray[np.integer]:
        array = np.zeros(self.grid.shape, dtype=self.pixels.dtype)
        for frame, (place, owner) in enumerate(zip(self.slices, self.numbers, strict=True)):
            if owner == number:
                array[place] = self.pixels[frame]
        return array


def _lattice(places: FloatArray) -> FloatArray | None:
    """Positions of all slices from those that have frames; None where steps are no multiples of one step."""
    places = places[np.concatenate([[True], np.diff(places) > SAME_PLACE_MM])]
    steps = np.diff(places)
    if not len(steps):
        return None
    step = float(np.median(steps[steps < 1.5 * steps.min()]))
    counts = np.rint(steps / step)
    if np.abs(steps / counts - step).max() > STEP_TOLERANCE * step:
        return None
    gaps = zip(places[:-1], places[1:], counts, strict=True)
    filled = [np.linspace(below, above, int(n), endpoint=False) for below, above, n in gaps]
    return np.concatenate([*filled, places[-1:]])


def _item(group: Dataset, shared: Dataset, keyword: str) -> Dataset:
    """Functional group of a frame: its own, else the one that all share."""
    sequence = group.get(keyword) or shared.get(keyword)
    return sequence[0] if sequence else Dataset()


def _values(items: Sequence[Dataset], keyword: str) -> FloatArray | None:
    """Numbers of every frame, shape (frames, n); None where one lacks them."""
    rows = [[float(value) for value in item.get(keyword) or ()] for item in items]
    return np.array(rows) if rows and all(map(len, rows)) else None


def _alike(items: Sequence[Dataset], keyword: str) -> FloatArray | None:
    """Numbers that all frames share; None where they do not."""
    rows = _values(items, keyword)
    return None if rows is None or np.ptp(rows, axis=0).max() > ALIKE else np.asarray(rows[0])
