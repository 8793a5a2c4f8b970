"""The clinical file, read and checked by itself."""

from __future__ import annotations

import difflib
import itertools
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_args

from ..anatomy import LEVEL, vertebral_level
from ..errors import InputError, ProtocolError
from .facts import NO_FACTS, Alignment, Facts, LesionType, Pain, PainSeverity

FORM = "the form that `himars-planner clinical-template` writes"
CHOICES = {
    "pain": get_args(Pain),
    "pain_severity": get_args(PainSeverity),
    "alignment": get_args(Alignment),
    "lesion_type": get_args(LesionType),
}
WORDS = {"site": "a place as text", "excluded": "the reason as text", "regimen": 'a regimen as text, such as "27/3"'}
NAMES = tuple(one.name for one in fields(Facts))
PLACE = "at_lps_mm"
ALIGNMENT = "alignment"
LEVELS = tuple(f"{part}{n}" for part, count in (("C", 7), ("T", 12), ("L", 5), ("S", 5)) for n in range(1, count + 1))
RANGE = re.compile(r"(?<![a-z0-9])(?:c|th?|l|s)\d+ *(?:-|–|to) *(?:c|th?|l|s)\d+")


@dataclass(frozen=True)
class Stated:
    """What the file says about one lesion.

    Parameters
    ----------
    at_lps_mm
        Where the lesion was when the file was made; None where the file does not say.
    """

    facts: Facts
    at_lps_mm: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Clinical:
    """Facts by the names of lesions.

    Parameters
    ----------
    source
        The file; "" for none.
    patient_id
        Whose lesions these are; "" where the file does not say.
    level
        Cohort level that they are stated for; "" where the file does not say.
    alignment
        Of the whole spine, for lesions of which none is stated; None where the file does not say.
    """

    lesions: Mapping[str, Stated] = field(default_factory=dict)
    source: str = ""
    patient_id: str = ""
    level: str = ""
    alignment: Alignment | None = None

    @property
    def accepted(self) -> tuple[str, ...]:
        """Names of lesions that are stated to be metastases."""
        return tuple(name for name, stated in self.lesions.items() if stated.facts.accepted)

    def check_level(self, level: str) -> None:
        """Refuse to plan at another cohort level than the file states.

        Raises
        ------
        ProtocolError
            It states another.
        """
        if self.level and self.level != level:
            raise ProtocolError(
                f"Two cohort levels are given: {self.source} states {self.level}, the plan is to be made at {level}",
                "one level",
                "correct the file, or choose its level with --level",
            )

    def check_regimens(self, names: Collection[str]) -> None:
        """Refuse a regimen that the protocol does not have.

        Raises
        ------
        InputError
            The file states another one; the message names the lesion.
        """
        for name, stated in self.lesions.items():
            if stated.facts.regimen and stated.facts.regimen not in names:
                raise InputError(
                    f"Clinical file {self.source}, lesion {name!r}: the regimen {stated.facts.regimen!r} is unknown",
                    f"one of {', '.join(names)}",
                    "correct it",
                )

    def accept(self, names: Collection[str]) -> Clinical:
        """With more lesions stated to be metastases.

        Raises
        ------
        InputError
            The file says of one of them that it is none.
        """
        lesions = dict(self.lesions)
        for name in names:
            stated = lesions.get(name, Stated(NO_FACTS))
            if stated.facts.accepted is False:
                raise InputError(
                    f"{name!r} is to be accepted, but {self.source} says accepted = false",
                    "one of the two",
                    "correct it",
                )
            lesions[name] = replace(stated, facts=replace(stated.facts, accepted=True))
        return replace(self, lesions=lesions)


NOTHING_STATED = Clinical()


