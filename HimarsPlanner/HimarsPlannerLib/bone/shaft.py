"""Medullary cavities of long-bone shafts: by default not trabecular bone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..region import BoolArray
from .resolution import Coarse

AREA_MM2 = (110.0, 1900.0)
ROUND = 1.9
CORTEX_HU = 500
CORTEX_SHARE = 0.33
CAVITY_HU = 300
WIDENING = 1.12
SHORTEST_MM = 40.0
MISSING_MM = 8.0
TREND_MM = 30.0
SLENDER_MM2 = 300.0


@dataclass(frozen=True)
class _Section:
    z: int
    label: int
    area: float
    centre: tuple[float, float]
    whole: bool


def find_shafts(ct: Coarse, solid: BoolArray) -> BoolArray:
    """Blocks of long-bone shafts, cortex and cavity.

    In transverse sections a shaft is a round ring, mostly cortex, around a soft cavity; stacked sections make a run
    of at least `SHORTEST_MM`, which ends where a section is `WIDENING` times as large as the last ones: at the femur
    this is the lower edge of the lesser trochanter, at the humerus the widening towards the head, above the deltoid
    tuberosity.

    Parameters
    ----------
    ct
        The coarse CT.
    solid
        Blocks of bone with its interior.
    """
    shafts = np.zeros_like(solid)
    runs: list[list[_Section]] = []
    labels = np.zeros(solid.shape, dtype=np.int32)
    for z in range(len(solid)):
        labels[z], sections = _sections(ct, solid, z)
        _extend(runs, sections, ct)
    for run in runs:
        for section in _narrow(run, ct.spacing[0]):
            shafts[section.z] |= labels[section.z] == section.label
    return shafts


def _sections(ct: Coarse, solid: BoolArray, z: int) -> tuple[npt.NDArray[np.int32], list[_Section]]:
    """Round, thick-walled components of one slice."""
    labels, count = ndimage.label(solid[z])
    if count == 0:
        return labels, []
    pixel = ct.spacing[1] * ct.spacing[2]
    areas = np.bincount(labels.ravel()) * pixel
    cortex = np.bincount(labels[ct.mean[z] > CORTEX_HU], minlength=count + 1) * pixel
    found = []
    for label, box in enumerate(ndimage.find_objects(labels), start=1):
        area = float(areas[label])
        if not AREA_MM2[0] <= area <= AREA_MM2[1] or cortex[label] < CORTEX_SHARE * area:
            continue
        own = labels[box] == label
        if np.percentile(ct.mean[z][box][own], 10) > CAVITY_HU:
            continue
        rows, columns = np.nonzero(own)
        spread = np.cov(np.stack([rows * ct.spacing[1], columns * ct.spacing[2]]))
        widths = np.sqrt(np.linalg.eigvalsh(spread))
        full = area > 0.6 * np.pi * 4 * widths[0] * widths[1]
        if widths[1] <= ROUND * widths[0] and full:
            centre = (float(rows.mean()) + box[0].start, float(columns.mean()) + box[1].start)
            whole = not any(s.start == 0 or s.stop == n for s, n in zip(box, labels.shape, strict=True))
            found.append(_Section(z, label, area, centre, whole))
    return labels, found


def _extend(runs: list[list[_Section]], sections: list[_Section], ct: Coarse) -> None:
    """Append each section to the run that ended close below it, or begin a run."""
    missing = max(1, round(MISSING_MM / ct.spacing[0]))
    for section in sections:
        for run in runs:
            last = run[-1]
            dy, dx = ((a - b) * s for a, b, s in zip(section.centre, last.centre, ct.spacing[1:], strict=True))
            if 0 < section.z - last.z <= missing and np.hypot(dy, dx) < 6.0 + ct.spacing[0]:
                run.append(section)
                break
        else:
            runs.append([section])


def _narrow(run: list[_Section], thickness: float) -> list[_Section]:
    """The part of a run around its narrowest stretch, up to where the section widens fast on either side.

    Slender runs are bones of the forearm and the lower leg, all of them beyond the levels asked for.
    """
    if (run[-1].z - run[0].z + 1) * thickness < SHORTEST_MM:
        return []
    window = min(len(run), max(3, round(TREND_MM / thickness)))
    whole = [n for n, section in enumerate(run) if section.whole]
    if not whole:
        return run
    # What the image's edge cuts tells nothing of its size.
    areas = np.interp(np.arange(len(run)), whole, [run[n].area for n in whole])
    means = np.convolve(areas, np.ones(window) / window, mode="valid")
    start = int(means.argmin())
    if means[start] < SLENDER_MM2:
        return run
    end = start + window
    while end < len(run) and areas[end] <= WIDENING * np.median(areas[end - window : end]):
        end += 1
    while start > 0 and areas[start - 1] <= WIDENING * np.median(areas[start : start + window]):
        start -= 1
    return run[start:end]
