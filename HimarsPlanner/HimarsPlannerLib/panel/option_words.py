"""Messages of the library that name options of the command line, in the words of the panel's controls."""

from __future__ import annotations

import re

from slicer.i18n import tr as _

from ..errors import HimarsError

PHRASES = (
    "name its folder with --ct",
    "--with bone",
    "--with lesions",
    "--lesions both",
    "--bone auto",
    "--pet-method fixed-suv",
    "--pet-method spleen-based",
)
OPTION = re.compile("|".join((*PHRASES, r"--[a-z]+(?:-[a-z]+)*(?: [A-Z]+\b)?")))


def in_panel_words(error: HimarsError) -> HimarsError:
    """The same error, its options named as the panel's controls are."""
    return type(error)(*(panel_words(part) for part in (error.found, error.expected, error.todo)))


def panel_words(text: str) -> str:
    """Text whose options are named as the panel's controls are; others are left as they are."""
    controls = _controls()
    return OPTION.sub(lambda found: controls.get(re.sub(" [A-Z]+$", "", found[0]), found[0]), text)


def _controls() -> dict[str, str]:
    return {
        "name its folder with --ct": _("load the CT from DICOM again"),
        "--to": _('"Send to"'),
        "--with bone": _('"Bone as DICOM SEG"'),
        "--with lesions": _('"Lesions as DICOM SEG"'),
        "--calling": _('"Our AE title" under Connection'),
        "--timeout": _('"Timeout" under Connection'),
        "--listen": _('"listen at port" under Connection'),
        "--tls": _('"TLS" under Connection'),
        "--tls-ca": _('"CA file" under Connection'),
        "--tls-cert": _('"Certificate" under Connection'),
        "--tls-key": _('"Key" under Connection'),
        "--tls-name": _('"name in its certificate" under Connection'),
        "--regimen": _('"Regimen"'),
        "--target": _('"Targets"'),
        "--bmr": _('"Marrow"'),
        "--plan": _('"RTPLAN"'),
        "--weight-kg": _('"SUV overrides" under Patient'),
        "--injected-mbq": _('"SUV overrides" under Patient'),
        "--injection-time": _('"SUV overrides" under Patient'),
        "--pet-is-suv": _('"The PET is in SUVbw already" under Patient'),
        "--structures": _('"Organs, vessels, canal" under Patient'),
        "--bone": _('"Bones from" under Bone'),
        "--bone auto": _('"Segment bone" without "Bones from"'),
        "--lesions both": _('"Lesions from" both'),
        "--lesion-roi": _('"Segments" under Lesions'),
        "--pet-method fixed-suv": _('"the SUV threshold" under Lesions'),
        "--pet-method spleen-based": _('"the spleen\'s uptake" under Lesions'),
        "--pet-method": _('"Uptake outlined by" under Lesions'),
        "--accept": _('"Accept as metastasis" under Lesions'),
        "--level": _('"Cohort"'),
    }
