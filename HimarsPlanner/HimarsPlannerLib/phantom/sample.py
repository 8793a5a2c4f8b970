"""The CT: geometry sampled finely, averaged to voxels, blurred by the scanner, with its noise."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.special import ive

from ..grid import FloatArray, Grid
from ..progress import Progress, silent
from .frame import Block, axes_of, block_of, inside, overlap
from .lesions import Mass
from .outline import Surfaces, table
from .shapes import Array
from .skeleton import MARROW_STRIDE, STEP, Skeleton, interpolate
from .tissue import Tissue

PSF_FWHM_MM = 1.0
_SLAB_VOXELS = 2_500_000
_TILE = 16
# A voxel is sampled every 0.75 mm, a large one four times along each axis: its average forgives more.
_SUB_MM = 0.75
_SUB_MOST = 4
_MASS_EDGE_MM = 1.2

Positions = tuple[FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True)
class Scene:
    """All that is in the scanner."""

    surfaces: Surfaces
    skeleton: Skeleton
    tissues: tuple[Tissue, ...]
    masses: tuple[Mass, ...]


def render_ct(
    scene: Scene, grid: Grid, seed: int, noise_hu: float, progress: Progress = silent
) -> npt.NDArray[np.int16]:
    """CT numbers on an axis-aligned grid.

    Parameters
    ----------
    noise_hu
        Standard deviation of the noise in HU inside the body.

    Returns
    -------
    ndarray
        int16, (z, y, x).
    """
    result = np.empty(grid.shape, dtype=np.int16)
    depth = max(1, min(grid.size[2], _SLAB_VOXELS // (grid.size[0] * grid.size[1])))
    starts = range(0, grid.size[2], depth)

    def slab(start: int) -> None:
        block = (slice(start, min(start + depth, grid.size[2])), slice(0, grid.size[1]), slice(0, grid.size[0]))
        hu = _soft_tissue(scene, grid, block)
        _add_bone(scene, grid, block, hu)
        for mass in scene.masses:
            _add_mass(scene, grid, block, hu, mass)
        result[block[0]] = _scan(hu, grid, np.random.default_rng([seed, 7, start]), noise_hu)

    with ThreadPoolExecutor(max_workers=2) as pool:
        for done, _ in enumerate(pool.map(slab, starts), 1):
            progress("making the CT", done / len(starts))
    return result


def _soft_tissue(scene: Scene, grid: Grid, block: Block) -> Array:
    shape = tuple(s.stop - s.start for s in block)
    hu = np.full(shape, -1000, dtype=np.float32)
    soften = np.float32(1 / _softness(grid))
    shell, core = table(*scene.skeleton.frame.coordinates(*axes_of(grid, block)))
    _paint(hu, shell, 60.0, soften)
    _paint(hu, core, -940.0, soften)
    body = scene.surfaces.block(grid, block)
    skin, muscle, cavity = scene.surfaces.on(grid, body)
    part = hu[:, body[1], body[2]]
    _paint(part, skin, 20.0, soften)
    _paint(part, skin + np.float32(2.0), -102.0, soften)
    _paint(part, muscle, 56.0, soften)
    _paint(part, cavity, -98.0, soften)
    for tissue in scene.tissues:
        paint_tissue(tissue, scene, grid, block, hu, soften)
    return hu


def _softness(grid: Grid) -> float:
    return float(np.cbrt(np.prod(grid.spacing)))


def _paint(hu: Array, distance: Array, value: float | Array, soften: np.float32) -> None:
    share = np.clip(np.float32(0.5) - distance * soften, 0, 1)
    share *= value - hu
    hu += share


def paint_tissue(tissue: Tissue, scene: Scene, grid: Grid, block: Block, hu: Array, soften: np.float32) -> None:
    """Paint a tissue over the block of an image."""
    frame = scene.skeleton.frame
    part = overlap(block_of(grid, *frame.box(tissue.solid.low, tissue.solid.high, 2.0)), block)
    if part is None:
        return
    coordinates = frame.coordinates(*axes_of(grid, part))
    target = hu[inside(part, block)]
    value = tissue.hu(*coordinates) if callable(tissue.hu) else tissue.hu
    distance = tissue.solid.distance(*coordinates) * np.float32(frame.scale)
    if tissue.off_bone:
        distance = np.maximum(distance, np.float32(tissue.off_bone) - scene.skeleton.distance_on(grid, part))
    _paint(target, distance, value, soften)


def _factors(grid: Grid) -> tuple[int, int, int]:
    z, y, x = (min(int(np.ceil(s / _SUB_MM)), _SUB_MOST) for s in grid.spacing_zyx)
    return z, y, x


def _tiles(block: Block) -> list[Block]:
    z = block[0]
    return [
        (z, slice(y, min(y + _TILE, block[1].stop)), slice(x, min(x + _TILE, block[2].stop)))
        for y in range(0, block[1].stop, _TILE)
        for x in range(0, block[2].stop, _TILE)
    ]


def lattice_positions(grid: Grid, tile: Block, lattice: Grid, factors: tuple[int, int, int]) -> Positions:
    """Fractional lattice indices (z, y, x) of the sub-voxel centres of a tile."""
    result = []
    for axis, (s, n) in enumerate(zip(tile, factors, strict=True)):
        spacing, origin, start = grid.spacing_zyx[axis], grid.origin[2 - axis], lattice.origin[2 - axis]
        sub = (np.arange((s.stop - s.start) * n) + 0.5) / n - 0.5 + s.start
        result.append((origin + spacing * sub - start) / STEP)
    return result[0], result[1], result[2]


def lattice_window(positions: Positions, shape: tuple[int, ...]) -> Block | None:
    """Lattice points needed to interpolate at fractional indices; None outside the lattice."""
    spans = []
    for p, n in zip(positions, shape, strict=True):
        first, last = int(np.floor(p[0])), int(np.floor(p[-1])) + 2
        if last <= 0 or first >= n:
            return None
        spans.append(slice(max(first, 0), min(last, n)))
    return spans[0], spans[1], spans[2]


def _mean(values: Array, factors: tuple[int, int, int]) -> Array:
    for axis, n in enumerate(factors):
        if n > 1:
            before = (slice(None),) * axis
            parts = [values[(*before, slice(k, None, n))] for k in range(n)]
            values = np.asarray(sum(parts[1:], parts[0])) * np.float32(1 / n)
    return values


def _add_bone(scene: Scene, grid: Grid, block: Block, hu: Array) -> None:
    skeleton = scene.skeleton
    factors = _factors(grid)
    sub = np.float32(np.cbrt(np.prod(np.divide(grid.spacing_zyx, factors))))
    for tile in _tiles(block):
        positions = lattice_positions(grid, tile, skeleton.grid, factors)
        window = lattice_window(positions, skeleton.grid.shape)
        if window is None or skeleton.outer[window].min() > sub:
            continue
        covered = np.clip(np.float32(0.5) - interpolate(skeleton.outer, positions) / sub, 0, 1)
        enclosed = np.clip(np.float32(0.5) - interpolate(skeleton.inner, positions) / sub, 0, 1)
        bone, interior = _mean(covered, factors), _mean(enclosed, factors)
        centres = lattice_positions(grid, tile, skeleton.grid, (1, 1, 1))
        thickness = interpolate(skeleton.inner, centres) - interpolate(skeleton.outer, centres)
        target = hu[(slice(None), *tile[1:])]
        target += (bone - interior) * (cortical_hu(thickness) - target) + interior * (
            interior_hu(skeleton, grid, tile) - target
        )


def cortical_hu(thickness: Array) -> Array:
    """Intrinsic HU of a cortical shell: thin shells are porous."""
    return np.float32(1000) + np.float32(90) * np.clip(thickness, 0, 6)


def interior_hu(skeleton: Skeleton, grid: Grid, tile: Block) -> Array:
    """HU of trabecular bone and marrow at voxel centres, with the texture of cancellous bone."""
    centres = lattice_positions(grid, tile, skeleton.grid, (1, 1, 1))
    z, y, x = (p / MARROW_STRIDE for p in centres)
    smooth = interpolate(skeleton.marrow, (z, y, x))
    texture = skeleton.texture[np.ix_(*(np.mod(np.rint(p).astype(int), 64) for p in centres))]
    share = np.float32(min(1.0, (0.004 / grid.voxel_ml) ** 0.5))
    return np.asarray(smooth + texture * share * (14 + 0.1 * np.maximum(smooth, 0)))


def _add_mass(scene: Scene, grid: Grid, block: Block, hu: Array, mass: Mass) -> None:
    skeleton = scene.skeleton
    tile = overlap(block_of(grid, *skeleton.frame.box(mass.solid.low, mass.solid.high, 3.0)), block)
    if tile is None:
        return
    factors = _factors(grid)
    positions = lattice_positions(grid, tile, skeleton.grid, factors)
    sub = np.float32(np.cbrt(np.prod(np.divide(grid.spacing_zyx, factors))))
    outer = interpolate(skeleton.outer, positions)
    inner = interpolate(skeleton.inner, positions)
    depth = mass.distance(skeleton, positions, outer) / max(float(sub), _MASS_EDGE_MM)
    share = np.clip(np.float32(0.5) - depth, 0, 1)
    bone, interior = (np.clip(np.float32(0.5) - surface / sub, 0, 1) for surface in (outer, inner))
    target = hu[inside(tile, block)]
    in_marrow, in_cortex, beyond = (_mean(share * part, factors) for part in (interior, bone - interior, 1 - bone))
    inside_hu, cortex_hu, outside_hu = mass.values(*skeleton.frame.coordinates(*axes_of(grid, tile)))
    thickness = _mean(inner - outer, factors)
    target += in_marrow * (inside_hu - interior_hu(skeleton, grid, tile))
    if cortex_hu is not None:
        target += in_cortex * (cortex_hu - cortical_hu(thickness))
    target += beyond * (outside_hu - target)


def _scan(hu: Array, grid: Grid, rng: np.random.Generator, noise_hu: float) -> npt.NDArray[np.int16]:
    for axis, spacing in ((1, grid.spacing[1]), (2, grid.spacing[0])):
        # A Gaussian narrower than a voxel keeps its variance as a kernel of Bessel functions.
        kernel = ive(np.abs(np.arange(-3, 4)), (PSF_FWHM_MM / spacing) ** 2 / (8 * np.log(2)))
        hu = ndimage.correlate1d(hu, kernel / kernel.sum(), axis=axis, mode="nearest")
    noise = rng.standard_normal(hu.shape, dtype=np.float32)
    # Reconstruction noise is correlated over about a millimetre in the slice.
    for axis, spacing in ((1, grid.spacing[1]), (2, grid.spacing[0])):
        noise = ndimage.gaussian_filter1d(noise, 0.75 / spacing, axis=axis, truncate=3.0, mode="nearest")
    # Less is counted where less is absorbed: lungs and air around the body are quieter.
    noise *= np.float32(noise_hu / max(float(noise[0].std()), 1e-6)) * np.clip((hu + 1400) / 1400, 0.35, 1.0)
    hu += noise
    return np.clip(np.rint(hu), -1024, 3071).astype(np.int16)
