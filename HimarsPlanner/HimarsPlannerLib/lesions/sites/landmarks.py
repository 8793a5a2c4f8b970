"""Landmarks of a body in CT: spinal canal, lungs, femoral heads, iliac crests, cranial cavity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial import cKDTree

from ...bone.compartments import BoneCompartments
from ...grid import FloatArray, Grid, Volume
from ...orient import to_lps_axes
from ...region import BoolArray, bounding_box

BLOCK_MM = 4.0
AIR_HU = -400.0
ROOM_AIR_HU = -970.0
LUNG_ML = 300.0
SPINE_HALF_WIDTH_MM = 45.0
HEAD_OFFSET_MM = (55.0, 135.0)
HEAD_RADIUS_MM = 15.0
HEADS_APART_MM = 18.0
HEAD_BELOW_CANAL_MM = (-30.0, 110.0)
CRANIAL_CM2 = 50.0
CREST_ABOVE_HEAD_MM = (90.0, 190.0)


@dataclass(frozen=True)
class Landmarks:
    """Landmarks in LPS mm; what is not in view, or not found, is None or empty.

    Parameters
    ----------
    canal
        Centre of the canal in each slice that has one, shape (n, 3), from the feet up.
    canal_ends
        Whether the canal ends below inside the scan.
    middle_x
        x of the skeleton's middle.
    heads
        Centre of each femoral head by its side, +1 left and -1 right; both or none.
    crests
        z of the top of the iliac crest by its side.
    lungs
        z of the lowest and the highest lung; infinite where the scan cuts them.
    lung_surface
        Points on the surface of the lungs; None without lungs.
    cranium_z
        z of the lowest slice through the cranial cavity.
    """

    canal: FloatArray
    canal_ends: bool
    middle_x: float
    heads: Mapping[int, FloatArray]
    crests: Mapping[int, float]
    lungs: tuple[float, float] | None
    lung_surface: cKDTree | None
    cranium_z: float | None

    def midline(self, z: float) -> tuple[float, float | None]:
        """Midline x, and the canal's y where the canal is at that height."""
        if not len(self.canal):
            return self.middle_x, None
        x = float(np.interp(z, self.canal[:, 2], self.canal[:, 0]))
        y = float(np.interp(z, self.canal[:, 2], self.canal[:, 1]))
        reach = 2 * BLOCK_MM
        return x, y if self.canal[0, 2] - reach <= z <= self.canal[-1, 2] + reach else None

    def to_lung(self, point: FloatArray) -> float:
        """Distance of a point to the nearest lung, mm; infinite without lungs."""
        return float("inf") if self.lung_surface is None else float(self.lung_surface.query(point)[0])


