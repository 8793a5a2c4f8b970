"""The budget in voxels, and what may be taken out of it at all."""

from __future__ import annotations

from dataclasses import dataclass

from ..grid import Grid
from ..risk.ranking import RankedLesion

# Volumes are voxel counts times one float; a set that fills the budget exactly must not fail by the last bits, and a
# budget of 10^9 voxels must not grow by one.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Budget:
    """What may be irradiated.

    Parameters
    ----------
    ml
        Fraction of the bone marrow reserve, ml.
    grid
        The planning CT's grid.
    """

    ml: float
    grid: Grid

    @property
    def voxels(self) -> int:
        """Whole voxels that it holds."""
        return int(self.ml * (1 + ROUNDING) / self.grid.voxel_ml)

    def in_ml(self, voxels: int) -> float:
        """Volume of voxels, ml."""
        return voxels * self.grid.voxel_ml

    def used(self, voxels: int) -> str:
        """How much of it voxels use, in words."""
        return f"{self.in_ml(voxels):.1f} of {self.ml:.1f} ml used after it"

    def overflow(self, voxels: int) -> str:
        """By how much voxels exceed it, in words."""
        return f"it would exceed the budget of {self.ml:.1f} ml by {shown(self.in_ml(voxels) - self.ml)} ml"


def why_excluded(entry: RankedLesion) -> str:
    """Why a lesion is not to be selected; "" where it may be."""
    lesion = entry.lesion
    if not lesion.counts:
        return entry.reason
    return f"excluded by the physician: {lesion.facts.excluded}" if lesion.facts.excluded else ""


def shown(ml: float) -> str:
    """Volume with one decimal, or with three where one would show nothing."""
    return f"{ml:.1f}" if ml >= 0.1 else f"{ml:.3f}"
