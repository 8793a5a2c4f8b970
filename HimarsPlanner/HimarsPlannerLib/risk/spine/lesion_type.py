"""Lytic, mixed or blastic: a lesion's CT values against the patient's own marrow near by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ...bone.compartments import BoneCompartments, BoneLabel
from ...grid import FloatArray, Volume
from ...protocol.risk_settings import SinsSettings
from ...region import BoolArray, Region, Slices
from .canal_line import CanalLine

POINTS = {"blastic": 0, "mixed": 1, "lytic": 2}
IN_FRONT_MM, BESIDE_MM = (5.0, 28.0), 13.0
NEAR_MM = (80.0, 200.0)
OFF_LESION_MM = 4.0
CORTEX_MM = 3.0
LEAST_REFERENCE_ML = 2.0
LEAST_VOXELS = 30


@dataclass(frozen=True)
class Marrow:
    """CT values of uninvolved trabecular bone of the spine: median and robust standard deviation, HU."""

    mean: float
    sd: float


@dataclass(frozen=True)
class Density:
    """Shares of a lesion's marrow space.

    Parameters
    ----------
    sclerotic, lytic, perhaps_lytic
        Denser than the patient's own marrow; surely thinner; perhaps thinner.
    marrow
        What it was compared with.
    """

    sclerotic: float
    lytic: float
    perhaps_lytic: float
    marrow: Marrow

    @property
    def changed(self) -> float:
        """Share of the marrow space that is surely not like marrow."""
        return self.sclerotic + self.lytic


def measure_density(
    lesion: Region,
    ct: Volume,
    bone: BoneCompartments,
    line: CanalLine | None,
    lesions: Region,
    settings: SinsSettings,
) -> Density | None:
    """Sclerotic and lytic share of a lesion in the spine.

    Parameters
    ----------
    lesion
        Its voxels.
    ct, bone
        HU and compartments on its grid.
    line
        Canal, which tells where vertebral bodies lie.
    lesions
        All metastases; marrow within 4 mm of them is no reference.
    settings
        Thresholds.

    Returns
    -------
    Density or None
        None without enough uninvolved marrow, or where hardly any of the lesion lies deeper in bone than the cortex.
    """
    marrow = _reference(lesion, ct, bone, line, lesions)
    values = _marrow_values(lesion, ct, bone)
    if marrow is None or len(values) < LEAST_VOXELS:
        return None
    dense = max(marrow.mean + settings.sclerotic_sd * marrow.sd, settings.sclerotic_floor_hu)
    thin, perhaps = (marrow.mean - sd * marrow.sd for sd in (settings.lytic_sd, settings.perhaps_lytic_sd))
    return Density(*(float(np.mean(part)) for part in (values > dense, values < thin, values < perhaps)), marrow)


def type_points(density: Density | None, settings: SinsSettings) -> tuple[int, int]:
    """SINS points of a lesion's type, lowest and highest.

    They differ where the sclerotic share is near a boundary, or rests on what is only perhaps lytic; all are possible
    where the CT shows too little change.
    """
    if density is None or density.changed < settings.least_changed:
        return 0, 2
    most, least = (density.sclerotic / (density.sclerotic + thin) for thin in (density.lytic, density.perhaps_lytic))
    return _points(most + settings.share_margin, settings), _points(least - settings.share_margin, settings)


def _points(share: float, settings: SinsSettings) -> int:
    return 0 if share >= settings.blastic_share else 2 if share <= settings.lytic_share else 1


def _reference(
    lesion: Region, ct: Volume, bone: BoneCompartments, line: CanalLine | None, lesions: Region
) -> Marrow | None:
    if line is None:
        return None
    height = lesion.centroid_lps[2]
    for reach in NEAR_MM:
        box = _box_around(line, height, reach, ct)
        marrow = _deep(bone, box) & (bone.labels[box] == BoneLabel.TRABECULAR)
        start = (box[0].start, box[1].start, box[2].start)
        block = Region(ct.grid, start, np.asarray(marrow))
        marrow &= ~_grown(lesions.cut(block), ct, OFF_LESION_MM)
        index = np.argwhere(marrow)
        points = ct.grid.to_lps(index + np.asarray(start))
        z = points[:, 2]
        ahead = line.at(z, line.front) - points[:, 1]
        body = (ahead > IN_FRONT_MM[0]) & (ahead < IN_FRONT_MM[1])
        body &= (np.abs(points[:, 0] - line.at(z, line.x)) < BESIDE_MM) & (np.abs(z - height) < reach)
        body &= (z >= line.z[0]) & (z <= line.z[-1])
        if np.count_nonzero(body) * ct.grid.voxel_ml >= LEAST_REFERENCE_ML:
            values = ct.array[box][tuple(index[body].T)].astype(np.float64)
            middle = float(np.median(values))
            return Marrow(middle, float(1.4826 * np.median(np.abs(values - middle))))
    return None


def _box_around(line: CanalLine, height: float, reach: float, ct: Volume) -> Slices:
    use = np.abs(line.z - height) <= reach
    use |= np.abs(line.z - height) == np.abs(line.z - height).min()
    low = [line.x[use].min() - BESIDE_MM, line.front[use].min() - IN_FRONT_MM[1], line.z[use].min()]
    high = [line.x[use].max() + BESIDE_MM, line.front[use].max(), line.z[use].max()]
    corners = [
        [(low, high)[a][0], (low, high)[b][1], (low, high)[c][2]] for a in (0, 1) for b in (0, 1) for c in (0, 1)
    ]
    index = ct.grid.to_index(corners)
    first, last = np.floor(index.min(axis=0)).astype(int), np.ceil(index.max(axis=0)).astype(int) + 1
    z, y, x = (
        slice(max(int(a), 0), max(min(int(b), n), 0)) for a, b, n in zip(first, last, ct.grid.shape, strict=True)
    )
    return z, y, x


def _marrow_values(lesion: Region, ct: Volume, bone: BoneCompartments) -> FloatArray:
    """CT values of a lesion's voxels that lie deeper in bone than its cortex."""
    margin = [int(np.ceil((CORTEX_MM + 2) / s)) + 1 for s in ct.grid.spacing_zyx]
    spans = zip(lesion.box, margin, ct.grid.shape, strict=True)
    z, y, x = (slice(max(s.start - m, 0), min(s.stop + m, n)) for s, m, n in spans)
    block = Region(ct.grid, (z.start, y.start, x.start), _deep(bone, (z, y, x)))
    return np.asarray(ct.array[z, y, x][lesion.cut(block) & block.mask], dtype=np.float64)


def _deep(bone: BoneCompartments, box: Slices) -> BoolArray:
    """What lies deeper in bone than its cortex and the blur beside it."""
    inside = np.isin(bone.labels[box], (BoneLabel.CORTICAL, BoneLabel.TRABECULAR))
    return np.asarray(ndimage.distance_transform_edt(inside, bone.grid.spacing_zyx) > CORTEX_MM)


def _grown(mask: BoolArray, ct: Volume, mm: float) -> BoolArray:
    if not mask.any():
        return mask
    return np.asarray(ndimage.distance_transform_edt(~mask, ct.grid.spacing_zyx) <= mm)
