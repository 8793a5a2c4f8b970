"""Centreline of a labelled vessel, branches included: the cheapest paths along the ridge of its depth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage, sparse
from scipy.sparse.csgraph import dijkstra

from ...grid import FloatArray
from .outline import Outline

STEP_MM = 1.0
SMOOTH_MM = 4.0
MOST_NODES = 8000
COVERED = 1.6
COVERED_BEYOND_MM = 3.0
BRANCH_RADII = 2.0
BRANCH_BEYOND_MM = 4.0
SHORTEST_MM = 8.0
SHORTEST_DIAMETERS = 1.2
CUT_RADII = 1.5
FEWEST = 4
IndexArray = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Branch:
    """A stretch of centreline without a fork.

    Parameters
    ----------
    points
        Places about 1 mm apart, shape (n, 3), mm along the grid's axes (z, y, x).
    forks
        Whether it ends in a fork of the vessel, at its first and at its last point.
    piece
        Which connected piece of the label it belongs to.
    """

    points: FloatArray
    forks: tuple[bool, bool]
    piece: int

    @property
    def tangents(self) -> FloatArray:
        """Unit vectors along the line, shape (n, 3)."""
        along = np.gradient(self.points, axis=0)
        return np.asarray(along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9))


def find_centreline(outline: Outline) -> tuple[Branch, ...]:
    """Branches of the centreline of a tubular label.

    In each connected piece the first path joins its two farthest ends, by a cost that falls with the depth below the
    wall; further paths join what no path has covered so far, as in TEASAR (Sato, Pacific Graphics 2000), so that a
    forked vessel in one structure has a line for each branch. What reaches less than a diameter and 4 mm beyond a path
    is no branch, and a piece shorter than 8 mm, or hardly longer than wide, has no line.
    """
    stride = 1
    while np.count_nonzero(outline.values[::stride, ::stride, ::stride] < 0) > MOST_NODES:
        stride += 1
    spacing = outline.spacing * stride
    labels, count = ndimage.label(outline.values[::stride, ::stride, ::stride] < 0, np.ones((3, 3, 3)))
    branches: list[Branch] = []
    for piece in range(1, count + 1):
        nodes = np.argwhere(labels == piece)
        places = nodes * spacing + outline.first_mm
        depth = -outline.values[::stride, ::stride, ::stride][tuple(nodes.T)].astype(np.float64)
        for path, forks in _paths(nodes, places, depth):
            radius = float(np.quantile(depth[path], 0.75))
            points = _square_ends(smooth_line(np.asarray(places[path]), SMOOTH_MM), forks, radius, outline)
            if len(points) * STEP_MM >= max(SHORTEST_MM, SHORTEST_DIAMETERS * 2 * radius):
                branches.append(Branch(points, forks, piece))
    return tuple(branches)


def _paths(nodes: IndexArray, places: FloatArray, depth: FloatArray) -> list[tuple[IndexArray, tuple[bool, bool]]]:
    """Node paths of a piece, cut where another begins."""
    if len(nodes) < 2:
        return []
    lengths, costs = _edges(nodes, places, depth)
    begin = int(np.argmax(_finite(dijkstra(lengths, indices=0))))
    far = _finite(dijkstra(lengths, indices=begin))
    cost, before = dijkstra(costs, indices=begin, return_predecessors=True)
    on_path = np.zeros(len(nodes), dtype=bool)
    open_nodes = np.isfinite(cost)
    paths: list[IndexArray] = []
    while open_nodes.any():
        end = int(np.flatnonzero(open_nodes)[np.argmax(far[open_nodes])])
        path = _walk(end, before, on_path)
        reach = COVERED * depth[path] + COVERED_BEYOND_MM
        if not paths or _stands_out(end, places, depth, np.concatenate(paths)):
            paths.append(path)
            on_path[path] = True
        for node, radius in zip(path, reach, strict=True):
            open_nodes &= np.sum((places - places[node]) ** 2, axis=1) > radius**2
        open_nodes[path] = False
    return _cut_at_forks(paths)


def _finite(distance: FloatArray) -> FloatArray:
    return np.where(np.isfinite(distance), distance, -1.0)


def _edges(nodes: IndexArray, places: FloatArray, depth: FloatArray) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Lengths of the steps between neighbouring nodes, and their costs."""
    first = nodes.min(axis=0)
    number = np.full(np.ptp(nodes, axis=0) + 3, -1)
    number[tuple((nodes - first + 1).T)] = np.arange(len(nodes))
    rows, columns = [], []
    for shift in np.argwhere(np.ones((3, 3, 3))) - 1:
        if tuple(shift) > (0, 0, 0):
            there = number[tuple((nodes - first + 1 + shift).T)]
            rows.append(np.flatnonzero(there >= 0))
            columns.append(there[there >= 0])
    a, b = np.concatenate(rows), np.concatenate(columns)
    length = np.linalg.norm(places[a] - places[b], axis=1)
    share = np.maximum((depth[a] + depth[b]) / 2, 0.05) / float(depth.max())
    shape = (len(nodes), len(nodes))
    both = (np.concatenate([a, b]), np.concatenate([b, a]))
    lengths, costs = (
        sparse.csr_array((np.tile(value, 2), both), shape=shape) for value in (length, length * share**-3)
    )
    return lengths, costs


