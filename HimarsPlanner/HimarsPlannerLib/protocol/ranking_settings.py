"""The tiers of treatment and the order inside them, as a protocol file states them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MEASURES = (
    *("symptoms", "ESCC estimate", "SINS", "Mirels"),
    *("axial cortical involvement", "circumferential cortical involvement", "rigidity loss", "acetabulum"),
    *("vein narrowing", "vein contact", "artery narrowing", "artery contact", "ureter contact"),
    *("bulk", "place"),
)
"""What risk scores hand to the ranking."""


@dataclass(frozen=True)
class RankingSettings:
    """When a lesion belongs to a tier, and which goes first inside one.

    Parameters
    ----------
    tiers
        By tier, from 1 on: measures and the value from which on a lesion belongs to it; any one is enough. What meets
        none belongs to the tier after the last.
    scale
        By measure, the value that counts as the worst there is: inside a tier lesions go by their largest share of it.
    """

    tiers: Mapping[int, Mapping[str, float]]
    scale: Mapping[str, float]

    @property
    def last_tier(self) -> int:
        """Tier of what meets no criterion."""
        return len(self.tiers) + 1

    @property
    def lowest(self) -> dict[str, float]:
        """By measure, the lowest value that any tier asks for."""
        least: dict[str, float] = {}
        for criteria in self.tiers.values():
            for name, value in criteria.items():
                least[name] = min(value, least.get(name, value))
        return least


def read_ranking(section: Mapping[str, Any]) -> RankingSettings:
    """Settings of the section [ranking] of a protocol file.

    Raises
    ------
    KeyError, TypeError, ValueError
        A table is missing, a measure does not exist, a value is not above 0 or a tier is left out.
    """
    tiers = {int(number): _criteria(values, f"ranking.tier.{number}") for number, values in section["tier"].items()}
    if sorted(tiers) != list(range(1, len(tiers) + 1)):
        raise ValueError(f"ranking.tier has the tiers {sorted(tiers)}, not 1, 2, 3, ...")
    scale = _criteria(section["scale"], "ranking.scale")
    for name in sorted({name for criteria in tiers.values() for name in criteria} - set(scale)):
        raise ValueError(f"ranking.scale lacks {name!r}, which a tier asks for")
    return RankingSettings(dict(sorted(tiers.items())), scale)


def _criteria(values: Mapping[str, Any], where: str) -> dict[str, float]:
    criteria = {name: float(value) for name, value in values.items()}
    for name, value in criteria.items():
        if name not in MEASURES:
            raise ValueError(f"{where}: {name!r} is none of {', '.join(MEASURES)}")
        if not value > 0:
            raise ValueError(f"{where}: {name} is {value:g}, not above 0")
    return criteria
