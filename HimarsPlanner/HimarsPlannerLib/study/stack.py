"""Slices in the order of their positions, and whether they make one regular volume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from ..errors import GeometryError
from ..grid import FloatArray, Grid

SAME_PLACE_MM = 0.01
CT_TOLERANCE_MM = 0.1
"""How far a CT slice may be from its place on the regular lattice, and any slice from the common normal."""
PET_STEP_TOLERANCE = 0.1
"""By which fraction a PET step may differ from the median step: scanners round positions where beds meet."""
GAP_STEPS = 1.5
SHOWN = 5


@dataclass(frozen=True)
class SliceStack:
    """Slices sorted along their common normal.

    Parameters
    ----------
    grid
        The regular lattice closest to the slices.
    order
        For each slice of the lattice, the index of its dataset in the series.
    positions_lps
        ImagePositionPatient of each slice, shape (nz, 3), mm, in the order of the lattice.
    offsets_mm
        Distance of each slice from the first along the normal, shape (nz,), strictly increasing.
    """

    grid: Grid
    order: tuple[int, ...]
    positions_lps: FloatArray
    offsets_mm: FloatArray


def stack_slices(headers: Sequence[Dataset], files: Sequence[Path], name: str, regular: bool) -> SliceStack:
    """Order slices by ImagePositionPatient and check that they are one volume.

    Parameters
    ----------
    headers, files
        One dataset and its file for each slice, in any order.
    name
        The series, for messages.
    regular
        True for a CT: every slice within 0.1 mm of a regular lattice. False for a PET: steps may differ from their
        median by up to 10 %, since the true positions are kept.

    Raises
    ------
    GeometryError
        Slices differ in size, spacing or orientation, are duplicated, missing, irregular or sheared (gantry tilt).
    """
    if len(headers) < 2:
        raise GeometryError(f"{name} has {len(headers)} slice", "a volume of two or more slices", "choose another")
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        lacking = [file for file, header in zip(files, headers, strict=True) if not header.get(keyword)]
        if lacking:
            raise GeometryError(f"{name} has {len(lacking)} slice(s) without {keyword}, {lacking[0]}", "one in each")
    _check_alike(headers, files, name)
    first = headers[0]
    row, column, normal = _axes(first, name)
    positions = np.array([[float(v) for v in header.ImagePositionPatient] for header in headers])
    order = [int(i) for i in np.argsort(positions @ normal, kind="stable")]
    positions = positions[order]
    along = (positions - positions[0]) @ normal
    _check_steps(along, [files[i] for i in order], positions, name, PET_STEP_TOLERANCE if not regular else None)
    _check_shear(positions, np.stack([row, column]), along, name)
    step = along[-1] / (len(along) - 1)
    if regular:
        _check_regular(along, step, positions, name)
    row_mm, column_mm = (float(v) for v in first.PixelSpacing)
    origin = positions[0]
    grid = Grid(
        size=(int(first.Columns), int(first.Rows), len(headers)),
        spacing=(column_mm, row_mm, float(step)),
        origin=(float(origin[0]), float(origin[1]), float(origin[2])),
        direction=tuple(float(v) for v in np.stack([row, column, normal], axis=1).ravel() + 0.0),
    )
    return SliceStack(grid, tuple(order), positions, along)


def _check_alike(headers: Sequence[Dataset], files: Sequence[Path], name: str) -> None:
    for keyword, tolerance, meaning in (
        ("Rows", 0.0, "rows"),
        ("Columns", 0.0, "columns"),
        ("PixelSpacing", 1e-4, "pixel spacing"),
        ("ImageOrientationPatient", 1e-3, "orientation"),
    ):
        values = np.array([np.atleast_1d(header.get(keyword)).astype(float) for header in headers])
        differs = np.abs(values - np.median(values, axis=0)).max(axis=1) > tolerance
        if differs.any():
            odd = [files[int(i)] for i in np.flatnonzero(differs)]
            raise GeometryError(
                f"{name}: {len(odd)} of {len(files)} slices differ in {meaning} from the rest, first {odd[0]}",
                "slices of one size, spacing and orientation",
                "choose one reconstruction, or take the odd slices out of the folder",
            )


def _axes(header: Dataset, name: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    orientation = np.array([float(v) for v in header.ImageOrientationPatient])
    row, column = orientation[:3], orientation[3:]
    lengths = np.linalg.norm(row), np.linalg.norm(column)
    if max(abs(length - 1) for length in lengths) > 1e-3 or abs(row @ column) > 1e-3:
        raise GeometryError(f"{name}: ImageOrientationPatient {orientation.tolist()} is not two unit vectors")
    row = row / lengths[0]
    column = column - (column @ row) * row
    column /= np.linalg.norm(column)
    return row, column, np.cross(row, column)


def _check_steps(
    along: FloatArray, files: Sequence[Path], positions: FloatArray, name: str, tolerance: float | None
) -> None:
    steps = np.diff(along)
    doubled = np.flatnonzero(steps < SAME_PLACE_MM)
    if doubled.size:
        at = int(doubled[0])
        raise GeometryError(
            f"{name}: {doubled.size} slice(s) share their position with another, first {files[at]} and "
            f"{files[at + 1]} at {_place(positions[at])}",
            "one slice at each position",
            "take doubled files out, or choose one phase of a gated or multi-phase series",
        )
    median = float(np.median(steps))
    gaps = np.flatnonzero(steps > GAP_STEPS * median)
    if gaps.size:
        missing = int(np.sum(np.rint(steps[gaps] / median) - 1))
        where = ", ".join(f"after {_place(positions[i])} ({steps[i]:.2f} mm)" for i in gaps[:SHOWN])
        raise GeometryError(
            f"{name}: about {missing} slice(s) are missing in {gaps.size} gap(s): {where}",
            f"a slice every {median:.2f} mm",
            "copy the whole series",
        )
    if tolerance is not None:
        odd = np.flatnonzero(np.abs(steps - median) > tolerance * median)
        if odd.size:
            raise _irregular(name, steps[odd], positions[odd], median, f"steps within {tolerance:.0%} of their median")


def _check_regular(along: FloatArray, step: float, positions: FloatArray, name: str) -> None:
    off = np.abs(along - step * np.arange(len(along)))
    if off.max() > CT_TOLERANCE_MM:
        steps = np.diff(along)
        odd = np.argsort(-np.abs(steps - np.median(steps)), kind="stable")[:SHOWN]
        expected = f"every slice within {CT_TOLERANCE_MM} mm of a regular lattice (found {off.max():.2f} mm)"
        raise _irregular(name, steps[odd], positions[odd], float(np.median(steps)), expected)


def _irregular(name: str, steps: FloatArray, positions: FloatArray, median: float, expected: str) -> GeometryError:
    where = ", ".join(f"{s:.2f} mm after {_place(p)}" for s, p in list(zip(steps, positions, strict=True))[:SHOWN])
    return GeometryError(
        f"{name}: slices are not equally spaced: {where}, while most are {median:.2f} mm apart",
        expected,
        "reconstruct or export the series with one slice spacing",
    )


def _check_shear(positions: FloatArray, in_plane: FloatArray, along: FloatArray, name: str) -> None:
    drift = (positions - positions[0]) @ in_plane.T
    worst = int(np.argmax(np.linalg.norm(drift, axis=1)))
    if np.linalg.norm(drift[worst]) <= CT_TOLERANCE_MM:
        return
    slope, _, _, _ = np.linalg.lstsq(along[:, None], drift, rcond=None)
    if np.linalg.norm(drift - along[:, None] * slope, axis=1).max() <= CT_TOLERANCE_MM:
        tilt = np.degrees(np.arctan(np.linalg.norm(slope)))
        raise GeometryError(
            f"{name} was taken with a tilted gantry: slices are sheared by {tilt:.1f} degrees",
            "slices stacked along their normal",
            "reconstruct or resample the series without tilt",
        )
    raise GeometryError(
        f"{name}: slice at {_place(positions[worst])} is shifted in its plane by {np.linalg.norm(drift[worst]):.2f} mm",
        "slices stacked along their normal",
        "check that the files are of one series",
    )


def _place(position: npt.NDArray[np.float64]) -> str:
    return "({:.2f}, {:.2f}, {:.2f})".format(*position)
