"""What the terminal shows of a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from ..export.record import plan_record
from ..plan import Plan
from ..risk.missing import find_missing


def summary_record(plan: Plan, out: Path) -> dict[str, Any]:
    """plan.json without the files and timings, with the folder that holds the rest."""
    record = plan_record(plan)
    kept = ("schema", "protocol", "volumes_ml", "ratio", "lesions", "missing", "warnings", "cross_check")
    return {"out": str(out.absolute()), **{name: record[name] for name in kept}}


def summary_table(plan: Plan, out: Path) -> RenderableType:
    """Volumes, lesions in rank order, warnings, and where the report is."""
    reserve, selection = plan.reserve, plan.selection
    volumes = Table.grid(padding=(0, 2))
    volumes.add_column()
    volumes.add_column(justify="right")
    for name, value in (
        ("Total trabecular bone", reserve.total_trabecular_bone_ml),
        ("GTV total", reserve.gtv_total_ml),
        ("Bone marrow reserve", reserve.bone_marrow_reserve_ml),
        (f"Budget (level {plan.level.name}, {plan.level.fraction:.0%})", selection.budget_ml),
        ("Selected GTV", selection.selected_ml),
    ):
        volumes.add_row(name, f"{value:.1f} ml")
    volumes.add_row("Selected / reserve", "-" if plan.ratio is None else f"{plan.ratio:.1%}")
    lesions = Table(show_edge=False)
    for heading in ("Rank", "Tier", "Lesion", "Site", "Volume (ml)", "SUVmax", "Decision", "Reason"):
        lesions.add_column(heading, justify="right" if heading in ("Rank", "Tier", "Volume (ml)", "SUVmax") else "left")
    for decision in selection.decisions:
        entry, lesion = decision.ranked, decision.ranked.lesion
        suv = "-" if lesion.suv_max is None else f"{lesion.suv_max:.1f}"
        site = lesion.site.name + (" (est.)" if lesion.site.estimated else "")
        row = (entry.rank, entry.tier, lesion.name, site, f"{lesion.volume_ml:.1f}", suv, decision.verdict)
        lesions.add_row(*map(str, row), decision.reason)
    unknown = [f"Not known: {one.sentence}." for one in find_missing(one.ranked for one in selection.decisions)]
    warnings = [f"Warning: {notice.message}" for notice in plan.notices]
    other = [*_cross_check(plan), ""] if plan.cross_check else []
    return Group(*unknown, *warnings, volumes, "", *other, lesions, "", f"Report: {out.absolute() / 'report.html'}")


def _cross_check(plan: Plan) -> list[RenderableType]:
    """Volumes and selection under both definitions of bone, and what changes."""
    other = plan.cross_check
    if other is None:
        return []
    table = Table(show_edge=False, title=f"Cross-check with {other.source}", title_justify="left")
    for number, heading in enumerate(
        ("Bone", "Volume (ml)", "Reserve (ml)", "Budget (ml)", "Selected (ml)", "Lesions")
    ):
        table.add_column(heading, justify="right" if number else "left")
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
        chosen = sum(decision.verdict == "selected" for decision in selection.decisions)
        table.add_row(name, *(f"{volume:.1f}" for volume in volumes), str(chosen))
    names = {decision.ranked.lesion.id: decision.ranked.lesion.name for decision in plan.selection.decisions}
    differs = [names[identifier] for identifier in other.differs(plan.selection)]
    return [table, f"Verdict differs for: {', '.join(differs)}" if differs else "The same lesions are selected."]
