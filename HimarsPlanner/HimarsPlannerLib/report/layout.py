"""Which pictures the report has, and how they stand beside each other at one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..study.study import Registration
from .canvas import Box
from .overlay import draw_overlay, plane_of_most_bone
from .projection import PetProjection
from .scene import Scene
from .slices import THUMBNAIL_MM, Picture, body_box, draw_plane, draw_thumbnail
from .views import AXIAL, CORONAL, SAGITTAL

PAGE_PX = 1060.0
TALLEST_PX = 760.0
GAP_PX = 12.0
CAPTION_PX = 44.0
MOST_AXIALS = 3
THUMBNAIL_PX = 104.0
MOST_THUMBNAILS = 40


@dataclass(frozen=True)
class Column:
    """Pictures one below the other; the columns of a row share one scale, so their widths are in mm."""

    pictures: tuple[Picture, ...]
    width_mm: float


@dataclass(frozen=True)
class Row:
    """Columns side by side and the width in px at which they are drawn to scale."""

    columns: tuple[Column, ...]
    width_px: float


def plane_row(scene: Scene) -> Row:
    """Axial planes through the first lesions above each other, then the coronal and the sagittal that show most."""
    coronal, sagittal = scene.best_plane(CORONAL), scene.best_plane(SAGITTAL)
    tall = [body_box(scene, CORONAL, coronal), body_box(scene, SAGITTAL, sagittal)]
    axials = scene.first_planes(AXIAL, MOST_AXIALS)
    flat = [body_box(scene, AXIAL, index) for index in axials]
    width = max(box.width for box in flat)
    scale = _scale([width, tall[0].width, tall[1].width], max(box.height for box in (*tall, flat[0])))
    axials, flat = _that_fit(axials, flat, max(box.height for box in tall), scale)
    flat = [Box(box.x + (box.width - width) / 2, box.y, width, box.height) for box in flat]
    cuts = [(AXIAL, index) for index in axials]
    columns = (
        Column(tuple(draw_plane(scene, AXIAL, i, box, scale) for i, box in zip(axials, flat, strict=True)), width),
        Column((draw_plane(scene, CORONAL, coronal, tall[0], scale, cuts),), tall[0].width),
        Column((draw_plane(scene, SAGITTAL, sagittal, tall[1], scale, cuts),), tall[1].width),
    )
    return _row(columns, scale)


def projection_row(pet: PetProjection, scene: Scene) -> Row:
    """Frontal and lateral maximum-intensity projections."""
    views = (CORONAL, SAGITTAL)
    boxes = [pet.body_box(view) for view in views]
    scale = _scale([box.width for box in boxes], max(box.height for box in boxes))
    columns = tuple(
        Column((pet.draw(view, box, scene, scale),), box.width) for view, box in zip(views, boxes, strict=True)
    )
    return _row(columns, scale)


def registration_row(scene: Scene, registration: Registration) -> Row | None:
    """Both CTs before and after registration, coronal and sagittal; None without the PET/CT's own CT."""
    other = registration.pet_ct
    if other is None:
        return None
    planes = [(view, plane_of_most_bone(scene, view)) for view in (CORONAL, SAGITTAL)]
    boxes = [body_box(scene, view, index) for view, index in planes]
    scale = _scale([box.width for box in boxes for _ in range(2)], max(box.height for box in boxes))
    stages = (("as their frames of reference say", np.eye(4)), ("after registration", registration.matrix))
    columns = tuple(
        Column((draw_overlay(scene, view, i, box, scale, other, matrix, f"{view.name}, {stage}"),), box.width)
        for (view, i), box in zip(planes, boxes, strict=True)
        for stage, matrix in stages
    )
    return _row(columns, scale)


def thumbnails(scene: Scene) -> dict[int, Picture]:
    """A small picture of each selected lesion and of the first others, by rank."""
    chosen = [lesion for lesion in scene.lesions if lesion.selected or lesion.rank <= MOST_THUMBNAILS]
    return {lesion.rank: draw_thumbnail(scene, lesion, THUMBNAIL_PX / THUMBNAIL_MM) for lesion in chosen}


def _scale(widths_mm: Sequence[float], height_mm: float) -> float:
    room = PAGE_PX - GAP_PX * (len(widths_mm) - 1)
    return min(room / sum(widths_mm), TALLEST_PX / height_mm)


def _that_fit(planes: list[int], boxes: list[Box], height_mm: float, scale: float) -> tuple[list[int], list[Box]]:
    """As many of the planes, at least one, as stand above each other beside a picture of `height_mm`."""
    count, used = 1, boxes[0].height
    while count < len(boxes) and used + boxes[count].height + CAPTION_PX / scale <= height_mm * 1.02:
        used += boxes[count].height + CAPTION_PX / scale
        count += 1
    return planes[:count], boxes[:count]


def _row(columns: tuple[Column, ...], scale: float) -> Row:
    width = sum(column.width_mm for column in columns) * scale + GAP_PX * (len(columns) - 1)
    return Row(columns, round(width))
