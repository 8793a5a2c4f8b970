"""Bone marrow reserve, the denominator of the trial."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..errors import GeometryError
from ..grid import Grid
from ..region import BoolArray, Region
from .compartments import BoneCompartments


@dataclass(frozen=True)
class Reserve:
    """Volumes in ml behind BMR = |T| - |T and GTV_total| (protocol NCT06978296).

    Parameters
    ----------
    irradiated_trabecular_ml
        Trabecular bone in previously irradiated structures and outside every GTV, taken out of the reserve too; None
        where nothing was said of earlier irradiation.
    """

    total_trabecular_bone_ml: float
    gtv_total_ml: float
    trabecular_in_gtv_ml: float
    irradiated_trabecular_ml: float | None = None

    @property
    def bone_marrow_reserve_ml(self) -> float:
        """Trabecular bone outside every GTV and every structure stated to be irradiated, ml."""
        outside_gtvs = self.total_trabecular_bone_ml - self.trabecular_in_gtv_ml
        return outside_gtvs - (self.irradiated_trabecular_ml or 0.0)


def measure_reserve(
    bone: BoneCompartments, gtvs: Iterable[Region], irradiated: Iterable[Region] | None = None
) -> Reserve:
    """Bone marrow reserve of a patient.

    Parameters
    ----------
    bone
        Compartments on the planning CT.
    gtvs
        Every GTV, selected or not, on the same grid; overlaps count once (voxel union).
    irradiated
        Structures stated to have been irradiated before, on the same grid; None where nothing was said of any.

    Raises
    ------
    GeometryError
        A GTV or structure is on another grid than the bone.
    """
    return reserve_of(bone.trabecular, bone.grid, gtvs, irradiated)


def reserve_of(
    trabecular: BoolArray, grid: Grid, gtvs: Iterable[Region], irradiated: Iterable[Region] | None = None
) -> Reserve:
    """Bone marrow reserve under any definition of trabecular bone.

    Parameters
    ----------
    trabecular
        Trabecular bone, (z, y, x) on `grid`.
    grid
        The planning CT's grid.
    gtvs
        Every GTV, selected or not, on the same grid; overlaps count once (voxel union).
    irradiated
        Structures stated to have been irradiated before, on the same grid; None where nothing was said of any.

    Raises
    ------
    GeometryError
        A GTV or structure is on another grid.
    """
    counted = np.zeros(grid.shape, dtype=bool)
    gtv_total, in_gtv = _count(gtvs, trabecular, grid, counted)
    in_irradiated = None if irradiated is None else _count(irradiated, trabecular, grid, counted)[1] * grid.voxel_ml
    return Reserve(
        total_trabecular_bone_ml=int(np.count_nonzero(trabecular)) * grid.voxel_ml,
        gtv_total_ml=gtv_total * grid.voxel_ml,
        trabecular_in_gtv_ml=in_gtv * grid.voxel_ml,
        irradiated_trabecular_ml=in_irradiated,
    )


def _count(regions: Iterable[Region], trabecular: BoolArray, grid: Grid, counted: BoolArray) -> tuple[int, int]:
    """Voxels, and voxels of trabecular bone, that regions add to what is counted already."""
    voxels = in_bone = 0
    for region in regions:
        if not region.grid.same_as(grid):
            raise GeometryError(
                "A structure is on another grid than the bone",
                "one grid for both",
                "resample it onto the planning CT first",
            )
        fresh = region.mask & ~counted[region.box]
        voxels += int(np.count_nonzero(fresh))
        in_bone += int(np.count_nonzero(fresh & trabecular[region.box]))
        counted[region.box] |= region.mask
    return voxels, in_bone
