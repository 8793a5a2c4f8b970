"""The protocol as a validated model, read from a TOML file such as himars.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import ProtocolError
from .dose_settings import (
    DoseSettings,
    OrganLimit,
    Regimen,
    read_dose_settings,
    read_organ_limits,
    read_regimens,
)
from .eligibility_settings import EligibilitySettings, read_eligibility
from .margins import MarginSettings, margin_settings
from .ranking_settings import RankingSettings, read_ranking
from .risk_settings import RiskSettings, read_risk
from .selection_settings import check_rule

DEFAULT_FILE = Path(__file__).with_name("himars.toml")
BY_USER = "stated by the user for this plan"
PET_METHODS = ("fixed-suv", "percent-of-max", "liver-based", "spleen-based")

MARROW_REGIONS = (
    *("skull", "cervical spine", "thoracic spine", "lumbar spine", "sacrum", "ribs", "sternum"),
    *("clavicles", "scapulae", "upper humeri", "hip bones", "upper femora"),
)


@dataclass(frozen=True)
class Level:
    """A cohort: its name and the fraction of the bone marrow reserve that may be irradiated."""

    name: str
    fraction: float


@dataclass(frozen=True)
class BoneSettings:
    """What counts as trabecular bone.

    Parameters
    ----------
    shaft_cavities
        Whether the cavities of long-bone shafts do, below the lesser trochanter and the deltoid level.
    """

    shaft_cavities: bool


@dataclass(frozen=True)
class LesionSettings:
    """How lesions are found and told apart (see himars.toml for sources).

    Parameters
    ----------
    pet_method
        "fixed-suv", "percent-of-max", "liver-based" or "spleen-based".
    suv_threshold
        SUVbw from which on uptake is a lesion's.
    percent_of_max
        Where a lesion ends under "percent-of-max", per cent of its SUVmax.
    organ_factor
        SUVbw of a threshold from an organ without variation.
    minimum_ml
        Smaller uptake is no lesion, ml.
    peak_prominence
        Fraction of the lower of two peaks by which uptake must drop between them to be parted there.
    point_spread_mm
        Resolution of the PET, mm.
    same_lesion_overlap
        Fraction of the smaller of two volumes that both must share to be one lesion.
    """

    pet_method: str
    suv_threshold: float
    percent_of_max: float
    organ_factor: float
    minimum_ml: float
    peak_prominence: float
    point_spread_mm: float
    same_lesion_overlap: float


@dataclass(frozen=True)
class ReferenceSettings:
    """Adult-male reference for what is plausible (see himars.toml for sources).

    Parameters
    ----------
    full_skeleton_low_ml, full_skeleton_high_ml
        Range of the trabecular bone of a whole skeleton.
    marrow_share
        Share of the active marrow by region of the skeleton.
    """

    full_skeleton_low_ml: float
    full_skeleton_high_ml: float
    marrow_share: Mapping[str, float]


@dataclass(frozen=True)
class Protocol:
    """A trial's numbers.

    Parameters
    ----------
    levels
        In the order of the file.
    sources
        Where a setting comes from, by "section.name"; "proposal" where the trial's protocol is silent.
    """

    name: str
    registry: str
    version: str
    levels: tuple[Level, ...]
    selection_rule: str
    eligibility: EligibilitySettings
    bone: BoneSettings
    lesions: LesionSettings
    risk: RiskSettings
    ranking: RankingSettings
    margins: MarginSettings
    reference: ReferenceSettings
    regimens: tuple[Regimen, ...]
    dose: DoseSettings
    organ_limits: tuple[OrganLimit, ...]
    sources: Mapping[str, str] = field(default_factory=dict)

    def lower_level(self, level: Level) -> Level | None:
        """Cohort with the next smaller fraction; None for the smallest."""
        return max((one for one in self.levels if one.fraction < level.fraction), key=_fraction, default=None)

    def level(self, name: str) -> Level:
        """Cohort of that name.

        Raises
        ------
        ProtocolError
            The protocol has no such level.
        """
        for level in self.levels:
            if level.name == name.strip():
                return level
        choices = ", ".join(f"{level.name} ({level.fraction:.0%})" for level in self.levels)
        raise ProtocolError(
            f"Cohort level {name!r} does not exist in {self.name}", f"one of {choices}", "choose one with --level"
        )

    def regimen(self, name: str) -> Regimen:
        """Regimen of that name, e.g. "27/3".

        Raises
        ------
        ProtocolError
            The protocol has no such regimen.
        """
        for regimen in self.regimens:
            if regimen.name == name.strip():
                return regimen
        raise ProtocolError(
            f"The regimen {name!r} does not exist in {self.name}",
            f"one of {', '.join(regimen.name for regimen in self.regimens)} (Gy/fractions)",
            "choose one of them",
        )


def _fraction(level: Level) -> float:
    return level.fraction


def read_protocol(file: Path = DEFAULT_FILE) -> Protocol:
    """Read and check a protocol file.

    Raises
    ------
    ProtocolError
        The file is missing, is not TOML, or an entry is missing, unknown or out of range.
    """
    try:
        with file.open("rb") as stream:
            data = tomllib.load(stream)
    except OSError as error:
        raise ProtocolError(f"Protocol file {file} cannot be read ({error.strerror})", "a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProtocolError(f"Protocol file {file} is not TOML: {error}", "the form of himars.toml") from error
    try:
        return _build(data)
    except ProtocolError as error:
        raise ProtocolError(f"Protocol file {file}: {error.found}", error.expected, error.todo) from error
    except KeyError as error:
        raise ProtocolError(
            f"Protocol file {file} lacks {error.args[0]!r}", "every entry of himars.toml", "add it"
        ) from error
    except (AttributeError, TypeError, ValueError) as error:
        raise ProtocolError(f"Protocol file {file}: {error}", "the form of himars.toml", "correct the entry") from error


def _build(data: Mapping[str, Any]) -> Protocol:
    levels = tuple(Level(name, float(fraction)) for name, fraction in data["levels"].items())
    for level in levels:
        if not 0 < level.fraction < 1:
            raise ValueError(f"level {level.name} has the fraction {level.fraction}, not between 0 and 1")
    ranking = read_ranking(data["ranking"])
    regimens = read_regimens(data["regimens"])
    return Protocol(
        name=str(data["name"]),
        registry=str(data["registry"]),
        version=str(data["version"]),
        levels=levels,
        selection_rule=check_rule(data["selection"]["rule"]),
        eligibility=read_eligibility(data["eligibility"], ranking.last_tier),
        bone=_bone_settings(data["bone"]),
        lesions=_lesion_settings(data["lesions"]),
        risk=read_risk(data["risk"]),
        ranking=ranking,
        margins=margin_settings(data["margins"]),
        reference=_reference_settings(data["reference"]),
        regimens=regimens,
        dose=read_dose_settings(data["dose"]),
        organ_limits=read_organ_limits(data["organ_limits"], regimens),
        sources={str(name): str(source) for name, source in data.get("sources", {}).items()},
    )


def _bone_settings(section: Mapping[str, Any]) -> BoneSettings:
    settings = BoneSettings(**section)
    if not isinstance(settings.shaft_cavities, bool):
        raise ValueError(f"shaft_cavities is {settings.shaft_cavities!r}, neither true nor false")
    return settings


def _lesion_settings(section: Mapping[str, Any]) -> LesionSettings:
    numbers = {name: value for name, value in section.items() if name != "pet_method"}
    settings = LesionSettings(pet_method=str(section["pet_method"]), **_positive(numbers))
    check_lesion_settings(settings)
    return settings


def _reference_settings(section: Mapping[str, Any]) -> ReferenceSettings:
    numbers = {name: value for name, value in section.items() if name != "marrow_share"}
    shares = _positive(section["marrow_share"])
    if set(shares) != set(MARROW_REGIONS):
        raise ValueError(f"marrow_share does not have the regions {', '.join(MARROW_REGIONS)}")
    if sum(shares.values()) > 1.001:
        raise ValueError(f"marrow_share adds up to {sum(shares.values()):g}, above 1")
    return ReferenceSettings(marrow_share=shares, **_positive(numbers))


def check_lesion_settings(settings: LesionSettings) -> None:
    """Refuse settings that make no sense.

    Raises
    ------
    ValueError
        The method does not exist or a number is out of range; the message names it.
    """
    if settings.pet_method not in PET_METHODS:
        raise ValueError(f"pet_method {settings.pet_method!r} is none of {', '.join(PET_METHODS)}")
    if not settings.suv_threshold > 0:
        raise ValueError(f"suv_threshold is {settings.suv_threshold:g}, not above 0")
    if not 0 < settings.percent_of_max < 100:
        raise ValueError(f"percent_of_max is {settings.percent_of_max:g}, not between 0 and 100")
    if not settings.peak_prominence < 1:
        raise ValueError(f"peak_prominence is {settings.peak_prominence:g}, not below 1")


def override_lesions(protocol: Protocol, **changes: str | float | None) -> Protocol:
    """Protocol with other lesion settings, said to be stated by the user.

    Parameters
    ----------
    protocol
        The trial's numbers.
    **changes
        Fields of `LesionSettings`; None leaves a field as it is.

    Raises
    ------
    ProtocolError
        A value makes no sense.
    """
    stated = {name: value for name, value in changes.items() if value is not None}
    settings = replace(protocol.lesions, **stated)  # type: ignore[arg-type]
    try:
        check_lesion_settings(settings)
    except ValueError as error:
        raise ProtocolError(str(error), "a setting that can be used", "correct it") from error
    sources = dict.fromkeys((f"lesions.{name}" for name in stated), BY_USER)
    return replace(protocol, lesions=settings, sources={**protocol.sources, **sources})


def override_rule(protocol: Protocol, rule: str | None) -> Protocol:
    """Protocol with another selection rule, said to be stated by the user; None leaves it as it is.

    Raises
    ------
    ProtocolError
        There is no such rule; the nearest is named.
    """
    if rule is None:
        return protocol
    sources = {**protocol.sources, "selection.rule": BY_USER}
    return replace(protocol, selection_rule=check_rule(rule), sources=sources)


def _positive(section: Mapping[str, Any]) -> dict[str, float]:
    numbers = {name: float(value) for name, value in section.items()}
    for name, value in numbers.items():
        if not value > 0:
            raise ValueError(f"{name} is {value}, not above 0")
    return numbers
