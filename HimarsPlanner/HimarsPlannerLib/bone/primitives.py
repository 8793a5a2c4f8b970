"""Array primitives of the bone stage: connected-components-3d, edt and fill-voids where installed, else SimpleITK."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from ..region import BoolArray, bounding_box

FloatImage = npt.NDArray[np.float32]
Labels = npt.NDArray[np.uint32]
Spacing = tuple[float, float, float]
Item = TypeVar("Item")
Result = TypeVar("Result")

THREADS = 2
SMALLEST_SHARE = 0.02

FAST = all(find_spec(module) is not None for module in ("cc3d", "edt", "fill_voids"))


def components(mask: BoolArray, fast: bool | None = None) -> tuple[Labels, int]:
    """Connected components under 26-connectivity.

    Parameters
    ----------
    mask
        Shape (z, y, x).
    fast
        Whether to use connected-components-3d or SimpleITK; by default the former where all three are installed.
        Numbering may differ, the partition does not.

    Returns
    -------
    tuple[Labels, int]
        Labels from 1, 0 outside the mask, and how many there are.
    """
    if FAST if fast is None else fast:
        import cc3d

        labels, count = cc3d.connected_components(
            mask.view(np.uint8), connectivity=26, return_N=True, out_dtype=np.uint32
        )
        return np.asarray(labels, dtype=np.uint32), int(count)
    image = sitk.ConnectedComponent(sitk.GetImageFromArray(mask.view(np.uint8)), True)
    found = sitk.GetArrayFromImage(image).astype(np.uint32)
    return found, int(found.max(initial=0))


def distance(mask: BoolArray, spacing: Spacing, fast: bool | None = None) -> FloatImage:
    """Distance in mm from each voxel of a mask to the nearest voxel outside it; the array's border does not count.

    Parameters
    ----------
    mask
        Shape (z, y, x).
    spacing
        Voxel spacing (z, y, x) in mm.
    fast
        Whether to use edt or SimpleITK (Maurer); by default as for `components`.

    Returns
    -------
    FloatImage
        0 outside the mask; infinite when nothing is outside.
    """
    if mask.all():
        return np.full(mask.shape, np.inf, dtype=np.float32)
    if FAST if fast is None else fast:
        import edt

        return np.asarray(edt.edt(mask.view(np.uint8), anisotropy=spacing, parallel=1), dtype=np.float32)
    image = sitk.GetImageFromArray((~mask).view(np.uint8))
    image.SetSpacing(spacing[::-1])
    squared = sitk.SignedMaurerDistanceMap(image, False, True, True)
    return np.asarray(np.sqrt(np.maximum(sitk.GetArrayFromImage(squared), 0)), dtype=np.float32)


def each(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Results in the order of the items, two at a time: numpy and scipy compute without the interpreter lock."""
    with ThreadPoolExecutor(THREADS) as pool:
        waiting: deque[Future[Result]] = deque()
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def near(mask: BoolArray, reach: float, spacing: Spacing) -> BoolArray:
    """Voxels at most `reach` mm from the mask along each axis: its dilation with a box."""
    grown = mask
    for axis, step in enumerate(spacing):
        for _ in range(round(reach / step)):
            grown = grow_along(grown, axis)
    return grown


def grow(mask: BoolArray) -> BoolArray:
    """Mask and the voxels that share a face with it."""
    grown = mask.copy()
    for axis in range(mask.ndim):
        ahead, behind = _neighbours(axis)
        grown[ahead] |= mask[behind]
        grown[behind] |= mask[ahead]
    return grown


def grow_along(mask: BoolArray, axis: int) -> BoolArray:
    """Mask and the voxels before and behind it along an axis."""
    grown = mask.copy()
    ahead, behind = _neighbours(axis)
    grown[ahead] |= mask[behind]
    grown[behind] |= mask[ahead]
    return grown


