"""The clinical file brought to the lesions that it speaks of."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..anatomy import LEVEL, recognise
from ..errors import InputError
from ..lesions.lesion import Lesion, Site
from .facts import Alignment, Facts
from .read import Clinical, Stated

MOVED_MM = 15.0


def apply_clinical(lesions: Sequence[Lesion], clinical: Clinical, patient_id: str = "") -> tuple[Lesion, ...]:
    """Lesions with what the clinical file states about them.

    Parameters
    ----------
    lesions
        As found and imported; a lesion is known by its name and by its names in its sources.
    clinical
        The file's facts.
    patient_id
        Of the study; checked where both name one.

    Raises
    ------
    InputError
        The file is another patient's, names a lesion that does not exist or lies elsewhere, speaks twice of one
        lesion, or pins one that still needs review.
    """
    if clinical.patient_id and patient_id and clinical.patient_id != patient_id:
        raise InputError(
            f"{clinical.source} is of patient {clinical.patient_id!r}, the study of {patient_id!r}",
            "the clinical file of this patient",
            "give that file, or correct its patient_id",
        )
    index = _index(lesions)
    stated: dict[int, tuple[str, Stated]] = {}
    for name, entry in clinical.lesions.items():
        number = _find(name, index, clinical)
        if number in stated:
            raise InputError(
                f"{stated[number][0]!r} and {name!r} are one lesion, and both have facts", "one entry", "join the two"
            )
        _check_place(name, entry, lesions[number], clinical)
        stated[number] = (name, entry)
    told = (
        with_facts(lesion, stated[n][1].facts, stated[n][0]) if n in stated else lesion
        for n, lesion in enumerate(lesions)
    )
    return tuple(with_alignment(lesion, clinical.alignment) for lesion in told)


def with_alignment(lesion: Lesion, alignment: Alignment | None) -> Lesion:
    """Lesion with the alignment of the whole spine, where one is stated and none of its own."""
    if alignment is None or lesion.facts.alignment is not None:
        return lesion
    return replace(lesion, facts=replace(lesion.facts, alignment=alignment))


def _index(lesions: Sequence[Lesion]) -> dict[str, list[int]]:
    index: dict[str, list[int]] = {}
    for number, lesion in enumerate(lesions):
        for name in dict.fromkeys((lesion.name, *lesion.origin.names)):
            index.setdefault(name, []).append(number)
    return index


def _find(name: str, index: Mapping[str, Sequence[int]], clinical: Clinical) -> int:
    found = index.get(name, ())
    if len(found) > 1:
        raise InputError(
            f"{len(found)} lesions are called {name!r}", "names that differ", "rename them at their source"
        )
    if found:
        return found[0]
    near = difflib.get_close_matches(name, index, 1, cutoff=0.4)
    raise InputError(
        f"{clinical.source or '--accept'}: no lesion is called {name!r}; there are: {', '.join(index) or 'none'}",
        "the name of a lesion of this plan",
        f"did you mean {near[0]!r}?" if near else "make a new clinical template for this plan",
    )


def _check_place(name: str, entry: Stated, lesion: Lesion, clinical: Clinical) -> None:
    if entry.at_lps_mm is None:
        return
    gap = math.dist(entry.at_lps_mm, lesion.centroid_lps_mm)
    if gap > max(MOVED_MM, lesion.diameter_mm / 2):
        raise InputError(
            f"{name!r} lies {gap:.0f} mm from where {clinical.source} was made for it: it is another lesion now",
            "the same lesions as when the file was made",
            "make a new clinical template for this plan and fill it in",
        )


def with_facts(lesion: Lesion, facts: Facts, name: str) -> Lesion:
    """Lesion with what is stated about it.

    Parameters
    ----------
    lesion
        Without facts.
    facts
        What is stated; a stated site stands in place of the found one.
    name
        What the lesion is called where it is stated, for messages.

    Raises
    ------
    InputError
        A lesion is pinned that still needs review.
    """
    stated = replace(lesion, facts=facts, needs_review="" if facts.accepted else lesion.needs_review)
    if facts.pinned and not stated.counts:
        raise InputError(f"{name!r} is pinned but still needs review", "accepted = true", "accept it, or unpin it")
    return replace(stated, site=_site(facts.site)) if facts.site else stated


def _site(text: str) -> Site:
    part = recognise(text)
    bones = [f"vertebrae_{level.upper().replace('TH', 'T')}" for level in LEVEL.findall(text.lower())]
    if not bones and part is not None and part.bone:
        bones = [part.bone]
    return Site(text, estimated=False, bones=tuple(bones))
