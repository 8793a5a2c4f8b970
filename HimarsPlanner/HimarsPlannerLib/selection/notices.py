"""What a physician must know of a choice first."""

from __future__ import annotations

from ..notice import Notice
from ..protocol.protocol import Level
from .selection import Selection


def selection_notices(selection: Selection, lower: tuple[Level, Selection] | None) -> list[Notice]:
    """Warn of urgent and of pinned lesions that are not selected, the most urgent first.

    Parameters
    ----------
    selection
        The choice.
    lower
        The next lower cohort level and what the same rule chooses there; None for the lowest.
    """
    urgent = [one for one in selection.decisions if one.verdict == "skipped" and one.ranked.tier == 1]
    pinned = [one for one in selection.decisions if one.verdict == "skipped" and one.ranked.lesion.facts.pinned]
    notices = [
        Notice("tier-1-skipped", f"{one.ranked.lesion.name} is in tier 1 and is not selected: {one.reason}.")
        for one in urgent
    ]
    if lower is not None:
        level, other = lower
        there = set(other.chosen)
        names = [one.ranked.lesion.name for one in urgent if one.ranked.lesion.id in there]
        if names:
            message = (
                f"Level {level.name} ({level.fraction:.0%}) would select {', '.join(names)} of tier 1, this level does "
                "not: its larger budget goes to a lesion of higher rank."
            )
            notices.append(Notice("tier-1-at-lower-level", message))
    notices += [
        Notice("pinned-skipped", f"{one.ranked.lesion.name} is pinned and is not selected: {one.reason}.")
        for one in pinned
        if one.ranked.tier != 1
    ]
    return notices
