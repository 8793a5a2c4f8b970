"""Bone marrow reserve, the denominator of the trial."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..grid import Grid
from ..region import BoolArray, Region, union
from .compartments import BoneCompartments


@dataclass(frozen=True)
class Reserve:
    """Volumes in ml behind BMR = |T| - |T and GTV_total| (protocol NCT06978296)."""

    total_trabecular_bone_ml: float
    gtv_total_ml: float
    trabecular_in_gtv_ml: float

    @property
    def bone_marrow_reserve_ml(self) -> float:
        """Trabecular bone outside every GTV, ml."""
        return self.total_trabecular_bone_ml - self.trabecular_in_gtv_ml


def measure_reserve(bone: BoneCompartments, gtvs: Iterable[Region]) -> Reserve:
    """Bone marrow reserve of a patient.

    Parameters
    ----------
    bone
        Compartments on the planning CT.
    gtvs
        Every GTV, selected or not, on the same grid; overlaps count once (voxel union).

    Raises
    ------
    GeometryError
        A GTV is on another grid than the bone.
    """
    return reserve_of(bone.trabecular, bone.grid, gtvs)


def reserve_of(trabecular: BoolArray, grid: Grid, gtvs: Iterable[Region]) -> Reserve:
    """Bone marrow reserve under any definition of trabecular bone.

    Parameters
    ----------
    trabecular
        Trabecular bone, (z, y, x) on `grid`.
    grid
        The planning CT's grid.
    gtvs
        Every GTV, selected or not, on the same grid; overlaps count once (voxel union).

    Raises
    ------
    GeometryError
        A GTV is on another grid.
    """
    total = union(gtvs, grid)
    return Reserve(
        total_trabecular_bone_ml=int(np.count_nonzero(trabecular)) * grid.voxel_ml,
        gtv_total_ml=total.volume_ml,
        trabecular_in_gtv_ml=int(np.count_nonzero(trabecular[total.box] & total.mask)) * grid.voxel_ml,
    )
