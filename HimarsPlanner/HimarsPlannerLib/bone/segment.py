"""Bone compartments of any CT, without a neural network and without a setting chosen per scan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..errors import BoneError
from ..grid import Volume
from ..notice import Notice
from ..orient import Orientation
from ..progress import Progress, silent
from ..region import BoolArray, bounding_box
from .body import find_body
from .canal import Centreline, find_centreline
from .compartments import BoneCompartments, BoneLabel
from .definition import CLASSICAL
from .denoise import denoise
from .disc import find_discs
from .hounsfield import to_hounsfield
from .lumen import draw_lumen
from .metal import find_metal
from .primitives import Spacing
from .resolution import Coarse, blocks, coarsen
from .shaft import find_shafts
from .skeleton import find_evidence, find_solid
from .surface import draw_surface
from .trabecular import hollow

STAGE = "bone"
MARGIN = 4


def segment_bone(ct: Volume, progress: Progress = silent) -> BoneCompartments:
    """Cortical and trabecular bone, spinal canal, shaft cavities and metal of a CT.

    Parameters
    ----------
    ct
        HU on any grid: any orientation, 0.6 to 5 mm.
    progress
        Told how far the work is.

    Returns
    -------
    BoneCompartments
        Labels on the CT's own grid.

    Raises
    ------
    BoneError
        The values are not Hounsfield units, or there is no body or no bone in it.
    """
    progress(STAGE, 0.0)
    orientation = Orientation.of(ct.grid)
    spacing = orientation.apply_to_grid(ct.grid).spacing_zyx
    values = to_hounsfield(orientation.apply(ct.array))
    labels = np.zeros(values.shape, dtype=np.uint8)
    progress(STAGE, 0.05)
    whole = coarsen(values, spacing)
    body = find_body(whole)
    blocks_box = bounding_box(body, MARGIN)
    coarse, box = whole.crop(blocks_box)
    inside = np.ascontiguousarray(body[blocks_box])
    coarse = replace(coarse, mean=denoise(coarse.mean, inside))
    part = np.ascontiguousarray(values[box])
    labels[box] = _segment(part, spacing, coarse, inside, progress)
    progress(STAGE, 1.0)
    back = np.ascontiguousarray(orientation.undo(labels))
    return BoneCompartments(back, ct.grid, CLASSICAL, image_notices(back, ct.grid.voxel_ml))


def _segment(
    ct: npt.NDArray[np.int16], spacing: Spacing, coarse: Coarse, body: BoolArray, progress: Progress
) -> npt.NDArray[np.uint8]:
    metal = find_metal(ct, spacing)
    evidence = find_evidence(coarse, body)
    progress(STAGE, 0.25)
    line = find_centreline(coarse, body, evidence.shell, evidence.shell | evidence.enclosed)
    lumen = draw_lumen(ct, spacing, at_full_resolution(line, coarse))
    progress(STAGE, 0.4)
    gaps = (blocks(lumen.free, coarse) & ~evidence.shell) | find_discs(line, evidence.shell, coarse)
    blocked = find_solid(coarse, body, evidence, gaps)
    solid = draw_surface(ct, coarse, blocked, gaps) & ~lumen.free
    if not solid.any():
        raise BoneError(
            "No bone was found in the CT",
            "a CT that shows part of the skeleton",
            "give bone labels instead (--bone FILE), or check that this series is the planning CT",
        )
    progress(STAGE, 0.6)
    labels = np.zeros(ct.shape, dtype=np.uint8)
    labels[solid] = BoneLabel.CORTICAL
    box = bounding_box(solid, MARGIN)
    labels[box][hollow(solid[box], ct[box], spacing)] = BoneLabel.TRABECULAR
    progress(STAGE, 0.9)
    shafts = coarse.spread(find_shafts(coarse, blocked))
    labels[shafts & (labels == BoneLabel.TRABECULAR)] = BoneLabel.SHAFT_CAVITY
    labels[lumen.canal] = BoneLabel.CANAL
    labels[metal] = BoneLabel.METAL
    return labels


def at_full_resolution(line: Centreline, coarse: Coarse) -> Centreline:
    """Centreline in voxels of the CT, one row for each slice."""
    if len(line) == 0:
        return line
    factors = np.asarray(coarse.factors)
    points = (line + 0.5) * factors - 0.5
    first = int(line[0, 0]) * coarse.factors[0]
    last = min((int(line[-1, 0]) + 1) * coarse.factors[0], coarse.shape[0])
    z = np.arange(first, last)
    return np.column_stack([z, *(np.interp(z, points[:, 0], points[:, axis]) for axis in (1, 2))])


def image_notices(labels: npt.NDArray[np.uint8], voxel_ml: float) -> tuple[Notice, ...]:
    """What the compartments themselves give cause to say: metal, or no spinal canal."""
    notices = []
    metal = int(np.count_nonzero(labels == BoneLabel.METAL))
    if metal:
        notices.append(
            Notice(
                "metal-in-ct",
                f"{metal * voxel_ml:.1f} ml of metal in the CT: not counted as trabecular bone; "
                "check the bone around it, where streaks disturb the CT",
            )
        )
    if not np.any(labels == BoneLabel.CANAL):
        notices.append(
            Notice("no-spinal-canal", "No spinal canal was found: the scan shows no spine, or not enough of it")
        )
    return tuple(notices)
