"""The dose check as a folder: report.html for people, dose.json for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..dose.check import DoseCheck
from ..dose.record import dose_record
from ..dose.verdict import MARKS
from ..export.folder import new_folder
from .dvh_chart import Curve, draw_dvh, swatch

DOSE_FILE = "dose.json"


def write_dose_folder(check: DoseCheck, out: Path, force: bool = False) -> None:
    """Write report.html and dose.json into a new folder.

    Raises
    ------
    OutputError
        The folder may not be replaced or cannot be written; nothing is left behind.
    """
    record = dose_record(check)
    with new_folder(out, force, DOSE_FILE) as folder:
        text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)
        (folder / DOSE_FILE).write_text(text + "\n", encoding="utf-8")
        (folder / "report.html").write_text(render_dose_report(record), encoding="utf-8")


def render_dose_report(record: dict[str, Any]) -> str:
    """Report as one HTML page without scripts or references to anything outside it, made from dose.json's values."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["fixed"] = _fixed
    targets, others = _groups(record)
    doses = {target["regimen"]: float(target["regimen"].split("/")[0]) for target in record["targets"]}
    marks = [(dose, f"{dose:g} Gy") for dose in sorted(set(doses.values()))]
    return environment.get_template("dose.html.j2").render(
        record=record,
        marks=MARKS,
        charts=[
            _chart("Targets and their GTVs", targets, marks),
            *([_chart("Organs and other structures", others, marks)] if others else []),
        ],
        settings=_settings(record),
    )


def _groups(record: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Structures that belong to targets, and all others that get any dose to speak of, the most first."""
    names = [name for target in record["targets"] for name in (target["name"], *target["gtvs"])]
    by_name = {one["name"]: one for one in record["structures"]}
    others = [one for one in record["structures"] if one["name"] not in names and one["max_gy"] >= 1]
    others.sort(key=lambda one: (one["organ"] is None, -one["max_gy"]))
    return [by_name[name] for name in names], others


def _chart(title: str, structures: list[dict[str, Any]], marks: list[tuple[float, str]]) -> dict[str, Any]:
    curves = [Curve(one["name"], one["dvh"]["step_gy"], one["dvh"]["share"]) for one in structures]
    return {
        "title": title,
        "svg": draw_dvh(curves, marks, f"Dose-volume histogram: {title}"),
        "legend": [(swatch(number), one) for number, one in enumerate(structures)],
    }


def _settings(record: dict[str, Any]) -> list[dict[str, Any]]:
    sources = record["protocol"]["sources"]
    rows = []
    for name, value in record["protocol"]["settings"].items():
        shown = ", ".join(f"{v:g}" for v in value) if isinstance(value, list | tuple) else f"{value:g}"
        rows.append({"name": name, "value": shown, "source": sources.get(f"dose.{name}", "")})
    for name, source in sources.items():
        if name.startswith("organ_limits"):
            rows.append({"name": name, "value": "as in the table of organs", "source": source})
    return rows


def _fixed(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
