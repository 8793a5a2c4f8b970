"""What a dose check found, in sentences and cells; the terminal and the panel show the same."""

from __future__ import annotations

from .check import DoseCheck
from .dvh import BIN_GY
from .solid import RULE
from .target_check import TargetFigures

FIGURES = ("ml", "D98", "D50", "near max", "mean", "Paddick CI", "GI", "R50", "HI")


def figure_words(figures: TargetFigures) -> tuple[str, ...]:
    """Cells under `FIGURES`: volume in ml, doses in Gy."""
    return (
        f"{figures.volume_ml:.2f}",
        f"{figures.d98_gy:.2f}",
        f"{figures.d50_gy:.2f}",
        f"{figures.near_max_gy:.2f} ({figures.near_max_name})",
        f"{figures.mean_gy:.2f}",
        f"{figures.paddick_ci:.3f}",
        "-" if figures.gradient_index is None else f"{figures.gradient_index:.2f}",
        f"{figures.r50:.2f}",
        f"{figures.homogeneity:.3f}",
    )


def marrow_words(check: DoseCheck) -> str:
    """Dose of the bone marrow reserve; "" where none was named."""
    dvh = check.marrow
    if dvh is None:
        return ""
    volumes = ", ".join(
        f"V{dose:g} {dvh.volume_from(dose):.1f} ml ({dvh.volume_from(dose) / dvh.volume_ml:.1%})"
        for dose in check.protocol.dose.marrow_doses_gy
    )
    covered = "" if dvh.covered == 1 else f"; only {dvh.covered:.1%} of it is inside the dose grid"
    return f"Bone marrow reserve ({check.marrow_name}): {volumes}, mean {dvh.mean_gy:.2f} Gy{covered}."


def hottest_words(check: DoseCheck) -> str:
    """Where the largest dose is."""
    place = ", ".join(f"{value:.1f}" for value in check.hottest_lps_mm)
    inside = f"in {', '.join(check.hottest_in)}" if check.hottest_in else "outside every target"
    return f"Largest dose: {check.hottest_gy:.2f} Gy at LPS {place} mm, {inside}."


def dose_words(check: DoseCheck) -> str:
    """Which doses were read."""
    return f"Dose: {', '.join(f'{file.file.name} ({file.kind}, {file.summation})' for file in check.dose.files)}."


def method_words(check: DoseCheck) -> str:
    """How the DVH was made."""
    cells = [number for one in check.measured.values() for number in one.supersampling]
    spacing = " x ".join(f"{value:g}" for value in check.dose.volume.grid.spacing)
    return (
        f"DVH: dose grid {spacing} mm, {min(cells)} to {max(cells)} cells along the edges of its voxels, "
        f"bins of {BIN_GY:g} Gy, trilinear dose; {RULE}."
    )
