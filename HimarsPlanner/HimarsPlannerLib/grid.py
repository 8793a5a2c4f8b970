"""The one geometry value object: a regular voxel lattice in patient space (LPS, mm)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True)
class Grid:
    """Regular voxel lattice; arrays on it are numpy in (z, y, x).

    Parameters
    ----------
    size
        Number of voxels along i, j, k (x, y, z of the array).
    spacing
        Distance between voxel centres along i, j, k in mm.
    origin
        LPS position in mm of the centre of voxel (0, 0, 0).
    direction
        Row-major 3x3 matrix as in SimpleITK: its columns are the LPS unit vectors of i, j, k.
    """

    size: tuple[int, int, int]
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    direction: tuple[float, ...] = IDENTITY

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of an array on this grid, (z, y, x)."""
        return self.size[2], self.size[1], self.size[0]

    @property
    def spacing_zyx(self) -> tuple[float, float, float]:
        """Spacing in the array's axis order, mm."""
        return self.spacing[2], self.spacing[1], self.spacing[0]

    @property
    def voxel_ml(self) -> float:
        """Volume of a voxel in ml."""
        return self.spacing[0] * self.spacing[1] * self.spacing[2] / 1000.0

    @property
    def axes(self) -> FloatArray:
        """Direction matrix, shape (3, 3); column c is the LPS unit vector of index axis c (i, j, k)."""
        return np.asarray(self.direction, dtype=np.float64).reshape(3, 3)

    def to_lps(self, index_zyx: npt.ArrayLike) -> FloatArray:
        """LPS positions in mm of (fractional) array indices.

        Parameters
        ----------
        index_zyx
            Shape (..., 3), indices in (z, y, x).

        Returns
        -------
        FloatArray
            Shape (..., 3), LPS mm.
        """
        ijk = np.asarray(index_zyx, dtype=np.float64)[..., ::-1]
        return np.asarray((ijk * self.spacing) @ self.axes.T + np.asarray(self.origin))

    def to_index(self, points_lps: npt.ArrayLike) -> FloatArray:
        """Fractional array indices (z, y, x) of LPS points; the inverse of `to_lps`."""
        offset = np.asarray(points_lps, dtype=np.float64) - np.asarray(self.origin)
        ijk = (offset @ np.linalg.inv(self.axes).T) / np.asarray(self.spacing)
        return np.asarray(ijk[..., ::-1])

    def holds(self, index_zyx: FloatArray) -> npt.NDArray[np.bool_]:
        """Whether (fractional) array indices, shape (..., 3), lie in a voxel of the grid, borders included."""
        held = np.ones(index_zyx.shape[:-1], dtype=bool)
        for axis, count in enumerate(self.shape):
            held &= (index_zyx[..., axis] >= -0.5) & (index_zyx[..., axis] <= count - 0.5)
        return held

    def crop(self, start_zyx: tuple[int, int, int], shape_zyx: tuple[int, int, int]) -> Grid:
        """Grid of the block of `shape_zyx` voxels that begins at `start_zyx`."""
        origin = self.to_lps(start_zyx)
        return Grid(
            size=(shape_zyx[2], shape_zyx[1], shape_zyx[0]),
            spacing=self.spacing,
            origin=(float(origin[0]), float(origin[1]), float(origin[2])),
            direction=self.direction,
        )

    def same_as(self, other: Grid, tolerance_mm: float = 1e-2) -> bool:
        """Whether every voxel centre of both grids agrees within `tolerance_mm`."""
        if self.size != other.size:
            return False
        far = np.array([[z, y, x] for z in (0, self.size[2]) for y in (0, self.size[1]) for x in (0, self.size[0])])
        return bool(np.abs(self.to_lps(far) - other.to_lps(far)).max() <= tolerance_mm)


@dataclass(frozen=True)
class Volume:
    """An image on its grid.

    Parameters
    ----------
    array
        Values in (z, y, x): HU for CT, SUVbw for PET.
    grid
        Where the voxels are.
    """

    array: npt.NDArray[Any]
    grid: Grid


def extremes(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Smallest and largest of each coordinate of many points, shape (..., n).

    One coordinate after the other: numpy's reduction over the first axis of a long array of three is ten times slower.
    """
    flat = points.reshape(-1, points.shape[-1])
    low = np.array([flat[:, axis].min() for axis in range(flat.shape[1])])
    return low, np.array([flat[:, axis].max() for axis in range(flat.shape[1])])
