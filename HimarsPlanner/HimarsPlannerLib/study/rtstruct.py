"""RTSTRUCT to voxels of the planning CT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import GeometryError
from ..grid import Grid
from ..notice import Notice
from ..region import Region
from .contour_planes import Plane, gaps, group_planes, off_slices, plane_step, slices_of
from .header import legible, text
from .roi import Roi, load_structure_set, rois_in_frame
from .scanline import fill_planes
from .structure_set import StructureSet, listed
from .study import CtImage, Source, Structure

BORDER = 0.01
FLAT_MM = 0.2
OFF_SLICE = 0.1


@dataclass(frozen=True)
class _Drawn:
    roi: Roi
    planes: tuple[Plane, ...]


@dataclass(frozen=True)
class _Filled:
    structure: Structure
    gaps: tuple[tuple[float, float], ...]


def read_rtstruct(file: Path, ct: CtImage) -> tuple[Structure, ...]:
    """Structures of an RTSTRUCT on the planning CT; see `read_structure_set`."""
    return read_structure_set(file, ct).structures


def read_structure_set(file: Path, ct: CtImage) -> StructureSet:
    """Read an RTSTRUCT and fill its contours on the planning CT.

    A voxel belongs to a structure where its centre is inside by the even-odd rule over all contours of its plane.
    Each CT slice takes the nearest contour plane, if it is within half the structure's own plane distance: contours
    drawn on another lattice keep their volume, moved by half a slice at most, and planes that are missing in between
    are not invented but told.

    Parameters
    ----------
    file
        DICOM RT Structure Set of any vendor. SOP instances it names need not exist if its frame of reference is the
        CT's.
    ct
        The planning CT.

    Returns
    -------
    StructureSet
        One structure for each ROI in the file's order; an ROI without contours has an empty region.

    Raises
    ------
    InputError
        The file is not a readable RTSTRUCT.
    GeometryError
        It is in another frame of reference, or contours are not parallel to the CT's slices.
    """
    with legible(str(file)):
        dataset = load_structure_set(file)
        rois, foreign = rois_in_frame(dataset, ct.source.frame_of_reference_uid, file)
    grid = ct.volume.grid
    drawn = [_Drawn(roi, _flat_planes(roi, grid, file)) for roi in rois]
    steps = [step for step in (plane_step(d.planes, grid.spacing[2]) for d in drawn) if step is not None]
    common = float(np.median(steps)) if steps else 1.0
    filled = [_fill(one, plane_step(one.planes, grid.spacing[2]) or common, grid) for one in drawn]
    source = Source(
        modality="RTSTRUCT",
        description=text(dataset, "SeriesDescription") or text(dataset, "StructureSetLabel") or file.name,
        files=(file,),
        series_uid=text(dataset, "SeriesInstanceUID"),
        study_uid=text(dataset, "StudyInstanceUID"),
        frame_of_reference_uid=text(dataset, "FrameOfReferenceUID") or ct.source.frame_of_reference_uid,
    )
    return StructureSet(
        tuple(one.structure for one in filled),
        source,
        (*_roi_notices(rois, foreign), *_filled_notices(drawn, filled)),
    )


def _flat_planes(roi: Roi, grid: Grid, file: Path) -> tuple[Plane, ...]:
    """Contours in voxel index units, grouped by plane; refuses contours that are not parallel to the slices."""
    if not roi.contours:
        return ()
    contours = [grid.to_index(points)[:, ::-1] for points in roi.contours]
    height = np.array([np.ptp(contour[:, 2]) for contour in contours])
    if height.max() * grid.spacing[2] > FLAT_MM:
        points = roi.contours[int(height.argmax())]
        _, _, axes = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
        angle = np.degrees(np.arccos(min(abs(float(axes[2] @ grid.axes[:, 2])), 1.0)))
        raise GeometryError(
            f"{file}: structure {roi.name!r} has contours tilted by {angle:.1f} degrees against the CT's slices",
            "contours parallel to the slices of the planning CT",
            "export the structures on axial slices of this CT",
        )
    return group_planes(contours, grid.spacing[2])


def _fill(drawn: _Drawn, step: float, grid: Grid) -> _Filled:
    planes, roi = drawn.planes, drawn.roi
    slices = slices_of(planes, step)
    mask, (row, column) = fill_planes([plane.polygons for plane in planes], grid.shape[1:])
    by_slice = {k: number for number, span in enumerate(slices) for k in span if 0 <= k < grid.shape[0]}
    if by_slice:
        first, last = min(by_slice), max(by_slice)
        numbers = [by_slice.get(k, -1) for k in range(first, last + 1)]
        block = mask if numbers == list(range(len(planes))) else mask[numbers]
        block[[k - first for k in range(first, last + 1) if k not in by_slice]] = False
        region = Region.from_array(block, grid, (first, row, column))
    else:
        region = Region(grid, (0, 0, 0), np.zeros((0, 0, 0), dtype=bool))
    structure = Structure(
        roi.name, roi.interpreted_type, region, number=roi.number, outside_ct=_is_outside(planes, grid)
    )
    return _Filled(structure, tuple(gaps(planes, step)))


def _is_outside(planes: Sequence[Plane], grid: Grid) -> bool:
    """Whether any point lies beyond the edges of the outermost voxels."""
    if not planes:
        return False
    points = np.concatenate([polygon for plane in planes for polygon in plane.polygons])
    positions = [plane.position for plane in planes]
    low = [points[:, 0].min(), points[:, 1].min(), min(positions)]
    high = [points[:, 0].max(), points[:, 1].max(), max(positions)]
    return any(lo < -0.5 - BORDER or hi > n - 0.5 + BORDER for lo, hi, n in zip(low, high, grid.size, strict=True))


def _roi_notices(rois: Sequence[Roi], foreign: Sequence[str]) -> list[Notice]:
    notices = []
    if foreign:
        message = f"Structures in another frame of reference than the CT were left out: {listed(foreign)}."
        notices.append(Notice("structure-of-other-frame", message))
    if empty := [roi.name for roi in rois if not roi.contours and not roi.not_closed]:
        notices.append(Notice("structure-empty", f"Structures without contours: {listed(empty)}."))
    if odd := [roi.name for roi in rois if roi.not_closed]:
        message = f"Points and open contours have no volume and were not read, in: {listed(odd)}."
        notices.append(Notice("structure-not-closed", message))
    return notices


def _filled_notices(drawn: Sequence[_Drawn], filled: Sequence[_Filled]) -> list[Notice]:
    notices = []
    if outside := [one.structure.name for one in filled if one.structure.outside_ct]:
        message = f"Structures reach beyond the CT and lack what lies outside: {listed(outside)}."
        notices.append(Notice("structure-outside-ct", message))
    lost = [
        one.structure.name
        for source, one in zip(drawn, filled, strict=True)
        if source.planes and not one.structure.region.voxels and not one.structure.outside_ct
    ]
    if lost:
        message = f"Structures too small to hold the centre of any voxel of the CT: {listed(lost)}."
        notices.append(Notice("structure-too-small", message))
    if moved := [one.roi.name for one in drawn if off_slices(one.planes) > OFF_SLICE]:
        worst = max(off_slices(one.planes) for one in drawn)
        message = f"Contours drawn off the CT's slices (by up to {worst:.2f} slice distances) were taken to the nearest"
        notices.append(Notice("structure-off-slices", f"{message}: {listed(moved)}."))
    if broken := [one for one in filled if one.gaps]:
        names = [f"{one.structure.name} ({len(one.gaps)})" for one in broken]
        message = "Slices without contours between contours that lie above each other were left empty, gaps in: "
        notices.append(Notice("structure-gap", f"{message}{listed(names)}."))
    return notices
