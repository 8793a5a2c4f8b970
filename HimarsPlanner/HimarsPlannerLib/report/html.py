"""report.html: one self-contained page for the tumour board, made from the plan's record."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..anatomy import recognise
from ..export.palette import SELECTED, TIERS, TRABECULAR, UNCOUNTED, css_colour
from ..export.record import plan_record
from ..export.structure_file import StructureFile
from ..plan import Plan
from .gauge import draw_gauge, share
from .layout import plane_row, projection_row, registration_row, thumbnails
from .projection import PetProjection
from .scene import Scene
from .slices import BONE_WINDOW, CANAL

NOT_MEASURED = "–"
DOMAINS = {"fracture": "Fracture", "cord": "Cord", "vascular": "Vessels", "symptoms": "Symptoms", "bulk": "Bulk"}


def write_report(plan: Plan, file: Path, structures: StructureFile | None = None) -> None:
    """Write the report as one HTML file without scripts or references to anything outside it.

    Parameters
    ----------
    plan
        The plan; its numbers appear as plan.json has them.
    file
        Where to write.
    structures
        The RTSTRUCT that was written of the plan.

    Raises
    ------
    OSError
        The file cannot be written; the caller owns the folder and its clean-up.
    """
    file.write_text(render_report(plan, structures), encoding="utf-8")


def render_report(plan: Plan, structures: StructureFile | None = None) -> str:
    """Report as HTML text."""
    # Slicer comes without it: the rest of the library must import and run there.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "fixed": _fixed,
        "percent": _percent,
        "share": share,
        "sentence": _sentence,
        "plain": _plain,
        "interval": _interval,
        "part": _part,
    }
    scene = Scene.of(plan)
    pet = PetProjection.of(plan.study.pet.native) if plan.study.pet else None
    registration = plan.study.registration
    record = plan_record(plan, structures)
    return environment.get_template("report.html.j2").render(
        record=record,
        patient=_patient(plan.study.patient),
        lesions=[_with_words(lesion) for lesion in record["lesions"] if lesion["counts"]],
        uncounted=[lesion for lesion in record["lesions"] if not lesion["counts"]],
        names={lesion["id"]: lesion["source"]["names"] or [lesion["name"]] for lesion in record["lesions"]},
        settings=_settings(record),
        scores=_score_sources(record),
        domains=DOMAINS,
        colours=_colours(),
        gauge=draw_gauge(plan),
        window=BONE_WINDOW,
        planes=plane_row(scene),
        projections=projection_row(pet, scene) if pet else None,
        black_suv=pet.black_suv if pet else None,
        thumbnails=thumbnails(scene),
        overlays=registration_row(scene, registration) if registration else None,
    )


def _patient(values: Mapping[str, str]) -> dict[str, str]:
    """What is known of the patient in words: DICOM dates as ISO 8601, the parts of a DICOM name with blanks."""
    shown = {}
    for key, value in values.items():
        if key.endswith("date") and len(value) == 8 and value.isdecimal():
            value = f"{value[:4]}-{value[4:6]}-{value[6:]}"
        shown[key.removesuffix("_kg").replace("_", " ")] = f"{value} kg" if key.endswith("_kg") else value
    if "name" in shown:
        shown["name"] = " ".join(shown["name"].replace("^", " ").split())
    return shown


def _with_words(lesion: dict[str, Any]) -> dict[str, Any]:
    """Lesion with its scores parted into what could be said and what could not be assessed."""
    told = [score for score in lesion["risk"] if score["status"] in ("computed", "partial")]
    silent = [score for score in lesion["risk"] if score["status"] == "unknown"]
    return lesion | {"told": told, "not_assessed": [DOMAINS[score["domain"]].lower() for score in silent]}


def _settings(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    protocol = record["protocol"]
    values = {
        "level": f"{protocol['level']} = {share(protocol['fraction'])} of BMR",
        "selection.rule": protocol["selection_rule"],
    }
    for section, numbers in protocol["settings"].items():
        values |= {f"{section}.{name}": value for name, value in numbers.items()}
    sources = protocol["sources"]
    return [
        {"name": name, "value": value, "source": sources.get(name) or sources.get(name.rpartition(".")[0], "")}
        for name, value in values.items()
    ]


def _score_sources(record: Mapping[str, Any]) -> dict[str, str]:
    """Source of each score that was used, by name."""
    return {
        score["name"]: score["source"] for lesion in record["lesions"] for score in lesion["risk"] if score["source"]
    }


def _colours() -> dict[str, Any]:
    return {
        "tiers": {tier: css_colour(colour) for tier, colour in TIERS.items()},
        "trabecular": css_colour(TRABECULAR),
        "selected": css_colour(SELECTED),
        "canal": css_colour(CANAL),
        "uncounted": css_colour(UNCOUNTED),
    }


def _plain(bone: str) -> str:
    """Name of a bone as a physician says it, e.g. "left rib 7"."""
    part = recognise(bone)
    return part.name if part is not None else bone


def _fixed(value: float | None, digits: int = 1) -> str:
    return NOT_MEASURED if value is None else f"{value:.{digits}f}"


def _interval(score: Mapping[str, Any]) -> str:
    """Value of a score with its unit, as an interval where it is not certain."""
    low, high = score["low"], score["high"]
    if low is None or high is None:
        return NOT_MEASURED
    value = f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"
    return f"{value} {score['unit']}".strip()


def _part(value: float | bool | str | None) -> str:
    if value is None:
        return NOT_MEASURED
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else f"{value:.4g}"


def _percent(value: float | None) -> str:
    return NOT_MEASURED if value is None else f"{value:.1%}"


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
