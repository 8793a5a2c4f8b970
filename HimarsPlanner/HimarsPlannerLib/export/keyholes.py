"""Join holes to the contour around them by channels of no width along voxel edges, the shortest that there are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree

from .tracing import EAST, NE, NORTH, NW, SE, SOUTH, SW, WEST, ByteArray, IntArray, Line, Loops, Vertices, line_key

_ALL_QUADRANTS = 0b1111
_ALL_HALF_EDGES = 0b1111 << 4


@dataclass(frozen=True)
class _Channels:
    """Candidate channels: flat vertices at both ends, the half-edge at the first, length, and the loops they join."""

    start: IntArray
    end: IntArray
    heading: IntArray
    length: IntArray
    loop: IntArray
    other: IntArray

    def take(self, which: IntArray) -> _Channels:
        return _Channels(*(field[which] for field in vars(self).values()))


def cut_channels(padded: ByteArray, codes: ByteArray, vertices: Vertices, loops: Loops) -> Vertices:
    """Vertices with the channels added that make one loop of every contour and its holes.

    Parameters
    ----------
    padded
        Slices (z, y, x) with an empty border of one voxel along y and x, 0 or 1.
    codes
        Inside quadrants of every vertex.
    vertices
        Corner vertices of `codes`.
    loops
        What `walk(vertices)` gave: contours and holes apart.

    Returns
    -------
    Vertices
        The same corners and the ends of the channels, ready to be walked again.
    """
    chosen = _shortest(_candidates(padded, codes, loops))
    crossings = _crossings(chosen)
    ends = np.concatenate([chosen.start, chosen.end, crossings])
    half_edges = np.concatenate(
        [1 << (4 + chosen.heading), 1 << (4 + (chosen.heading + 2) % 4), np.full(crossings.size, _ALL_HALF_EDGES)]
    )
    index = np.union1d(vertices.index, ends)
    code = codes.reshape(-1)[index]
    np.bitwise_or.at(code, np.searchsorted(index, ends), half_edges.astype(np.uint8))
    return Vertices(vertices.shape, index, code)


def _crossings(channels: _Channels) -> IntArray:
    """Vertices where two channels cross; a contour divides there instead of crossing itself."""
    inner = channels.length - 1
    step = (channels.end - channels.start) // channels.length
    nth = np.arange(inner.sum()) - np.repeat(np.cumsum(inner) - inner, inner) + 1
    passed, times = np.unique(np.repeat(channels.start, inner) + nth * np.repeat(step, inner), return_counts=True)
    return np.asarray(passed[times > 1])


def _candidates(padded: ByteArray, codes: ByteArray, loops: Loops) -> _Channels:
    """Channels from each convex corner of a hole, straight on from its edges, to the next boundary."""
    from_hole = (loops.areas < 0)[loops.of_corner]
    inside = codes[loops.z, loops.y, loops.x]
    found = []
    for view in (_along_rows(padded, loops), _along_columns(padded, loops)):
        for heading, outside in view.rays.items():
            alone = np.isin(inside, [_ALL_QUADRANTS ^ (1 << quadrant) for quadrant in outside])
            found.append(_rays(view, loops, np.flatnonzero(from_hole & alone), heading))
    return _Channels(*(np.concatenate(parts) for parts in zip(*(vars(f).values() for f in found), strict=True)))


@dataclass(frozen=True)
class _View:
    """The lattice seen along its rows, or along its columns with the axes exchanged.

    A corner whose only outside voxel is in one of the quadrants of a heading in `rays` can send a channel that way.
    `edges` are the unit edges across the view, as flat indices of (z, padded voxel line, position).
    """

    rays: dict[int, tuple[int, int]]
    across: IntArray
    along: IntArray
    lengths: tuple[int, int]
    strides: tuple[int, int]
    edges: IntArray
    crossing: Line

    def flat(self, z: IntArray, across: IntArray, along: IntArray) -> IntArray:
        return z * (self.lengths[0] * self.lengths[1]) + across * self.strides[0] + along * self.strides[1]


def _along_rows(padded: ByteArray, loops: Loops) -> _View:
    ny, nx = padded.shape[1] - 1, padded.shape[2] - 1
    edges = np.flatnonzero(padded[:, :, 1:] != padded[:, :, :-1])
    rays = {WEST: (NE, SE), EAST: (NW, SW)}
    return _View(rays, loops.y, loops.x, (ny, nx), (nx, 1), edges, loops.columns)


def _along_columns(padded: ByteArray, loops: Loops) -> _View:
    ny, nx = padded.shape[1] - 1, padded.shape[2] - 1
    edges = np.flatnonzero((padded[:, 1:] != padded[:, :-1]).swapaxes(1, 2))
    rays = {NORTH: (SE, SW), SOUTH: (NW, NE)}
    return _View(rays, loops.x, loops.y, (nx, ny), (1, nx), edges, loops.rows)


def _rays(view: _View, loops: Loops, corners: IntArray, heading: int) -> _Channels:
    """Channels from `corners` along `heading`, each up to the first boundary."""
    forward = heading in (EAST, SOUTH)
    z, across, along = loops.z[corners], view.across[corners], view.along[corners]
    across_length, along_length = view.lengths
    hits = []
    for voxel_line in (across, across + 1):
        base = (z * (across_length + 1) + voxel_line) * along_length
        passed = np.searchsorted(view.edges, base + along, "right" if forward else "left")
        hits.append(view.edges[passed if forward else passed - 1] - base)
    end = np.minimum(*hits) if forward else np.maximum(*hits)

    # The loop that is met: the one whose segment, on the line across the ray's end, holds the unit edge beside it.
    beside = np.where(hits[0] == end, across - 1, across)
    wanted = line_key(z * along_length + end, not forward, across_length, beside, 1)
    met = view.crossing.order[np.searchsorted(view.crossing.key, wanted, "right") - 1]
    return _Channels(
        start=view.flat(z, across, along),
        end=view.flat(z, across, end),
        heading=np.full(corners.size, heading),
        length=np.abs(end - along),
        loop=loops.of_corner[corners],
        other=loops.of_corner[met],
    )


def _shortest(candidates: _Channels) -> _Channels:
    """The channels of a minimum spanning tree of the loops."""
    low = np.minimum(candidates.loop, candidates.other)
    high = np.maximum(candidates.loop, candidates.other)
    order = np.lexsort((candidates.start, candidates.length, high, low))
    order = order[low[order] != high[order]]
    low, high = low[order], high[order]
    best = np.ones(order.size, bool)
    best[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    order, low, high = order[best], low[best], high[best]
    count = int(high.max()) + 1
    tree = minimum_spanning_tree(coo_array((candidates.length[order], (low, high)), shape=(count, count))).tocoo()
    pairs = low * count + high
    return candidates.take(order[np.searchsorted(pairs, tree.row.astype(np.int64) * count + tree.col)])
