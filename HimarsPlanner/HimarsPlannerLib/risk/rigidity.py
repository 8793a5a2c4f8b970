"""Structural rigidity of a femur or humerus: how much of EA, EI and GJ a lesion takes (CT-based rigidity analysis)."""

from __future__ import annotations

import numpy as np

from ..grid import FloatArray
from ..protocol.risk_settings import RigiditySettings
from .longbone.pairs import Pair
from .longbone.shaft import Shaft
from .longbone.stiffness import Elasticity, rigidities
from .score import Interval, Score, Unknown
from .skeletal_part import Part

SOURCE = (
    "Nazarian, Clin Cancer Res 2015; Damron, Clin Orthop 2016; density Rho 1995, modulus Morgan 2003; ratios only, "
    "without a density phantom"
)
MEASURE = "rigidity loss"
MODES = ("axial", "bending", "torsion")


def score_rigidity(part: Part, pair: Pair | None, shaft: Shaft | None, settings: RigiditySettings) -> Score:
    """Largest loss of axial, bending and torsional rigidity over the sections of a lesion, per cent.

    Against the same section of the other side; where that is diseased, not in view or full of metal, against the
    section itself with its destroyed part restored from what is left of it, labelled so.

    Parameters
    ----------
    part, pair
        The lesion's bone, and as it was found; None where it was not.
    shaft
        Sections across the lesion; None where the bone there is no shaft.
    settings
        Thresholds and the relation of HU and modulus.
    """
    if pair is None:
        return _unknown(f"the {part} was not found: needs bone labels", f"outline of the {part}")
    if shaft is None:
        return _unknown(f"not in the shaft of the {part}", "rigidity outside the shaft")
    if shaft.metal:
        return _unknown("metal in the section", "rigidity beside metal")
    loss = losses(shaft, elasticity_of(part, settings))
    worst = float(loss.max())
    found = Interval(worst, 100.0 if shaft.cut else worst)
    unknown = (Unknown("the bone beyond the scan", {MEASURE: found}),) if shaft.cut else ()
    return Score(
        name="structural rigidity",
        domain="fracture",
        status="partial" if shaft.cut or shaft.why_same else "computed",
        low=found.low,
        high=found.high,
        unit="per cent lost",
        parts={
            **{f"{mode}_percent": float(value) for mode, value in zip(MODES, loss, strict=True)},
            "high_reached": worst >= settings.high_percent,
            "against": shaft.reference.kind,
            "why_not_other_side": shaft.why_same,
        },
        measures={MEASURE: found},
        unknown=unknown,
        sentence=_sentence(loss, part, shaft),
        source=SOURCE,
    )


def elasticity_of(part: Part, settings: RigiditySettings) -> Elasticity:
    """Relation of HU and modulus for a bone."""
    femur = (settings.femur_factor, settings.femur_exponent)
    factor, exponent = femur if part == "femur" else (settings.humerus_factor, settings.humerus_exponent)
    return Elasticity(settings.density_at_zero, settings.density_per_hu, factor, exponent)


def losses(shaft: Shaft, elasticity: Elasticity) -> FloatArray:
    """Loss of axial, bending and torsional rigidity, per cent, each at the worst section; never below 0."""
    ill = rigidities(shaft.hu[shaft.within], shaft.surfaces.outer[shaft.within], elasticity)
    whole = rigidities(shaft.reference.hu[shaft.within], shaft.reference.outer[shaft.within], elasticity)
    return np.asarray(np.maximum(100 * (1 - (ill / whole).min(axis=0)), 0.0))


def _sentence(loss: FloatArray, part: Part, shaft: Shaft) -> str:
    mode = MODES[int(loss.argmax())]
    against = f"against the other {part}" if not shaft.why_same else f"against the same bone: {shaft.why_same}"
    ends = ", runs out of the scan" if shaft.cut else ""
    return f"{loss.max():.0f} % of {mode} rigidity lost {against}{ends}"


def _unknown(why: str, what: str) -> Score:
    return Score(
        name="structural rigidity",
        domain="fracture",
        status="unknown",
        unknown=(Unknown(what, {MEASURE: Interval(0, 100)}),),
        sentence=f"rigidity not assessed: {why}",
        source=SOURCE,
    )
