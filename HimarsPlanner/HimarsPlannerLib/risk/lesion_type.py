"""Lytic, mixed or blastic: from HU against the patient's own bone around the lesion."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..bone.compartments import BoneLabel
from ..clinical.facts import LesionType
from ..lesions.lesion import Lesion
from ..protocol.risk_settings import LesionTypeSettings
from ..region import BoolArray, Region, Slices
from .anatomy import Anatomy

SOURCE = "no validated HU cut-off (Azar, AJR 2021;216:1022-30); shares of sclerotic and lytic voxels: proposal"
ALL: tuple[LesionType, ...] = ("blastic", "mixed", "lytic")

AROUND_MM = 30.0
LEAST_VOXELS = 50
SOUND_CORTEX_HU = 300.0
CORTEX_MM = (1.0, 8.0)


def lesion_type(lesion: Lesion, anatomy: Anatomy, settings: LesionTypeSettings) -> tuple[LesionType, ...]:
    """Types that a lesion may be of, blastic first: as stated, else by HU; more than one where HU do not tell.

    Sclerotic is what is denser than the uninvolved cancellous bone around the lesion; lytic what is less dense, and
    cortex that is gone. Soft tissue in a fatty cavity is neither: it shows by the cortex that it destroys.

    Parameters
    ----------
    lesion
        A lesion in bone.
    anatomy
        The patient.
    settings
        Thresholds.
    """
    if lesion.facts.lesion_type is not None:
        return (lesion.facts.lesion_type,)
    box = _around(lesion)
    labels, hu = anatomy.bone.labels[box], anatomy.ct.array[box].astype(np.float32)
    block = Region(anatomy.ct.grid, (box[0].start, box[1].start, box[2].start), np.ones(labels.shape, dtype=bool))
    own, ill = lesion.region.cut(block), anatomy.gtv_total.cut(block)
    bone = np.isin(labels, (BoneLabel.CORTICAL, BoneLabel.TRABECULAR, BoneLabel.SHAFT_CAVITY)) | own | ill
    depth = _depth(bone, anatomy.ct.grid.spacing_zyx)
    healthy = ~ill & ~own
    cancellous = healthy & np.isin(labels, (BoneLabel.TRABECULAR, BoneLabel.SHAFT_CAVITY))
    cortex = healthy & (labels == BoneLabel.CORTICAL)
    if np.count_nonzero(cancellous) < LEAST_VOXELS or np.count_nonzero(cortex) < LEAST_VOXELS:
        return ALL
    wall = float(np.clip(np.percentile(depth[cortex], 75), *CORTEX_MM))
    sclerotic, lytic = _shares(hu, own, depth, wall, min(anatomy.ct.grid.spacing), hu[cancellous], settings)
    if sclerotic + lytic < settings.least_share:
        return ALL
    share = sclerotic / (sclerotic + lytic)
    # Soft tumour that is as dense as the marrow around it shows by neither: then a pure type is not certain.
    blurred = settings.least_share < sclerotic < settings.pure_share
    return tuple(kind for kind in ALL if _may_be(kind, share, settings) or (kind == "mixed" and blurred))


def _shares(
    hu: npt.NDArray[np.float32],
    own: BoolArray,
    depth: npt.NDArray[np.float64],
    wall: float,
    voxel_mm: float,
    cancellous: npt.NDArray[np.float32],
    settings: LesionTypeSettings,
) -> tuple[float, float]:
    """Shares of a lesion's voxels that are sclerotic and lytic."""
    mean, sd = float(cancellous.mean()), float(cancellous.std())
    inner = own & (depth > wall)
    # Half of the outermost voxel is soft tissue in health too.
    rim = own & (depth <= wall) & (depth > voxel_mm)
    high = max(mean + settings.sclerotic_sd * sd, settings.sclerotic_hu)
    dense = float(np.count_nonzero(inner & (hu > high)))
    thin = float(np.count_nonzero(inner & (hu < mean - settings.lytic_sd * sd)))
    gone = float(np.count_nonzero(rim & (hu < SOUND_CORTEX_HU)))
    voxels = max(float(np.count_nonzero(own)), 1.0)
    return dense / voxels, (thin + gone) / voxels


def _may_be(kind: LesionType, share: float, settings: LesionTypeSettings) -> bool:
    """Whether a share of sclerotic voxels allows a type, a doubtful band around each threshold allowing both."""
    pure, doubt = settings.pure_share, settings.doubt
    if kind == "blastic":
        return share >= pure - doubt
    if kind == "lytic":
        return share <= 1 - pure + doubt
    return 1 - pure - doubt < share < pure + doubt


def _depth(bone: BoolArray, spacing: tuple[float, float, float]) -> npt.NDArray[np.float64]:
    padded = np.pad(bone, 1, mode="edge")
    return np.asarray(ndimage.distance_transform_edt(padded, spacing)[1:-1, 1:-1, 1:-1])


def _around(lesion: Lesion) -> Slices:
    grid = lesion.region.grid
    reach = [round(AROUND_MM / spacing) for spacing in grid.spacing_zyx]
    z, y, x = (
        slice(max(s.start - r, 0), min(s.stop + r, n))
        for s, r, n in zip(lesion.region.box, reach, grid.shape, strict=True)
    )
    return z, y, x
