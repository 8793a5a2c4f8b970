"""The PSMA PET: true activity, point spread, counting noise."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ..grid import Grid, Volume
from .frame import axes_of, block_of
from .lesions import Mass
from .sample import Scene, lattice_positions
from .shapes import Array
from .skeleton import interpolate

SPACING = (4.07283, 4.07283, 3.0)
MATRIX = 128
PSF_FWHM_MM = 6.0
_FILTER_FWHM_MM = 3.6
_COUNTS_PER_SUV = 7.0
_BACKGROUND = 0.5
_MARROW = 0.6


def pet_grid(ct: Grid) -> Grid:
    """Lattice of the PET over the extent of a CT, not aligned with the CT's voxels."""
    low = ct.origin[2] - ct.spacing[2] / 2
    slices = int(np.floor(ct.size[2] * ct.spacing[2] / SPACING[2]))
    middle = [ct.origin[a] + (ct.size[a] - 1) / 2 * ct.spacing[a] for a in range(2)]
    half = (MATRIX - 1) / 2
    origin = (middle[0] - half * SPACING[0] + 0.7, middle[1] - half * SPACING[1] - 0.4, low + SPACING[2] / 2)
    return Grid((MATRIX, MATRIX, slices), SPACING, origin)


def true_uptake(scene: Scene, grid: Grid) -> Array:
    """SUVbw without point spread or noise, (z, y, x)."""
    frame = scene.skeleton.frame
    whole = (slice(0, grid.size[2]), slice(0, grid.size[1]), slice(0, grid.size[0]))
    soften = np.float32(1 / np.cbrt(np.prod(grid.spacing)))
    suv = np.zeros(grid.shape, dtype=np.float32)
    body = scene.surfaces.block(grid, whole)
    suv[body] = np.clip(np.float32(0.5) - scene.surfaces.on(grid, body)[0] * soften, 0, 1) * np.float32(_BACKGROUND)
    for tissue in scene.tissues:
        if tissue.suv is None:
            continue
        block = block_of(grid, *frame.box(tissue.solid.low, tissue.solid.high, 3.0))
        if all(s.stop > s.start for s in block):
            distance = tissue.solid.distance(*frame.coordinates(*axes_of(grid, block))) * np.float32(frame.scale)
            share = np.clip(np.float32(0.5) - distance * soften, 0, 1)
            suv[block] += share * (np.float32(tissue.suv) - suv[block])
    positions = lattice_positions(grid, whole, scene.skeleton.grid, (1, 1, 1))
    share = np.clip(np.float32(0.5) - interpolate(scene.skeleton.outer, positions) * soften, 0, 1)
    suv += share * (np.float32(_MARROW) - suv)
    for mass in scene.masses:
        block = block_of(grid, *frame.box(mass.solid.low, mass.solid.high, 4.0))
        if all(s.stop > s.start for s in block):
            suv[block] += mass_share(scene, grid, mass, block, 4) * (np.float32(mass.suv) - suv[block])
    return suv


def mass_share(scene: Scene, grid: Grid, mass: Mass, block: tuple[slice, slice, slice], fine: int) -> Array:
    """Share of each voxel of a block that lies in a lesion."""
    positions = lattice_positions(grid, block, scene.skeleton.grid, (fine, fine, fine))
    inside = mass.distance(scene.skeleton, positions, interpolate(scene.skeleton.outer, positions)) < 0
    z, y, x = (s.stop - s.start for s in block)
    return np.asarray(inside.reshape(z, fine, y, fine, x, fine).mean(axis=(1, 3, 5), dtype=np.float32))


def render_pet(scene: Scene, ct: Grid, seed: int, noise: bool) -> Volume:
    """SUVbw as a scanner would show it: 6 mm point spread, Poisson counts, float32."""
    grid = pet_grid(ct)
    suv = true_uptake(scene, grid)
    intrinsic = np.sqrt(PSF_FWHM_MM**2 - _FILTER_FWHM_MM**2)
    suv = _blur(suv, float(intrinsic), grid)
    if noise:
        counts = np.maximum(suv, 0) * _COUNTS_PER_SUV
        suv = np.random.default_rng([seed, 8]).poisson(counts).astype(np.float32) / np.float32(_COUNTS_PER_SUV)
    return Volume(_blur(suv, _FILTER_FWHM_MM, grid), grid)


def _blur(values: Array, fwhm: float, grid: Grid) -> Array:
    return np.asarray(ndimage.gaussian_filter(values, [fwhm / 2.3548 / s for s in grid.spacing_zyx], truncate=3.5))