def read_clinical(file: Path) -> Clinical:
    """Read and check a clinical file (docs/clinical.md).

    Raises
    ------
    InputError
        The file is missing or not TOML, has an unknown entry or an impossible value, or contradicts itself.
    """
    try:
        with file.open("rb") as stream:
            data = tomllib.load(stream)
    except OSError as error:
        raise InputError(f"Clinical file {file} cannot be read ({error.strerror})", "a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"Clinical file {file} is not TOML: {error}", FORM) from error
    _check_names(data, ("patient_id", "level", ALIGNMENT, "lesions"), f"Clinical file {file}")
    entries = data.get("lesions", {})
    if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
        raise InputError(f"Clinical file {file} has no table for each lesion", '[lesions."GTV1"]', FORM)
    return Clinical(
        lesions={name: _stated(name, entry, file) for name, entry in entries.items()},
        source=str(file),
        patient_id=str(data.get("patient_id", "")),
        level=_level(data.get("level", ""), file),
        alignment=_value(ALIGNMENT, data[ALIGNMENT], f"Clinical file {file}") if ALIGNMENT in data else None,
    )


def _level(value: object, file: Path) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InputError(f"Clinical file {file}: level is {value!r}", 'one cohort level, such as "1"', "correct it")
    return str(value).strip()


def _stated(name: str, entry: Mapping[str, Any], file: Path) -> Stated:
    where = f"Clinical file {file}, lesion {name!r}"
    _check_names(entry, (*NAMES, PLACE), where)
    values = {key: _value(key, value, where) for key, value in entry.items() if key != PLACE}
    facts = Facts(**values)
    check_facts(facts, where)
    return Stated(facts, _place(entry[PLACE], where) if PLACE in entry else None)


def _check_names(entry: Mapping[str, Any], known: Collection[str], where: str) -> None:
    for name in entry:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise InputError(
                f"{where}: {name!r} is unknown",
                f"one of {', '.join(known)}",
                f"did you mean {near[0]!r}?" if near else "take it out",
            )


def _value(key: str, value: Any, where: str) -> Any:
    if key in CHOICES:
        if value not in CHOICES[key]:
            raise InputError(f"{where}: {key} is {value!r}", f"one of {', '.join(CHOICES[key])}", "correct it")
    elif key in WORDS:
        if not isinstance(value, str) or not value.strip():
            expected = WORDS[key]
            raise InputError(f"{where}: {key} is {value!r}", expected, "write it, or take the line out")
        return value.strip()
    elif not isinstance(value, bool):
        raise InputError(f"{where}: {key} is {value!r}", "true or false", "correct it, or take the line out")
    return value


def _place(value: object, where: str) -> tuple[float, float, float]:
    if isinstance(value, list) and len(value) == 3 and all(isinstance(v, int | float) for v in value):
        return float(value[0]), float(value[1]), float(value[2])
    raise InputError(f"{where}: {PLACE} is {value!r}", "three numbers", "leave it as the template wrote it")


def _check_levels(site: str, where: str) -> None:
    """Refuse levels that no one lesion can be at: they neither touch nor are written as a range."""
    named = [level.upper().replace("TH", "T") for level in LEVEL.findall(site.lower())]
    # A sixth lumbar vertebra touches L5 and S1.
    places = sorted(LEVELS.index("L5") + 0.5 if level == "L6" else LEVELS.index(level) for level in named)
    apart = any(b - a > 1 for a, b in itertools.pairwise(places))
    if apart and not RANGE.search(site.lower()):
        raise InputError(
            f"{where} contradicts itself: it is at {' and '.join(named)}, which do not touch",
            "one level, neighbouring levels, or a range such as T3-T6",
            "make two lesions of it, or correct the site",
        )


def check_facts(facts: Facts, where: str) -> None:
    """Refuse facts that contradict each other.

    Raises
    ------
    InputError
        The message begins with `where`, the place that states them.
    """
    if re.fullmatch(r"(?i)(c|th?|l|s)\d+", facts.site) and not vertebral_level(facts.site):
        raise InputError(f"{where}: the level {facts.site!r} does not exist", "C1 to C7, T1 to T12, L1 to L6, S1 to S5")
    _check_levels(facts.site, where)
    painful = facts.pain == "mechanical" or facts.pain_severity == "functional"
    contradictions = {
        "pinned and excluded": facts.pinned and facts.excluded,
        "a regimen and excluded": facts.regimen and facts.excluded,
        "a neurological deficit and excluded": facts.neurological_deficit and facts.excluded,
        "accepted = false and pinned": facts.accepted is False and facts.pinned,
        "accepted = false and symptomatic": facts.accepted is False and facts.gives_symptoms,
        "symptomatic = false and a neurological deficit": facts.symptomatic is False and facts.neurological_deficit,
        "symptomatic = false and mechanical or functional pain": facts.symptomatic is False and painful,
        "pain none and its severity": facts.pain == "none" and facts.pain_severity in ("moderate", "functional"),
    }
    for contradiction, present in contradictions.items():
        if present:
            raise InputError(f"{where} contradicts itself: {contradiction}", "one of the two", "take one out")
