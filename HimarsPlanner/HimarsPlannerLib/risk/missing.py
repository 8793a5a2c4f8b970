"""What is not known of a patient's lesions and would change the order of treatment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .ranking import RankedLesion

NAMED = 8


@dataclass(frozen=True)
class Missing:
    """One thing that is missing for lesions of one tier.

    Parameters
    ----------
    what
        As a noun phrase.
    tier
        Where the lesions are now.
    tiers
        Where they could be once it is known.
    names
        The lesions, in rank order.
    """

    what: str
    tier: int
    tiers: tuple[int, ...]
    names: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """E.g. "pain at T12 would move it from tier 2 to 1"; "could" where it may also stay where it is."""
        shown = ", ".join(self.names[:NAMED]) + (
            f" and {len(self.names) - NAMED} more" if len(self.names) > NAMED else ""
        )
        it = "it" if len(self.names) == 1 else "them"
        return f"{self.what} at {shown} could move {it} from tier {self.tier} to {' or '.join(map(str, self.tiers))}"


def find_missing(ranked: Iterable[RankedLesion]) -> tuple[Missing, ...]:
    """What is missing, the moves into the first tiers first."""
    groups: dict[tuple[str, int, tuple[int, ...]], list[str]] = {}
    for entry in ranked:
        for change in entry.changes:
            groups.setdefault((change.what, entry.tier, change.tiers), []).append(entry.lesion.name)
    found = [Missing(what, tier, tiers, tuple(names)) for (what, tier, tiers), names in groups.items()]
    return tuple(sorted(found, key=lambda one: (min(one.tier, *one.tiers), one.tier, one.what)))
