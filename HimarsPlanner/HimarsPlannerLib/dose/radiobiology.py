"""Biologically effective dose by the linear-quadratic model."""

from __future__ import annotations


def bed(dose_gy: float, fractions: int, alpha_beta_gy: float) -> float:
    """BED in Gy of a total dose in equal fractions: D (1 + D / n / (alpha/beta)) (Fowler, Br J Radiol 1989;62:679)."""
    return dose_gy * (1 + dose_gy / fractions / alpha_beta_gy)


def eqd2(dose_gy: float, fractions: int, alpha_beta_gy: float) -> float:
    """Dose in Gy that in fractions of 2 Gy has the same BED."""
    return bed(dose_gy, fractions, alpha_beta_gy) / (1 + 2 / alpha_beta_gy)
