"""Voxels of a DICOM SEG whose frames are equally spaced slices, by highdicom."""

from __future__ import annotations

from dataclasses import dataclass

import highdicom as hd
import numpy as np
import numpy.typing as npt

from ..grid import FloatArray, Grid

LabelArray = npt.NDArray[np.integer]


@dataclass(frozen=True)
class SegVolume:
    """A SEG on its own regular lattice; see `SegFrames` for what has none.

    Parameters
    ----------
    seg
        The object.
    grid
        Its lattice: the array's axes are slices, rows and columns of the frames.
    offsets_mm
        None: slices are as regular as the grid says.
    """

    seg: hd.seg.Segmentation
    grid: Grid
    offsets_mm: FloatArray | None = None

    @classmethod
    def of(cls, seg: hd.seg.Segmentation) -> SegVolume | None:
        """Volume of a SEG; None where its frames have no positions or are not equally spaced."""
        has_positions = "FrameOfReferenceUID" in seg and seg.coordinate_system is not None
        geometry = seg.get_volume_geometry() if has_positions else None
        if geometry is None:
            return None
        slices, rows, columns = (int(n) for n in geometry.spatial_shape)
        k_mm, j_mm, i_mm = (float(v) for v in geometry.spacing)
        x, y, z = (float(v) for v in geometry.position)
        axes = np.stack([np.asarray(vector) for vector in reversed(geometry.unit_vectors())], axis=1)
        direction = tuple(float(v) for v in axes.ravel())
        return cls(seg, Grid((columns, rows, slices), (i_mm, j_mm, k_mm), (x, y, z), direction))

    def labels(self) -> LabelArray | None:
        """Segment number of each voxel, (z, y, x); None where segments overlap or have fractions."""
        kinds = hd.seg.SegmentationTypeValues
        if self.seg.segmentation_type == kinds.FRACTIONAL:
            return None
        try:
            volume = self.seg.get_volume(combine_segments=True)
        except RuntimeError:
            if self.seg.segmentation_type == kinds.LABELMAP:
                raise
            return None
        return np.ascontiguousarray(volume.array)

    def fractions(self, number: int) -> npt.NDArray[np.floating | np.integer]:
        """Fraction of each voxel that belongs to a segment, 0 to 1, (z, y, x)."""
        return np.asarray(self.seg.get_volume(segment_numbers=[number]).array[..., 0])
