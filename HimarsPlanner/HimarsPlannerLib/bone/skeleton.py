"""Where bone is: a thin bright shell, and whatever that shell encloses, at any HU."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..region import BoolArray
from .enclosure import DIRECTIONS, Direction, Enclosure, enclose, enclose_again, length
from .exclude import drop_even, find_bulk, follow_vessels
from .primitives import FloatImage, Spacing, components, distance, drop_small, each, fill, largest_around, moved, near
from .resolution import Coarse

SHELL_HU = 130
RIDGE_HU = 28
SURE_SHELL_HU = 160
SURE_RIDGE_HU = 70
RIDGE_MM = 2.5
FARTHEST_MM = 5.0
HARD_HU = 500
SIGHT_MM = 40.0
ENCLOSED = 0.78
WELL_ENCLOSED = 0.88
DENSE_HU = 130
DENSE_HITS = 10
DENSE_REACH_MM = 2.5
CALCIFIED_MM = 4.0
AIR_HU = -200
SMALLEST_ML = 1.0
LARGEST_RING_MM2 = 1600.0
RINGED = 0.5
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

    @property
    def enclosed(self) -> BoolArray:
        """Blocks that shells enclose."""
        return np.asarray(self.enclosure.degree >= ENCLOSED)


def find_evidence(ct: Coarse, body: BoolArray) -> Evidence:
    """Shells and what they enclose."""
    values = np.where(body, ct.mean, np.int16(-1000))
    height, far_height = _ridge_height(values, ct.spacing)
    hard = values > HARD_HU
    sure = hard | ((height > SURE_RIDGE_HU) & (values > SURE_SHELL_HU))
    bulk = find_bulk(ct, body, sure)
    shell = (hard | ((np.maximum(height, far_height) > RIDGE_HU) & (values > SHELL_HU))) & ~bulk
    enclosure = enclose(shell, ct.spacing, SIGHT_MM)
    marrow = (enclosure.degree >= ENCLOSED) & (values < SHELL_HU) & ~shell
    contrast = follow_vessels(ct, body, sure, bulk, marrow)
    changed = contrast & shell
    shell &= ~contrast
    enclosure = enclose_again(enclosure, shell, changed, ct.spacing, SIGHT_MM)
    return Evidence(shell, enclosure, contrast)


def _ridge_height(
    values: npt.NDArray[np.int16], spacing: Spacing
) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
    """By how much HU a block is brighter than both neighbours at about `RIDGE_MM`, in the best direction.

    High on cortical bone of up to about 5 mm (thicker cortex is hard), and on thin vessels; not in the bulk nor at the
    edge of contrast in heart, aorta, kidney, bowel or bladder, however bright. Directions in which the slices are too
    thick to look that near come second: in them a vessel across the slices is a ridge, too.
    """
    heights = {True: np.full(values.shape, -9999, dtype=np.int16), False: np.full(values.shape, -9999, dtype=np.int16)}
    offsets = [_offset(direction, spacing) for direction in DIRECTIONS[len(DIRECTIONS) // 2 :]]
    for offset, height in zip(offsets, each(lambda offset: _height(values, offset), offsets), strict=True):
        best = heights[length(offset, spacing) < FARTHEST_MM]
        np.maximum(best, height, out=best)
    return heights[True], heights[False]


def _offset(direction: Direction, spacing: Spacing) -> tuple[float, float, float]:
    """Blocks to go along a direction for `RIDGE_MM`, but at least one."""
    reach = RIDGE_MM / np.sqrt(sum(abs(d) for d in direction))
    z, y, x = (d * max(1.0, reach / s) for d, s in zip(direction, spacing, strict=True))
    return z, y, x


def _height(values: npt.NDArray[np.int16], offset: tuple[float, float, float]) -> npt.NDArray[np.int16]:
    z, y, x = offset
    return values - np.maximum(moved(values, offset), moved(values, (-z, -y, -x)))


def find_solid(ct: Coarse, body: BoolArray, evidence: Evidence, gaps: BoolArray) -> BoolArray:
    """Blocks of bone including its interior.

    Parameters
    ----------
    ct, body
        Coarse CT and the patient in it.
    evidence
        Shells and their enclosure.
    gaps
        Blocks that are enclosed but not bone: spinal canal, discs.
    """
    enclosure = evidence.enclosure
    enclosed = evidence.enclosed & (ct.mean > AIR_HU) & body & ~gaps
    well = enclosure.degree >= WELL_ENCLOSED
    open_ = _open_basins(enclosed & ~evidence.shell, well, ct.spacing)
    interior = enclosed & ~open_
    wall = evidence.shell & ~_on_vessel(evidence, interior, ct.spacing)
    sure = (wall | interior) & body & ~gaps & ~evidence.contrast
    dense = (ct.mean > DENSE_HU) & (enclosure.hits >= DENSE_HITS) & ~open_ & body & ~gaps & ~evidence.contrast
    dense &= near(sure, DENSE_REACH_MM, ct.spacing)
    solid = drop_small(sure | dense, SMALLEST_ML * 1000 / float(np.prod(ct.spacing)))
    solid = fill(drop_even(ct, solid, evidence.enclosed, evidence.contrast))
    may = (ct.mean > AIR_HU) & body & ~evidence.contrast
    return (solid | (_ringed(solid | gaps, enclosure.degree, ct.spacing) & may)) & ~gaps


def _ringed(solid: BoolArray, degree: FloatImage, spacing: Spacing) -> BoolArray:
    """Holes of transverse sections that bone closes all around: a head at the scan's end, a wall lysed elsewhere."""
    in_plane = ndimage.generate_binary_structure(3, 1)
    in_plane[0] = in_plane[2] = False
    holes, count = ndimage.label(~np.pad(solid, ((0, 0), (1, 1), (1, 1))), in_plane)
    areas = np.bincount(holes.ravel(), minlength=count + 1) * (spacing[1] * spacing[2])
    small = areas <= LARGEST_RING_MM2
    small[0] = False
    holes = np.where(small[holes], holes, 0)[:, 1:-1, 1:-1]
    inside = holes > 0
    sums = np.bincount(holes[inside], weights=degree[inside], minlength=count + 1)
    sizes = np.bincount(holes[inside], minlength=count + 1)
    return np.asarray((sums >= RINGED * np.maximum(sizes, 1))[holes] & inside)


def _on_vessel(evidence: Evidence, interior: BoolArray, spacing: Spacing) -> BoolArray:
    """Shells on contrast with no bone interior behind them: calcified walls."""
    if not evidence.contrast.any():
        return np.zeros_like(interior)
    beside = near(evidence.contrast, CALCIFIED_MM, spacing) & evidence.shell
    return beside & ~near(interior & ~evidence.shell, CALCIFIED_MM, spacing)


def _open_basins(interior: BoolArray, well: BoolArray, spacing: Spacing) -> BoolArray:
    """Basins of the interior that are hardly anywhere well enclosed: vessels beside bone, foramina, soft tissue."""
    deep = distance(interior, spacing) > BASIN_MM
    labels, count = components(deep)
    basins = labels.astype(np.int32)
    for _ in range(BASIN_STEPS):
        grown = largest_around(basins)
        np.copyto(basins, grown, where=interior & (basins == 0))
    sizes = np.bincount(basins.ravel(), minlength=count + 1)
    share = np.bincount(basins[well & interior], minlength=count + 1) / np.maximum(sizes, 1)
    loose = share < BASIN_SHARE
    loose[0] = False
    return np.asarray(loose[basins])
