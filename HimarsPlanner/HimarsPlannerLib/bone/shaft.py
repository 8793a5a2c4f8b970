"""Medullary cavities of long-bone shafts: by default not trabecular bone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..region import BoolArray
from .resolution import Coarse

AREA_MM2 = (200.0, 1400.0)
ROUND = 1.9
CORTEX_HU = 500
CORTEX_SHARE = 0.42
CAVITY_HU = 300
WIDENING = 1.11
SHORTEST_MM = 20.0


@dataclass(frozen=True)
class _Section:
    z: int
    label: int
    area: float
    centre: tuple[float, float]


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
        if _cut(box, labels.shape) or np.percentile(ct.mean[z][box][own], 20) > CAVITY_HU:
            continue
        rows, columns = np.nonzero(own)
        spread = np.cov(np.stack([rows * ct.spacing[1], columns * ct.spacing[2]]))
        widths = np.sqrt(np.linalg.eigvalsh(spread))
        full = area > 0.6 * np.pi * 4 * widths[0] * widths[1]
        if widths[1] <= ROUND * widths[0] and full:
            centre = (rows.mean() + box[0].start, columns.mean() + box[1].start)
            found.append(_Section(z, label, area, (float(centre[0]), float(centre[1]))))
    return labels, found


def _cut(box: tuple[slice, slice], shape: tuple[int, ...]) -> bool:
    """Whether a component runs out of the image sideward."""
    return any(s.start == 0 or s.stop == n for s, n in zip(box, shape, strict=True))


def _extend(runs: list[list[_Section]], sections: list[_Section], ct: Coarse) -> None:
    """Append each section to the run that ended just below it, or begin a run."""
    for section in sections:
        for run in runs:
            last = run[-1]
            dy, dx = ((a - b) * s for a, b, s in zip(section.centre, last.centre, ct.spacing[1:], strict=True))
            if last.z == section.z - 1 and np.hypot(dy, dx) < 6.0 + ct.spacing[0]:
                run.append(section)
                break
        else:
            runs.append([section])


def _narrow(run: list[_Section], thickness: float) -> list[_Section]:
    """The part of a run around its narrowest stretch, up to where the section suddenly widens on either side."""
    window = max(3, round(SHORTEST_MM / thickness))
    if len(run) < window:
        return []
    areas = np.asarray([section.area for section in run])
    means = np.convolve(areas, np.ones(window) / window, mode="valid")
    start = int(means.argmin())
    end = start + window
    while end < len(run) and areas[end] <= WIDENING * np.median(areas[end - window : end]):
        end += 1
    while start > 0 and areas[start - 1] <= WIDENING * np.median(areas[start : start + window]):
        start -= 1
    return run[start:end]
