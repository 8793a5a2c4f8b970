"""When a patient has too much disease for the trial, as a protocol file states it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class EligibilitySettings:
    """Of the ratio of symptomatic and high-risk tumour volume to the bone marrow reserve.

    Parameters
    ----------
    high_risk_tier
        Last tier whose lesions count as high-risk.
    largest_ratio
        A patient with a larger ratio is not eligible.
    """

    high_risk_tier: int
    largest_ratio: float


def read_eligibility(section: Mapping[str, Any], last_tier: int) -> EligibilitySettings:
    """Settings of the section [eligibility] of a protocol file.

    Parameters
    ----------
    section
        Its entries.
    last_tier
        Tier of lesions that meet no criterion; what is high-risk must be above it.

    Raises
    ------
    TypeError, ValueError
        An entry is missing, unknown or out of range.
    """
    settings = EligibilitySettings(**section)
    tier = settings.high_risk_tier
    if isinstance(tier, bool) or not isinstance(tier, int) or not 1 <= tier < last_tier:
        raise ValueError(f"eligibility.high_risk_tier is {tier!r}, not a tier from 1 to {last_tier - 1}")
    ratio = settings.largest_ratio
    if isinstance(ratio, bool) or not isinstance(ratio, int | float) or not ratio > 0:
        raise ValueError(f"eligibility.largest_ratio is {ratio!r}, not above 0")
    return settings
