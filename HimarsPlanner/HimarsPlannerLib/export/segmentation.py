"""Write segmentations as Slicer reads them (.seg.nrrd): names, colours, meanings, overlaps in layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..grid import Grid
from ..region import Region, Slices, bounding_box
from .codes import Property
from .seg_nrrd import SegmentHeader, write_seg_nrrd

Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Segment:
    """A region as a segment.

    Parameters
    ----------
    name
        As shown.
    colour
        RGB, 0 to 255.
    region
        Its voxels; may overlap other segments, may be empty.
    property
        What it is, coded.
    """

    name: str
    colour: Rgb
    region: Region
    property: Property | None = None


@dataclass(frozen=True)
class LabelSegment:
    """The voxels of a label array that have one value, as a segment; see `Segment`."""

    name: str
    colour: Rgb
    label: int
    property: Property | None = None


def write_segmentation(segments: Sequence[Segment], grid: Grid, file: Path) -> None:
    """Write regions, which may overlap.

    Parameters
    ----------
    segments
        In the order in which they are listed in Slicer; none gives an empty segmentation.
    grid
        The grid that the regions are on.
    file
        The file to write, by Slicer's convention ``*.seg.nrrd``.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    box = _bounds([segment.region for segment in segments if segment.region.mask.size])
    kind = np.uint8 if len(segments) <= np.iinfo(np.uint8).max else np.uint16
    layers: list[npt.NDArray[np.unsignedinteger]] = []
    headers = []
    for label, segment in enumerate(segments, start=1):
        part = tuple(slice(s.start - b.start, s.stop - b.start) for s, b in zip(segment.region.box, box, strict=True))
        mask = segment.region.mask
        number = next((n for n, layer in enumerate(layers) if not layer[part][mask].any()), len(layers))
        if number == len(layers):
            layers.append(np.zeros([b.stop - b.start for b in box], dtype=kind))
        layers[number][part][mask] = label
        headers.append(SegmentHeader(segment.name, segment.colour, label, number, segment.property))
    write_seg_nrrd(layers, _start(box), headers, grid, file)


def write_label_segmentation(
    labels: npt.NDArray[np.unsignedinteger],
    segments: Sequence[LabelSegment],
    grid: Grid,
    file: Path,
    apart: Sequence[Sequence[Segment]] = (),
) -> None:
    """Write a label array; its other values are left out.

    Parameters
    ----------
    labels
        uint8 or uint16, (z, y, x), on `grid`.
    segments
        Which values to write, in the order in which they are listed in Slicer.
    grid
        The grid of `labels`.
    file
        The file to write, by Slicer's convention ``*.seg.nrrd``.
    apart
        Regions in further layers, one after the other behind the labels; those of one layer may not overlap.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    keep = np.zeros(int(np.iinfo(labels.dtype).max) + 1, dtype=labels.dtype)
    for segment in segments:
        keep[segment.label] = segment.label
    shown = keep.astype(bool)[labels]
    for layer in apart:
        for one in layer:
            shown[one.region.box] |= one.region.mask
    box = bounding_box(shown)
    layers = [keep[labels[box]]]
    headers = [SegmentHeader(segment.name, segment.colour, segment.label, 0, segment.property) for segment in segments]
    for layer in (layer for layer in apart if layer):
        number = len(layers)
        layers.append(_one_layer(layer, box, labels.dtype))
        headers += [
            SegmentHeader(one.name, one.colour, n, number, one.property) for n, one in enumerate(layer, start=1)
        ]
    write_seg_nrrd(layers, _start(box), headers, grid, file)


def _one_layer(
    segments: Sequence[Segment], box: Slices, kind: np.dtype[np.unsignedinteger]
) -> npt.NDArray[np.unsignedinteger]:
    layer = np.zeros([s.stop - s.start for s in box], dtype=kind)
    for label, segment in enumerate(segments, start=1):
        part = tuple(slice(s.start - b.start, s.stop - b.start) for s, b in zip(segment.region.box, box, strict=True))
        layer[part][segment.region.mask] = label
    return layer


def _bounds(regions: Sequence[Region]) -> Slices:
    spans = [
        slice(min((r.box[axis].start for r in regions), default=0), max((r.box[axis].stop for r in regions), default=0))
        for axis in range(3)
    ]
    return spans[0], spans[1], spans[2]


def _start(box: Slices) -> tuple[int, int, int]:
    return box[0].start, box[1].start, box[2].start
