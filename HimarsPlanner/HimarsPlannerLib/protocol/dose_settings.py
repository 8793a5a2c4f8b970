"""What a protocol file says of dose: regimens, what a plan is held against, and the limits of organs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SPARED, FRACTION = "spared", "fraction"
LISTS = ("target_alpha_beta_gy", "marrow_doses_gy")


@dataclass(frozen=True)
class Regimen:
    """A prescription.

    Parameters
    ----------
    name
        Total dose and fractions, "27/3".
    dose_gy
        Total dose, Gy.
    per_week
        Fractions in any seven days.
    """

    name: str
    dose_gy: float
    fractions: int
    per_week: int


@dataclass(frozen=True)
class DoseSettings:
    """What a plan is held against (see himars.toml for units and sources)."""

    prescription_isodose_min: float
    maximum_dose: float
    ptv_coverage: float
    ptv_coverage_deviation: float
    gtv_coverage: float
    gtv_coverage_deviation: float
    minimum_interval_h: float
    small_ptv_ml: float
    target_alpha_beta_gy: tuple[float, ...]
    organ_alpha_beta_gy: float
    cord_alpha_beta_gy: float
    marrow_doses_gy: tuple[float, ...]


@dataclass(frozen=True)
class OrganLimit:
    """One limit of an organ.

    Parameters
    ----------
    organ
        Plain name, as `dose.organs` gives it.
    rule
        "most": `size` ml may get at most `dose_gy`; "spared": at least `size` ml must stay below it; "fraction": at
        most the fraction `size` of the organ may get it.
    dose_gy
        By number of fractions.
    """

    organ: str
    rule: str
    size: float
    dose_gy: Mapping[int, float]


def read_regimens(section: Mapping[str, Any]) -> tuple[Regimen, ...]:
    """Regimens in the order of the file.

    Raises
    ------
    KeyError, TypeError, ValueError
        An entry is missing, unknown or out of range.
    """
    regimens = []
    for name, entry in section.items():
        regimen = Regimen(name, **entry)
        counts = (regimen.fractions, regimen.per_week)
        if not all(type(count) is int and count > 0 for count in counts) or not regimen.dose_gy > 0:
            raise ValueError(f"regimen {name!r} has a dose or a number of fractions that is not above 0")
        if name != f"{regimen.dose_gy:g}/{regimen.fractions}":
            raise ValueError(f"regimen {name!r} is {regimen.dose_gy:g} Gy in {regimen.fractions} fractions")
        regimens.append(regimen)
    if not regimens:
        raise ValueError("there is no regimen")
    return tuple(regimens)


def read_dose_settings(section: Mapping[str, Any]) -> DoseSettings:
    """Dose settings.

    Raises
    ------
    KeyError, TypeError, ValueError
        An entry is missing, unknown or out of range.
    """
    lists = {name: tuple(map(float, section[name])) for name in LISTS}
    numbers = {name: float(value) for name, value in section.items() if name not in LISTS}
    settings = DoseSettings(**lists, **numbers)  # type: ignore[arg-type]
    for name in section:
        value = getattr(settings, name)
        if not all(number > 0 for number in (value if isinstance(value, tuple) else (value,))):
            raise ValueError(f"{name} is {value}, not above 0")
    for name in ("prescription_isodose_min", "ptv_coverage", "gtv_coverage"):
        if getattr(settings, name) > 1:
            raise ValueError(f"{name} is {getattr(settings, name):g}, above 1")
    for target in ("ptv", "gtv"):
        if getattr(settings, f"{target}_coverage_deviation") > getattr(settings, f"{target}_coverage"):
            raise ValueError(f"{target}_coverage_deviation is above {target}_coverage")
    if settings.maximum_dose < 1:
        raise ValueError(f"maximum_dose is {settings.maximum_dose:g}, below the prescription")
    return settings


def read_organ_limits(section: Mapping[str, Any], regimens: Sequence[Regimen]) -> tuple[OrganLimit, ...]:
    """Limits of organs, each with a dose for every number of fractions in use.

    Raises
    ------
    KeyError, TypeError, ValueError
        An entry is missing, unknown or out of range.
    """
    fractions = [int(number) for number in section["fractions"]]
    if lacking := {regimen.fractions for regimen in regimens} - set(fractions):
        raise ValueError(f"organ_limits has no column for {sorted(lacking)[0]} fractions")
    if unknown := set(section) - {"fractions", "most", SPARED, FRACTION}:
        raise ValueError(f"organ_limits has an unknown part {sorted(unknown)[0]!r}")
    limits = []
    for rule in ("most", SPARED, FRACTION):
        for organ, rows in section.get(rule, {}).items():
            for row in rows:
                if len(row) != 1 + len(fractions) or not row[0] >= 0 or not all(dose > 0 for dose in row[1:]):
                    raise ValueError(f"organ_limits of {organ!r} has a row {row}, not ml and {len(fractions)} doses")
                limits.append(OrganLimit(organ, rule, float(row[0]), dict(zip(fractions, row[1:], strict=True))))
    return tuple(limits)
