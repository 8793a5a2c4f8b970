"""Intra-osseous volume as Sambuceti et al. define it: a published cross-check of the trabecular bone."""

from __future__ import annotations

import numpy as np

from ..grid import Volume
from ..orient import Orientation
from ..region import BoolArray, bounding_box
from .compartments import BoneCompartments

INTRAOSSEOUS = "sambuceti-2012/1"
SOURCE = "Sambuceti, Eur J Nucl Med Mol Imaging 2012;39:1326-38"
RING_PIXELS = 2


def find_intraosseous(ct: Volume, bone: BoneCompartments) -> BoolArray:
    """Voxels of the intra-osseous volume.

    In each axial slice the mean HU of the two-pixel ring just inside the outer border of bone is that slice's cut-off
    for compact bone; every voxel within the border below it counts, cavities of shafts included (Sambuceti G et al.,
    Eur J Nucl Med Mol Imaging 2012;39:1326-38). The border is that of the skeleton found here, all bones of a slice
    have one cut-off, and the spinal canal and metal are outside.

    Parameters
    ----------
    ct
        HU on any grid.
    bone
        Compartments on the same grid.

    Returns
    -------
    BoolArray
        True inside, (z, y, x).
    """
    orientation = Orientation.of(ct.grid)
    skeleton = orientation.apply(bone.skeleton)
    inside = np.zeros(skeleton.shape, dtype=bool)
    box = bounding_box(skeleton, margin=1)
    solid, values = skeleton[box], orientation.apply(ct.array)[box]
    for z, plane in enumerate(solid):
        ring = plane & ~_peeled(plane)
        if ring.any():
            inside[box][z] = plane & (values[z] < values[z][ring].mean())
    return np.ascontiguousarray(orientation.undo(inside))


def _peeled(plane: BoolArray) -> BoolArray:
    """Pixels more than `RING_PIXELS` from the border; beyond the image bone goes on."""
    for _ in range(RING_PIXELS):
        around = np.pad(plane, 1, mode="edge")
        plane = plane & around[:-2, 1:-1] & around[2:, 1:-1] & around[1:-1, :-2] & around[1:-1, 2:]
    return np.asarray(plane)