def largest_around(labels: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Largest label among each voxel and its 26 neighbours."""
    largest = labels
    for axis in range(labels.ndim):
        ahead, behind = _neighbours(axis)
        line = largest.copy()
        np.maximum(line[ahead], largest[behind], out=line[ahead])
        np.maximum(line[behind], largest[ahead], out=line[behind])
        largest = line
    return largest


def _neighbours(axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    whole = (slice(None),) * axis
    return (*whole, slice(1, None)), (*whole, slice(None, -1))


def keep_components(mask: BoolArray, keep: npt.NDArray[np.bool_], labels: Labels) -> BoolArray:
    """Voxels of a mask whose component label is marked in `keep` (indexed by label)."""
    return mask & keep[labels]


def hysteresis(low: BoolArray, high: BoolArray) -> BoolArray:
    """Components of `low` that hold a voxel of `high`."""
    labels, count = components(low)
    keep = np.zeros(count + 1, dtype=bool)
    keep[labels[high & low]] = True
    keep[0] = False
    return keep[labels]


def drop_small(mask: BoolArray, voxels: float) -> BoolArray:
    """Components of at least `voxels` voxels."""
    labels, count = components(mask)
    keep = np.bincount(labels.ravel(), minlength=count + 1) >= voxels
    keep[0] = False
    return keep[labels]


def box_size(reach: float, spacing: Spacing) -> tuple[int, int, int]:
    """Odd window (z, y, x) in voxels that reaches `reach` mm to either side, at least 3 wide."""
    z, y, x = (2 * max(1, round(reach / s)) + 1 for s in spacing)
    return z, y, x


def fill(mask: BoolArray, fast: bool | None = None) -> BoolArray:
    """Mask with its enclosed holes (background that shares no face with a way to the border) filled.

    Parameters
    ----------
    mask
        Shape (z, y, x).
    fast
        Whether to use fill-voids or SimpleITK; by default as for `components`.
    """
    box = bounding_box(mask, 1)
    filled = mask.copy()
    if mask[box].size == 0:
        return filled
    inside = np.pad(mask[box], 1).view(np.uint8)
    if FAST if fast is None else fast:
        import fill_voids

        closed = np.asarray(fill_voids.fill(inside), dtype=bool)
    else:
        closed = sitk.GetArrayFromImage(sitk.BinaryFillhole(sitk.GetImageFromArray(inside))).astype(bool)
    filled[box] = closed[1:-1, 1:-1, 1:-1]
    return filled


def overlap(shape: Sequence[int], step: Sequence[int]) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Slices of the voxels whose neighbour a step on is in the array, and of these neighbours."""
    here, ahead = [], []
    for n, size in zip(step, shape, strict=True):
        n = max(-size, min(size, n))
        here.append(slice(max(-n, 0), size - max(n, 0)))
        ahead.append(slice(max(n, 0), size - max(-n, 0)))
    return tuple(here), tuple(ahead)


def shifted(mask: npt.NDArray[np.uint8], step: Sequence[int]) -> npt.NDArray[np.uint8]:
    """Values at x + step; zero beyond the array."""
    result = np.zeros_like(mask)
    here, ahead = overlap(mask.shape, step)
    result[here] = mask[ahead]
    return result


def moved(values: npt.NDArray[np.int16], offset: Sequence[float]) -> npt.NDArray[np.int16]:
    """Values at x + offset, interpolated linearly; the border's beyond the array."""
    for axis, n in enumerate(offset):
        first = int(np.floor(n))
        share = n - first
        if n:
            low = _taken(values, axis, first)
            values = low if share < SMALLEST_SHARE else _between(low, _taken(values, axis, first + 1), share)
    return values


def _taken(values: npt.NDArray[np.int16], axis: int, n: int) -> npt.NDArray[np.int16]:
    index = np.clip(np.arange(values.shape[axis]) + n, 0, values.shape[axis] - 1)
    return np.take(values, index, axis)


def _between(low: npt.NDArray[np.int16], high: npt.NDArray[np.int16], share: float) -> npt.NDArray[np.int16]:
    return np.asarray(low + np.float32(share) * (high - low), dtype=np.int16)
