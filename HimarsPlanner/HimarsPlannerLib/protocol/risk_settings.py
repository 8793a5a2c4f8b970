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
class LesionTypeSettings:
    """Of lytic, mixed and blastic.

    Parameters
    ----------
    sclerotic_sd, sclerotic_hu
        A voxel is sclerotic above the mean of the cancellous bone around the lesion plus this many standard deviations,
        and above this HU.
    lytic_sd
        It is lytic below the mean less this many standard deviations.
    pure_share
        Of sclerotic and lytic voxels together: from this share of sclerotic ones on a lesion is blastic, and from this
        share of lytic ones on lytic.
    doubt
        Nearer than this to such a share both types are possible.
    least_share
        Of a lesion's voxels that must be sclerotic or lytic, else its type is unknown.
    """

    sclerotic_sd: float
    sclerotic_hu: float
    lytic_sd: float
    pure_share: float
    doubt: float
    least_share: float


@dataclass(frozen=True)
class MirelsSettings:
    """Of Mirels' score.

    Parameters
    ----------
    peritrochanteric_mm
        A lesion in the femur that reaches above this distance below the centre of the head is peritrochanteric, mm.
    judgement, fixation
        Totals from which on clinical judgement, or prophylactic fixation, is advised.
    fracture_7, fracture_8, fracture_9, fracture_10, fracture_11, fracture_12
        Probability of a fracture at that total, per cent; below 7 it is 0.
    """

    peritrochanteric_mm: float
    judgement: float
    fixation: float
    fracture_7: float
    fracture_8: float
    fracture_9: float
    fracture_10: float
    fracture_11: float
    fracture_12: float


@dataclass(frozen=True)
class CortexSettings:
    """Of cortical involvement of long bones.

    Parameters
    ----------
    axial_mm
        Length along the bone from which on the risk of a fracture is high, mm.
    circumference_low, circumference_high
        The same for the share of the circumference, per cent.
    sector_degrees
        A length is counted along one sector of this width.
    beyond_scan_mm
        How much longer a lesion that runs out of the scan may be, mm.
    """

    axial_mm: float
    circumference_low: float
    circumference_high: float
    sector_degrees: float
    beyond_scan_mm: float


@dataclass(frozen=True)
class RigiditySettings:
    """Of structural rigidity of long bones.

    Parameters
    ----------
    high_percent
        Loss from which on the risk of a fracture is high.
    clear_mm
        The other side is a reference where it has no lesion within this distance of the same place, mm.
    density_at_zero, density_per_hu
        Apparent density in kg/m3 = density_at_zero + density_per_hu x HU.
    femur_factor, femur_exponent, humerus_factor, humerus_exponent
        Modulus in MPa = factor x (density in g/cm3) ** exponent.
    """

    high_percent: float
    clear_mm: float
    density_at_zero: float
    density_per_hu: float
    femur_factor: float
    femur_exponent: float
    humerus_factor: float
    humerus_exponent: float


@dataclass(frozen=True)
class AcetabulumSettings:
    """Of the acetabulum.

    Parameters
    ----------
    reach_mm
        Bone within this distance of the femoral head's surface belongs to the acetabulum, mm.
    dome_degrees
        The weight-bearing dome reaches this far to either side of the vertical (10 to 2 o'clock is 60).
    least_share
        A part is involved from this share of its bone on.
    """

    reach_mm: float
    dome_degrees: float
    least_share: float


@dataclass(frozen=True)
class RiskSettings:
    """Settings of every risk score."""

    sins: SinsSettings
    cord: CordSettings
    vessels: VesselSettings
    place: PlaceSettings
    lesion_type: LesionTypeSettings
    mirels: MirelsSettings
    cortex: CortexSettings
    rigidity: RigiditySettings
    acetabulum: AcetabulumSettings


_SECTIONS = {
    "sins": SinsSettings,
    "cord": CordSettings,
    "vessels": VesselSettings,
    "place": PlaceSettings,
    "lesion_type": LesionTypeSettings,
    "mirels": MirelsSettings,
    "cortex": CortexSettings,
    "rigidity": RigiditySettings,
    "acetabulum": AcetabulumSettings,
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
