"""The plan: one immutable result that everything which leaves the house reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from .bone.compartments import BoneCompartments
from .bone.coverage import Coverage
from .bone.reserve import Reserve
from .notice import Notice
from .protocol.protocol import Level, Protocol
from .region import Region, union
from .selection.eligibility_ratio import EligibilityRatio
from .selection.optimum import largest_volume
from .selection.selection import Bound, Selection
from .selection.sensitivity import Case, Scenario, find_sensitivity
from .study.study import Structure, Study

NOT_KNOWN = Coverage()


@dataclass(frozen=True)
class CrossCheck:
    """The same plan under another, published definition of marrow-bearing bone.

    Parameters
    ----------
    definition
        Its name and version.
    source
        Where it is published.
    reserve, selection
        As in `Plan`, under this definition.
    """

    definition: str
    source: str
    reserve: Reserve
    selection: Selection

    @property
    def ratio(self) -> float | None:
        """Selected GTV volume over bone marrow reserve; None where there is no reserve."""
        reserve_ml = self.reserve.bone_marrow_reserve_ml
        return self.selection.selected_ml / reserve_ml if reserve_ml > 0 else None

    def differs(self, selection: Selection) -> tuple[str, ...]:
        """Identifiers of lesions whose verdict is another than in `selection`, in rank order."""
        return selection.differs(self.selection)


@dataclass(frozen=True)
class Plan:
    """A patient's plan at one cohort level.

    Parameters
    ----------
    reserve
        Total trabecular bone, GTV_total, their intersection and the bone marrow reserve.
    selection
        Every lesion in rank order with its verdict.
    eligibility
        Symptomatic and high-risk tumour volume over the reserve.
    notices
        All warnings, most urgent first.
    timing_s
        Seconds for each stage.
    clinical_file
        The clinical file; "" without one.
    coverage
        What part of the skeleton the scan covers.
    cross_check
        The plan under another definition of marrow-bearing bone; None where it was not asked for.
    spared
        Structures stated to have been irradiated before; None where nothing was stated of any.
    """

    software: str
    study: Study
    protocol: Protocol
    level: Level
    bone: BoneCompartments
    reserve: Reserve
    selection: Selection
    eligibility: EligibilityRatio
    notices: tuple[Notice, ...]
    timing_s: Mapping[str, float]
    clinical_file: str = ""
    coverage: Coverage = NOT_KNOWN
    cross_check: CrossCheck | None = None
    spared: tuple[Structure, ...] | None = None

    @property
    def ratio(self) -> float | None:
        """Selected GTV volume over bone marrow reserve; None where there is no reserve."""
        reserve_ml = self.reserve.bone_marrow_reserve_ml
        return self.selection.selected_ml / reserve_ml if reserve_ml > 0 else None

    @property
    def irradiated(self) -> tuple[str, ...]:
        """Names of the structures stated to have been irradiated before."""
        return tuple(structure.name for structure in self.spared or ())

    @cached_property
    def optimum(self) -> Bound:
        """The largest volume that any choice could have within the budget."""
        ranked = [decision.ranked for decision in self.selection.decisions]
        return largest_volume(ranked, self.selection.budget_ml, self.bone.grid)

    @cached_property
    def sensitivity(self) -> tuple[Scenario, ...]:
        """The choice with other bone and other contours."""
        ranked = [decision.ranked for decision in self.selection.decisions]
        told = None if self.spared is None else [structure.region for structure in self.spared]
        case = Case(ranked, self.bone.trabecular, self.bone.grid, told, self.reserve, self.level.fraction)
        return find_sensitivity(case, self.selection)

    @cached_property
    def bone_marrow_reserve(self) -> Region:
        """Trabecular bone outside every GTV and every structure stated to have been irradiated before."""
        gtvs = [one.ranked.lesion.region for one in self.selection.decisions if one.ranked.lesion.counts]
        taken = union([*gtvs, *(structure.region for structure in self.spared or ())], self.bone.grid)
        reserve = self.bone.trabecular
        reserve[taken.box] &= ~taken.mask
        return Region.from_array(reserve, self.bone.grid)
