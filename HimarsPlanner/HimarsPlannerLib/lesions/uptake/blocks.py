"""Blocks of a large array: where they lie, how to widen them, and the connected pieces in them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from ...grid import Grid
from ...region import BoolArray, Slices, bounding_box
from .basins import Index, ScalarArray

EVERY_NEIGHBOUR = np.ones((3, 3, 3), dtype=bool)


def pieces(span: Slices, mask: BoolArray) -> Iterator[tuple[Slices, BoolArray]]:
    """Connected pieces (26 neighbours) of the True voxels in the block at `span`, in the order of their first voxel."""
    box = bounding_box(mask)
    if box[0].stop == 0:
        return
    labels, _ = ndimage.label(mask[box], EVERY_NEIGHBOUR)
    for number, part in enumerate(ndimage.find_objects(labels), start=1):
        z, y, x = (
            slice(s.start + b.start + p.start, s.start + b.start + p.stop)
            for s, b, p in zip(span, box, part, strict=True)
        )
        yield (z, y, x), labels[part] == number


def widen(span: Slices, mask: BoolArray, grid: Grid, by_mm: float) -> tuple[Slices, BoolArray]:
    """Block that reaches `by_mm` and a voxel beyond the True voxels of the block at `span`, and those voxels in it."""
    box = bounding_box(mask)
    spans, pads = [], []
    for s, b, n, spacing in zip(span, box, grid.shape, grid.spacing_zyx, strict=True):
        margin = int(np.ceil(by_mm / spacing)) + 1
        start, stop = s.start + b.start, s.start + b.stop
        low, high = max(start - margin, 0), min(stop + margin, n)
        spans.append(slice(low, high))
        pads.append((start - low, high - stop))
    return (spans[0], spans[1], spans[2]), np.pad(mask[box], pads)


def highest(values: ScalarArray, mask: BoolArray) -> Index:
    """Index of the highest value among the True voxels."""
    z, y, x = np.unravel_index(int(np.where(mask, values, -np.inf).argmax()), mask.shape)
    return int(z), int(y), int(x)


def start_of(span: Slices) -> Index:
    """First voxel of a block."""
    return span[0].start, span[1].start, span[2].start
