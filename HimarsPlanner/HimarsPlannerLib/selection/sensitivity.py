"""How the choice changes with the bone and the contours: which decisions hang on a tenth or on a voxel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ..bone.reserve import Reserve, reserve_of
from ..grid import Grid
from ..region import BoolArray, Region
from ..risk.ranking import RankedLesion
from .rules import select
from .selection import Selection
from .shell import with_shell, without_shell

TRABECULAR_CHANGE = 0.1


@dataclass(frozen=True)
class Scenario:
    """The plan with other bone or other contours; the order of treatment is kept.

    Parameters
    ----------
    name
        In words.
    reserve_ml
        Bone marrow reserve, ml.
    selection
        By the same rule and level.
    differs
        Identifiers of lesions whose verdict is another than in the plan, in rank order.
    vanished
        Identifiers of lesions of which nothing is left, in rank order.
    """

    name: str
    reserve_ml: float
    selection: Selection
    differs: tuple[str, ...]
    vanished: tuple[str, ...] = ()

    @property
    def ratio(self) -> float | None:
        """Selected GTV volume over bone marrow reserve; None where there is no reserve."""
        return self.selection.selected_ml / self.reserve_ml if self.reserve_ml > 0 else None


@dataclass(frozen=True)
class Case:
    """What does not change: bone, lesions, reserve, and how is chosen.

    Parameters
    ----------
    trabecular
        Trabecular bone, (z, y, x) on `grid`.
    irradiated
        Previously irradiated structures; None where nothing was said of them.
    fraction
        Of the bone marrow reserve that may be irradiated.
    """

    ranked: Sequence[RankedLesion]
    trabecular: BoolArray
    grid: Grid
    irradiated: Sequence[Region] | None
    reserve: Reserve
    fraction: float


def find_sensitivity(case: Case, selection: Selection) -> tuple[Scenario, ...]:
    """Choose again with 10 % less and more trabecular bone, and with all GTVs a shell of voxels smaller and larger.

    Trabecular bone inside and outside the GTVs changes alike, and so the bone marrow reserve by 10 %. A shell are the
    voxels that share a face with the surface; the reserve is measured again.

    Parameters
    ----------
    case
        The plan's bone, lesions and level.
    selection
        The plan's choice.
    """
    return (
        _with_other_bone(case, selection, "trabecular bone -10 %", 1 - TRABECULAR_CHANGE),
        _with_other_bone(case, selection, "trabecular bone +10 %", 1 + TRABECULAR_CHANGE),
        _with_other_contours(case, selection, "GTVs one voxel shell smaller", without_shell),
        _with_other_contours(case, selection, "GTVs one voxel shell larger", with_shell),
    )


def flips(scenarios: Sequence[Scenario], lesion_id: str) -> tuple[str, ...]:
    """Names of the scenarios in which the verdict on a lesion is another."""
    return tuple(scenario.name for scenario in scenarios if lesion_id in scenario.differs)


def _with_other_bone(case: Case, selection: Selection, name: str, factor: float) -> Scenario:
    reserve_ml = factor * case.reserve.bone_marrow_reserve_ml
    other = select(case.ranked, case.fraction * reserve_ml, case.grid, selection.rule)
    return Scenario(name, reserve_ml, other, selection.differs(other))


def _with_other_contours(case: Case, selection: Selection, name: str, change: Callable[[Region], Region]) -> Scenario:
    changed = [_changed(entry, change) if entry.lesion.counts else entry for entry in case.ranked]
    gtvs = [entry.lesion.region for entry in changed if entry.lesion.counts]
    reserve_ml = reserve_of(case.trabecular, case.grid, gtvs, case.irradiated).bone_marrow_reserve_ml
    other = select(changed, case.fraction * reserve_ml, case.grid, selection.rule)
    vanished = tuple(entry.lesion.id for entry in changed if not entry.lesion.region.voxels)
    return Scenario(name, reserve_ml, other, selection.differs(other), vanished)


def _changed(entry: RankedLesion, change: Callable[[Region], Region]) -> RankedLesion:
    return replace(entry, lesion=replace(entry.lesion, region=change(entry.lesion.region)))
