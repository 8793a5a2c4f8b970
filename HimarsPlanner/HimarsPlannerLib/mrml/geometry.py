"""RAS matrices of the scene and LPS grids of the library."""

from __future__ import annotations

from typing import Any

import numpy as np
import vtk

from ..errors import GeometryError
from ..grid import FloatArray, Grid

TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
RIGHT_ANGLES = 1e-3
DIGITS = 10


def array_of_matrix(matrix: Any) -> FloatArray:
    """Shape (4, 4) of a vtkMatrix4x4."""
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def matrix_of_array(array: FloatArray) -> Any:
    """Make a vtkMatrix4x4."""
    matrix = vtk.vtkMatrix4x4()
    for row in range(4):
        for column in range(4):
            matrix.SetElement(row, column, float(array[row, column]))
    return matrix


def grid_of_matrix(ijk_to_ras: Any, extent: tuple[int, ...], name: str) -> Grid:
    """Grid (LPS) of the voxels of an index extent.

    Parameters
    ----------
    ijk_to_ras
        vtkMatrix4x4 from voxel index to RAS mm.
    extent
        First and last index along i, j, k.
    name
        Of the node, for messages.

    Raises
    ------
    GeometryError
        The axes are not at right angles.
    """
    to_lps = TO_LPS @ array_of_matrix(ijk_to_ras)
    # The root's last bits would make another volume of a voxel than the one that was shown.
    spacing = np.round(np.linalg.norm(to_lps[:3, :3], axis=0), DIGITS)
    axes = to_lps[:3, :3] / spacing
    if not np.allclose(axes.T @ axes, np.eye(3), atol=RIGHT_ANGLES):
        raise GeometryError(
            f"The axes of {name!r} are not at right angles",
            "a volume with orthogonal axes",
            "resample it first (Resample Scalar/Vector/DWI Volume)",
        )
    origin = (to_lps @ [*extent[::2], 1.0])[:3]
    i, j, k = (extent[2 * axis + 1] - extent[2 * axis] + 1 for axis in range(3))
    return Grid(
        (i, j, k),
        (float(spacing[0]), float(spacing[1]), float(spacing[2])),
        (float(origin[0]), float(origin[1]), float(origin[2])),
        tuple(float(value) for value in axes.ravel()),
    )


def matrix_of_grid(grid: Grid) -> Any:
    """vtkMatrix4x4 from voxel index (i, j, k) to RAS mm."""
    matrix = np.eye(4)
    matrix[:3, :3] = grid.axes * grid.spacing
    matrix[:3, 3] = grid.origin
    return matrix_of_array(TO_LPS @ matrix)


def ras_of_lps(point: tuple[float, float, float]) -> tuple[float, float, float]:
    """The same point in RAS mm."""
    return -point[0], -point[1], point[2]
