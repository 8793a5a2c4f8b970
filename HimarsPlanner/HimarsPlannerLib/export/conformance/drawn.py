"""Contours as they stand in the file, whatever is wrong with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset

from ...grid import FloatArray
from ...study.header import text
from ...study.roi import CLOSED


@dataclass(frozen=True)
class DrawnContour:
    """One contour.

    Parameters
    ----------
    kind
        Contour Geometric Type.
    points
        LPS mm, shape (n, 3); None where the data are not x, y, z of each point.
    stated
        Number of Contour Points.
    images
        SOP instances that it names.
    """

    kind: str
    points: FloatArray | None
    stated: str
    images: tuple[str, ...]

    @property
    def closed(self) -> bool:
        """Whether it encloses an area."""
        return self.kind in CLOSED

    @property
    def place(self) -> str:
        """Where it begins, for messages."""
        if self.points is None or not len(self.points):
            return "a contour"
        return "the contour from ({:.2f}, {:.2f}, {:.2f})".format(*self.points[0])


@dataclass(frozen=True)
class DrawnRoi:
    """One structure: its name, the volume that the file states in ml (None without), its contours."""

    name: str
    stated_ml: float | None
    contours: tuple[DrawnContour, ...]


def drawn_rois(dataset: Dataset) -> Iterator[DrawnRoi]:
    """Structures of a file, each with its contours."""
    drawn: dict[str, list[Dataset]] = defaultdict(list)
    for item in dataset.get("ROIContourSequence") or ():
        drawn[text(item, "ReferencedROINumber")] += item.get("ContourSequence") or []
    for item in dataset.get("StructureSetROISequence") or ():
        number = text(item, "ROINumber")
        yield DrawnRoi(
            text(item, "ROIName") or f"ROI {number}",
            _number(text(item, "ROIVolume")),
            tuple(_contour(one) for one in drawn[number]),
        )


def _contour(item: Dataset) -> DrawnContour:
    element = item.get_item("ContourData")
    value = element.value if element is not None else None
    parts = value.rstrip(b" \0").split(b"\\") if isinstance(value, bytes) else value
    try:
        points = np.array(parts if parts is not None else [], dtype=np.float64).reshape(-1, 3)
    except ValueError:
        points = None
    return DrawnContour(
        kind=text(item, "ContourGeometricType"),
        points=points if points is not None and np.isfinite(points).all() else None,
        stated=text(item, "NumberOfContourPoints"),
        images=tuple(text(one, "ReferencedSOPInstanceUID") for one in item.get("ContourImageSequence") or ()),
    )


def _number(words: str) -> float | None:
    try:
        return float(words)
    except ValueError:
        return None
