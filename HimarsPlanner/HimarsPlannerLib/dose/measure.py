"""The dose in a structure: small cells of the dose grid, each with its share inside and its interpolated dose."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..errors import GeometryError, InputError
from ..grid import FloatArray, Volume
from ..region import BoolArray, Region, Slices
from ..study.contour_planes import Plane
from .distance import FloatImage
from .dvh import Dvh
from .outline import Object, Outline
from .solid import fill_cells

CELLS = 200_000
SMALLEST_CELL_MM = 0.2
FINEST = 15
AROUND = 2
SPREAD = np.sqrt([2, 3, 5, 7, 11, 13, 17, 19, 23]).reshape(3, 3)
"""Multiples of roots of primes fill the unit cube evenly, and so do their sums along any diagonal."""


class OutsideDoseError(GeometryError):
    """A structure has no part in the dose grid."""


@dataclass(frozen=True)
class Sampled:
    """DVH of a structure, and how finely it was sampled.

    Parameters
    ----------
    supersampling
        Cells along each edge of a dose voxel (z, y, x); odd, so that the centre of every voxel is one of them.
    """

    dvh: Dvh
    supersampling: tuple[int, int, int]


@dataclass(frozen=True)
class _Block:
    """Cells around an object: the first along each axis (numbered from the grid's corner), and their size in mm."""

    first: tuple[int, int, int]
    shape: tuple[int, int, int]
    cells: tuple[int, int, int]
    size: tuple[float, float, float]

    def index(self, axis: int) -> FloatArray:
        """Fractional dose index of the cells along an axis."""
        return (np.arange(self.shape[axis]) + self.first[axis] + 0.5) / self.cells[axis] - 0.5


def measure_dose(outline: Outline, dose: Volume) -> Sampled:
    """DVH of a structure by cells of the dose grid.

    Parameters
    ----------
    outline
        The structure, with its step.
    dose
        Gy.

    Raises
    ------
    InputError
        The structure has no contours.
    OutsideDoseError
        None of it is inside the dose grid.
    """
    if not outline.planes:
        raise InputError(f"Structure {outline.name!r} has no contours", "a structure that was drawn", "draw it")
    order = (outline.axis, *(a for a in range(3) if a != outline.axis))
    array = dose.array.transpose(order)
    z, y, x = (dose.grid.spacing_zyx[a] for a in order)
    objects = outline.objects
    cells = _supersampling(objects, outline.step_mm, (z, y, x))
    parts = [part for one in objects for part in _samples(one, outline.step_mm, array, (z, y, x), cells)]
    values, spread, share, is_inside = (np.concatenate([part[n] for part in parts]) for n in range(4))
    cell_ml = z * y * x / math.prod(cells) / 1000
    outside_ml = float(share[~is_inside].sum(dtype=np.float64)) * cell_ml
    values, spread, share = values[is_inside], spread[is_inside], share[is_inside]
    if not values.size:
        raise OutsideDoseError(
            f"Structure {outline.name!r} is wholly outside the dose grid",
            "a dose that covers it",
            "calculate or export the dose on a larger grid",
        )
    core = values[share >= 0.5] if (share >= 0.5).any() else values
    extremes = float(core.min()), float(core.max())
    dvh = Dvh.of_samples(values + spread, share * np.float32(cell_ml), extremes, outside_ml)
    turned = tuple(cells[order.index(axis)] for axis in range(3))
    return Sampled(dvh, (turned[0], turned[1], turned[2]))


def _supersampling(
    objects: tuple[Object, ...], step: float, spacing: tuple[float, float, float]
) -> tuple[int, int, int]:
    """Finest odd division of dose voxels whose cells around all objects stay below `CELLS`."""
    volume = 0.0
    for one in objects:
        low, high = _extent(one)
        volume += math.prod(high - low) * (one[-1].position - one[0].position + step)
    wanted = max((volume / CELLS) ** (1 / 3), SMALLEST_CELL_MM)
    z, y, x = (min(2 * int(s / wanted / 2) + 1, FINEST) for s in spacing)
    return z, y, x


def _extent(one: Object) -> tuple[FloatArray, FloatArray]:
    points = np.concatenate([polygon for plane in one for polygon in plane.polygons])
    return points.min(axis=0), points.max(axis=0)


def _samples(
    one: Object,
    step: float,
    dose: FloatImage,
    spacing: tuple[float, float, float],
    cells: tuple[int, int, int],
) -> Iterator[tuple[FloatImage, FloatImage, FloatImage, BoolArray]]:
    """Dose, its spread, share and whether inside the dose grid, of the cells of an object not wholly outside it."""
    block = _block(one, step, spacing, cells)
    share = _shares(one, step, block, spacing[0])
    taken = share > 0
    within = [(i >= -0.5) & (i <= n - 0.5) for i, n in zip(map(block.index, range(3)), dose.shape, strict=True)]
    is_inside = within[0][:, None, None] & within[1][:, None] & within[2]
    values = _interpolated(dose, block)
    yield values[taken], _spread(values, share, block)[taken], share[taken], is_inside[taken]


def _shares(one: Object, step: float, block: _Block, height_mm: float) -> FloatImage:
    """Share of each cell of a block inside an object."""
    shift = np.array(block.first[:0:-1]) + 0.5 - np.array(block.cells[:0:-1]) / 2
    planes = [
        Plane(plane.position, tuple(polygon / block.size[:0:-1] - shift for polygon in plane.polygons)) for plane in one
    ]
    return fill_cells(planes, step, block.index(0) * height_mm, block.shape[1:], block.size)


def _block(one: Object, step: float, spacing: tuple[float, float, float], cells: tuple[int, int, int]) -> _Block:
    low, high = _extent(one)
    start = np.array([one[0].position - step, low[1], low[0]])
    stop = np.array([one[-1].position + step, high[1], high[0]])
    size = np.array(spacing) / cells
    first = np.floor((start / spacing + 0.5) * cells).astype(int) - AROUND
    last = np.ceil((stop / spacing + 0.5) * cells).astype(int) + AROUND
    z, y, x = (int(n) for n in last - first)
    return _Block(
        (int(first[0]), int(first[1]), int(first[2])),
        (z, y, x),
        cells,
        (float(size[0]), float(size[1]), float(size[2])),
    )


def _interpolated(dose: FloatImage, block: _Block) -> FloatImage:
    """Trilinear dose at the cells, axis by axis; beyond the outermost voxel centres that of the nearest."""
    indices = [np.clip(block.index(axis), 0, n - 1) for axis, n in enumerate(dose.shape)]
    starts = [min(int(index[0]), max(n - 2, 0)) for index, n in zip(indices, dose.shape, strict=True)]
    z, y, x = (slice(first, int(index[-1]) + 2) for first, index in zip(starts, indices, strict=True))
    values = dose[z, y, x]
    for axis, (index, first) in enumerate(zip(indices, starts, strict=True)):
        last = values.shape[axis] - 1
        below = np.minimum(index.astype(np.intp) - first, max(last - 1, 0))
        above = np.minimum(below + 1, last)
        share = (index - first - below).astype(np.float32).reshape(-1, *(1,) * (2 - axis))
        values = values.take(below, axis) * (1 - share) + values.take(above, axis) * share
    return values


def _spread(values: FloatImage, share: FloatImage, block: _Block) -> FloatImage:
    """Difference in dose between a cell's centre and the point that stands for its inside.

    That point is another in each cell, or a dose that changes along an axis of the grid would fall into steps as high
    as its change over a cell; and in a cell that the surface cuts it lies on the inner side.
    """
    spread = np.zeros_like(values)
    numbers = [np.arange(n) + first for n, first in zip(values.shape, block.first, strict=True)]
    inward = np.gradient(share)
    length = np.sqrt(sum(part**2 for part in inward))
    inset = (1 - share) / 2 / np.maximum(length, np.float32(1e-6))
    for axis, (change, part) in enumerate(zip(np.gradient(values), inward, strict=True)):
        z, y, x = ((n * SPREAD[axis, a] % 1).astype(np.float32) for a, n in enumerate(numbers))
        place = z[:, None, None] + (y[:, None] + x)
        place -= np.floor(place) + np.float32(0.5)
        spread += change * (place * share + inset * part)
    return spread


def cells_of_box(dose: Volume, box: Slices, divided: int) -> FloatImage:
    """Trilinear dose in Gy at the cells of a block of voxels, each divided into `divided` cells along each edge."""
    first = (box[0].start * divided, box[1].start * divided, box[2].start * divided)
    z, y, x = ((s.stop - s.start) * divided for s in box)
    return _interpolated(dose.array, _Block(first, (z, y, x), (divided,) * 3, (1.0, 1.0, 1.0)))


def voxels_of(outline: Outline, dose: Volume) -> Region:
    """Voxels of the dose grid of which a structure holds at least half; of a small one the fullest."""
    order = (outline.axis, *(a for a in range(3) if a != outline.axis))
    shape = tuple(dose.grid.shape[a] for a in order)
    spacing = tuple(dose.grid.spacing_zyx[a] for a in order)
    full = np.zeros(shape, dtype=np.float32)
    for one in outline.objects:
        block = _block(one, outline.step_mm, (spacing[0], spacing[1], spacing[2]), (1, 1, 1))
        share = _shares(one, outline.step_mm, block, spacing[0])
        here = [
            slice(max(f, 0), max(min(f + n, m), 0)) for f, n, m in zip(block.first, block.shape, shape, strict=True)
        ]
        there = [slice(s.start - f, s.stop - f) for s, f in zip(here, block.first, strict=True)]
        if all(s.stop > s.start for s in here):
            z, y, x = here
            full[z, y, x] = np.maximum(full[z, y, x], share[there[0], there[1], there[2]])
    least = min(0.5, float(full.max())) or 1.0
    back = np.argsort(order)
    return Region.from_array((full >= least).transpose(back), dose.grid)
