"""What counts as uptake and where a lesion ends, as a value that a record can carry."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PetMethod(StrEnum):
    """How lesions are outlined in PET; each has a file of its own."""

    FIXED_SUV = "fixed-suv"
    PERCENT_OF_MAX = "percent-of-max"
    LIVER_BASED = "liver-based"
    SPLEEN_BASED = "spleen-based"


@dataclass(frozen=True)
class Rule:
    """A method with its parameters.

    Parameters
    ----------
    method
        Its name.
    detection_suv
        SUVbw from which on a voxel counts as uptake.
    fraction_of_max
        A lesion ends where the uptake falls below this fraction of its SUVmax; None where it ends at `detection_suv`.
    detail
        The rule and its parameters in words.
    """

    method: PetMethod
    detection_suv: float
    detail: str
    fraction_of_max: float | None = None
