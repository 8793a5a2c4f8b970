"""What the terminal shows of a dose check."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table

from ..dose.check import DoseCheck
from ..dose.target_check import TargetCheck
from ..dose.verdict import Criterion, worst
from ..dose.words import FIGURES, dose_words, figure_words, hottest_words, marrow_words, method_words


def dose_table(check: DoseCheck, out: Path | None) -> RenderableType:
    """Verdict of each target with its reasons, figures, schedule, organs, marrow, warnings, and the method."""
    parts: list[RenderableType] = [f"Warning: {notice.message}" for notice in check.notices]
    parts += [_targets(check.targets), "", _figures(check.targets), ""]
    if check.schedule:
        parts += [_criteria("Schedule", [("", one) for one in check.schedule]), ""]
    rows = [(f"{', '.join(one.structures)} ({one.organ})", one.criterion) for one in check.organs]
    parts += [_criteria(f"Organs at risk, limits of {check.organ_fractions} fractions", rows), ""]
    marrow = marrow_words(check)
    parts += [marrow, ""] if marrow else []
    parts += [hottest_words(check), dose_words(check), method_words(check), f"Result: {check.verdict}"]
    if out is not None:
        parts.append(f"Report: {out.absolute() / 'report.html'}")
    return Group(*parts)


def _targets(targets: Sequence[TargetCheck]) -> Table:
    table = Table(show_edge=False, title="Targets", title_justify="left")
    for heading in ("Target", "Regimen", "Check", "Found", "Limit", "Verdict", "Note"):
        table.add_column(heading)
    for one in targets:
        table.add_row(one.target.name, one.regimen.name, "", "", "", one.verdict, "")
        for criterion in one.criteria:
            row = (criterion.name, criterion.found, criterion.limit, criterion.verdict, criterion.note)
            table.add_row("", "", *row)
    return table


def _figures(targets: Sequence[TargetCheck]) -> Table:
    table = Table(show_edge=False, title="ICRU 91 figures (Gy)", title_justify="left")
    for number, heading in enumerate(("Target", *FIGURES)):
        table.add_column(heading, justify="right" if number else "left")
    for one in targets:
        table.add_row(one.target.name, *figure_words(one.figures))
    return table


def _criteria(title: str, rows: Sequence[tuple[str, Criterion]]) -> RenderableType:
    if not rows:
        return f"{title}: none is in the structure set."
    verdict = worst(criterion.verdict for _, criterion in rows)
    table = Table(show_edge=False, title=f"{title}: {verdict}", title_justify="left")
    for heading in ("Structure", "Check", "Found", "Limit", "Verdict", "Note"):
        table.add_column(heading)
    for name, criterion in rows:
        table.add_row(name, criterion.name, criterion.found, criterion.limit, criterion.verdict, criterion.note)
    return table
