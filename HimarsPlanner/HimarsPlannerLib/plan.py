"""The plan: one immutable result that everything which leaves the house reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .bone.compartments import BoneCompartments
from .bone.coverage import Coverage
from .bone.reserve import Reserve
from .notice import Notice
from .protocol.protocol import Level, Protocol
from .selection.selection import Selection
from .study.study import Study

NOT_KNOWN = Coverage()


@dataclass(frozen=True)
class Plan:
    """A patient's plan at one cohort level.

    Parameters
    ----------
    reserve
        Total trabecular bone, GTV_total, their intersection and the bone marrow reserve.
    selection
        Every lesion in rank order with its verdict.
    notices
        All warnings, most urgent first.
    timing_s
        Seconds for each stage.
    clinical_file
        The clinical file; "" without one.
    coverage
        What part of the skeleton the scan covers.
    """

    software: str
    study: Study
    protocol: Protocol
    level: Level
    bone: BoneCompartments
    reserve: Reserve
    selection: Selection
    notices: tuple[Notice, ...]
    timing_s: Mapping[str, float]
    clinical_file: str = ""
    coverage: Coverage = NOT_KNOWN

    @property
    def ratio(self) -> float | None:
        """Selected GTV volume over bone marrow reserve; None where there is no reserve."""
        reserve_ml = self.reserve.bone_marrow_reserve_ml
        return self.selection.selected_ml / reserve_ml if reserve_ml > 0 else None
