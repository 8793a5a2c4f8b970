"""Settings of the risk scores, one class for each (see himars.toml for values and sources)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class CordSettings:
    """Of the spinal canal.

    Parameters
    ----------
    near_mm
        Nearer than this to the canal counts as abutting it, mm.
    far_mm
        A lesion outside the spine that is farther from the canal than this has nothing to do with it, mm.
    wall_mm
        Thickness of the posterior wall of a vertebral body: a lesion nearer to the canal lies in it, mm.
    segmented_error
        By how much encroachment on a segmented canal may be too large, as a fraction of its area.
    cord_share
        Share of the canal above which what is contoured as cord is the thecal sac.
    reached
        Fraction of the canal's area from which on a GTV reaches into it; less is within a voxel of its outline.
    low, high
        Fractions of the canal's area between which encroachment is intermediate.
    """

    near_mm: float
    far_mm: float
    wall_mm: float
    segmented_error: float
    cord_share: float
    reached: float
    low: float
    high: float


@dataclass(frozen=True)
class SinsSettings:
    """Of SINS.

    Parameters
    ----------
    collapse_percent, half_percent
        Loss of height from which on a body is collapsed; above which it has lost more than half.
    body_involved
        Share of the body above which it counts as more than half involved.
    height_error
        Error of a height as a share of the slices' distance along the vertebra's axis.
    sclerotic_sd, sclerotic_floor_hu, lytic_sd, perhaps_lytic_sd
        Standard deviations above and below the patient's own marrow from which on bone is sclerotic, surely lytic or
        perhaps lytic, and the least that sclerotic bone has, HU.
    blastic_share, lytic_share
        Sclerotic share of the changed marrow from which on a lesion is blastic; up to which it is lytic.
    share_margin
        Nearer than this to either share a lesion may be of both types.
    least_changed
        Share of the marrow space that must be changed for the CT to tell a type.
    posterolateral_ml, perhaps_posterolateral_ml
        Volume of pedicle, facet or costovertebral joint inside the GTV from which on a side is surely involved, and
        perhaps.
    """

    collapse_percent: float
    half_percent: float
    body_involved: float
    height_error: float
    sclerotic_sd: float
    sclerotic_floor_hu: float
    lytic_sd: float
    perhaps_lytic_sd: float
    blastic_share: float
    lytic_share: float
    share_margin: float
    least_changed: float
    posterolateral_ml: float
    perhaps_posterolateral_ml: float


@dataclass(frozen=True)
class VesselSettings:
    """Of vessels.

    Parameters
    ----------
    contact_mm
        A GTV voxel at most this far outside the wall is in contact, mm.
    """

    contact_mm: float


@dataclass(frozen=True)
class PlaceSettings:
    """Of bulk and place.

    Parameters
    ----------
    bulky_mm
        Largest diameter from which on a lesion is bulky, mm.
    """

    bulky_mm: float


@dataclass(frozen=True)
class RiskSettings:
    """Settings of every risk score."""

    sins: SinsSettings
    cord: CordSettings
    vessels: VesselSettings
    place: PlaceSettings


_SECTIONS = {
    "sins": SinsSettings,
    "cord": CordSettings,
    "vessels": VesselSettings,
    "place": PlaceSettings,
}


def read_risk(section: Mapping[str, Any]) -> RiskSettings:
    """Settings of the section [risk] of a protocol file, a table for each score.

    Raises
    ------
    KeyError, TypeError, ValueError
        A table or an entry is missing, unknown or not above 0.
    """
    for name in section:
        if name not in _SECTIONS:
            raise ValueError(f"risk.{name} is none of {', '.join(_SECTIONS)}")
    return RiskSettings(**{name: _read(kind, section[name], f"risk.{name}") for name, kind in _SECTIONS.items()})


def _read(kind: type, table: Mapping[str, Any], where: str) -> Any:
    values = {}
    for one in fields(kind):
        if one.name not in table:
            raise KeyError(f"{where}.{one.name}")
        values[one.name] = float(table[one.name])
        if not values[one.name] > 0:
            raise ValueError(f"{where}.{one.name} is {table[one.name]}, not above 0")
    for name in table:
        if name not in values:
            raise ValueError(f"{where}.{name} is unknown")
    return kind(**values)
