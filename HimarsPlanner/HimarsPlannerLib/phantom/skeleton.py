"""The skeleton as two distance fields on one fine lattice: to the periosteum and to the endosteum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..grid import FloatArray, Grid
from .frame import Block, Frame, axes_of, block_of
from .shapes import Array, Solid

STEP = 1.0
FAR = 30.0
MARROW_STRIDE = 4
_REACH = 7.0
_COARSE = 4
_CUBE = 32

Field = Callable[[Array, Array, Array], Array]


@dataclass(frozen=True)
class Bone:
    """One bone.

    Parameters
    ----------
    name
        As in TotalSegmentator, e.g. "vertebrae_L3", "hip_left".
    solid
        Its periosteal surface.
    cortex
        Cortical thickness in mm, at body coordinates.
    marrow
        HU of its trabecular bone or marrow, at body coordinates.
    gap
        Distance in mm kept from bones added before; a joint surface follows its partner.
    smooth
        Standard deviation in mm by which creases are rounded.
    """

    name: str
    solid: Solid
    cortex: Field
    marrow: Field
    gap: float = 2.0
    smooth: float = 0.8


def constant(value: float) -> Field:
    """Field of one value."""
    array = np.full((1, 1, 1), value, dtype=np.float32)
    return lambda *_: array


class Skeleton:
    """Bones on a 1 mm lattice, interpolated linearly between its points: this interpolation is the geometry.

    Attributes
    ----------
    grid
        The lattice, LPS.
    outer
        Signed distance in mm to the periosteal surface, (z, y, x); at most `FAR`.
    inner
        The same to the endosteal surface: outer + local cortical thickness.
    marrow
        HU of the interior on every fourth point of the lattice.
    bones
        For each bone the block of the lattice around it and its own distance there.
    """

    def __init__(self, low: FloatArray, high: FloatArray, frame: Frame) -> None:
        size = np.ceil((high - low) / STEP / MARROW_STRIDE).astype(int) * MARROW_STRIDE + 1
        self.frame = frame
        self.grid = Grid(
            (int(size[0]), int(size[1]), int(size[2])),
            (STEP, STEP, STEP),
            (float(low[0]), float(low[1]), float(low[2])),
        )
        self.outer = np.full(self.grid.shape, FAR, dtype=np.float32)
        self.inner = np.full(self.grid.shape, FAR, dtype=np.float32)
        self.marrow = np.full([(n - 1) // MARROW_STRIDE + 1 for n in self.grid.shape], 60, dtype=np.float32)
        texture = np.random.default_rng(64).standard_normal((64, 64, 64), dtype=np.float32)
        texture = ndimage.gaussian_filter(texture, 0.9, mode="wrap")
        self.texture = texture / texture.std()
        self.bones: dict[str, tuple[Block, Array]] = {}

    def add_all(self, bones: Sequence[Bone]) -> None:
        """Add bones in order, each kept at its gap from those before it."""
        with ThreadPoolExecutor(max_workers=2) as pool:
            for bone, found in zip(bones, pool.map(self._evaluate, bones), strict=True):
                if found is not None:
                    self._merge(bone, *found)

    def _evaluate(self, bone: Bone) -> tuple[Block, Array] | None:
        block = block_of(self.grid, *self.frame.box(bone.solid.low, bone.solid.high, _REACH))
        if any(s.stop - s.start < 2 for s in block):
            return None
        distance = sample_near(bone.solid, self.frame, axes_of(self.grid, block), _REACH + 3)
        if bone.smooth:
            distance = ndimage.gaussian_filter(distance, bone.smooth / STEP, mode="nearest", truncate=3)
        return block, distance

    def _merge(self, bone: Bone, block: Block, distance: Array) -> None:
        outer, inner = self.outer[block], self.inner[block]
        np.maximum(distance, np.float32(bone.gap) - outer, out=distance)
        closer = distance < np.minimum(outer, np.float32(_REACH))
        thickness = bone.cortex(*self.frame.coordinates(*axes_of(self.grid, block)))
        np.copyto(inner, distance + thickness, where=closer)
        np.copyto(outer, distance, where=closer)
        self.bones[bone.name] = block, distance
        self._add_marrow(bone, block, closer)

    def coordinates(self, positions: tuple[FloatArray, FloatArray, FloatArray]) -> tuple[Array, Array, Array]:
        """Body coordinates (x, y, z) at fractional lattice indices (z, y, x)."""
        z, y, x = (o + STEP * p for o, p in zip(self.grid.origin[::-1], positions, strict=True))
        return self.frame.coordinates(x, y, z)

    def distance_on(self, grid: Grid, block: Block) -> Array:
        """Distance in mm to the next bone at the voxel centres of a block, negative inside; at most `FAR`."""
        axes = axes_of(grid, block)[::-1]
        z, y, x = ((axis - o) / STEP for axis, o in zip(axes, self.grid.origin[::-1], strict=True))
        return interpolate(self.outer, (z, y, x))

    def own_distance(self, name: str, positions: tuple[FloatArray, FloatArray, FloatArray]) -> Array:
        """Distance in mm to one bone at fractional lattice indices (z, y, x); `FAR` away from it."""
        block, distance = self.bones[name]
        shape = tuple(len(p) for p in positions)
        result = np.full(shape, FAR, dtype=np.float32)
        spans = [np.flatnonzero((p >= s.start) & (p <= s.stop - 1)) for p, s in zip(positions, block, strict=True)]
        if all(len(span) for span in spans):
            z, y, x = (p[span] - s.start for p, span, s in zip(positions, spans, block, strict=True))
            result[np.ix_(*spans)] = interpolate(distance, (z, y, x))
        return result

    def _add_marrow(self, bone: Bone, block: Block, closer: npt.NDArray[np.bool_]) -> None:
        # Points of the coarse lattice that fall into the block.
        n = MARROW_STRIDE
        skip = tuple(slice(-s.start % n, None, n) for s in block)
        coarse = tuple(slice((s.start + n - 1) // n, (s.stop + n - 1) // n) for s in block)
        axes = axes_of(self.grid, block)
        x, y, z = axes[0][skip[2]], axes[1][skip[1]], axes[2][skip[0]]
        values = bone.marrow(*self.frame.coordinates(x, y, z))
        np.copyto(self.marrow[coarse], np.broadcast_to(values, closer[skip].shape), where=closer[skip])


def sample_near(solid: Solid, frame: Frame, axes: tuple[FloatArray, FloatArray, FloatArray], reach: float) -> Array:
    """Distance to a solid in LPS mm on a lattice, exact within `reach` mm of it and interpolated farther off.

    Parameters
    ----------
    axes
        LPS coordinates x, y and z of the lattice's points, 1 mm apart.

    Returns
    -------
    Array
        Shape (z, y, x).
    """
    x, y, z = axes
    coarse_axes = tuple(np.append(a[:-1:_COARSE], a[-1]) for a in axes)
    coarse = _distance(solid, frame, coarse_axes)
    positions = tuple(np.interp(a, c, np.arange(len(c))) for a, c in zip((z, y, x), coarse_axes[::-1], strict=True))
    result = interpolate(coarse, (positions[0], positions[1], positions[2]))
    slack = reach + 2 * _COARSE
    for k in range(0, len(z), _CUBE):
        for j in range(0, len(y), _CUBE):
            for i in range(0, len(x), _CUBE):
                cube = (slice(k, k + _CUBE), slice(j, j + _CUBE), slice(i, i + _CUBE))
                near = tuple(slice(s.start // _COARSE, s.stop // _COARSE + 1) for s in cube)
                if coarse[near].min() < slack:
                    result[cube] = _distance(solid, frame, (x[cube[2]], y[cube[1]], z[cube[0]]))
    return result


def _distance(solid: Solid, frame: Frame, axes: tuple[FloatArray, ...]) -> Array:
    distance = solid.distance(*frame.coordinates(axes[0], axes[1], axes[2]))
    return np.broadcast_to(distance, tuple(len(a) for a in axes[::-1])) * np.float32(frame.scale)


def interpolate(field: Array, positions: tuple[FloatArray, FloatArray, FloatArray]) -> Array:
    """Linear interpolation of a lattice onto a tensor grid.

    Parameters
    ----------
    field
        Values on the lattice, (z, y, x).
    positions
        Fractional indices along z, y and x; clamped to the lattice.
    """
    spans = [_span(p, n) for p, n in zip(positions, field.shape, strict=True)]
    part = field[tuple(spans)]
    for axis in (2, 1, 0):
        part = _interpolate_along(part, positions[axis] - spans[axis].start, axis)
    return part


def _span(positions: FloatArray, n: int) -> slice:
    """Lattice points that an interpolation between `positions` needs, two at the least."""
    first, last = np.clip((positions.min(), positions.max()), 0, n - 1).astype(int)
    return slice(min(first, n - 2), min(last + 2, n))


def _interpolate_along(field: Array, positions: FloatArray, axis: int) -> Array:
    # Not a matrix product: its library starts threads of its own, which fight with the callers' threads.
    p = np.clip(positions, 0, field.shape[axis] - 1)
    lower = np.minimum(p.astype(np.intp), field.shape[axis] - 2)
    shape = [-1 if a == axis else 1 for a in range(3)]
    low: Array = field.take(lower, axis)
    result: Array = field.take(lower + 1, axis)
    result -= low
    result *= (p - lower).astype(np.float32).reshape(shape)
    result += low
    return result
