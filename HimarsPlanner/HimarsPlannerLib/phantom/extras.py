"""What lies beside a made patient's images: a clinical file and the labels of single bones."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from colorsys import hsv_to_rgb
from pathlib import Path

from ..errors import OutputError
from ..export.codes import BONE
from ..export.segmentation import Segment, write_segmentation
from .build import Phantom

LEVEL = re.compile(r"[CTL]\d+")
CLINICAL, BONES = "clinical.toml", "bones.seg.nrrd"
STATED: Mapping[str, Mapping[str, str | bool]] = {
    "T9": {"pain": "mechanical"},
    "L3": {"pain": "none"},
    "right femur below the trochanters": {"pain_severity": "mild", "symptomatic": False},
    "left ilium": {"symptomatic": True, "pain_severity": "moderate"},
}
"""By the lesion's site, besides the level of every lesion in the spine. Other symptoms are left unstated on purpose."""

HEAD = """\
# Clinical facts of the made patient; see docs/clinical.md. What is not here is not stated, which is never no.

alignment = "normal"
"""


def write_extras(phantom: Phantom, out: Path) -> Path:
    """Write clinical.toml and bones.seg.nrrd into a folder.

    Returns
    -------
    Path
        The clinical file.

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    bones = sorted(phantom.bones)
    segments = [
        Segment(name, _colour(number / len(bones)), phantom.bones[name], BONE) for number, name in enumerate(bones)
    ]
    write_segmentation(segments, phantom.ct.grid, out / BONES)
    try:
        (out / CLINICAL).write_text(clinical_file(phantom), encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"{out / CLINICAL} could not be written: {error.strerror or error}", "a folder with room"
        ) from error
    return out / CLINICAL


def clinical_file(phantom: Phantom) -> str:
    """Clinical file of a made patient, TOML."""
    told = {lesion["name"]: _facts(lesion["site"]) for lesion in phantom.truth["lesions"]}
    return HEAD + "".join(
        f"\n[lesions.{json.dumps(name)}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in facts.items())
        for name, facts in told.items()
        if facts
    )


def _facts(site: str) -> dict[str, str | bool]:
    level = LEVEL.match(site)
    return {**({"site": level.group(0)} if level else {}), **STATED.get(site, {})}


def _colour(hue: float) -> tuple[int, int, int]:
    red, green, blue = (round(255 * part) for part in hsv_to_rgb(hue, 0.4, 0.95))
    return red, green, blue
