"""A target against the protocol: coverage, largest dose, and the figures that a plan is reported by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..protocol.dose_settings import DoseSettings, Regimen
from .conformity import IsodoseVolumes
from .dvh import Dvh
from .targets import Target
from .verdict import Criterion, Verdict, judge_share, worst

POINT_ML = 0.035


@dataclass(frozen=True)
class TargetFigures:
    """What ICRU Report 91 asks to be told of a target; doses in Gy, volumes in ml, of its part in the dose grid.

    Parameters
    ----------
    near_max_gy
        D2, or D35mm3 of a small PTV; `near_max_name` says which.
    coverage
        Share of the target that gets the prescription; of what is outside the dose grid it is not known.
    paddick_ci
        (target inside the prescription isodose)^2 / (target x isodose volume) (Paddick, J Neurosurg 2000;93:219).
    gradient_index
        Volume of half the prescription / volume of the prescription; None where no dose reaches the prescription.
    r50
        Volume of half the prescription / target.
    homogeneity
        (D2 - D98) / D50 (ICRU Report 83).
    """

    volume_ml: float
    covered: float
    d98_gy: float
    d95_gy: float
    d50_gy: float
    d2_gy: float
    d35mm3_gy: float
    near_max_name: str
    min_gy: float
    max_gy: float
    mean_gy: float
    coverage: float
    isodose: IsodoseVolumes
    paddick_ci: float
    gradient_index: float | None
    r50: float
    homogeneity: float

    @property
    def near_max_gy(self) -> float:
        """Near-maximum dose as ICRU Report 91 takes it for this size."""
        return self.d35mm3_gy if self.near_max_name == "D35mm3" else self.d2_gy


@dataclass(frozen=True)
class TargetCheck:
    """One target, judged."""

    target: Target
    regimen: Regimen
    figures: TargetFigures
    criteria: tuple[Criterion, ...]

    @property
    def verdict(self) -> Verdict:
        """Worst of its criteria."""
        return worst(criterion.verdict for criterion in self.criteria)


def check_target(
    target: Target, regimen: Regimen, dvhs: Mapping[str, Dvh], isodose: IsodoseVolumes, settings: DoseSettings
) -> TargetCheck:
    """Judge a target.

    Parameters
    ----------
    target
        The PTV and its GTVs.
    regimen
        What was prescribed to it.
    dvhs
        By name of structure.
    isodose
        Its isodose volumes.
    settings
        The protocol's.
    """
    figures = _figures(dvhs[target.name], regimen, isodose, settings)
    coverage = (settings.ptv_coverage, settings.ptv_coverage_deviation)
    gtv_coverage = (settings.gtv_coverage, settings.gtv_coverage_deviation)
    own = coverage if target.is_ptv else gtv_coverage
    criteria = [
        _coverage(target.name, dvhs[target.name], regimen, *own),
        *(_coverage(gtv, dvhs[gtv], regimen, *gtv_coverage) for gtv in target.gtvs),
        *_maximum(figures, regimen, settings),
    ]
    return TargetCheck(target, regimen, figures, tuple(criteria))


def _figures(dvh: Dvh, regimen: Regimen, isodose: IsodoseVolumes, settings: DoseSettings) -> TargetFigures:
    inside = dvh.volume_from(regimen.dose_gy)
    d98, d50, d2 = (dvh.dose_at_share(share) for share in (0.98, 0.5, 0.02))
    prescription_ml = max(isodose.prescription_ml, inside)
    return TargetFigures(
        volume_ml=dvh.volume_ml,
        covered=dvh.covered,
        d98_gy=d98,
        d95_gy=dvh.dose_at_share(0.95),
        d50_gy=d50,
        d2_gy=d2,
        d35mm3_gy=dvh.dose_at(POINT_ML),
        near_max_name="D35mm3" if dvh.volume_ml < settings.small_ptv_ml else "D2",
        min_gy=dvh.min_gy,
        max_gy=dvh.max_gy,
        mean_gy=dvh.mean_gy,
        coverage=inside / dvh.volume_ml,
        isodose=isodose,
        paddick_ci=inside**2 / (dvh.volume_ml * prescription_ml) if prescription_ml else 0.0,
        gradient_index=isodose.half_ml / isodose.prescription_ml if isodose.prescription_ml else None,
        r50=isodose.half_ml / dvh.volume_ml,
        homogeneity=(d2 - d98) / d50 if d50 else 0.0,
    )


def _coverage(name: str, dvh: Dvh, regimen: Regimen, enough: float, deviation: float) -> Criterion:
    lower = dvh.volume_from(regimen.dose_gy) / dvh.volume_ml
    upper = lower + dvh.outside_ml / dvh.volume_ml
    verdict = judge_share(lower, upper, enough, deviation)
    limit = f">= {enough:.0%}" + (f" ({deviation:.0%} to {enough:.0%}: deviation)" if deviation < enough else "")
    if not dvh.outside_ml:
        return Criterion(f"{name} V100", f"{lower:.1%}", limit, verdict)
    note = f"only {dvh.covered:.1%} of it is inside the dose grid; what lies outside may get any dose"
    return Criterion(f"{name} V100", f"{lower:.1%} to {upper:.1%}", limit, verdict, note)


def _maximum(figures: TargetFigures, regimen: Regimen, settings: DoseSettings) -> tuple[Criterion, Criterion]:
    """Prescription isodose and largest dose: two limits of one figure, which contradict each other in between."""
    isodose, share = regimen.dose_gy / figures.max_gy, figures.max_gy / regimen.dose_gy
    over = share > settings.maximum_dose
    unknown: Verdict = "not assessable" if figures.covered < 1 else "pass"
    least = settings.prescription_isodose_min
    below: Verdict = "unacceptable" if over else "acceptable deviation"
    first = Criterion(
        "prescription isodose",
        f"{isodose:.1%}",
        f">= {least:.0%}",
        below if isodose < least else unknown,
        f"the largest dose is above {1 / least:.0%} of the prescription but not above {settings.maximum_dose:.0%}, "
        "which the protocol allows as a maximum"
        if isodose < least and not over
        else "",
    )
    found = f"{share:.1%} ({figures.max_gy:.2f} Gy)"
    second = Criterion("largest dose", found, f"<= {settings.maximum_dose:.0%}", "unacceptable" if over else unknown)
    return first, second