def find_landmarks(ct: Volume, bone: BoneCompartments) -> Landmarks:
    """Landmarks of a planning CT.

    Parameters
    ----------
    ct
        HU on any grid.
    bone
        Compartments on the same grid.
    """
    skeleton, fine = to_lps_axes(bone.skeleton, bone.grid)
    canal, _ = to_lps_axes(bone.canal, bone.grid)
    values, _ = to_lps_axes(ct.array, ct.grid)
    factors = _factors(fine)
    grid = _coarse_grid(fine, factors)
    solid, tube = _any(skeleton, factors), _any(canal, factors)
    line = _centreline(tube, grid)
    middle = float(grid.to_lps(np.argwhere(solid).mean(axis=0))[0]) if solid.any() else grid.to_lps(_centre(grid))[0]
    lungs = _lungs(values[tuple(slice(f // 2, None, f) for f in factors)], grid)
    heads = _femoral_heads(solid, grid, line, float(middle))
    return Landmarks(
        canal=line,
        canal_ends=bool(len(line)) and not tube[:2].any(),
        middle_x=float(middle),
        heads=heads,
        crests=_crests(solid, grid, heads, line, float(middle)),
        lungs=_extent(lungs, grid),
        lung_surface=_surface(lungs, grid),
        cranium_z=_cranium(solid, grid, _extent(lungs, grid)),
    )


def _factors(grid: Grid) -> tuple[int, int, int]:
    z, y, x = (max(round(BLOCK_MM / spacing), 1) for spacing in grid.spacing_zyx)
    return z, y, x


def _coarse_grid(grid: Grid, factors: tuple[int, int, int]) -> Grid:
    """Lattice of the blocks; the last block may reach past the grid."""
    first = grid.to_lps([(f - 1) / 2 for f in factors])
    z, y, x = (-(-n // f) for n, f in zip(grid.shape, factors, strict=True))
    dz, dy, dx = (s * f for s, f in zip(grid.spacing_zyx, factors, strict=True))
    return Grid((x, y, z), (dx, dy, dz), (float(first[0]), float(first[1]), float(first[2])), grid.direction)


def _any(mask: BoolArray, factors: tuple[int, int, int]) -> BoolArray:
    """Whether any voxel of each block is True."""
    z, y, x = factors
    whole = np.pad(mask, [(0, -n % f) for n, f in zip(mask.shape, factors, strict=True)])
    nz, ny, nx = whole.shape
    return np.asarray(whole.reshape(nz // z, z, ny // y, y, nx // x, x).any(axis=(1, 3, 5)))


def _centre(grid: Grid) -> FloatArray:
    return np.asarray((np.asarray(grid.shape, dtype=np.float64) - 1) / 2)


def _centreline(tube: BoolArray, grid: Grid) -> FloatArray:
    rows = [(z, *np.argwhere(tube[z]).mean(axis=0)) for z in np.flatnonzero(tube.any(axis=(1, 2)))]
    return grid.to_lps(np.reshape(rows, (-1, 3)))


def _extent(mask: BoolArray, grid: Grid) -> tuple[float, float] | None:
    """Lowest and highest z of a mask; infinite where it reaches the scan's end."""
    planes = np.flatnonzero(mask.any(axis=(1, 2)))
    if not planes.size:
        return None
    middle = _centre(grid)
    low, high = (float(grid.to_lps((z, middle[1], middle[2]))[2]) for z in (planes[0], planes[-1]))
    return (-np.inf if planes[0] == 0 else low), (np.inf if planes[-1] == mask.shape[0] - 1 else high)


def _lungs(ct: npt.NDArray[np.generic], grid: Grid) -> BoolArray:
    """Large spaces of air that no axial slice connects with the room."""
    values = np.zeros(grid.shape, dtype=np.float32)
    values[: ct.shape[0], : ct.shape[1], : ct.shape[2]] = ct[tuple(slice(0, n) for n in grid.shape)]
    air = values < AIR_HU
    inside = np.zeros_like(air)
    for z, plane in enumerate(air):
        labels, _ = ndimage.label(plane)
        rim = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
        inside[z] = plane & ~np.isin(labels, rim)
    labels, count = ndimage.label(inside)
    if not count:
        return inside
    volumes = np.bincount(labels.ravel(), minlength=count + 1) * grid.voxel_ml
    means = ndimage.mean(values, labels, np.arange(count + 1))
    lungs = [n for n in range(1, count + 1) if volumes[n] >= LUNG_ML and means[n] > ROOM_AIR_HU]
    return np.isin(labels, lungs)


def _surface(mask: BoolArray, grid: Grid) -> cKDTree | None:
    box = bounding_box(mask)
    inner = ndimage.binary_erosion(mask[box])
    points = np.argwhere(mask[box] & ~inner) + [s.start for s in box]
    return cKDTree(grid.to_lps(points)) if len(points) else None


def _femoral_heads(solid: BoolArray, grid: Grid, canal: FloatArray, middle_x: float) -> dict[int, FloatArray]:
    """Middle of the thickest bone beside the midline, below the canal's end; where one side is eaten away, mirrored."""
    middle = _centre(grid)
    z, x = (grid.to_lps(_along(grid, axis, middle))[:, lps] for axis, lps in ((0, 2), (2, 0)))
    within = np.ones(len(z), dtype=bool)
    midline = middle_x
    if len(canal):
        within = (z > canal[0, 2] - HEAD_BELOW_CANAL_MM[1]) & (z < canal[0, 2] - HEAD_BELOW_CANAL_MM[0])
        midline = float(canal[0, 0])
    depth = _depth(solid & within[:, None, None], grid)
    found: dict[int, tuple[float, FloatArray]] = {}
    for side in (1, -1):
        offset = side * (x - midline)
        beside = (offset > HEAD_OFFSET_MM[0]) & (offset < HEAD_OFFSET_MM[1])
        here = np.where(beside[None, None, :], depth, 0.0)
        thick = np.argwhere(here >= here.max() - BLOCK_MM / 2)
        found[side] = float(here.max()), grid.to_lps(thick.mean(axis=0))
    thick_enough = [side for side in found if found[side][0] >= HEAD_RADIUS_MM]
    if not thick_enough:
        return {}
    # Where metal or a lesion hides a head, the thickest bone is the roof above it: the lower one is the head.
    best = min(thick_enough, key=lambda side: float(found[side][1][2]))
    mirrored = found[best][1] * (-1, 1, 1) + (2 * midline, 0, 0)
    other = found[-best][1]
    alike = -best in thick_enough and np.linalg.norm(other - mirrored) <= HEADS_APART_MM
    return {best: found[best][1], -best: other if alike else mirrored}


def _depth(solid: BoolArray, grid: Grid) -> FloatArray:
    """Distance in mm of each block in bone to the bone's surface."""
    box = bounding_box(solid)
    depth = np.zeros(solid.shape)
    depth[box] = ndimage.distance_transform_edt(np.pad(solid[box], 1), grid.spacing_zyx)[1:-1, 1:-1, 1:-1]
    return depth


def _along(grid: Grid, axis: int, middle: FloatArray) -> FloatArray:
    points = np.tile(middle, (grid.shape[axis], 1))
    points[:, axis] = np.arange(grid.shape[axis])
    return points


def _crests(
    solid: BoolArray, grid: Grid, heads: Mapping[int, FloatArray], canal: FloatArray, middle_x: float
) -> dict[int, float]:
    """Top of the bone that hangs together with each femoral head once the spine is cut away."""
    if not heads:
        return {}
    midline = canal[0, 0] if len(canal) else middle_x
    x = grid.to_lps(_along(grid, 2, _centre(grid)))[:, 0]
    labels, _ = ndimage.label(solid & (np.abs(x - midline) > SPINE_HALF_WIDTH_MM)[None, None, :])
    crests = {}
    for side, head in heads.items():
        near = tuple(slice(max(int(i) - 3, 0), int(i) + 4) for i in np.rint(grid.to_index(head)))
        counts = np.bincount(labels[near][labels[near] > 0], minlength=1)
        top = _extent(labels == counts.argmax(), grid) if counts.any() else None
        if top is not None and CREST_ABOVE_HEAD_MM[0] <= top[1] - head[2] <= CREST_ABOVE_HEAD_MM[1]:
            crests[side] = top[1]
    return crests


def _cranium(solid: BoolArray, grid: Grid, lungs: tuple[float, float] | None) -> float | None:
    """Lowest slice above the lungs in which bone encloses a wide space."""
    if lungs is None or not np.isfinite(lungs[1]):
        return None
    middle = _centre(grid)
    area_cm2 = grid.spacing_zyx[1] * grid.spacing_zyx[2] / 100.0
    for z in range(grid.shape[0]):
        height = float(grid.to_lps((z, middle[1], middle[2]))[2])
        if height > lungs[1] + 60.0:
            hollow = ndimage.binary_fill_holes(solid[z]) & ~solid[z]
            if np.count_nonzero(hollow) * area_cm2 >= CRANIAL_CM2:
                return height
    return None
