"""What the terminal shows of a dose check."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table

from ..dose.check import DoseCheck
from ..dose.dvh import BIN_GY
from ..dose.solid import RULE
from ..dose.target_check import TargetCheck
from ..dose.verdict import Criterion, worst


def dose_table(check: DoseCheck, out: Path | None) -> RenderableType:
    """Verdict of each target with its reasons, figures, schedule, organs, marrow, warnings, and the method."""
    parts: list[RenderableType] = [f"Warning: {notice.message}" for notice in check.notices]
    parts += [_targets(check.targets), "", _figures(check.targets), ""]
    if check.schedule:
        parts += [_criteria("Schedule", [("", one) for one in check.schedule]), ""]
    rows = [(f"{', '.join(one.structures)} ({one.organ})", one.criterion) for one in check.organs]
    parts += [_criteria(f"Organs at risk, limits of {check.organ_fractions} fractions", rows), ""]
    parts += _marrow(check)
    place = ", ".join(f"{value:.1f}" for value in check.hottest_lps_mm)
    inside = f"in {', '.join(check.hottest_in)}" if check.hottest_in else "outside every target"
    grid = check.dose.volume.grid
    cells = [number for one in check.measured.values() for number in one.supersampling]
    spacing = " x ".join(f"{value:g}" for value in grid.spacing)
    parts += [
        f"Largest dose: {check.hottest_gy:.2f} Gy at LPS {place} mm, {inside}.",
        f"Dose: {', '.join(f'{file.file.name} ({file.kind}, {file.summation})' for file in check.dose.files)}.",
        f"DVH: dose grid {spacing} mm, {min(cells)} to {max(cells)} cells along the edges of its voxels, "
        f"bins of {BIN_GY:g} Gy, trilinear dose; {RULE}.",
        f"Result: {check.verdict}",
    ]
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
    headings = ("Target", "ml", "D98", "D50", "near max", "mean", "Paddick CI", "GI", "R50", "HI")
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left")
    for one in targets:
        f = one.figures
        gi = "-" if f.gradient_index is None else f"{f.gradient_index:.2f}"
        table.add_row(
            one.target.name,
            f"{f.volume_ml:.2f}",
            f"{f.d98_gy:.2f}",
            f"{f.d50_gy:.2f}",
            f"{f.near_max_gy:.2f} ({f.near_max_name})",
            f"{f.mean_gy:.2f}",
            f"{f.paddick_ci:.3f}",
            gi,
            f"{f.r50:.2f}",
            f"{f.homogeneity:.3f}",
        )
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


def _marrow(check: DoseCheck) -> list[RenderableType]:
    if check.marrow is None:
        return []
    dvh = check.marrow
    volumes = ", ".join(
        f"V{dose:g} {dvh.volume_from(dose):.1f} ml ({dvh.volume_from(dose) / dvh.volume_ml:.1%})"
        for dose in check.protocol.dose.marrow_doses_gy
    )
    covered = "" if dvh.covered == 1 else f"; only {dvh.covered:.1%} of it is inside the dose grid"
    return [f"Bone marrow reserve ({check.marrow_name}): {volumes}, mean {dvh.mean_gy:.2f} Gy{covered}.", ""]
