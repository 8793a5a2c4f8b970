"""The plan: one immutable result that everything which leaves the house reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .bone.compartments import BoneCompartments
from .bone.coverage import Coverage
from .bone.reserve import Reserve
from .notice import Notice
from .protocol.protocol import Level, Protocol
from .selection.eligibility_ratio import EligibilityRatio
from .selection.selection import Bound, Selection
from .selection.sensitivity import Scenario
from .study.study import Study

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
    optimum
        The largest volume that any choice could have within the budget.
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
    irradiated
        Names of the structures stated to have been irradiated before.
    sensitivity
        The choice with other bone and other contours.
    """

    software: str
    study: Study
    protocol: Protocol
    level: Level
    bone: BoneCompartments
    reserve: Reserve
    selection: Selection
    optimum: Bound
    eligibility: EligibilityRatio
    notices: tuple[Notice, ...]
    timing_s: Mapping[str, float]
    clinical_file: str = ""
    coverage: Coverage = NOT_KNOWN
    cross_check: CrossCheck | None = None
    irradiated: tuple[str, ...] = ()
    sensitivity: tuple[Scenario, ...] = ()

    @property
    def ratio(self) -> float | None:
        """Selected GTV volume over bone marrow reserve; None where there is no reserve."""
        reserve_ml = self.reserve.bone_marrow_reserve_ml
        return self.selection.selected_ml / reserve_ml if reserve_ml > 0 else None
