"""The PSMA PET: true uptake seen through the scanner's point spread, with counting noise."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.special import erfc

from ..grid import Grid, Volume
from .frame import Block, axes_of, block_of
from .lesions import Mass
from .sample import Scene, lattice_positions
from .shapes import Array
from .skeleton import interpolate

SPACING = (4.07283, 4.07283, 3.0)
MATRIX = 128
PSF_FWHM_MM = 6.0
_FILTER_FWHM_MM = 4.0
_COUNTS_PER_SUV = 7.0
_BACKGROUND = 0.5
_MARROW = 0.6
_REACH_MM = 9.0
_FINE = 3


def pet_grid(ct: Grid) -> Grid:
    """Lattice of the PET over the extent of a CT, not aligned with the CT's voxels."""
    low = ct.origin[2] - ct.spacing[2] / 2
    slices = int(np.floor(ct.size[2] * ct.spacing[2] / SPACING[2]))
    middle = [ct.origin[a] + (ct.size[a] - 1) / 2 * ct.spacing[a] for a in range(2)]
    half = (MATRIX - 1) / 2
    origin = (middle[0] - half * SPACING[0] + 0.7, middle[1] - half * SPACING[1] - 0.4, low + SPACING[2] / 2)
    return Grid((MATRIX, MATRIX, slices), SPACING, origin)


def render_pet(scene: Scene, ct: Grid, seed: int, *, noise: bool) -> Volume:
    """SUVbw as a scanner would show it: 6 mm point spread, Poisson counts smoothed by 4 mm; float32, (z, y, x)."""
    grid = pet_grid(ct)
    suv = _seen(scene, grid)
    if noise:
        counts = np.maximum(suv, 0) * _COUNTS_PER_SUV
        error = (np.random.default_rng([seed, 8]).poisson(counts) - counts).astype(np.float32)
        sigma = [_sigma(_FILTER_FWHM_MM) / s for s in grid.spacing_zyx]
        suv += ndimage.gaussian_filter(error, sigma) / np.float32(_COUNTS_PER_SUV)
        np.maximum(suv, 0, out=suv)
    return Volume(suv, grid)


def _seen(scene: Scene, grid: Grid) -> Array:
    """Uptake after the point spread, sampled at the voxel centres."""
    frame = scene.skeleton.frame
    whole = (slice(0, grid.size[2]), slice(0, grid.size[1]), slice(0, grid.size[0]))
    suv = np.zeros(grid.shape, dtype=np.float32)
    body = scene.surfaces.block(grid, whole)
    _paint(suv[body], scene.surfaces.on(grid, body)[0], _BACKGROUND)
    for tissue in scene.tissues:
        block = block_of(grid, *frame.box(tissue.solid.low, tissue.solid.high, _REACH_MM))
        if tissue.suv is not None and all(s.stop > s.start for s in block):
            distance = tissue.solid.distance(*frame.coordinates(*axes_of(grid, block)))
            _paint(suv[block], distance * np.float32(frame.scale), tissue.suv)
    positions = lattice_positions(grid, whole, scene.skeleton.grid, (1, 1, 1))
    _paint(suv, interpolate(scene.skeleton.outer, positions), _MARROW)
    for mass in scene.masses:
        block = block_of(grid, *frame.box(mass.solid.low, mass.solid.high, _REACH_MM))
        if all(s.stop > s.start for s in block):
            suv[block] += _mass_share(scene, grid, mass, block) * (np.float32(mass.suv) - suv[block])
    return suv


def _sigma(fwhm: float) -> float:
    return fwhm / float(np.sqrt(8 * np.log(2)))


def _paint(suv: Array, distance: Array, value: float) -> None:
    # A flat edge behind a Gaussian point spread is an error function: true enough for what is larger than it.
    share = 0.5 * erfc(distance * np.float32(1 / (_sigma(PSF_FWHM_MM) * np.sqrt(2))))
    suv += share * (np.float32(value) - suv)


def _mass_share(scene: Scene, grid: Grid, mass: Mass, block: Block) -> Array:
    """Share of a lesion in what voxels see; small as it may be, it is blurred as it is."""
    positions = lattice_positions(grid, block, scene.skeleton.grid, (_FINE, _FINE, _FINE))
    distance = mass.distance(scene.skeleton, positions, interpolate(scene.skeleton.outer, positions))
    inside = np.clip(np.float32(0.5) - distance, 0, 1)
    blurred = ndimage.gaussian_filter(inside, [_sigma(PSF_FWHM_MM) * _FINE / s for s in grid.spacing_zyx])
    middle = slice(_FINE // 2, None, _FINE)
    return np.asarray(blurred[middle, middle, middle])
