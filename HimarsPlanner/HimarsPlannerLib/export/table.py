"""lesions.csv: the lesions of a plan, one row each in rank order, for spreadsheets and statistics."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..plan import Plan
from .record import lesion_records

PLAIN_COLUMNS = (
    "rank",
    "id",
    "name",
    "kind",
    "site",
    "site_estimated",
    "decision",
    "reason",
    "tier",
    "tier_reason",
    "counts",
    "needs_review",
    "volume_ml",
    "pet_volume_ml",
    "diameter_mm",
    "suv_max",
    "suv_mean",
    "tl_psma",
    "mean_hu",
    "in_bone",
)
CLINICAL_COLUMNS = (
    "accepted",
    "symptomatic",
    "pain",
    "pain_severity",
    "neurological_deficit",
    "alignment",
    "lesion_type",
    "prior_irradiation",
    "pinned",
    "excluded",
)
CENTROID_COLUMNS = ("centroid_l_mm", "centroid_p_mm", "centroid_s_mm")
SOURCE_COLUMNS = ("source_method", "source_detail")


def write_lesion_table(plan: Plan, file: Path) -> None:
    """Write one row for each lesion, in rank order (UTF-8, comma-separated, numbers as in plan.json).

    Every score has the columns `risk_<name>_low`, `_high` (its unit in the column's name) and `_status`; `risk_summary`
    holds its sentences and `risk_unknown` what was not given. `decision_flips_with` names the changes of bone or of
    contours under which the decision is another. An empty cell of a measure is "not measured", never zero.

    Raises
    ------
    OSError
        The file cannot be written; the caller owns the folder and its clean-up.
    """
    rows = lesion_rows(lesion_records(plan))
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, _header({}) if not rows else list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def lesion_rows(lesions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of `write_lesion_table`, each with every column in order; "" or None is "not measured".

    Parameters
    ----------
    lesions
        As of `lesion_records`.
    """
    prefixes = _score_prefixes(lesions)
    empty = dict.fromkeys(_header(prefixes), "")
    return [{**empty, **_row(lesion, prefixes)} for lesion in lesions]


def _header(prefixes: Mapping[str, str]) -> list[str]:
    header = [*PLAIN_COLUMNS, *CENTROID_COLUMNS, *SOURCE_COLUMNS, *CLINICAL_COLUMNS]
    for prefix in prefixes.values():
        header += [f"{prefix}_low", f"{prefix}_high", f"{prefix}_status"]
    return [*header, "risk_summary", "risk_unknown", "decision_flips_with"]


def _score_prefixes(lesions: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Column prefix of each score's name, in the order of first appearance."""
    units: dict[str, str] = {}
    for lesion in lesions:
        for score in lesion["risk"]:
            units[score["name"]] = units.get(score["name"]) or score["unit"]
    return {name: _identifier("risk", name, "" if unit in name else unit) for name, unit in units.items()}


def _identifier(*words: str) -> str:
    text = " ".join(words).lower().replace("%", "percent").replace("°", "deg")
    return re.sub(r"[^a-z0-9]+", "_", text).strip("_")


def _row(lesion: Mapping[str, Any], prefixes: Mapping[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {column: lesion[column] for column in PLAIN_COLUMNS}
    row |= dict(zip(CENTROID_COLUMNS, lesion["centroid_lps_mm"], strict=True))
    row |= {"source_method": lesion["source"]["method"], "source_detail": lesion["source"]["detail"]}
    row |= {column: lesion["clinical"][column] for column in CLINICAL_COLUMNS}
    for score in lesion["risk"]:
        prefix = prefixes[score["name"]]
        row |= {f"{prefix}_{key}": score[key] for key in ("low", "high", "status")}
    row["risk_summary"] = "; ".join(f"{score['domain']}: {score['sentence']}" for score in lesion["risk"])
    row["decision_flips_with"] = "; ".join(lesion["flips"])
    row["risk_unknown"] = "; ".join(dict.fromkeys(what for score in lesion["risk"] for what in score["unknown"]))
    return row
