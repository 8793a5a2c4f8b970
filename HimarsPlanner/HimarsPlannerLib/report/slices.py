"""CT planes with trabecular bone, canal and lesions drawn on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..bone.compartments import BoneLabel
from ..export.palette import TIERS, TRABECULAR, Rgb
from ..grid import FloatArray
from ..region import bounding_box
from .canvas import Box, Canvas
from .outline import outline_segments
from .scene import DrawnLesion, Scene
from .views import AXIAL, View

CANAL: Rgb = (125, 226, 255)
BODY_HU = -400.0
THUMBNAIL_MM = 80.0
FILLS = [(TRABECULAR, 75), *((colour, 75) for colour in TIERS.values())]


@dataclass(frozen=True)
class Window:
    """CT values from black to white, as level and width in HU."""

    name: str
    level: float
    width: float

    def grey(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
        """Grey 0 to 255 of CT values in HU."""
        scaled = (np.asarray(values, dtype=np.float32) - (self.level - self.width / 2)) * (255.0 / self.width)
        return np.asarray(np.nan_to_num(scaled).clip(0, 255), dtype=np.uint8)


BONE_WINDOW = Window("bone", 300.0, 1300.0)
SOFT_WINDOW = Window("soft tissue", 50.0, 450.0)


@dataclass(frozen=True)
class Picture:
    """A finished picture and what it shows."""

    svg: str
    name: str
    position: str
    through: tuple[int, ...]


def body_box(scene: Scene, view: View, index: int) -> Box:
    """Box in mm around the body in a plane, all of the plane where there is no body."""
    plane = view.plane(scene.ct, index)
    labels, count = ndimage.label(np.asarray(plane) > BODY_HU)
    rows, columns = slice(0, plane.shape[0]), slice(0, plane.shape[1])
    if count:
        largest = labels == np.bincount(labels.ravel())[1:].argmax() + 1
        _, rows, columns = bounding_box(largest[None], margin=4)
    return view.box(scene.grid, rows, columns)


def draw_plane(
    scene: Scene, view: View, index: int, box: Box, px_per_mm: float, cuts: Sequence[tuple[View, int]] = ()
) -> Picture:
    """Draw a plane of the CT for the overview.

    Parameters
    ----------
    scene
        What there is to draw.
    view, index
        Which plane.
    box
        Part of it to show, mm.
    px_per_mm
        Scale at which it is looked at.
    cuts
        Other planes, whose traces are drawn as dashed lines.
    """
    name, position = view.name, view.position(scene.grid, index)
    canvas = Canvas(box, px_per_mm, f"{name} CT at {position}")
    shown = scene.through(view, index)
    _draw(canvas, scene, view, index, BONE_WINDOW, shown)
    for other, plane in cuts:
        _draw_cut(canvas, scene, view, other, plane)
    for lesion in shown:
        canvas.label(_outline(scene, view, index, lesion), str(lesion.rank))
    canvas.sides(*view.sides)
    canvas.scale_bar(50.0)
    return Picture(canvas.svg(), name, position, tuple(lesion.rank for lesion in shown))


def draw_thumbnail(scene: Scene, lesion: DrawnLesion, px_per_mm: float) -> Picture:
    """Draw the axial plane in which a lesion is largest, 80 mm wide or as much as the lesion needs."""
    index = lesion.largest(AXIAL)
    rows, columns = lesion.region.box[1:]
    around = AXIAL.box(scene.grid, rows, columns)
    side = max(THUMBNAIL_MM, 1.3 * around.width, 1.3 * around.height)
    x, y = around.x + (around.width - side) / 2, around.y + (around.height - side) / 2
    position = AXIAL.position(scene.grid, index)
    canvas = Canvas(Box(x, y, side, side), px_per_mm * THUMBNAIL_MM / side, f"Axial CT at {position}: {lesion.title}")
    in_bone = lesion.decision.ranked.lesion.kind == "bone"
    _draw(canvas, scene, AXIAL, index, BONE_WINDOW if in_bone else SOFT_WINDOW, scene.through(AXIAL, index))
    canvas.scale_bar(20.0)
    return Picture(canvas.svg(), "Axial", position, (lesion.rank,))


def _draw(canvas: Canvas, scene: Scene, view: View, index: int, window: Window, lesions: Sequence[DrawnLesion]) -> None:
    rows, columns = _pixels(scene, view, canvas.box)
    box = view.box(scene.grid, rows, columns)
    canvas.image(window.grey(view.plane(scene.ct, index)[rows, columns]), box)
    labels = view.cut(scene.labels, index)
    fills = np.zeros(labels.shape, dtype=np.uint8)
    fills[labels == BoneLabel.TRABECULAR] = 1
    for lesion in reversed(lesions):
        if lesion.selected:
            place = lesion.region.box[view.rows], lesion.region.box[view.columns]
            fills[place][lesion.cut(view, index)] = 1 + min(lesion.decision.ranked.tier, len(TIERS))
    canvas.image(view.hang(fills)[rows, columns], box, FILLS)
    canal = outline_segments(labels == BoneLabel.CANAL)
    canvas.outline(view.to_mm(view.embed(canal, index), scene.grid), CANAL, 1.0, "Spinal canal")
    for lesion in reversed(lesions):
        width = 2.0 if lesion.selected else 1.6
        canvas.outline(_outline(scene, view, index, lesion), lesion.colour, width, lesion.title)


def _outline(scene: Scene, view: View, index: int, lesion: DrawnLesion) -> FloatArray:
    """Outline of a lesion in a plane, picture coordinates in mm, shape (n, 2, 2)."""
    segments = outline_segments(lesion.cut(view, index)) + lesion.start(view)
    return view.to_mm(view.embed(segments, index), scene.grid)


def _draw_cut(canvas: Canvas, scene: Scene, view: View, other: View, plane: int) -> None:
    corners = np.zeros((2, 3))
    corners[:, other.axis] = plane
    axis = 3 - view.axis - other.axis
    corners[1, axis] = scene.grid.shape[axis] - 1
    (x0, y0), (x1, y1) = view.to_mm(corners, scene.grid)
    canvas.line((float(x0), float(y0)), (float(x1), float(y1)))


def _pixels(scene: Scene, view: View, box: Box) -> tuple[slice, slice]:
    """Picture rows and columns that cover `box`, inside the plane."""
    spacing, shape = scene.grid.spacing_zyx, scene.grid.shape
    spans = []
    for axis, start, length in ((view.rows, box.y, box.height), (view.columns, box.x, box.width)):
        first = max(int(np.floor(start / spacing[axis] + 1e-6)), 0)
        last = min(int(np.ceil((start + length) / spacing[axis] - 1e-6)), shape[axis])
        spans.append(slice(first, last))
    return spans[0], spans[1]