def _walk(end: int, before: IndexArray, on_path: npt.NDArray[np.bool_]) -> IndexArray:
    """Nodes from `end` back to the first that is on a path, or to the root; that one comes first."""
    path = [end]
    while before[path[-1]] >= 0 and not on_path[path[-1]]:
        path.append(int(before[path[-1]]))
    return np.asarray(path[::-1], dtype=np.intp)


def _stands_out(end: int, places: FloatArray, depth: FloatArray, known: IndexArray) -> bool:
    """Whether an end lies so far off the known paths that it is a branch, not the horn of a lumen pressed flat."""
    away = float(np.linalg.norm(places[known] - places[end], axis=1).min())
    return away > BRANCH_RADII * float(np.quantile(depth[known], 0.75)) + BRANCH_BEYOND_MM


def _cut_at_forks(paths: list[IndexArray]) -> list[tuple[IndexArray, tuple[bool, bool]]]:
    starts = {int(path[0]) for path in paths[1:]}
    pieces = []
    for n, path in enumerate(paths):
        cuts = [i for i, node in enumerate(path) if int(node) in starts and 0 < i < len(path) - 1]
        edges = [0, *cuts, len(path) - 1]
        for i in range(len(edges) - 1):
            forks = (i > 0 or n > 0, i < len(edges) - 2)
            pieces.append((path[edges[i] : edges[i + 1] + 1], forks))
    return pieces


def _square_ends(points: FloatArray, forks: tuple[bool, bool], radius: float, outline: Outline) -> FloatArray:
    """Line whose free ends leave the lumen straight; the farthest voxel of a cut end lies at its rim, off the axis."""
    for end in (0, 1):
        if not forks[end] and len(points):
            points = _straight_on(points[::-1] if end == 0 else points, radius, outline)
            points = points[::-1] if end == 0 else points
    return points


def _straight_on(points: FloatArray, radius: float, outline: Outline) -> FloatArray:
    """Line without what lies within a radius and a half of its last point, then straight on as long as inside."""
    beyond = np.flatnonzero(np.linalg.norm(points - points[-1], axis=1) > CUT_RADII * radius)
    kept = points[: int(beyond[-1]) + 1 if len(beyond) else 0]
    if len(kept) < FEWEST:
        return points[:0]
    base = max(len(kept) - 1 - max(round(radius / STEP_MM), FEWEST), 0)
    direction = (kept[-1] - kept[base]) / np.linalg.norm(kept[-1] - kept[base])
    on = kept[-1] + STEP_MM * np.arange(1, round(3 * CUT_RADII * radius / STEP_MM))[:, None] * direction
    out = np.flatnonzero(outline.at(on) >= 0)
    return np.concatenate([kept, on[: int(out[0]) if len(out) else len(on)]])


def smooth_line(places: FloatArray, sigma_mm: float) -> FloatArray:
    """Line with points 1 mm apart along its length, smoothed by a Gaussian that reflects about its ends."""
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    keep = np.concatenate([[True], steps > 0])
    at = np.arange(0, along[-1] + STEP_MM / 2, STEP_MM)
    even = np.column_stack([np.interp(at, along[keep], places[keep, axis]) for axis in range(3)])
    reach = min(round(3 * sigma_mm / STEP_MM), len(even) - 1)
    if reach < 1:
        return even
    before = 2 * even[0] - even[reach:0:-1]
    after = 2 * even[-1] - even[-2 : -reach - 2 : -1]
    padded = np.concatenate([before, even, after])
    smooth = ndimage.gaussian_filter1d(padded, sigma_mm / STEP_MM, axis=0, mode="nearest")
    return np.asarray(smooth[reach : reach + len(even)])
