"""Margins around the GTV by site, from the protocol file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Site = Literal["spine", "bone", "node"]
Margin = tuple[float, float, float]
"""Millimetres left-right, front-back and head-foot of the patient, the same to both sides."""

SITES: tuple[Site, ...] = ("spine", "bone", "node")


@dataclass(frozen=True)
class MarginSettings:
    """Margins in mm, the same in every direction (see himars.toml for sources).

    Parameters
    ----------
    ctv_spine_mm, ctv_bone_mm, ctv_node_mm
        From GTV to CTV.
    ptv_spine_mm, ptv_bone_mm, ptv_node_mm
        From CTV to PTV; from the GTV where there is no margin for a CTV.
    """

    ctv_spine_mm: float
    ctv_bone_mm: float
    ctv_node_mm: float
    ptv_spine_mm: float
    ptv_bone_mm: float
    ptv_node_mm: float

    def ctv(self, site: Site) -> Margin:
        """From GTV to CTV."""
        return _every_way({"spine": self.ctv_spine_mm, "bone": self.ctv_bone_mm, "node": self.ctv_node_mm}[site])

    def ptv(self, site: Site) -> Margin:
        """From CTV to PTV."""
        return _every_way({"spine": self.ptv_spine_mm, "bone": self.ptv_bone_mm, "node": self.ptv_node_mm}[site])


def margin_settings(section: Mapping[str, Any]) -> MarginSettings:
    """Read the section [margins].

    Raises
    ------
    TypeError
        An entry is missing or unknown.
    ValueError
        A margin is negative.
    """
    numbers = {name: float(value) for name, value in section.items()}
    for name, value in numbers.items():
        if not value >= 0:
            raise ValueError(f"{name} is {value:g}, below 0")
    return MarginSettings(**numbers)


def _every_way(margin_mm: float) -> Margin:
    return margin_mm, margin_mm, margin_mm
