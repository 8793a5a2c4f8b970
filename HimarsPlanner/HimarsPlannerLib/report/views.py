"""Axial, coronal and sagittal planes as physicians hang them: patient's right at the left, head and front up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ..grid import FloatArray, Grid
from .canvas import Box

ScalarT = TypeVar("ScalarT", bound=np.generic)


@dataclass(frozen=True)
class View:
    """A way to look at an array whose axes are the patient's (see `orient.to_lps_axes`).

    Parameters
    ----------
    axis
        Array axis (z, y, x) looked along.
    rows, columns
        Array axes that run down and across the picture.
    rows_up
        Whether the row axis runs up the picture.
    sides
        Patient's directions at the left, right, top and bottom of the picture.
    ends
        Patient's directions at the negative and positive end of `axis`.
    """

    name: str
    axis: int
    rows: int
    columns: int
    rows_up: bool
    sides: tuple[str, str, str, str]
    ends: tuple[str, str]

    def cut(self, array: npt.NDArray[ScalarT], index: int) -> npt.NDArray[ScalarT]:
        """Plane number `index` of a (z, y, x) array, in the order of its axes."""
        at: list[int | slice] = [slice(None)] * 3
        at[self.axis] = index
        return array[tuple(at)]

    def plane(self, array: npt.NDArray[ScalarT], index: int) -> npt.NDArray[ScalarT]:
        """Plane number `index` of a (z, y, x) array as the picture shows it, (rows, columns)."""
        return self.hang(self.cut(array, index))

    def hang(self, flat: npt.NDArray[ScalarT]) -> npt.NDArray[ScalarT]:
        """Flat array in the order of the axes as the picture shows it."""
        return flat[::-1] if self.rows_up else flat

    def embed(self, flat: FloatArray, depth: float) -> FloatArray:
        """Array indices (z, y, x), shape (..., 3), of (row, column) indices of the plane at `depth`, shape (..., 2)."""
        points = np.full((*flat.shape[:-1], 3), float(depth))
        points[..., self.rows], points[..., self.columns] = flat[..., 0], flat[..., 1]
        return points

    def to_mm(self, index_zyx: FloatArray, grid: Grid) -> FloatArray:
        """Picture coordinates (x, y) in mm of array indices (z, y, x), shape (..., 3); pixels are half a pixel wide."""
        row, column = index_zyx[..., self.rows] + 0.5, index_zyx[..., self.columns] + 0.5
        if self.rows_up:
            row = grid.shape[self.rows] - row
        spacing = grid.spacing_zyx
        return np.stack([column * spacing[self.columns], row * spacing[self.rows]], axis=-1)

    def box(self, grid: Grid, rows: slice, columns: slice) -> Box:
        """Place in mm of a block of picture pixels."""
        row_mm, column_mm = grid.spacing_zyx[self.rows], grid.spacing_zyx[self.columns]
        return Box(
            columns.start * column_mm,
            rows.start * row_mm,
            (columns.stop - columns.start) * column_mm,
            (rows.stop - rows.start) * row_mm,
        )

    def position(self, grid: Grid, index: int) -> str:
        """Where plane number `index` lies, as a direction and mm from the frame of reference's origin."""
        centre = (np.array(grid.shape) - 1) / 2
        centre[self.axis] = index
        value = float(grid.to_lps(centre)[2 - self.axis])
        return f"{self.ends[int(value >= 0)]} {abs(value):.0f} mm"


AXIAL = View("Axial", 0, 1, 2, False, ("R", "L", "A", "P"), ("I", "S"))
CORONAL = View("Coronal", 1, 0, 2, True, ("R", "L", "S", "I"), ("A", "P"))
SAGITTAL = View("Sagittal", 2, 0, 1, True, ("A", "P", "S", "I"), ("R", "L"))
