"""Where bone is: a thin bright shell, and whatever that shell encloses, at any HU."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..region import BoolArray
from .enclosure import DIRECTIONS, Enclosure, enclose
from .exclude import find_contrast
from .primitives import Spacing, components, distance, drop_small, moved
from .resolution import Coarse

SHELL_HU = 130
RIDGE_HU = 40
RIDGE_MM = 4.0
HARD_HU = 500
SIGHT_MM = 40.0
ENCLOSED = 0.78
WELL_ENCLOSED = 0.88
DENSE_HU = 130
DENSE_HITS = 10
AIR_HU = -200
SMALLEST_ML = 1.0
BASIN_MM = 3.0
BASIN_STEPS = 4
BASIN_SHARE = 0.3


@dataclass(frozen=True)
class Evidence:
    """What speaks for bone on the coarse grid.

    Parameters
    ----------
    shell
        Thin bright structures: cortical bone, trabecular condensations, but also calcification and small vessels.
    enclosure
        How far shells surround each block.
    contrast
        Contrast medium; not in the shells.
    """

    shell: BoolArray
    enclosure: Enclosure
    contrast: BoolArray


def find_evidence(ct: Coarse, body: BoolArray) -> Evidence:
    """Shells and what they enclose."""
    values = np.where(body, ct.mean, np.int16(-1000))
    shell = (_is_ridge(values, ct.spacing) & (values > SHELL_HU)) | (values > HARD_HU)
    contrast = find_contrast(ct, body, shell)
    shell &= ~contrast
    return Evidence(shell, enclose(shell, ct.spacing, SIGHT_MM), contrast)


def _is_ridge(values: npt.NDArray[np.int16], spacing: Spacing) -> BoolArray:
    """Blocks brighter than both neighbours at about `RIDGE_MM` in at least one direction.

    This is cortical bone of any thickness up to about 8 mm, and thin vessels; not the bulk nor the edge of contrast in
    heart, aorta, kidney, bowel or bladder, however bright.
    """
    ridge = np.zeros(values.shape, dtype=bool)
    for direction in DIRECTIONS[len(DIRECTIONS) // 2 :]:
        reach = RIDGE_MM / np.sqrt(sum(abs(d) for d in direction))
        step = [round(d * reach / s) for d, s in zip(direction, spacing, strict=True)]
        higher = np.maximum(moved(values, step), moved(values, [-n for n in step]))
        ridge |= values > higher + RIDGE_HU
    return ridge


def find_solid(ct: Coarse, body: BoolArray, evidence: Evidence, canal: BoolArray) -> BoolArray:
    """Blocks of bone including its interior.

    Parameters
    ----------
    ct, body
        Coarse CT and the patient in it.
    evidence
        Shells and their enclosure.
    canal
        Blocks of the spinal canal, which are not bone.
    """
    enclosure = evidence.enclosure
    enclosed = (enclosure.degree >= ENCLOSED) & (ct.mean > AIR_HU) & body & ~canal
    well = enclosure.degree >= WELL_ENCLOSED
    open_ = _open_basins(enclosed & ~evidence.shell, well, ct.spacing)
    interior = enclosed & ~open_
    dense = (ct.mean > DENSE_HU) & (enclosure.hits >= DENSE_HITS) & ~open_
    solid = (evidence.shell | interior | dense) & body & ~canal & ~evidence.contrast
    return drop_small(solid, SMALLEST_ML * 1000 / float(np.prod(ct.spacing)))


def _open_basins(interior: BoolArray, well: BoolArray, spacing: Spacing) -> BoolArray:
    """Basins of the interior that are hardly anywhere well enclosed: vessels beside bone, foramina, soft tissue."""
    deep = distance(interior, spacing) > BASIN_MM
    labels, count = components(deep)
    basins = labels.astype(np.int32)
    for _ in range(BASIN_STEPS):
        grown = ndimage.maximum_filter(basins, 3)
        np.copyto(basins, grown, where=interior & (basins == 0))
    sizes = np.bincount(basins.ravel(), minlength=count + 1)
    share = np.bincount(basins[well & interior], minlength=count + 1) / np.maximum(sizes, 1)
    loose = share < BASIN_SHARE
    loose[0] = False
    return np.asarray(loose[basins])
