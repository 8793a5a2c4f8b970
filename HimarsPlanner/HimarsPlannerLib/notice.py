"""What a physician must know of a plan that is valid all the same."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Notice:
    """A warning that travels with the plan.

    Parameters
    ----------
    code
        Stable kebab-case name, for programs.
    message
        A sentence for people: what was found and what it means.
    """

    code: str
    message: str
