"""Which segment is which lesion, through edits, copies and additions in the Segment Editor."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import vtk

TAG = "HimarsPlanner.Lesion"
LESION = re.compile(r"L(\d{2,})")


def lesions_of_segments(node: Any, taken: Collection[str] = ()) -> dict[str, str]:
    """Lesion identifier of each segment, in the segmentation's order; new segments are given the next free one.

    Parameters
    ----------
    node
        Segmentation node; a new segment is given a tag, its voxels are not touched.
    taken
        Identifiers that were used before, also of lesions that are gone, and mean them for good.
    """
    segmentation = node.GetSegmentation()
    identifiers = list(segmentation.GetSegmentIDs())
    known: dict[str, str] = {}
    for segment in identifiers:
        lesion = segment if LESION.fullmatch(segment) else _tag(segmentation.GetSegment(segment))
        if lesion and lesion not in known.values():
            known[segment] = lesion
    numbers = [int(found[1]) for one in (*known.values(), *taken) if (found := LESION.fullmatch(one))]
    free = max(numbers, default=0)
    for segment in identifiers:
        if segment not in known:
            free += 1
            known[segment] = f"L{free:02d}"
            segmentation.GetSegment(segment).SetTag(TAG, known[segment])
    return {segment: known[segment] for segment in identifiers}


def _tag(segment: Any) -> str:
    value = vtk.reference("")
    return str(value) if segment.GetTag(TAG, value) else ""
