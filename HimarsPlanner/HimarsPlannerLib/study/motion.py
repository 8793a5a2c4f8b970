"""Rigid motions as 4 x 4 matrices of LPS mm."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..grid import FloatArray, Grid

RIGID = 1e-3


def moved(points: npt.ArrayLike, matrix: FloatArray) -> FloatArray:
    """Points after a motion.

    Parameters
    ----------
    points
        Shape (..., 3), LPS mm.
    matrix
        Shape (4, 4), acting on columns (x, y, z, 1).

    Returns
    -------
    FloatArray
        Shape (..., 3), LPS mm.
    """
    return np.asarray(np.asarray(points, dtype=np.float64) @ matrix[:3, :3].T + matrix[:3, 3])


def moved_grid(grid: Grid, matrix: FloatArray) -> Grid:
    """Lattice after a rigid motion: its voxels are the same, in another place."""
    x, y, z = (float(value) for value in moved(grid.origin, matrix))
    return Grid(
        grid.size, grid.spacing, (x, y, z), tuple(float(value) for value in (matrix[:3, :3] @ grid.axes).ravel())
    )


def inverse(matrix: FloatArray) -> FloatArray:
    """Motion back, shape (4, 4)."""
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def rotation_deg(matrix: FloatArray) -> float:
    """Angle of a motion about its axis, degrees."""
    return float(np.degrees(np.arccos(np.clip((np.trace(matrix[:3, :3]) - 1) / 2, -1, 1))))


def is_rigid(matrix: FloatArray) -> bool:
    """Whether a matrix only turns and shifts: no scale, shear or mirror."""
    turn = matrix[:3, :3]
    plain = np.allclose(matrix[3], (0, 0, 0, 1)) and np.isfinite(matrix).all()
    return bool(plain and np.allclose(turn @ turn.T, np.eye(3), atol=RIGID) and np.linalg.det(turn) > 0)
