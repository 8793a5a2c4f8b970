"""What the terminal shows of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from ..export.record import plan_record
from ..plan import Plan
from ..risk.missing import find_missing
from ..selection.sensitivity import flips


def summary_record(plan: Plan, out: Path) -> dict[str, Any]:
    """plan.json without the files and timings, with the folder that holds the rest."""
    record = plan_record(plan)
    left_out = ("software", "inputs", "bone", "timing_s")
    return {"out": str(out.absolute()), **{name: value for name, value in record.items() if name not in left_out}}


def summary_table(plan: Plan, out: Path) -> RenderableType:
    """Volumes, lesions in rank order, warnings, and where the report is."""
    lesions = Table(show_edge=False)
    for heading in ("Rank", "Tier", "Lesion", "Site", "Volume (ml)", "SUVmax", "Decision", "Reason"):
        lesions.add_column(heading, justify="right" if heading in ("Rank", "Tier", "Volume (ml)", "SUVmax") else "left")
    for decision in plan.selection.decisions:
        entry, lesion = decision.ranked, decision.ranked.lesion
        suv = "-" if lesion.suv_max is None else f"{lesion.suv_max:.1f}"
        site = lesion.site.name + (" (est.)" if lesion.site.estimated else "")
        row = (entry.rank, entry.tier, lesion.name, site, f"{lesion.volume_ml:.1f}", suv, decision.verdict)
        flipping = flips(plan.sensitivity, lesion.id)
        hangs = f"; changes with {', '.join(flipping)}" if flipping else ""
        lesions.add_row(*map(str, row), decision.reason + hangs)
    missing = find_missing(one.ranked for one in plan.selection.decisions)
    unknown = [f"Not known: {one.sentence}." for one in missing]
    warnings = [f"Warning: {notice.message}" for notice in plan.notices]
    other = [*_cross_check(plan), ""] if plan.cross_check else []
    return Group(
        *unknown,
        *warnings,
        _volumes(plan),
        "",
        *other,
        *_sensitivity(plan),
        lesions,
        "",
        f"Report: {out.absolute() / 'report.html'}",
    )


def _volumes(plan: Plan) -> Table:
    reserve, selection = plan.reserve, plan.selection
    optimum = "Most that any choice could select" if plan.optimum.exact else "No choice can select more than"
    volumes = Table.grid(padding=(0, 2))
    volumes.add_column()
    volumes.add_column(justify="right")
    for name, value in (
        ("Total trabecular bone", reserve.total_trabecular_bone_ml),
        ("of it irradiated before", reserve.irradiated_trabecular_ml),
        ("GTV total", reserve.gtv_total_ml),
        ("Bone marrow reserve", reserve.bone_marrow_reserve_ml),
        (f"Budget (level {plan.level.name}, {plan.level.fraction:.0%})", selection.budget_ml),
        (f"Selected GTV ({selection.rule})", selection.selected_ml),
        (optimum, plan.optimum.ml),
    ):
        if value is not None:
            volumes.add_row(name, f"{value:.1f} ml")
    volumes.add_row("Selected / reserve", "-" if plan.ratio is None else f"{plan.ratio:.1%}")
    eligible = plan.eligibility
    volumes.add_row("Symptomatic and high-risk / reserve", eligible.in_words(eligible.low_ml, eligible.high_ml))
    return volumes


def _sensitivity(plan: Plan) -> list[RenderableType]:
    """Reserve and selection with other bone and other contours."""
    if not plan.selection.decisions:
        return []
    table = _table("Sensitivity", ("Change", "Reserve (ml)", "Budget (ml)", "Selected (ml)", "Ratio", "Lesions"))
    for one in plan.sensitivity:
        volumes = (one.reserve_ml, one.selection.budget_ml, one.selection.selected_ml)
        ratio = "-" if one.ratio is None else f"{one.ratio:.1%}"
        table.add_row(one.name, *(f"{volume:.1f}" for volume in volumes), ratio, str(len(one.selection.chosen)))
    return [table, ""]


def _table(title: str, headings: Sequence[str]) -> Table:
    table = Table(show_edge=False, title=title, title_justify="left")
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left")
    return table


def _cross_check(plan: Plan) -> list[RenderableType]:
    """Volumes and selection under both definitions of bone, and what changes."""
    other = plan.cross_check
    if other is None:
        return []
    headings = ("Bone", "Volume (ml)", "Reserve (ml)", "Budget (ml)", "Selected (ml)", "Lesions")
    table = _table(f"Cross-check with {other.source}", headings)
    for name, reserve, selection in (
        (plan.bone.definition, plan.reserve, plan.selection),
        (other.definition, other.reserve, other.selection),
    ):
        volumes = (
            reserve.total_trabecular_bone_ml,
            reserve.bone_marrow_reserve_ml,
            selection.budget_ml,
            selection.selected_ml,
        )
        table.add_row(name, *(f"{volume:.1f}" for volume in volumes), str(len(selection.chosen)))
    names = {decision.ranked.lesion.id: decision.ranked.lesion.name for decision in plan.selection.decisions}
    differs = [names[identifier] for identifier in other.differs(plan.selection)]
    return [table, f"Verdict differs for: {', '.join(differs)}" if differs else "The same lesions are selected."]
