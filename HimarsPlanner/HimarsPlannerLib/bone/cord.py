"""The spinal canal's centreline where the spinal cord is labelled."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ..region import BoolArray
from .canal import Centreline
from .primitives import Spacing

OFF_MM = 12.0


def along_cord(line: Centreline, cord: BoolArray | None, spacing: Spacing) -> Centreline:
    """Centreline through the middle of the cord, continued by what was found in the CT above and below it.

    Parameters
    ----------
    line
        Centreline found in the CT, one row (z, y, x) for each slice, in voxels; may be empty.
    cord
        Spinal cord, (z, y, x); None without a label, then `line` stays as it is.
    spacing
        Voxel spacing (z, y, x) in mm.

    Returns
    -------
    Centreline
        One row for each slice, consecutive. The CT's line is left off where it does not meet the cord's end.
    """
    planes = np.flatnonzero(cord.any(axis=(1, 2))) if cord is not None else np.zeros(0, dtype=np.intp)
    if cord is None or not planes.size:
        return line
    middle = np.array([ndimage.center_of_mass(cord[z]) for z in planes])
    z = np.arange(planes[0], planes[-1] + 1)
    centre = np.column_stack([z, *(np.interp(z, planes, middle[:, axis]) for axis in (0, 1))])
    rows = {int(row[0]): row for row in line}
    below = _chain(centre[0], rows, -1, spacing)[::-1]
    above = _chain(centre[-1], rows, 1, spacing)
    return np.asarray(np.concatenate([np.reshape(below, (-1, 3)), centre, np.reshape(above, (-1, 3))]))


def _chain(end: Centreline, rows: dict[int, Centreline], step: int, spacing: Spacing) -> list[Centreline]:
    """Rows that follow each other from the cord's end on, if the first of them is near it."""
    chain: list[Centreline] = []
    z = int(end[0]) + step
    while z in rows:
        chain.append(rows[z])
        z += step
    if chain and np.hypot(*((chain[0] - end)[1:] * spacing[1:])) > OFF_MM:
        return []
    return chain
