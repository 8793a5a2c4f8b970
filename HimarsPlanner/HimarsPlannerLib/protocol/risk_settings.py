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
    reached
        Fraction of the canal's area from which on a GTV reaches into it; less is within a voxel of its outline.
    low, high
        Fractions of the canal's area between which encroachment is intermediate.
    """

    near_mm: float
    reached: float
    low: float
    high: float


@dataclass(frozen=True)
class VesselSettings:
    """Of vessels.

    Parameters
    ----------
    contact_mm
        Wall at most this far from a GTV is in contact, mm; at least one voxel across the slices' planes.
    near_mm
        Vessels farther than this from a GTV are not looked at, mm.
    contrast_hu
        Median of a vessel's core from which on the CT has contrast in it.
    narrowed_percent
        Lost share of the lumen's area from which on it is a risk.
    encased_degrees
        Contact angle above which it is a risk.
    soft_part
        Share of a bone lesion outside bone from which on vessels that nobody contoured could be pressed.
    """

    contact_mm: float
    near_mm: float
    contrast_hu: float
    narrowed_percent: float
    encased_degrees: float
    soft_part: float


@dataclass(frozen=True)
class PlaceSettings:
    """Of bulk and place.

    Parameters
    ----------
    bulky_mm
        Largest diameter from which on a lesion is bulky, mm.
    cortex_share
        Share of a long bone's cortical thickness from which on it is involved.
    joint_mm
        A lesion at most this far from the surface of a sacro-iliac joint involves it, mm.
    socket_mm
        Bone of a socket at most this far beyond the head's surface belongs to the hip or shoulder, mm.
    femoral_neck_radii, humeral_head_radii
        Bone at most so many radii from the centre of the head is femoral head or neck, or humeral head.
    s1_mm
        Sacrum at most this far from L5 is S1, mm.
    behind_mm, posterior_ml
        A lesion involves posterior elements with at least this volume farther than this behind the front of the canal.
    """

    bulky_mm: float
    cortex_share: float
    joint_mm: float
    socket_mm: float
    femoral_neck_radii: float
    humeral_head_radii: float
    s1_mm: float
    behind_mm: float
    posterior_ml: float


@dataclass(frozen=True)
class RiskSettings:
    """Settings of every risk score."""

    cord: CordSettings
    vessels: VesselSettings
    place: PlaceSettings


_SECTIONS = {
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
