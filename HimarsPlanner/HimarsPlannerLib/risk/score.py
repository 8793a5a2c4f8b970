"""A risk score as its source defines it: a value or an interval, its parts, and what is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Domain = Literal["fracture", "cord", "vascular", "symptoms", "bulk"]
Status = Literal["computed", "partial", "unknown", "not-applicable"]


@dataclass(frozen=True)
class Interval:
    """Values that a number may have; both ends are equal when it is certain."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ValueError(f"an interval from {self.low} to {self.high}")

    @classmethod
    def exactly(cls, value: float) -> Interval:
        """Interval of one value."""
        return cls(value, value)

    @property
    def certain(self) -> bool:
        """Whether it holds one value only."""
        return self.low == self.high


@dataclass(frozen=True)
class Unknown:
    """What was not given and would change a score.

    Parameters
    ----------
    what
        As a noun phrase: "pain", "spinal alignment", "MRI".
    would_be
        By measure, the range in which its upper end would lie once this is known; empty where no measure rests on it.
    """

    what: str
    would_be: Mapping[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True)
class Score:
    """One score of one lesion.

    Parameters
    ----------
    name
        Short name, e.g. "canal encroachment".
    domain
        Which risk it speaks of.
    status
        "computed", "partial" (some parts unknown), "unknown" (could not be assessed) or
        "not-applicable" (the score does not exist for this place).
    sentence
        One sentence for a physician.
    low, high
        The value as an interval in `unit`; equal when certain; None when unknown or not applicable.
    parts
        Named numbers behind it.
    measures
        What the ranking looks at, by name (see `protocol.ranking_settings.MEASURES`); a measure that could not be
        assessed is absent, never zero.
    unknown
        What was not given and would change it.
    source
        Citation, or "proposal" where no literature stands behind it.
    """

    name: str
    domain: Domain
    status: Status
    sentence: str
    low: float | None = None
    high: float | None = None
    unit: str = ""
    parts: Mapping[str, float | bool | str] = field(default_factory=dict)
    measures: Mapping[str, Interval] = field(default_factory=dict)
    unknown: tuple[Unknown, ...] = ()
    source: str = ""
