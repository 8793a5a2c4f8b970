"""The application around the panel: Segment Editor, slice layers."""

from __future__ import annotations

from typing import Any

import slicer


def open_segment_editor(segmentation: Any, ct: Any, segment: str = "") -> None:
    """Show the Segment Editor on a segmentation over the planning CT, at one segment where it is named."""
    slicer.util.selectModule("SegmentEditor")
    editor = slicer.modules.segmenteditor.widgetRepresentation().self().editor
    editor.setSegmentationNode(segmentation)
    editor.setSourceVolumeNode(ct)
    if segment:
        editor.setCurrentSegmentID(segment)


def show_images(ct: Any, pet: Any) -> None:
    """CT behind, PET (where there is one) in front at 30 %, fitted to the views."""
    slicer.util.setSliceViewerLayers(
        background=ct, foreground=pet, foregroundOpacity=0.3 if pet is not None else 0.0, fit=True
    )
