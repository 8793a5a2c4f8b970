"""Bone is found in one orientation: axes closest to LPS, so that z points to the head and y to the back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..grid import Grid
from .primitives import Spacing


@dataclass(frozen=True)
class Orientation:
    """How array axes of a grid become (S, P, L).

    Parameters
    ----------
    order
        Array axis of the grid that becomes z, y and x.
    flips
        Whether each of them runs the other way.
    """

    order: tuple[int, int, int]
    flips: tuple[bool, bool, bool]

    def apply(self, array: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """View of an array on the grid, with axes towards the head, the back and the left."""
        return array.transpose(self.order)[tuple(slice(None, None, -1 if flip else 1) for flip in self.flips)]

    def undo(self, array: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """View of an oriented array in the grid's own axes."""
        back = array[tuple(slice(None, None, -1 if flip else 1) for flip in self.flips)]
        return back.transpose(np.argsort(self.order))


def orient(grid: Grid) -> tuple[Orientation, Spacing]:
    """Axis order and flips that bring a grid closest to LPS, and its spacing (z, y, x) in mm after them."""
    # Column c of `axes` belongs to index axis i, j, k; the array's axes are k, j, i.
    cosines = grid.axes[:, ::-1]
    order: list[int] = []
    flips: list[bool] = []
    for lps in (2, 1, 0):
        candidates = np.abs(cosines[lps])
        candidates[order] = -1
        axis = int(candidates.argmax())
        order.append(axis)
        flips.append(bool(cosines[lps, axis] < 0))
    spacing = grid.spacing_zyx
    return (
        Orientation((order[0], order[1], order[2]), (flips[0], flips[1], flips[2])),
        (spacing[order[0]], spacing[order[1]], spacing[order[2]]),
    )
