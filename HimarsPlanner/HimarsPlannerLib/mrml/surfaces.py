"""Closed surfaces of segments, which 3D views show, made one at a time by Slicer's own conversion."""

from __future__ import annotations

from typing import Any

import slicer


def without_surface(node: Any) -> list[str]:
    """Identifiers of the segments of a segmentation node that have no closed surface yet, in their order."""
    segmentation = node.GetSegmentation()
    surface = slicer.vtkSegmentationConverter.GetClosedSurfaceRepresentationName()
    identifiers = segmentation.GetSegmentIDs()
    return [one for one in identifiers if segmentation.GetSegment(one).GetRepresentation(surface) is None]


def make_surface(node: Any, identifier: str) -> None:
    """Make the closed surface of one segment.

    Slicer converts all segments of a segmentation in one go, which takes seconds for a hundred; here a segmentation of
    its own, which shares the voxels, is converted.
    """
    converter = slicer.vtkSegmentationConverter
    labelmap, surface = converter.GetBinaryLabelmapRepresentationName(), converter.GetClosedSurfaceRepresentationName()
    segment = node.GetSegmentation().GetSegment(identifier)
    alone = slicer.vtkSegmentation()
    alone.SetSourceRepresentationName(labelmap)
    copy = slicer.vtkSegment()
    copy.SetLabelValue(segment.GetLabelValue())
    copy.AddRepresentation(labelmap, segment.GetRepresentation(labelmap))
    alone.AddSegment(copy, identifier)
    alone.CreateRepresentation(surface)
    segment.AddRepresentation(surface, copy.GetRepresentation(surface))
