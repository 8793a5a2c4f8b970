"""What is true of the phantom, from the geometry itself and not from its sampled masks."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ..grid import FloatArray, Grid
from .frame import Block, block_of
from .lesions import Mass
from .sample import Positions
from .shapes import Array, Solid
from .skeleton import STEP, Skeleton, interpolate

FINE = 2
"""Samples along each mm."""

_BRICK = 32

DEFINITIONS = {
    "geometry": "distance fields on a 1 mm lattice, interpolated linearly; volumes from samples every 0.5 mm, each "
    "counted by the share of it that lies inside; only what lies in the CT's field of view (voxel edges) counts",
    "total_trabecular_bone": "inside of the periosteal surface minus the cortical shell of the local thickness, "
    "lesions included; medullary cavities of long-bone shafts (below the lesser trochanter, below the deltoid "
    "tuberosity) and of the forearm excluded",
    "cortical_bone": "between periosteal and endosteal surface, where a lesion destroyed it too",
    "spinal_canal": "elliptic tube from the atlas, or the scan's upper end, to the end of the thecal sac at S2",
    "gtv": "the lesion's shape inside its bone, or up to the stated distance past the periosteum where it grows out",
    "bone_marrow_reserve": "total trabecular bone outside every GTV",
}


@dataclass(frozen=True)
class View:
    """The CT's field of view, voxel edge to voxel edge: LPS corners in mm."""

    low: FloatArray
    high: FloatArray

    @classmethod
    def of(cls, grid: Grid) -> View:
        """Field of view of an axis-aligned grid."""
        low = np.array(grid.origin) - np.array(grid.spacing) / 2
        return cls(low, low + np.array(grid.size) * np.array(grid.spacing))

    def samples(self, lattice: Grid, block: Block) -> Positions:
        """Fractional lattice indices (z, y, x) of the fine samples of a block of lattice cells that are in view."""
        axes = []
        for axis, cells in enumerate(block):
            p = cells.start + (np.arange((cells.stop - cells.start) * FINE) + 0.5) / FINE
            lps = lattice.origin[2 - axis] + STEP * p
            axes.append(p[(lps > self.low[2 - axis]) & (lps < self.high[2 - axis])])
        return axes[0], axes[1], axes[2]


def share(distance: Array) -> Array:
    """Share of a fine sample's cell that lies inside a surface at this distance (mm)."""
    return np.asarray(np.clip(np.float32(0.5) - distance * np.float32(FINE / STEP), 0, 1))


def bone_volumes(skeleton: Skeleton, cavities: Sequence[Solid], view: View) -> dict[str, float]:
    """Volumes of the skeleton's compartments in ml."""
    nz, ny, nx = skeleton.grid.shape
    bricks = [
        (
            slice(z, min(z + _BRICK, nz - 1)),
            slice(y, min(y + _BRICK, ny - 1)),
            slice(x, min(x + _BRICK, nx - 1)),
        )
        for z in range(0, nz - 1, _BRICK)
        for y in range(0, ny - 1, _BRICK)
        for x in range(0, nx - 1, _BRICK)
    ]

    def measure(brick: Block) -> tuple[float, float, float]:
        closed = tuple(slice(s.start, s.stop + 1) for s in brick)
        at = view.samples(skeleton.grid, brick)
        if skeleton.outer[closed].min() > 1 or not all(len(p) for p in at):
            return 0.0, 0.0, 0.0
        inside = share(interpolate(skeleton.inner, at))
        return (
            float(share(interpolate(skeleton.outer, at)).sum(dtype=np.float64)),
            float(inside.sum(dtype=np.float64)),
            sum(_within(inside, solid, skeleton, at) for solid in cavities),
        )

    with ThreadPoolExecutor(max_workers=2) as pool:
        bone, interior, cavity = (float(total) for total in np.sum(list(pool.map(measure, bricks)), axis=0))
    ml = (STEP / FINE) ** 3 / 1000
    return {
        "skeleton": bone * ml,
        "cortical_bone": (bone - interior) * ml,
        "total_trabecular_bone": (interior - cavity) * ml,
        "shaft_cavity": cavity * ml,
    }


