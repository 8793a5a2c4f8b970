"""How far bone surrounds a voxel, seen along 26 directions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from ..region import BoolArray, Slices, bounding_box
from .primitives import Spacing, each, overlap, shifted

Counts = npt.NDArray[np.uint8]
Direction = tuple[int, int, int]

# Sight goes in whole strides, which round to a little more than was asked for.
SIGHT_SLACK = 1.25

DIRECTIONS: tuple[Direction, ...] = tuple(
    (z, y, x) for z, y, x in product((-1, 0, 1), repeat=3) if (z, y, x) != (0, 0, 0)
)


@dataclass(frozen=True)
class Enclosure:
    """How a shell surrounds each voxel.

    Parameters
    ----------
    hits
        Directions in which the shell is met within reach, out of 26.
    degree
        From 0 to 1: the mean of three shares, of directions met, of lines met at both ends, and of directions met in
        the worst of the three planes. A direction that leaves the scan through its first or last slice counts as met.
    """

    hits: Counts
    degree: npt.NDArray[np.float32]


def stride(direction: Direction, spacing: Spacing) -> Direction:
    """Voxels of one step along a direction, its parts brought to about the same length where voxels are long."""
    longest = max(s for d, s in zip(direction, spacing, strict=True) if d)
    z, y, x = (d * max(1, round(longest / s)) for d, s in zip(direction, spacing, strict=True))
    return z, y, x


def length(step: Sequence[float], spacing: Spacing) -> float:
    """Length of a step in mm."""
    return float(np.hypot.reduce([d * s for d, s in zip(step, spacing, strict=True)]))


def enclose(shell: BoolArray, spacing: Spacing, reach: float) -> Enclosure:
    """Count the directions in which each voxel sees a shell within `reach` mm.

    Parameters
    ----------
    shell
        Shape (z, y, x).
    spacing
        Voxel spacing (z, y, x) in mm.
    reach
        Length of sight in mm.
    """
    hits, met, lines, axial, sagittal, coronal = (np.zeros(shell.shape, dtype=np.uint8) for _ in range(6))
    half = DIRECTIONS[len(DIRECTIONS) // 2 :]
    ways = [way for d in half for way in (d, (-d[0], -d[1], -d[2]))]
    sights = each(lambda way: sees(shell, way, spacing, reach), ways)
    for direction in half:
        ends = []
        for way in (direction, (-direction[0], -direction[1], -direction[2])):
            seen = next(sights)
            hits += seen
            slices = abs(way[0]) * max(1, round(reach / length(stride(way, spacing), spacing)))
            if way[0] > 0:
                seen[max(0, len(seen) - slices) :] = 1
            elif way[0] < 0:
                seen[:slices] = 1
            ends.append(seen)
        both = ends[0] + ends[1]
        met += both
        lines += ends[0] & ends[1]
        for plane, axis in ((axial, 0), (coronal, 1), (sagittal, 2)):
            if direction[axis] == 0:
                plane += both
    worst = np.minimum(np.minimum(axial, sagittal), coronal)
    degree = met / np.float32(26 * 3) + lines / np.float32(13 * 3) + worst / np.float32(8 * 3)
    return Enclosure(hits, np.asarray(degree, dtype=np.float32))


def enclose_again(before: Enclosure, shell: BoolArray, changed: BoolArray, spacing: Spacing, reach: float) -> Enclosure:
    """`enclose` of a shell that differs only at `changed` from the one that `before` was made from."""
    box, around = (surroundings(changed, spacing, n * reach) for n in (1, 2))
    if changed[box].size == 0:
        return before
    part = enclose(shell[around], spacing, reach)
    inner = within(box, around)
    hits, degree = before.hits.copy(), before.degree.copy()
    hits[box], degree[box] = part.hits[inner], part.degree[inner]
    return Enclosure(hits, degree)


def surroundings(mask: BoolArray, spacing: Spacing, reach: float) -> Slices:
    """Box of all that is seen from a mask within `reach` mm, and sees it."""
    z, y, x = (
        slice(max(0, s.start - n), min(s.stop + n, size)) if s.stop > s.start else slice(0, 0)
        for s, n, size in zip(
            bounding_box(mask), (int(np.ceil(SIGHT_SLACK * reach / s)) + 2 for s in spacing), mask.shape, strict=True
        )
    )
    return z, y, x


def within(box: Slices, around: Slices) -> Slices:
    """A box as seen from the start of one that holds it."""
    z, y, x = (slice(b.start - a.start, b.stop - a.start) for b, a in zip(box, around, strict=True))
    return z, y, x


def sees(
    shell: BoolArray, direction: Direction, spacing: Spacing, reach: float, clear: BoolArray | None = None
) -> Counts:
    """1 where a shell lies within `reach` mm along a direction, with nothing but `clear` voxels before it.

    By doubling: what is seen within twice the steps is what is seen within the steps, here or that far ahead.
    """
    step = stride(direction, spacing)
    steps = max(1, round(reach / length(step, spacing)))
    seen = shifted(_thick(shell, step).view(np.uint8), step)
    passed = None if clear is None else shifted(clear.view(np.uint8), step)
    done = 1
    while done < steps:
        jump = min(done, steps - done)
        here, ahead = overlap(seen.shape, [jump * n for n in step])
        further = seen[ahead] if passed is None else seen[ahead] & passed[here]
        # Numpy sees that source and target overlap and copies where it must.
        seen[here] |= further
        if passed is not None:
            longer = np.zeros_like(passed)
            np.bitwise_and(passed[here], passed[ahead], out=longer[here])
            passed = longer
        done += jump
    return seen


def _thick(shell: BoolArray, step: Direction) -> BoolArray:
    """Shell as far as a long step could jump over it."""
    for between in _skipped(step):
        shell = shell | shifted(shell.view(np.uint8), between).view(bool)
    return shell


def _skipped(step: Direction) -> Iterator[Direction]:
    for n in range(1, max(abs(d) for d in step)):
        part = n / max(abs(d) for d in step)
        z, y, x = (-round(d * part) for d in step)
        yield z, y, x
