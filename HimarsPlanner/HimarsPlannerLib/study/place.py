"""Images and labels brought onto the planning CT's grid, sampled once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy import ndimage, sparse

from ..grid import FloatArray, Grid, Volume
from .motion import moved

ALIGNED = 1e-6
Span = slice
FloatImage = npt.NDArray[np.float32]
ScalarT = TypeVar("ScalarT", bound=np.generic)


def sample_on(
    image: Volume, target: Grid, offsets_mm: FloatArray | None = None, to_image: FloatArray | None = None
) -> Volume:
    """Sample an image trilinearly at the voxel centres of another grid.

    Parameters
    ----------
    image
        Values on their own lattice.
    target
        Where values are wanted, any orientation.
    offsets_mm
        True distance of each slice of `image` from its first along the normal, shape (nz,), increasing; by default
        the slices are as regular as the grid says.
    to_image
        Motion from LPS mm of `target` to LPS mm of `image`, shape (4, 4); by default both share one frame.

    Returns
    -------
    Volume
        float32 on `target`. Between the outermost voxel centres and the edges of those voxels the value is that of
        the border; beyond, NaN.
    """
    sampled = np.full(target.shape, np.nan, dtype=np.float32)
    offsets = _regular_offsets(image.grid) if offsets_mm is None else offsets_mm
    mapping = _Mapping.between(image.grid, target, offsets, to_image)
    array = np.asarray(image.array, dtype=np.float32)
    if mapping.aligned:
        _sample_aligned(array, mapping, sampled)
    else:
        _sample_oblique(array, mapping, sampled)
    return Volume(sampled, target)


def nearest_on(
    labels: npt.NDArray[ScalarT], grid: Grid, target: Grid, offsets_mm: FloatArray | None = None
) -> npt.NDArray[ScalarT]:
    """Label of the voxel that holds each voxel centre of another grid; 0 beyond the label image.

    Parameters
    ----------
    labels
        Integer labels, shape (z, y, x).
    grid
        Their own lattice.
    target
        Where labels are wanted, any orientation.
    offsets_mm
        True distance of each slice of `labels` from its first; see `sample_on`.

    Returns
    -------
    NDArray
        Shape of `target`, (z, y, x), dtype of `labels`.
    """
    found = np.zeros(target.shape, dtype=labels.dtype)
    mapping = _Mapping.between(grid, target, _regular_offsets(grid) if offsets_mm is None else offsets_mm)
    if mapping.aligned:
        (z, zs), (y, ys), (x, xs) = (_nearest_along(mapping.along(axis), n) for axis, n in enumerate(labels.shape))
        for k, plane in zip(range(zs.start, zs.stop), z, strict=True):
            found[k, ys, xs] = labels[plane].take(y, axis=0).take(x, axis=1)
        return found
    for k in range(target.shape[0]):
        whole = np.rint(mapping.plane(k)).astype(np.intp)
        inside = np.all([(w >= 0) & (w < n) for w, n in zip(whole, labels.shape, strict=True)], axis=0)
        found[k][inside] = labels[tuple(w[inside] for w in whole)]
    return found


@dataclass(frozen=True)
class _Mapping:
    """Fractional index (z, y, x) in a source image as a function of the index in a target grid."""

    matrix: FloatArray
    shift: FloatArray
    offsets_index: FloatArray
    shape: tuple[int, int, int]

    @classmethod
    def between(
        cls, source: Grid, target: Grid, offsets_mm: FloatArray, to_source: FloatArray | None = None
    ) -> _Mapping:
        points = target.to_lps(np.vstack([np.zeros(3), np.eye(3)]))
        index = source.to_index(points if to_source is None else moved(points, to_source))
        return cls((index[1:] - index[0]).T, index[0], offsets_mm / source.spacing[2], target.shape)

    @property
    def aligned(self) -> bool:
        """Whether each target axis runs along the same source axis, so that axes can be sampled one by one."""
        reach = np.abs(self.matrix) * self.shape
        return bool((reach - np.diag(np.diag(reach))).max() < ALIGNED * max(self.shape))

    def along(self, axis: int) -> FloatArray:
        """Source index along `axis` of each target index along it; for aligned grids."""
        index = self.matrix[axis, axis] * np.arange(self.shape[axis]) + self.shift[axis]
        return self._slice_index(index) if axis == 0 else index

    def plane(self, k: int) -> FloatArray:
        """Source index of the voxels of target slice `k`, shape (3, y, x)."""
        y, x = np.arange(self.shape[1])[:, None], np.arange(self.shape[2])[None, :]
        first = (self.shift + self.matrix[:, 0] * k)[:, None, None]
        index: FloatArray = self.matrix[:, 1, None, None] * y + self.matrix[:, 2, None, None] * x + first
        index[0] = self._slice_index(index[0])
        return index

    def _slice_index(self, regular: FloatArray) -> FloatArray:
        """Index among the true slice positions of an index on the regular lattice."""
        places = self.offsets_index
        n = len(places)
        if n == 1 or np.abs(places - np.arange(n)).max() < ALIGNED:
            return regular
        index = np.interp(regular, places, np.arange(n))
        below, above = regular < places[0], regular > places[-1]
        index[below] = (regular[below] - places[0]) / (places[1] - places[0])
        index[above] = n - 1 + (regular[above] - places[-1]) / (places[-1] - places[-2])
        return np.asarray(index)


def _regular_offsets(grid: Grid) -> FloatArray:
    return np.asarray(np.arange(grid.size[2]) * grid.spacing[2], dtype=np.float64)


def _sample_aligned(array: FloatImage, mapping: _Mapping, sampled: FloatImage) -> None:
    """Interpolate along one axis after the other: between two slices, then columns, then rows."""
    (along_z, zs), (along_y, ys), (along_x, xs) = (
        _weights(mapping.along(axis), n) for axis, n in enumerate(array.shape)
    )
    for k in range(zs.stop - zs.start):
        row = slice(along_z.indptr[k], along_z.indptr[k + 1])
        plane = sum(weight * array[i] for i, weight in zip(along_z.indices[row], along_z.data[row], strict=True))
        sampled[zs.start + k, ys, xs] = along_y @ (along_x @ plane.T).T


def _sample_oblique(array: FloatImage, mapping: _Mapping, sampled: FloatImage) -> None:
    def sample(k: int) -> None:
        index = mapping.plane(k)
        inside = np.all([(i >= -0.5) & (i <= n - 0.5) for i, n in zip(index, array.shape, strict=True)], axis=0)
        if inside.any():
            values = ndimage.map_coordinates(array, index, np.float32, order=1, mode="nearest")
            np.copyto(sampled[k], values, where=inside)

    with ThreadPoolExecutor() as pool:
        list(pool.map(sample, range(len(sampled))))


def _weights(index: FloatArray, n: int) -> tuple[sparse.csr_array, Span]:
    """Linear weights of `n` source voxels for each target index within the image, and the span of these."""
    within = _span((index >= -0.5) & (index <= n - 0.5))
    place = np.clip(index[within], 0, n - 1)
    low = np.minimum(place.astype(np.intp), max(n - 2, 0))
    upper = place - low
    rows = np.tile(np.arange(len(low)), 2)
    entries = np.concatenate([1 - upper, upper]), (rows, np.concatenate([low, np.minimum(low + 1, n - 1)]))
    return sparse.csr_array(entries, shape=(len(low), n), dtype=np.float32), within


def _nearest_along(index: FloatArray, n: int) -> tuple[npt.NDArray[np.intp], Span]:
    whole = np.rint(index).astype(np.intp)
    within = _span((whole >= 0) & (whole < n))
    return whole[within], within


def _span(inside: npt.NDArray[np.bool_]) -> Span:
    hit = np.flatnonzero(inside)
    return slice(int(hit[0]), int(hit[-1]) + 1) if hit.size else slice(0, 0)
