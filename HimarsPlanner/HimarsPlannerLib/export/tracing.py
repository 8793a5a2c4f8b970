"""Walk along the voxel edges of slices: the corners of the boundary, and the loops that they form.

A lattice vertex touches four voxels. Each wedge of inside voxels at a vertex, between two boundary half-edges, is one
corner of one loop; a wedge of 180 degrees is no corner. Corners that share a lattice line and lie on its same inside
are joined in pairs, in order along the line. So no loop is ever followed voxel by voxel.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
ByteArray = npt.NDArray[np.uint8]

# Quadrants of a vertex and the half-edge that follows each, clockwise; bit numbers of vertex and channel codes.
NW, NE, SE, SW = range(4)
NORTH, EAST, SOUTH, WEST = range(4)

_VALID, _TO_EAST, _BELOW, _TO_SOUTH, _RIGHT, _LEAVES_ALONG_ROW = (1 << bit for bit in range(6))


def _wedge_table() -> ByteArray:
    """Corners at a vertex, shape (256, 4), from its code: inside quadrants in bits 0-3, channels in bits 4-7."""
    table = np.zeros((256, 4), np.uint8)
    for code in range(256):
        inside = [bool(code >> quadrant & 1) for quadrant in range(4)]
        # Half-edge q lies between quadrant q and the next, clockwise.
        cut = [inside[q] != inside[(q + 1) % 4] or bool(code >> (4 + q) & 1) for q in range(4)]
        cuts = [q for q in range(4) if cut[q]]
        slot = 0
        for first, last in pairwise([*cuts, cuts[0] + 4] if cuts else []):
            span = last - first
            if inside[(first + 1) % 4] and span in (1, 3):
                table[code, slot] = _wedge(first, last % 4)
                slot += 1
    return table


def _wedge(first: int, last: int) -> int:
    """Packed corner between half-edges `first` and `last` (clockwise); walked with the inside on its left."""
    after, before = (first + 1) % 4, last
    row_edge, row_quadrant = (first, after) if first in (EAST, WEST) else (last, before)
    column_edge, column_quadrant = (last, before) if row_edge == first else (first, after)
    return (
        _VALID
        | _TO_EAST * (row_edge == EAST)
        | _BELOW * (row_quadrant in (SE, SW))
        | _TO_SOUTH * (column_edge == SOUTH)
        | _RIGHT * (column_quadrant in (NE, SE))
        | _LEAVES_ALONG_ROW * (row_edge == last)
    )


_WEDGES = _wedge_table()
_HAS_CORNER: npt.NDArray[np.bool_] = np.any(_WEDGES != 0, axis=1)


@dataclass(frozen=True)
class Vertices:
    """Lattice vertices of a block of slices, sorted.

    Parameters
    ----------
    shape
        Vertices along (z, y, x): one more than voxels along y and x.
    index
        Flat indices into `shape`.
    code
        Inside quadrants in bits 0-3, channel half-edges in bits 4-7.
    """

    shape: tuple[int, int, int]
    index: IntArray
    code: ByteArray


@dataclass(frozen=True)
class Line:
    """Corners in order along the lattice lines of one direction.

    Parameters
    ----------
    order
        Corner numbers, sorted by `key`.
    key
        ((line x 2 + side of the inside) x vertices along it + position) x 2 + direction.
    """

    order: IntArray
    key: IntArray


@dataclass(frozen=True)
class Loops:
    """Closed loops through corners, inside on the left.

    Parameters
    ----------
    z, y, x
        Lattice position of every corner.
    corner
        Corner numbers, loop after loop.
    first
        Offsets of the loops in `corner`, with the end appended.
    rows, columns
        Corners along lattice rows and columns.
    """

    z: IntArray
    y: IntArray
    x: IntArray
    corner: IntArray
    first: IntArray
    rows: Line
    columns: Line

    @property
    def of_corner(self) -> IntArray:
        """Number of the loop of each corner."""
        numbers = np.empty(self.corner.size, np.int64)
        numbers[self.corner] = np.repeat(np.arange(self.first.size - 1), np.diff(self.first))
        return numbers

    @property
    def areas(self) -> IntArray:
        """Signed area of each loop in voxels; negative for holes."""
        return signed_areas(self.y[self.corner], self.x[self.corner], self.first)


def signed_areas(y: IntArray, x: IntArray, first: IntArray) -> IntArray:
    """Areas of loops along lattice lines.

    Parameters
    ----------
    y, x
        Lattice corners, loop after loop, with the inside on the left (on a screen with y down).
    first
        Offsets of the loops, with the end appended.
    """
    if y.size == 0:
        return np.zeros(0, np.int64)
    following = np.arange(1, y.size + 1)
    following[first[1:] - 1] = first[:-1]
    # Green's theorem on sides along the axes: the area is the sum of y dx.
    return np.asarray(np.add.reduceat(y * (x[following] - x), first[:-1]))


def vertex_codes(padded: ByteArray) -> ByteArray:
    """Inside quadrants of every vertex from slices (z, y, x) with an empty border of one voxel along y and x."""
    code = padded[:, :-1, :-1] | padded[:, :-1, 1:] << NE
    code |= padded[:, 1:, 1:] << SE
    code |= padded[:, 1:, :-1] << SW
    return np.asarray(code)


def corner_vertices(codes: ByteArray) -> Vertices:
    """Vertices at which the boundary turns."""
    index = np.flatnonzero(_HAS_CORNER[codes])
    return Vertices((codes.shape[0], codes.shape[1], codes.shape[2]), index, codes.reshape(-1)[index])


def walk(vertices: Vertices) -> Loops:
    """Join the corners at `vertices` into closed loops."""
    wedges = _WEDGES[vertices.code]
    vertex, slot = np.nonzero(wedges)
    wedge = wedges[vertex, slot]
    _, ny, nx = vertices.shape
    line, x = np.divmod(vertices.index[vertex], nx)
    z, y = np.divmod(line, ny)
    rows = _line(line, (wedge & _BELOW) != 0, nx, x, wedge & _TO_EAST != 0)
    columns = _line(z * nx + x, wedge & _RIGHT != 0, ny, y, wedge & _TO_SOUTH != 0)
    following = np.where(wedge & _LEAVES_ALONG_ROW, _partners(rows.order), _partners(columns.order))
    corner, first = _cycles(following)
    return Loops(z, y, x, corner, first, rows, columns)


def line_key(line: IntArray, side: npt.ArrayLike, length: int, position: IntArray, ahead: npt.ArrayLike) -> IntArray:
    """Sort key of corners along lattice lines, see `Line`."""
    return np.asarray(((line * 2 + np.asarray(side)) * length + position) * 2 + np.asarray(ahead), dtype=np.int64)


def _line(line: IntArray, side: npt.ArrayLike, length: int, position: IntArray, ahead: npt.ArrayLike) -> Line:
    key = line_key(line, side, length, position, ahead)
    order = np.argsort(key, kind="stable")
    return Line(order, key[order])


def _partners(order: IntArray) -> IntArray:
    partner = np.empty_like(order)
    partner[order[0::2]] = order[1::2]
    partner[order[1::2]] = order[0::2]
    return partner


def _cycles(following: IntArray) -> tuple[IntArray, IntArray]:
    """Cycles of a permutation, concatenated, and their offsets."""
    after = following.tolist()
    order: list[int] = []
    first = []
    for corner, successor in enumerate(after):
        if successor < 0:
            continue
        first.append(len(order))
        while (successor := after[corner]) >= 0:
            after[corner] = -1
            order.append(corner)
            corner = successor
    first.append(len(order))
    return np.array(order, dtype=np.int64), np.array(first, dtype=np.int64)
