"""Arrays in the order of the patient's own axes, however the scanner stored them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
import numpy.typing as npt

from .grid import Grid
from .region import Region, Scalar

Axes = tuple[int, int, int]


@dataclass(frozen=True)
class Orientation:
    """How the array axes of a grid become z towards the head, y towards the back, x towards the patient's left.

    Nothing is resampled: each array axis goes to the patient's axis that it is nearest to, so an oblique grid stays
    oblique by the remaining angle.

    Parameters
    ----------
    order
        Array axis of the grid that becomes z, y and x.
    flips
        Whether each of them runs the other way.
    """

    order: Axes
    flips: tuple[bool, bool, bool]

    @classmethod
    def of(cls, grid: Grid) -> Orientation:
        """Orientation of a grid: the assignment of axes whose cosines add up to most."""
        # Column c of `axes` belongs to index axis i, j, k; the array's axes are k, j, i.
        cosines = grid.axes[::-1, ::-1]
        z, y, x = max(permutations(range(3)), key=lambda order: sum(abs(cosines[w, a]) for w, a in enumerate(order)))
        return cls((z, y, x), (bool(cosines[0, z] < 0), bool(cosines[1, y] < 0), bool(cosines[2, x] < 0)))

    def apply(self, array: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
        """View of an array on the grid, in the patient's axes."""
        return array.transpose(self.order)[self._steps]

    def undo(self, array: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
        """View of an array in the patient's axes, in the grid's own."""
        return array[self._steps].transpose(np.argsort(self.order))

    def apply_to_grid(self, grid: Grid) -> Grid:
        """Grid of what `apply` gives."""
        first = np.zeros(3)
        for axis, flip in zip(self.order, self.flips, strict=True):
            first[axis] = grid.shape[axis] - 1 if flip else 0
        signs = np.where(self.flips, -1.0, 1.0)[::-1]
        columns = [2 - axis for axis in reversed(self.order)]
        i, j, k = columns
        x, y, z = (float(value) for value in grid.to_lps(first))
        return Grid(
            size=(grid.size[i], grid.size[j], grid.size[k]),
            spacing=(grid.spacing[i], grid.spacing[j], grid.spacing[k]),
            origin=(x, y, z),
            direction=tuple(float(value) for value in (grid.axes[:, columns] * signs).ravel()),
        )

    @property
    def _steps(self) -> tuple[slice, slice, slice]:
        z, y, x = (slice(None, None, -1) if flip else slice(None) for flip in self.flips)
        return z, y, x


def to_lps_axes(array: npt.NDArray[Scalar], grid: Grid) -> tuple[npt.NDArray[Scalar], Grid]:
    """View of a (z, y, x) array on `grid` in the patient's axes, and the grid of that view."""
    orientation = Orientation.of(grid)
    return orientation.apply(array), orientation.apply_to_grid(grid)


def region_to_lps_axes(region: Region) -> Region:
    """Same voxels as `region` on the grid that `to_lps_axes` gives."""
    orientation = Orientation.of(region.grid)
    ends = zip(orientation.order, orientation.flips, strict=True)
    z, y, x = (
        region.grid.shape[axis] - region.start[axis] - region.mask.shape[axis] if flip else region.start[axis]
        for axis, flip in ends
    )
    return Region(orientation.apply_to_grid(region.grid), (z, y, x), orientation.apply(region.mask))
