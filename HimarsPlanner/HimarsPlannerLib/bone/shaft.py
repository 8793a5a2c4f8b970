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
WIDENING = 1.22
SHORTEST_MM = 20.0


@dataclass(frozen=True)
class _Section:
    z: int
    label: int
    area: float
    centre: tuple[float, float]


def find_shafts(ct: Coarse, solid: BoolArray) -> BoolArray:
    """Blocks of long-bone shafts, cortex and cavity.

    In transverse sections a shaft is a round ring, mostly cortex; stacked sections make a run of at least
    `SHORTEST_MM`, which ends where the section grows `WIDENING` times the narrowest part of the run: at the femur this
    is the lower edge of the lesser trochanter, at the humerus the widening towards the head, above the deltoid
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
        rows, columns = np.nonzero(labels[box] == label)
        spread = np.cov(np.stack([rows * ct.spacing[1], columns * ct.spacing[2]]))
        widths = np.sqrt(np.linalg.eigvalsh(spread))
        full = area > 0.6 * np.pi * 4 * widths[0] * widths[1]
        if widths[1] <= ROUND * widths[0] and full:
            centre = (rows.mean() + box[0].start, columns.mean() + box[1].start)
            found.append(_Section(z, label, area, (float(centre[0]), float(centre[1]))))
    return labels, found


def _extend(runs: list[list[_Section]], sections: list[_Section], ct: Coarse) -> None:
    """Append each section to the run that ended just below it, or begin a run."""
    for section in sections:
        for run in runs:
            last = run[-1]
            dy, dx = (
                (a - b) * s for a, b, s in zip(section.centre, last.centre, ct.spacing[1:], strict=True)
            )
            if last.z == section.z - 1 and np.hypot(dy, dx) < 6.0 + ct.spacing[0]:
                run.append(section)
                break
        else:
            runs.append([section])


def _narrow(run: list[_Section], thickness: float) -> list[_Section]:
    """The part of a run that is no wider than its narrowest stretch allows."""
    window = max(1, round(SHORTEST_MM / thickness))
    if len(run) < window:
        return []
    areas = ndimage.median_filter(np.asarray([section.area for section in run]), size=3, mode="nearest")
    reference = float(ndimage.uniform_filter1d(areas, window, mode="nearest").min())
    return [section for section, area in zip(run, areas, strict=True) if area <= WIDENING * reference]
