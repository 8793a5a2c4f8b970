"""Segmentation nodes and label volumes read as label blocks, voxel for voxel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import slicer
import vtk

from ..errors import GeometryError
from ..export.codes import TARGETS
from ..export.terminology import property_of_entry
from ..grid import FloatArray, Grid
from ..study.loaded_labels import LabelBlock, LoadedStructures
from ..study.motion import inverse, moved_grid
from .geometry import grid_of_matrix, matrix_of_grid
from .transform import motion_of
from .volume import grid_of, image_array, volume_of

ONE_MASK = "lesions"


def structures_of(node: Any, reference: Grid) -> LoadedStructures:
    """Structures of a segmentation or label volume node.

    Parameters
    ----------
    node
        vtkMRMLSegmentationNode or vtkMRMLLabelMapVolumeNode; never changed.
    reference
        Grid onto which surfaces and contours, which have no voxels, are rasterised.

    Raises
    ------
    GeometryError
        A transform over the node is not rigid, or surfaces cannot be rasterised.
    """
    if node.IsA("vtkMRMLLabelMapVolumeNode"):
        return _of_label_volume(node)
    motion = motion_of(node)
    segmentation = _with_labelmaps(node, reference, motion)
    name = slicer.vtkSegmentationConverter.GetBinaryLabelmapRepresentationName()
    order = {identifier: number for number, identifier in enumerate(segmentation.GetSegmentIDs(), start=1)}
    blocks, empty = [], []
    for layer in range(segmentation.GetNumberOfLayers(name)):
        image = segmentation.GetLayerDataObject(layer, name)
        identifiers = segmentation.GetSegmentIDsForLayer(layer, name)
        segments = {segmentation.GetSegment(i).GetLabelValue(): segmentation.GetSegment(i) for i in identifiers}
        if image.GetNumberOfPoints() == 0:
            empty += [segment.GetName() for segment in segments.values()]
            continue
        labels = image_array(image).copy()
        present = set(np.unique(labels).tolist())
        empty += [segment.GetName() for value, segment in segments.items() if value not in present]
        held = {value: segment for value, segment in segments.items() if value in present}
        if held:
            numbers = {segmentation.GetSegment(i).GetLabelValue(): order[i] for i in identifiers}
            block = _block(image, labels, held, node.GetName(), motion)
            blocks.append(replace(block, numbers={value: numbers[value] for value in held}))
    return LoadedStructures(node.GetName(), tuple(blocks), tuple(empty))


def segment_names(node: Any) -> list[str]:
    """Names of a segmentation's segments in their order."""
    segmentation = node.GetSegmentation()
    return [segmentation.GetNthSegment(n).GetName() for n in range(segmentation.GetNumberOfSegments())]


def segment_blocks(node: Any, reference: Grid) -> dict[str, LabelBlock]:
    """Label block of each segment by its identifier, in the segmentation's order; empty segments are left out."""
    motion = motion_of(node)
    segmentation = _with_labelmaps(node, reference, motion)
    name = slicer.vtkSegmentationConverter.GetBinaryLabelmapRepresentationName()
    found = {}
    for identifier in segmentation.GetSegmentIDs():
        segment = segmentation.GetSegment(identifier)
        image = segment.GetRepresentation(name)
        if image is None or image.GetNumberOfPoints() == 0:
            continue
        labels = image_array(image)
        value = segment.GetLabelValue()
        if (labels == value).any():
            found[identifier] = _block(image, labels.copy(), {value: segment}, node.GetName(), motion)
    return found


def label_times(node: Any) -> tuple[tuple[str, int], ...]:
    """When the voxels of each segment were last changed, by VTK's count: looks and surfaces do not move it."""
    segmentation = node.GetSegmentation()
    name = slicer.vtkSegmentationConverter.GetBinaryLabelmapRepresentationName()
    images = ((one, segmentation.GetSegment(one).GetRepresentation(name)) for one in segmentation.GetSegmentIDs())
    return tuple((identifier, 0 if image is None else int(image.GetMTime())) for identifier, image in images)


def _block(image: Any, labels: Any, segments: Mapping[int, Any], name: str, motion: FloatArray | None) -> LabelBlock:
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    grid = grid_of_matrix(matrix, image.GetExtent(), name)
    return LabelBlock(
        labels,
        grid if motion is None else moved_grid(grid, motion),
        {value: segment.GetName() for value, segment in segments.items()},
        {value: kind for value, segment in segments.items() if (kind := interpreted_type(segment))},
    )


def interpreted_type(segment: Any) -> str:
    """RTROIInterpretedType that a segment's terminology says; "" for none."""
    entry = vtk.reference("")
    if not segment.GetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), entry):
        return ""
    meaning = property_of_entry(str(entry))
    kinds = [name for name, target in TARGETS.items() if meaning is not None and target.type[:2] == meaning.type[:2]]
    return kinds[0] if kinds else ""


def _with_labelmaps(node: Any, reference: Grid, motion: FloatArray | None) -> Any:
    """Segmentation of a node with binary labelmaps; surfaces are rasterised in a copy, on the reference grid."""
    segmentation = node.GetSegmentation()
    name = slicer.vtkSegmentationConverter.GetBinaryLabelmapRepresentationName()
    if segmentation.GetNumberOfSegments() == 0 or segmentation.ContainsRepresentation(name):
        return segmentation
    copy = slicer.vtkSegmentation()
    copy.DeepCopy(segmentation)
    target = reference if motion is None else moved_grid(reference, inverse(motion))
    i, j, k = reference.size
    geometry = slicer.vtkSegmentationConverter.SerializeImageGeometry(
        matrix_of_grid(target), (0, i - 1, 0, j - 1, 0, k - 1)
    )
    copy.SetConversionParameter(slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName(), geometry)
    if not copy.CreateRepresentation(name):
        raise GeometryError(
            f"The segments of {node.GetName()!r} cannot be turned into voxels",
            "closed surfaces or labelmaps",
            "create the binary labelmap in the Segmentations module and look at it",
        )
    return copy


def _of_label_volume(node: Any) -> LoadedStructures:
    grid = grid_of(node)
    motion = motion_of(node)
    labels = volume_of(node).array
    if not np.issubdtype(labels.dtype, np.integer):
        labels = np.rint(labels).astype(np.int32)
    values = [int(value) for value in np.unique(labels) if value > 0]
    placed = grid if motion is None else moved_grid(grid, motion)
    if not values:
        return LoadedStructures(node.GetName(), (), (node.GetName(),))
    names = {values[0]: ONE_MASK} if len(values) == 1 else {value: _label_name(node, value) for value in values}
    return LoadedStructures(node.GetName(), (LabelBlock(labels, placed, names),))


def _label_name(node: Any, value: int) -> str:
    display = node.GetDisplayNode()
    colours = display.GetColorNode() if display is not None else None
    name = colours.GetColorName(value) if colours is not None else ""
    return name if name and not name.isdigit() else f"{node.GetName()} {value}"
