"""Which nuclide and tracer a PET header names, and whether they can be what the plan needs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydicom.dataset import Dataset

from ..errors import SuvError
from ..notice import Notice
from .header import text

EXPECTED_S = {"F-18": 6586.2, "Ga-68": 4062.6, "Cu-64": 45723.6, "Zr-89": 282276.0}
"""Nuclides of PSMA PET and their half-lives in seconds."""
OTHER_POSITRON_S = {"C-11": 1221.8, "N-13": 597.9, "O-15": 122.2, "Rb-82": 75.5, "Sc-44": 14551.0, "I-124": 360806.0}
SINGLE_PHOTON_S = {"Tc-99m": 21624.1, "In-111": 242326.0, "I-123": 47604.0, "I-131": 693377.0, "Lu-177": 574344.0}
HALF_LIFE_TOLERANCE = 0.02
SYMBOLS = {
    "fluor": "F",
    "gallium": "Ga",
    "copper": "Cu",
    "zirconium": "Zr",
    "carbon": "C",
    "nitrogen": "N",
    "oxygen": "O",
    "rubidium": "Rb",
    "scandium": "Sc",
    "iod": "I",
    "technetium": "Tc",
    "indium": "In",
    "lutetium": "Lu",
}
PSMA_TRACER = re.compile(r"psma|dcfpyl|piflufolastat|gozetotide|flotufolastat", re.IGNORECASE)


@dataclass(frozen=True)
class Isotope:
    """Nuclide of a PET series.

    Parameters
    ----------
    name
        For example "F-18"; empty where neither code nor half-life tells.
    half_life_s
        Half-life in s; None where the header gives none and the nuclide is unknown.
    tracer
        Radiopharmaceutical as the header names it; empty where it does not.
    trace, notices
        How it was found and what is doubtful.
    """

    name: str
    half_life_s: float | None
    tracer: str
    trace: tuple[str, ...]
    notices: tuple[Notice, ...]


def radiopharmaceutical(header: Dataset) -> Dataset:
    """The one radiopharmaceutical of a PET header; an empty dataset where it names none.

    Raises
    ------
    SuvError
        There is more than one.
    """
    sequence = header.get("RadiopharmaceuticalInformationSequence") or []
    if len(sequence) > 1:
        raise SuvError(
            f"RadiopharmaceuticalInformationSequence (0054,0016) has {len(sequence)} items",
            "one injection",
            "use a PET of one tracer",
        )
    return sequence[0] if len(sequence) else Dataset()


def find_isotope(header: Dataset) -> Isotope:
    """Find the nuclide by its code and its half-life.

    Raises
    ------
    SuvError
        Code and half-life contradict each other, or the nuclide is a single-photon emitter (SPECT stored as PET).
    """
    info = radiopharmaceutical(header)
    stated = text(info, "RadionuclideHalfLife")
    half_life = float(stated) if stated else None
    known = EXPECTED_S | OTHER_POSITRON_S | SINGLE_PHOTON_S
    name = _named(info)
    if name and half_life and name in known and abs(half_life / known[name] - 1) > HALF_LIFE_TOLERANCE:
        raise SuvError(
            f"The nuclide is {name}, but RadionuclideHalfLife (0018,1075) is {half_life:g} s",
            f"about {known[name]:g} s",
            "have the header corrected: SUV would be wrong",
        )
    if not name and half_life:
        name = next((n for n, s in known.items() if abs(half_life / s - 1) <= HALF_LIFE_TOLERANCE), "")
    if name in SINGLE_PHOTON_S:
        raise SuvError(f"The nuclide is {name}: this is SPECT stored as PET", "a PSMA PET", "choose another series")
    if half_life is None and name in known:
        half_life = known[name]
        trace = f"The header has no half-life (0018,1075); that of {name}, {half_life:g} s, is used."
    else:
        trace = f"The nuclide is {name or 'not known'}, half-life {half_life or 'not known'} s."
    tracer = _tracer(info)
    return Isotope(name, half_life, tracer, (trace,), (*_unexpected(name), *_not_psma(tracer)))


def _named(info: Dataset) -> str:
    """Nuclide from the text of its code: 18F, F-18, ^18^Fluorine, Fluorine 18 ..."""
    sequence = info.get("RadionuclideCodeSequence") or []
    words = text(sequence[0], "CodeMeaning") if len(sequence) else ""
    mass = re.search(r"\d{2,3}m?", words)
    element = re.sub(r"\d{2,3}m?|[^A-Za-z]", "", words)
    symbol = next((s for start, s in SYMBOLS.items() if element.lower().startswith(start)), "")
    if not symbol and element.capitalize() in SYMBOLS.values():
        symbol = element.capitalize()
    return f"{symbol}-{mass[0]}" if symbol and mass else ""


def _unexpected(name: str) -> list[Notice]:
    if name in EXPECTED_S:
        return []
    found = name or "not stated"
    expected = ", ".join(EXPECTED_S)
    return [Notice("pet-nuclide-unexpected", f"The PET's nuclide is {found}; PSMA PET is made with {expected}.")]


def _tracer(info: Dataset) -> str:
    codes = info.get("RadiopharmaceuticalCodeSequence") or []
    return " ".join(filter(None, [text(info, "Radiopharmaceutical"), *(text(code, "CodeMeaning") for code in codes)]))


def _not_psma(tracer: str) -> list[Notice]:
    if not tracer or PSMA_TRACER.search(tracer):
        return []
    return [Notice("pet-tracer-not-psma", f"The PET's tracer is {tracer!r}, which is not known as a PSMA ligand.")]