def _within(inside: Array, solid: Solid, skeleton: Skeleton, at: Positions) -> float:
    low, high = skeleton.frame.box(solid.low, solid.high)
    lps = [o + STEP * p for o, p in zip(skeleton.grid.origin[::-1], at, strict=True)]
    if any(p[-1] < low[2 - a] or p[0] > high[2 - a] for a, p in enumerate(lps)):
        return 0.0
    return float((inside * (solid.distance(*skeleton.coordinates(at)) < 0)).sum(dtype=np.float64))


@dataclass(frozen=True)
class MassTruth:
    """A lesion measured in its geometry.

    Parameters
    ----------
    volume_ml, trabecular_ml, cortical_ml
        All of it, and its parts in trabecular bone (shaft cavities not counted) and in the cortical shell.
    own_ml, own_trabecular_ml
        What no earlier lesion of the list covers: their sums are those of the union.
    """

    mass: Mass
    volume_ml: float
    trabecular_ml: float
    cortical_ml: float
    own_ml: float
    own_trabecular_ml: float
    centroid_lps_mm: tuple[float, float, float] | None


def measure_masses(
    masses: Sequence[Mass], skeleton: Skeleton, cavities: Sequence[Solid], view: View
) -> list[MassTruth]:
    """Measure lesions, in order."""

    def measure(i: int) -> MassTruth:
        near = [other for other in masses[:i] if _touch(masses[i], other)]
        return _measure_mass(masses[i], near, skeleton, cavities, view)

    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(measure, range(len(masses))))


def _measure_mass(
    mass: Mass, before: Sequence[Mass], skeleton: Skeleton, cavities: Sequence[Solid], view: View
) -> MassTruth:
    at = view.samples(skeleton.grid, mass_block(mass, skeleton))
    if not all(len(p) for p in at):
        return MassTruth(mass, 0.0, 0.0, 0.0, 0.0, 0.0, None)
    outer = interpolate(skeleton.outer, at)
    inside = share(mass.distance(skeleton, at, outer))
    trabecular = share(interpolate(skeleton.inner, at))
    cortical = inside * (share(outer) - trabecular)
    for cavity in cavities:
        if _meet(mass.solid, cavity):
            trabecular *= cavity.distance(*skeleton.coordinates(at)) >= 0
    rest = inside.copy()
    for other in before:
        rest *= 1 - share(other.distance(skeleton, at, outer))
    ml = (STEP / FINE) ** 3 / 1000
    total = float(inside.sum(dtype=np.float64))
    centroid = None
    if total > 0:
        weights = (inside.sum(axis=(1, 2)), inside.sum(axis=(0, 2)), inside.sum(axis=(0, 1)))
        centre = skeleton.grid.to_lps([float((p * w).sum() / w.sum()) for p, w in zip(at, weights, strict=True)])
        centroid = float(centre[0]), float(centre[1]), float(centre[2])
    return MassTruth(
        mass,
        volume_ml=total * ml,
        trabecular_ml=_dot(inside, trabecular) * ml,
        cortical_ml=float(cortical.sum(dtype=np.float64)) * ml,
        own_ml=float(rest.sum(dtype=np.float64)) * ml,
        own_trabecular_ml=_dot(rest, trabecular) * ml,
        centroid_lps_mm=centroid,
    )


def _dot(a: Array, b: Array) -> float:
    return float((a * b).sum(dtype=np.float64))


def mass_block(mass: Mass, skeleton: Skeleton) -> Block:
    """Lattice cells around a lesion."""
    return block_of(skeleton.grid, *skeleton.frame.box(mass.solid.low, mass.solid.high, 2.0))


def _touch(a: Mass, b: Mass) -> bool:
    return a.bone == b.bone and _meet(a.solid, b.solid)


def _meet(a: Solid, b: Solid) -> bool:
    return all(a.low[i] < b.high[i] and b.low[i] < a.high[i] for i in range(3))


def solid_volume(solid: Solid, skeleton: Skeleton, view: View) -> float:
    """Volume of a solid in view, ml."""
    at = view.samples(skeleton.grid, block_of(skeleton.grid, *skeleton.frame.box(solid.low, solid.high, 2.0)))
    if not all(len(p) for p in at):
        return 0.0
    total = 0.0
    for start in range(0, len(at[0]), 64):
        slab = (at[0][start : start + 64], at[1], at[2])
        distance = solid.distance(*skeleton.coordinates(slab)) * np.float32(skeleton.frame.scale)
        total += float(share(distance).sum(dtype=np.float64))
    return total * (STEP / FINE) ** 3 / 1000
