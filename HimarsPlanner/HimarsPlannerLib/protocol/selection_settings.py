"""The selection rules that a protocol may name."""

from __future__ import annotations

import difflib

from ..errors import ProtocolError

SELECTION_RULES = ("greedy-skip", "greedy-stop", "tier-then-optimum")


def check_rule(name: str) -> str:
    """Name of a selection rule, as it was given.

    Raises
    ------
    ProtocolError
        There is no such rule; the nearest is named.
    """
    if name in SELECTION_RULES:
        return name
    near = difflib.get_close_matches(str(name), SELECTION_RULES, 1, cutoff=0.5)
    raise ProtocolError(
        f"Selection rule {name!r} does not exist",
        f"one of {', '.join(SELECTION_RULES)}",
        f"did you mean {near[0]!r}?" if near else "choose one of these",
    )
