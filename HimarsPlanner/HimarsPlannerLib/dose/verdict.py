"""What a check can say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["pass", "acceptable deviation", "not assessable", "unacceptable"]
MARKS: dict[Verdict, str] = {"pass": "✓", "acceptable deviation": "△", "not assessable": "?", "unacceptable": "✗"}
SEVERITY: tuple[Verdict, ...] = ("pass", "acceptable deviation", "not assessable", "unacceptable")


@dataclass(frozen=True)
class Criterion:
    """One check of a target, an organ or the schedule.

    Parameters
    ----------
    name
        What is checked, e.g. "PTV V100".
    found, limit
        In words with their units.
    note
        Why the verdict is not what the numbers alone say; "" where they do.
    """

    name: str
    found: str
    limit: str
    verdict: Verdict
    note: str = ""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Worst of several verdicts; "pass" of none."""
    return max(verdicts, key=SEVERITY.index, default="pass")


def judge_share(lower: float, upper: float, enough: float, deviation: float) -> Verdict:
    """Verdict on a share that is known to lie between two bounds, equal where it is known.

    Parameters
    ----------
    lower, upper
        Fractions.
    enough
        From this on it passes.
    deviation
        From this on it is an acceptable deviation.
    """

    def verdict(share: float) -> Verdict:
        return "pass" if share >= enough else "acceptable deviation" if share >= deviation else "unacceptable"

    return verdict(lower) if verdict(lower) == verdict(upper) else "not assessable"
