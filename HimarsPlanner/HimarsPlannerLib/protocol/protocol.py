"""The protocol as a validated model, read from a TOML file such as himars.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import ProtocolError

DEFAULT_FILE = Path(__file__).with_name("himars.toml")
SELECTION_RULES = ("greedy-skip",)


@dataclass(frozen=True)
class Level:
    """A cohort: its name and the fraction of the bone marrow reserve that may be irradiated."""

    name: str
    fraction: float


@dataclass(frozen=True)
class LesionSettings:
    """How lesions are found and told apart (see himars.toml for sources)."""

    suv_threshold: float
    minimum_ml: float
    same_lesion_overlap: float


@dataclass(frozen=True)
class RiskSettings:
    """Thresholds of the risk scores (see himars.toml for sources)."""

    canal_encroachment_high: float
    canal_encroachment_low: float
    canal_near_mm: float
    vessel_contact_mm: float
    bulky_mm: float


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
    lesions: LesionSettings
    risk: RiskSettings
    sources: Mapping[str, str] = field(default_factory=dict)

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
    except tomllib.TOMLDecodeError as error:
        raise ProtocolError(f"Protocol file {file} is not TOML: {error}", "the form of himars.toml") from error
    try:
        return _build(data)
    except KeyError as error:
        raise ProtocolError(
            f"Protocol file {file} lacks {error.args[0]!r}", "every entry of himars.toml", "add it"
        ) from error
    except (TypeError, ValueError) as error:
        raise ProtocolError(f"Protocol file {file}: {error}", "the form of himars.toml", "correct the entry") from error


def _build(data: Mapping[str, Any]) -> Protocol:
    levels = tuple(Level(name, float(fraction)) for name, fraction in data["levels"].items())
    for level in levels:
        if not 0 < level.fraction < 1:
            raise ValueError(f"level {level.name} has the fraction {level.fraction}, not between 0 and 1")
    rule = data["selection"]["rule"]
    if rule not in SELECTION_RULES:
        raise ValueError(f"selection rule {rule!r} is none of {', '.join(SELECTION_RULES)}")
    return Protocol(
        name=str(data["name"]),
        registry=str(data["registry"]),
        version=str(data["version"]),
        levels=levels,
        selection_rule=rule,
        lesions=LesionSettings(**_positive(data["lesions"])),
        risk=RiskSettings(**_positive(data["risk"])),
        sources={str(name): str(source) for name, source in data.get("sources", {}).items()},
    )


def _positive(section: Mapping[str, Any]) -> dict[str, float]:
    numbers = {name: float(value) for name, value in section.items()}
    for name, value in numbers.items():
        if not value > 0:
            raise ValueError(f"{name} is {value}, not above 0")
    return numbers
