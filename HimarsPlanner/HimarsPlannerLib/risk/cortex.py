"""Cortical involvement of a femur or humerus: how long, and how much of the circumference, a lesion takes."""

from __future__ import annotations

import numpy as np

from ..grid import FloatArray
from ..lesions.lesion import Lesion
from ..protocol.risk_settings import CortexSettings
from .longbone.pairs import Pair
from .longbone.sections import RAYS
from .longbone.shaft import Flags, Shaft
from .longbone.surfaces import between
from .score import Interval, Score, Unknown
from .skeletal_part import Part

SOURCE = (
    "van der Linden, J Bone Joint Surg Br 2004;86:566-73; van der Wal, Radiother Oncol 2020;144:59-64; Radiat Oncol "
    "2014;9:227; by rays on CT: proposal"
)
AXIAL, CIRCUMFERENCE = "axial cortical involvement", "circumferential cortical involvement"


def score_cortex(lesion: Lesion, part: Part, pair: Pair | None, shaft: Shaft | None, settings: CortexSettings) -> Score:
    """Axial (mm) and circumferential (per cent) cortical involvement by rays from the axis of the bone.

    A ray is involved where the lesion meets the cortex as it was before the lesion. Circumference: the plane with most
    involved rays. Axial: longest run of planes with an involved ray in one sector. Thickness: the sector with the
    largest share of its cortex taken.

    Parameters
    ----------
    lesion, part
        The lesion and its bone.
    pair
        The bone as found; None where it was not.
    shaft
        Sections across the lesion; None where the bone there is no shaft.
    settings
        Thresholds.
    """
    if shaft is None:
        return _unknown(lesion, part, pair)
    involved, share = involved_rays(shaft)
    sectors = sector_flags(involved, settings.sector_degrees)
    axial = float(max(longest_run(sectors[:, s]) for s in range(sectors.shape[1])))
    circumference = 100 * float(involved.mean(axis=1).max(initial=0.0))
    thickness = 100 * float(share.reshape(*sectors.shape, -1).mean(axis=2).max(initial=0.0))
    more = settings.beyond_scan_mm if shaft.cut else 0.0
    lengths = Interval(axial, axial + more)
    shares = Interval(circumference, 100.0 if shaft.cut else circumference)
    would_be = {AXIAL: lengths, CIRCUMFERENCE: shares}
    return Score(
        name="cortical involvement",
        domain="fracture",
        status="partial" if shaft.cut else "computed",
        low=lengths.low,
        high=lengths.high,
        unit="mm along the bone",
        parts={
            "axial_mm": axial,
            "axial_reached": axial >= settings.axial_mm,
            "circumference_percent": circumference,
            "circumference_degrees": 3.6 * circumference,
            "circumference_low_reached": circumference >= settings.circumference_low,
            "circumference_high_reached": circumference >= settings.circumference_high,
            "thickness_percent": thickness,
            "cortex_from": shaft.reference.kind,
        },
        measures=would_be,
        unknown=(Unknown("the bone beyond the scan", would_be),) if shaft.cut else (),
        sentence=_sentence(axial, circumference, shaft.cut),
        source=SOURCE,
    )


def involved_rays(shaft: Shaft) -> tuple[Flags, FloatArray]:
    """Rays on which the lesion meets the cortex, and the share of the cortex it takes there, both (planes, rays)."""
    shell = between(shaft.surfaces.inner, shaft.surfaces.outer)
    taken = shell & (shaft.gtv >= 0.5)
    share = taken.sum(axis=2) / np.maximum(shell.sum(axis=2), 1)
    return np.asarray(taken.any(axis=2)), np.asarray(share)


def sector_flags(involved: Flags, degrees: float) -> Flags:
    """Whether any ray of a sector is involved, (planes, sectors)."""
    rays = max(round(degrees * RAYS / 360), 1)
    return np.asarray(involved.reshape(len(involved), -1, rays).any(axis=2))


def longest_run(flags: Flags) -> int:
    """Length of the longest run of True values."""
    padded = np.concatenate([[False], flags, [False]]).astype(int)
    ends = np.flatnonzero(np.diff(padded))
    return int((ends[1::2] - ends[::2]).max(initial=0))


def _sentence(axial: float, circumference: float, cut: bool) -> str:
    if axial == 0:
        return "cortex not reached" + (" in view, runs out of the scan" if cut else "")
    more = "at least " if cut else ""
    return f"cortex taken over {more}{axial:.0f} mm and {circumference:.0f} % of the circumference" + (
        ", runs out of the scan" if cut else ""
    )


def _unknown(lesion: Lesion, part: Part, pair: Pair | None) -> Score:
    """Nothing longer than the lesion can be involved, but all of the circumference."""
    if pair is None:
        why, what = f"the {part} was not found: needs bone labels", f"outline of the {part}"
    else:
        why, what = f"not in the shaft of the {part}", "cortical involvement outside the shaft"
    would_be = {AXIAL: Interval(0, lesion.diameter_mm), CIRCUMFERENCE: Interval(0, 100)}
    return Score(
        name="cortical involvement",
        domain="fracture",
        status="unknown",
        unknown=(Unknown(what, would_be),),
        sentence=f"cortical involvement not assessed: {why}",
        source=SOURCE,
    )
