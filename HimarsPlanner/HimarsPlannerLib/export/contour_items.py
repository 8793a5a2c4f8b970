"""Contour Sequence items of an RTSTRUCT as bytes: tens of thousands of contours are too many for one object each."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..errors import GeometryError
from ..grid import FloatArray, Grid
from .contours import Contours

GeometricType = Literal["CLOSED_PLANAR", "CLOSEDPLANAR_XOR"]

DECIMALS = 5
_FARTHEST_MM = 1e6

_ITEM = (0xFFFE, 0xE000)
_CONTOUR_IMAGE_SEQUENCE = (0x3006, 0x0016)
_CONTOUR_GEOMETRIC_TYPE = (0x3006, 0x0042)
_NUMBER_OF_CONTOUR_POINTS = (0x3006, 0x0046)
_CONTOUR_DATA = (0x3006, 0x0050)
_REFERENCED_SOP_CLASS_UID = (0x0008, 0x1150)
_REFERENCED_SOP_INSTANCE_UID = (0x0008, 0x1155)


def encode_contour_items(
    contours: Contours,
    grid: Grid,
    slice_origins: FloatArray,
    sop_class_uid: str,
    sop_instance_uids: Sequence[str],
    geometric_type: GeometricType = "CLOSED_PLANAR",
) -> bytes:
    """Encode contours as the value of a Contour Sequence (3006,0040), Implicit VR Little Endian.

    Parameters
    ----------
    contours
        Polygons on the slices of `grid`.
    grid
        In-plane spacing and directions.
    slice_origins
        LPS mm of voxel (0, 0) of each slice (ImagePositionPatient), shape (z, 3).
    sop_class_uid, sop_instance_uids
        The image that each slice is.
    geometric_type
        Contour Geometric Type of every contour.

    Returns
    -------
    bytes
        The sequence's items, each with the slice it lies on, its points' count and its points in LPS mm, rounded to
        1e-5 mm.

    Raises
    ------
    GeometryError
        A slice's position is no finite number, or beyond what a decimal string can hold.
    """
    if not (np.abs(slice_origins) < _FARTHEST_MM).all():
        raise GeometryError(
            "The CT has a slice position that is no number or beyond a kilometre",
            "finite positions in mm",
            "correct ImagePositionPatient of the series",
        )
    kind = _element(_CONTOUR_GEOMETRIC_TYPE, geometric_type.encode())
    items = []
    for slice_index, count, points in _decimal_points(contours, grid, slice_origins):
        image = _element(_REFERENCED_SOP_CLASS_UID, sop_class_uid.encode(), b"\0") + _element(
            _REFERENCED_SOP_INSTANCE_UID, sop_instance_uids[slice_index].encode(), b"\0"
        )
        items.append(
            _element(
                _ITEM,
                _element(_CONTOUR_IMAGE_SEQUENCE, _element(_ITEM, image))
                + kind
                + _element(_NUMBER_OF_CONTOUR_POINTS, b"%d" % count)
                + _element(_CONTOUR_DATA, points),
            )
        )
    return b"".join(items)


def _decimal_points(contours: Contours, grid: Grid, slice_origins: FloatArray) -> Iterator[tuple[int, int, bytes]]:
    """Slice, number of points and Contour Data of each polygon."""
    steps = grid.axes[:, :2] * grid.spacing[:2]
    if (steps != 0).all(axis=1).any():
        for (slice_index, corners), points in zip(contours, contours.to_lps(grid, slice_origins), strict=True):
            # Rounded first, and a zero added, so that no value is written as minus zero.
            values = (np.round(points, DECIMALS) + 0.0).ravel().tolist()
            yield slice_index, len(corners), ("\\".join([f"%.{DECIMALS}f"] * len(values)) % tuple(values)).encode()
        return
    components = [_Component(contours, step_x, step_y) for step_x, step_y in steps.tolist()]
    for slice_index, corners in contours:
        parts = [b""] * (3 * len(corners))
        for number, component in enumerate(components):
            parts[number::3] = component.strings(corners, float(slice_origins[slice_index, number]))
        yield slice_index, len(corners), b"\\".join(parts)


class _Component:
    """An LPS component that follows at most one lattice axis: each of its values is written out once, not per point."""

    def __init__(self, contours: Contours, step_x: float, step_y: float) -> None:
        self.column = 1 if step_x else 0
        self.step = step_x or step_y
        used = contours.corners[:, self.column]
        self.low, self.high = (int(used.min()), int(used.max())) if used.size else (0, 0)
        self.origin = np.nan
        self.table: dict[int, bytes] = {}

    def strings(self, corners: npt.NDArray[np.int32], origin: float) -> list[bytes]:
        if not self.step:
            return _decimals([origin]) * len(corners)
        if origin != self.origin:
            lattice = range(self.low, self.high + 1)
            self.table = dict(
                zip(lattice, _decimals([origin + (edge - 0.5) * self.step for edge in lattice]), strict=True)
            )
            self.origin = origin
        return [self.table[position] for position in corners[:, self.column].tolist()]


def _decimals(values: Sequence[float]) -> list[bytes]:
    """Decimal Strings of at most 14 characters."""
    texts = (f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".") for value in values)
    return [b"0" if text == "-0" else text.encode() for text in texts]


def _element(tag: tuple[int, int], value: bytes, padding: bytes = b" ") -> bytes:
    if len(value) % 2:
        value += padding
    return struct.pack("<HHL", *tag, len(value)) + value
