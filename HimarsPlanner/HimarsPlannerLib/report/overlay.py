"""Planning CT and PET/CT's own CT in one picture, in squares like a chess board."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..export.palette import Rgb
from ..grid import FloatArray, Grid, Volume
from ..study.motion import inverse, moved
from .canvas import Box, Canvas
from .scene import Scene
from .slices import BONE_WINDOW, Picture
from .views import View

SQUARE_MM = 40.0
DENSE_HU = 200
TINT: Rgb = (255, 196, 120)
TINTED = [((shade * TINT[0] // 63, shade * TINT[1] // 63, shade * TINT[2] // 63), 255) for shade in range(64)]
"""Colours from black to the tint, and opacity."""


def plane_of_most_bone(scene: Scene, view: View) -> int:
    """Plane of the planning CT that shows most dense bone."""
    others = tuple(axis for axis in range(3) if axis != view.axis)
    every_other = np.asarray(scene.ct[::2, ::2, ::2], dtype=np.float32)
    return int(np.count_nonzero(every_other > DENSE_HU, axis=others).argmax()) * 2


def draw_overlay(
    scene: Scene, view: View, index: int, box: Box, px_per_mm: float, other: Volume, matrix: FloatArray, name: str
) -> Picture:
    """Draw a plane of the planning CT with every other square taken from the PET/CT's own CT, tinted.

    Parameters
    ----------
    scene
        The planning CT along the patient's axes.
    view, index, box, px_per_mm
        Which plane, which part of it in mm, and its scale.
    other
        The PET/CT's own CT on its own lattice.
    matrix
        Motion from LPS mm of `other` to LPS mm of the planning CT, shape (4, 4).
    name
        What the picture is, for its caption.
    """
    position = view.position(scene.grid, index)
    canvas = Canvas(box, px_per_mm, f"{name}: both CTs at {position}")
    plane = view.cut(scene.ct, index)
    whole = view.box(scene.grid, slice(0, plane.shape[0]), slice(0, plane.shape[1]))
    canvas.image(BONE_WINDOW.grey(view.hang(plane)), whole)
    values = _plane_of(other, scene.grid, view, index, matrix)
    grey = BONE_WINDOW.grey(np.where(np.isnan(values), -1000.0, values)).astype(np.int64)
    shades = (1 + grey * (len(TINTED) - 1) // 255) * _squares(plane.shape, scene.grid, view)
    canvas.image(view.hang(shades.astype(np.uint8)), whole, TINTED)
    canvas.sides(*view.sides)
    canvas.scale_bar(50.0)
    return Picture(canvas.svg(), name, position, ())


def _plane_of(other: Volume, grid: Grid, view: View, index: int, matrix: FloatArray) -> FloatArray:
    """HU of the other CT in a plane of the planning CT, NaN where it does not reach, (rows, columns) of the array."""
    rows, columns = np.indices((grid.shape[view.rows], grid.shape[view.columns]))
    points = grid.to_lps(view.embed(np.stack([rows, columns], axis=-1).astype(np.float64), index))
    place = np.moveaxis(other.grid.to_index(moved(points, inverse(matrix))), -1, 0)
    return np.asarray(
        ndimage.map_coordinates(other.array, place, np.float64, order=1, mode="constant", cval=np.nan, prefilter=False)
    )


def _squares(shape: tuple[int, ...], grid: Grid, view: View) -> npt.NDArray[np.bool_]:
    spacing = grid.spacing_zyx
    row = (np.arange(shape[0]) * spacing[view.rows] // SQUARE_MM).astype(int)
    column = (np.arange(shape[1]) * spacing[view.columns] // SQUARE_MM).astype(int)
    return np.asarray((row[:, None] + column[None, :]) % 2 == 1)
