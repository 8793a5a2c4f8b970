"""Regions shown as segments: voxels, names, colours and meanings, many in one labelmap layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import slicer

from ..export.segmentation import Segment
from ..export.terminology import terminology_entry
from ..grid import Grid
from .geometry import matrix_of_grid
from .volume import fill_image


def show_segments(node: Any, segments: Mapping[str, Segment], grid: Grid, ct_node: Any) -> None:
    """Fill a segmentation node anew.

    Segments that overlap lie in different layers, others share one: a hundred lesions need one or two labelmaps.

    Parameters
    ----------
    node
        vtkMRMLSegmentationNode in a scene; what it holds is replaced.
    segments
        By identifier, in the order in which they are listed; all on `grid`.
    grid
        The planning CT's.
    ct_node
        Volume node of the planning CT, the geometry in which segments are edited.
    """
    segmentation = node.GetSegmentation()
    modified = node.StartModify()
    segmentation.RemoveAllSegments()
    name = slicer.vtkSegmentationConverter.GetBinaryLabelmapRepresentationName()
    segmentation.SetSourceRepresentationName(name)
    box = _bounds(segments.values())
    layers, places = _layers(list(segments.values()), box)
    images = [_image(layer, box, grid) for layer in layers]
    for (identifier, one), (layer, label) in zip(segments.items(), places, strict=True):
        segment = slicer.vtkSegment()
        segment.SetName(one.name)
        segment.SetColor(*(value / 255 for value in one.colour))
        if one.property is not None:
            segment.SetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), terminology_entry(one.property))
        segment.SetLabelValue(label)
        segment.AddRepresentation(name, images[layer])
        segmentation.AddSegment(segment, identifier)
    node.SetReferenceImageGeometryParameterFromVolumeNode(ct_node)
    if node.GetDisplayNode() is None:
        node.CreateDefaultDisplayNodes()
    node.EndModify(modified)


def _bounds(segments: Any) -> tuple[slice, slice, slice]:
    boxes = [one.region.box for one in segments if one.region.mask.size]
    spans = [
        slice(min((box[axis].start for box in boxes), default=0), max((box[axis].stop for box in boxes), default=1))
        for axis in range(3)
    ]
    return spans[0], spans[1], spans[2]


def _layers(
    segments: Sequence[Segment], box: tuple[slice, slice, slice]
) -> tuple[list[npt.NDArray[np.uint16]], list[tuple[int, int]]]:
    """Label layers of the box, and the layer and label of each segment."""
    layers: list[npt.NDArray[np.uint16]] = []
    places = []
    for label, one in enumerate(segments, start=1):
        part = tuple(slice(s.start - b.start, s.stop - b.start) for s, b in zip(one.region.box, box, strict=True))
        mask = one.region.mask
        number = next((n for n, layer in enumerate(layers) if not layer[part][mask].any()), len(layers))
        if number == len(layers):
            layers.append(np.zeros([b.stop - b.start for b in box], dtype=np.uint16))
        layers[number][part][mask] = label
        places.append((number, label))
    return layers, places


def _image(layer: npt.NDArray[np.uint16], box: tuple[slice, slice, slice], grid: Grid) -> Any:
    image = slicer.vtkOrientedImageData()
    z, y, x = box
    image.SetExtent(x.start, x.stop - 1, y.start, y.stop - 1, z.start, z.stop - 1)
    fill_image(image, layer if layer.max() > np.iinfo(np.uint8).max else layer.astype(np.uint8))
    image.SetGeometryFromImageToWorldMatrix(matrix_of_grid(grid))
    return image
