"""Spinal canal encroachment: how much of the canal a GTV fills at its worst slice."""

from __future__ import annotations

import numpy as np

from ..lesions.lesion import Lesion
from ..protocol.risk_settings import CordSettings
from ..region import Region
from .distance import gap_mm
from .score import Interval, Score, Unknown

SOURCE = "canal area fraction and its thresholds: proposal; CT cannot grade ESCC (Bilsky, J Neurosurg Spine 2010)"


def score_cord(lesion: Lesion, canal: Region | None, settings: CordSettings) -> Score:
    """Cord risk of a lesion from the canal on CT; a trigger for MRI, never a grade.

    Parameters
    ----------
    lesion
        The lesion.
    canal
        Spinal canal on the same grid; None where the scan shows none.
    settings
        Thresholds.

    Returns
    -------
    Score
        Encroachment as a fraction of the canal's area in the slice where it is largest, with the gap in mm where
        the lesion does not reach the canal; unknown without a canal, "not-applicable" for a lesion in none of the
        canal's slices.
    """
    if canal is None:
        return Score(
            name="canal encroachment",
            domain="cord",
            status="unknown",
            sentence="spinal canal not in view or not segmented: cord risk not assessed",
            unknown=(Unknown("spinal canal"),),
            source=SOURCE,
        )
    fraction, z = worst_slice(lesion.region, canal)
    if z is None:
        return Score(
            name="canal encroachment",
            domain="cord",
            status="not-applicable",
            sentence="not at the level of the spinal canal",
            source=SOURCE,
        )
    gap = 0.0 if fraction > 0 else gap_mm(lesion.region, canal)
    estimate = _estimate(fraction, settings)
    return Score(
        name="canal encroachment",
        domain="cord",
        status="partial",
        low=fraction,
        high=fraction,
        unit="fraction of canal area",
        parts={"encroachment": fraction, "gap_mm": gap, "worst_slice": float(z)},
        measures={"ESCC estimate": estimate},
        unknown=(Unknown("MRI (ESCC grade)", {"ESCC estimate": estimate}),) if estimate.high > 0 else (),
        sentence=_sentence(fraction, gap, settings),
        source=SOURCE,
    )


def worst_slice(lesion: Region, canal: Region) -> tuple[float, int | None]:
    """Largest share of the canal's area that the lesion fills in one slice, and that slice.

    Returns
    -------
    tuple
        Fraction in [0, 1] and the slice's index; the index is None where no slice has both.
    """
    shared = [
        z
        for z in range(lesion.start[0], lesion.start[0] + lesion.mask.shape[0])
        if canal.start[0] <= z < canal.start[0] + canal.mask.shape[0] and canal.mask[z - canal.start[0]].any()
    ]
    best: tuple[float, int | None] = (0.0, shared[len(shared) // 2] if shared else None)
    for z in shared:
        plane = Region(canal.grid, (z, *canal.start[1:]), canal.mask[z - canal.start[0]][None])
        fraction = lesion.overlap(plane) / int(np.count_nonzero(plane.mask))
        if fraction > best[0]:
            best = (fraction, z)
    return best


def _estimate(fraction: float, settings: CordSettings) -> Interval:
    """ESCC grades that the canal alone allows: 0, 1 (1a), 2 (1b), 3 (1c), 4 (2), 5 (3)."""
    if fraction < settings.reached:
        return Interval.exactly(0)
    if fraction < settings.low:
        return Interval(1, 2)
    return Interval(2, 4) if fraction < settings.high else Interval(3, 5)


def _sentence(fraction: float, gap: float, settings: CordSettings) -> str:
    if fraction > 0:
        return f"{fraction:.0%} of the canal at its worst slice, MRI advised"
    if gap <= settings.near_mm:
        return f"{gap:.1f} mm from the canal, MRI advised"
    return f"{gap:.0f} mm from the canal"
