"""Fractions, weekly rhythm and the gaps between fractions, where treatment dates are given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from ..errors import InputError
from ..protocol.dose_settings import Regimen
from .verdict import Criterion, Verdict

When = date | datetime
WEEK = timedelta(days=7)


def parse_dates(texts: Sequence[str]) -> tuple[When, ...]:
    """Dates, or dates with times, in ISO 8601, sorted.

    Raises
    ------
    InputError
        One is neither, or is given twice.
    """
    found: list[When] = []
    for text in texts:
        try:
            found.append(date.fromisoformat(text) if len(text.strip()) == 10 else datetime.fromisoformat(text))
        except ValueError as error:
            raise InputError(f"The treatment date {text!r} is no date", "2026-03-02 or 2026-03-02T09:30") from error
    if len({isinstance(when, datetime) for when in found}) > 1:
        raise InputError("Some treatment dates have a time, others none", "times for all, or for none")
    if len(set(found)) < len(found):
        raise InputError("A treatment date is given twice", "each fraction once")
    return tuple(sorted(found))


def check_schedule(dates: Sequence[When], regimen: Regimen, minimum_interval_h: float) -> tuple[Criterion, ...]:
    """Number of fractions given, gaps between them and fractions in any seven days.

    Parameters
    ----------
    dates
        Of the fractions, sorted; a date without a time leaves a gap of a day open between 0 and 48 h.
    """
    count = len(dates)
    fractions: Verdict = "pass" if count == regimen.fractions else "unacceptable"
    first = Criterion("fractions given", str(count), str(regimen.fractions), fractions)
    return first, _interval(dates, minimum_interval_h), _rhythm(dates, regimen)


def _interval(dates: Sequence[When], minimum_h: float) -> Criterion:
    earliest, latest = [_moment(when, time.min) for when in dates], [_moment(when, time.max) for when in dates]
    least = min(((b - a).total_seconds() / 3600 for a, b in zip(latest, earliest[1:], strict=False)), default=None)
    most = min(((b - a).total_seconds() / 3600 for a, b in zip(earliest, latest[1:], strict=False)), default=None)
    if least is None or most is None:
        return Criterion("shortest interval", "one fraction", f">= {minimum_h:g} h", "not assessable")
    timed = isinstance(dates[0], datetime)
    verdict: Verdict = "pass" if least >= minimum_h else "unacceptable" if most < minimum_h else "not assessable"
    found = f"{least:.1f} h" if timed else f"{max(least, 0):.0f} to {most:.0f} h"
    return Criterion(
        "shortest interval",
        found,
        f">= {minimum_h:g} h",
        verdict,
        "" if timed or verdict == "pass" else "days without times leave the interval open",
    )


def _rhythm(dates: Sequence[When], regimen: Regimen) -> Criterion:
    days = [when.date() if isinstance(when, datetime) else when for when in dates]
    busiest = max((sum(timedelta(0) <= other - day < WEEK for other in days) for day in days), default=0)
    weeks = -(-regimen.fractions // regimen.per_week)
    span = (days[-1] - days[0]).days + 1 if days else 0
    too_long = span > 7 * weeks
    verdict: Verdict = "unacceptable" if busiest > regimen.per_week else "acceptable deviation" if too_long else "pass"
    note = f"{span} days in all, longer than {weeks} week{'s' if weeks > 1 else ''}" if too_long else ""
    return Criterion("fractions in any 7 days", str(busiest), f"<= {regimen.per_week}", verdict, note)


def _moment(when: When, clock: time) -> datetime:
    return when if isinstance(when, datetime) else datetime.combine(when, clock)
