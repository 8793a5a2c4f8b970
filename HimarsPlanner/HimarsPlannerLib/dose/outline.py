"""A structure's contours in the axes of a dose grid, parted into objects that do not touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from ..errors import GeometryError
from ..grid import FloatArray, Grid
from ..study.contour_planes import GAP_STEPS, Plane, group_planes, plane_step
from ..study.roi import Roi
from .distance import IndexArray

FLAT_MM = 0.2
Object = tuple[Plane, ...]


@dataclass(frozen=True)
class Outline:
    """A structure as drawn, in mm from the centre of the dose's first voxel along the dose's own axes.

    Parameters
    ----------
    name, interpreted_type
        As in the file.
    axis
        Array axis (z, y, x) of the dose that is normal to the contours.
    planes
        In the order of their positions; empty for an ROI without contours.
    step_mm
        Distance of its planes; 0 where it alone does not tell (`with_step`).
    """

    name: str
    interpreted_type: str
    axis: int
    planes: tuple[Plane, ...]
    step_mm: float

    @classmethod
    def of(cls, roi: Roi, grid: Grid) -> Outline:
        """Outline of an ROI on a dose grid.

        Raises
        ------
        GeometryError
            Its contours are tilted against the dose grid.
        """
        if not roi.contours:
            return cls(roi.name, roi.interpreted_type, 0, (), 0.0)
        placed = [grid.to_index(points) * grid.spacing_zyx for points in roi.contours]
        extent = np.array([np.ptp(points, axis=0) for points in placed]).max(axis=0)
        axis = int(extent.argmin())
        if extent[axis] > FLAT_MM:
            raise GeometryError(
                f"Structure {roi.name!r} has contours that are not parallel to the dose grid ({extent[axis]:.1f} mm)",
                "contours in planes of the dose grid's axes",
                "export the dose on the axes of the planning CT",
            )
        row, column = (a for a in range(3) if a != axis)
        planes = group_planes([points[:, [column, row, axis]] for points in placed], 1.0)
        return cls(roi.name, roi.interpreted_type, axis, planes, plane_step(planes, 1.0) or 0.0)

    @property
    def objects(self) -> tuple[Object, ...]:
        """Stacks of contours that neither touch each other in a plane nor lie above each other.

        By the boxes around contours, so that what overlaps is never parted. Planes further apart than one and a half
        steps part a stack: what is missing between them is not invented.
        """
        entries = [(number, polygon) for number, plane in enumerate(self.planes) for polygon in plane.polygons]
        low = np.array([polygon.min(axis=0) for _, polygon in entries])
        high = np.array([polygon.max(axis=0) for _, polygon in entries])
        members = [np.flatnonzero([entry[0] == number for entry in entries]) for number in range(len(self.planes))]
        pairs = [_meeting(one, one, low, high) for one in members]
        for number in range(len(self.planes) - 1):
            gap = self.planes[number + 1].position - self.planes[number].position
            if gap <= GAP_STEPS * self.step_mm:
                pairs.append(_meeting(members[number], members[number + 1], low, high))
        rows, columns = np.concatenate(pairs, axis=1)
        graph = sparse.coo_array((np.ones(len(rows)), (rows, columns)), (len(entries), len(entries)))
        count, label = sparse.csgraph.connected_components(graph, directed=False)
        return tuple(self._object([entries[e] for e in np.flatnonzero(label == number)]) for number in range(count))

    def _object(self, entries: Sequence[tuple[int, FloatArray]]) -> Object:
        numbers = sorted({number for number, _ in entries})
        return tuple(
            Plane(self.planes[n].position, tuple(polygon for number, polygon in entries if number == n))
            for n in numbers
        )


def with_step(outlines: Sequence[Outline], slice_mm: float | None = None) -> tuple[Outline, ...]:
    """Outlines that each have a step: too few contours to tell take the median of the others.

    Raises
    ------
    GeometryError
        None tells its slice distance.
    """
    known = [outline.step_mm for outline in outlines if outline.step_mm]
    common = slice_mm or (float(np.median(known)) if known else 0.0)
    lacking = [outline.name for outline in outlines if outline.planes and not outline.step_mm]
    if lacking and not common:
        raise GeometryError(
            f"The slice distance of structure {lacking[0]!r} is not known: no structure has three regular contours",
            "a structure set with one structure of three or more slices",
            "export the whole structure set",
        )
    return tuple(replace(outline, step_mm=outline.step_mm or common) for outline in outlines)


def _meeting(one: IndexArray, other: IndexArray, low: FloatArray, high: FloatArray) -> IndexArray:
    """Pairs of contours of two planes whose boxes overlap, shape (2, n)."""
    a, b = one[:, None], other[None, :]
    meets = (low[a] <= high[b]).all(axis=-1) & (low[b] <= high[a]).all(axis=-1)
    first, second = np.nonzero(meets)
    return np.stack([one[first], other[second]])
