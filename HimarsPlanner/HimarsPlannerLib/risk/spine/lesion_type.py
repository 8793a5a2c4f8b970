"""Lytic, mixed or blastic: a lesion's CT values against the patient's own marrow near by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...bone.compartments import BoneCompartments
from ...grid import FloatArray, Volume
from ...protocol.risk_settings import SinsSettings
from ...region import Region
from .marrow import CORTEX_MM, Marrow, deep_in_bone

POINTS = {"blastic": 0, "mixed": 1, "lytic": 2}
LEAST_VOXELS = 30


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
    lesion: Region, ct: Volume, bone: BoneCompartments, marrow: Marrow | None, settings: SinsSettings
) -> Density | None:
    """Sclerotic and lytic share of a lesion in the spine.

    Parameters
    ----------
    lesion
        Its voxels.
    ct, bone
        HU and compartments on its grid.
    marrow
        The patient's own uninvolved marrow near by; None where there is none.
    settings
        Thresholds.

    Returns
    -------
    Density or None
        None without marrow to compare with, or where hardly any of the lesion lies deeper in bone than the cortex.
    """
    values = _marrow_values(lesion, ct, bone)
    if marrow is None or len(values) < LEAST_VOXELS:
        return None
    dense = max(marrow.mean + settings.sclerotic_sd * marrow.sd, settings.sclerotic_floor_hu)
    thin, perhaps = (marrow.mean - sd * marrow.sd for sd in (settings.lytic_sd, settings.perhaps_lytic_sd))
    sclerotic, lytic, might = (float(np.mean(part)) for part in (values > dense, values < thin, values < perhaps))
    return Density(sclerotic, lytic, might, marrow)


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


def _marrow_values(lesion: Region, ct: Volume, bone: BoneCompartments) -> FloatArray:
    """CT values of a lesion's voxels that lie deeper in bone than its cortex."""
    margin = [int(np.ceil((CORTEX_MM + 2) / s)) + 1 for s in ct.grid.spacing_zyx]
    spans = zip(lesion.box, margin, ct.grid.shape, strict=True)
    z, y, x = (slice(max(s.start - m, 0), min(s.stop + m, n)) for s, m, n in spans)
    block = Region(ct.grid, (z.start, y.start, x.start), deep_in_bone(bone, (z, y, x)))
    return np.asarray(ct.array[z, y, x][lesion.cut(block) & block.mask], dtype=np.float64)
