"""How much of a long bone's cortex a lesion takes away, as a share of its thickness."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..bone.compartments import BoneCompartments, BoneLabel
from ..grid import FloatArray
from ..region import Region

RAYS = 72
STEP = 0.5
BoolArray = npt.NDArray[np.bool_]


def cortex_share(lesion: Region, bone: Region, compartments: BoneCompartments) -> float:
    """Largest share of the cortical thickness that a lesion involves, by rays from the middle of each slice of a bone.

    Along a ray the outermost stretch of cortex counts; two neighbouring rays must agree.

    Parameters
    ----------
    lesion, bone
        On one grid.
    compartments
        Tell the cortex.
    """
    labels = compartments.labels[bone.box]
    within = lesion.cut(bone)
    worst = 0.0
    for z in np.flatnonzero((within & bone.mask).any(axis=(1, 2))):
        cortex = bone.mask[z] & (labels[z] == BoneLabel.CORTICAL)
        if cortex.any():
            shares = _shares(bone.mask[z], cortex, within[z])
            worst = max(worst, float(np.minimum(shares, np.roll(shares, 1)).max()))
    return worst


def _shares(section: BoolArray, cortex: BoolArray, lesion: BoolArray) -> FloatArray:
    """Share of the cortex inside the lesion along each ray."""
    middle = np.argwhere(section).mean(axis=0)
    angle = 2 * np.pi * np.arange(RAYS) / RAYS
    reach = float(np.hypot(*section.shape))
    r = np.arange(reach, 0, -STEP)
    at = np.rint(middle[:, None, None] + r * np.stack([np.sin(angle), np.cos(angle)])[:, :, None]).astype(int)
    inside = (at >= 0).all(axis=0) & (at[0] < section.shape[0]) & (at[1] < section.shape[1])
    y, x = (np.where(inside, index, 0) for index in at)
    hit = cortex[y, x] & inside
    # From outside in: the first stretch of cortex, until it is left for the first time.
    entered = np.cumsum(hit, axis=1) > 0
    shell = hit & (np.cumsum(entered & ~hit, axis=1) == 0)
    thickness = shell.sum(axis=1)
    taken = (shell & lesion[y, x]).sum(axis=1)
    return np.asarray(taken / np.maximum(thickness, 1))
