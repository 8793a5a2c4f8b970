"""Where the views look: at a lesion's worst slice, at uptake above a threshold."""

from __future__ import annotations

from typing import Any

import slicer

from ..lesions.lesion import Lesion
from .geometry import ras_of_lps


def worst_point(lesion: Lesion) -> tuple[float, float, float]:
    """Middle of the axial plane in which a lesion is largest, LPS mm."""
    region = lesion.region
    areas = region.mask.sum(axis=(1, 2))
    plane = int(areas.argmax())
    y, x = (index.mean() for index in region.mask[plane].nonzero())
    point = region.grid.to_lps((region.start[0] + plane, region.start[1] + y, region.start[2] + x))
    return float(point[0]), float(point[1]), float(point[2])


def look_at(scene: Any, point_lps: tuple[float, float, float]) -> None:
    """Centre all slice views on a point, and let the cameras look at it from where they look now."""
    right, front, up = ras_of_lps(point_lps)
    slicer.vtkMRMLSliceNode.JumpAllSlices(scene, right, front, up, slicer.vtkMRMLSliceNode.CenteredJumpSlice)
    for number in range(scene.GetNumberOfNodesByClass("vtkMRMLCameraNode")):
        camera = scene.GetNthNodeByClass(number, "vtkMRMLCameraNode")
        focus, position = camera.GetFocalPoint(), camera.GetPosition()
        camera.SetFocalPoint(right, front, up)
        camera.SetPosition(*(p + q - f for p, q, f in zip(position, (right, front, up), focus, strict=True)))
        # Else what came nearer stays cut off until somebody turns the view.
        camera.ResetClippingRange()


def preview_threshold(scene: Any, suv_node: Any, ct_node: Any, threshold: float | None) -> None:
    """Show only the uptake from a threshold (SUVbw) on, over the CT; None shows the PET as it was.

    The PET's own display threshold does it: no voxel is computed, so that a slider can drive it.
    """
    display = suv_node.GetDisplayNode()
    display.AutoThresholdOff()
    low, high = suv_node.GetImageData().GetScalarRange()
    display.SetThreshold(low if threshold is None else threshold, max(high, threshold or high))
    display.SetApplyThreshold(threshold is not None)
    for number in range(scene.GetNumberOfNodesByClass("vtkMRMLSliceCompositeNode")):
        composite = scene.GetNthNodeByClass(number, "vtkMRMLSliceCompositeNode")
        composite.SetBackgroundVolumeID(ct_node.GetID())
        composite.SetForegroundVolumeID(suv_node.GetID())
        composite.SetForegroundOpacity(0.0 if threshold is None else 0.6)
