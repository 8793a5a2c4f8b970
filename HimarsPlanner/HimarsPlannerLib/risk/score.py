"""A risk score as its source defines it: a value or an interval, its parts, and what is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Domain = Literal["fracture", "cord", "vascular", "symptoms", "bulk"]


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
    low, high
        The value as an interval in `unit`; equal when certain; None when unknown or not applicable.
    parts
        Named numbers behind it.
    unknown
        What was not given and would change it, as noun phrases.
    sentence
        One sentence for a physician.
    source
        Citation, or "proposal" where no literature stands behind it.
    """

    name: str
    domain: Domain
    status: Literal["computed", "partial", "unknown", "not-applicable"]
    sentence: str
    low: float | None = None
    high: float | None = None
    unit: str = ""
    parts: Mapping[str, float | bool | str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    source: str = ""
