"""Implicit shapes: approximate signed distances in mm, negative inside, on broadcast coordinates."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]
Point = tuple[float, float, float]
Distance = Callable[[Array, Array, Array], Array]

_TINY = np.float32(1e-6)


def point(values: npt.ArrayLike) -> Point:
    """Point of an array of three numbers."""
    x, y, z = np.asarray(values, dtype=np.float64).tolist()
    return x, y, z


@dataclass(frozen=True)
class Solid:
    """A body in body coordinates (mm).

    Parameters
    ----------
    low, high
        Corners of a box that holds it, (x, y, z).
    distance
        Signed distance at broadcast coordinates (x, y, z), negative inside.
    """

    low: Point
    high: Point
    distance: Distance


def ellipsoid(x: Array, y: Array, z: Array, centre: Point, radii: Point) -> Array:
    """Ellipsoid along the axes; first-order distance, exact for a sphere."""
    u, v, w = (np.float32(1 / r) * (a - np.float32(c)) for a, c, r in zip((x, y, z), centre, radii, strict=True))
    return _from_radius(
        u * u + v * v + w * w, (u / radii[0]) ** 2 + (v / radii[1]) ** 2 + (w / radii[2]) ** 2, min(radii)
    )


def ellipse(u: Array, v: Array, ru: float | Array, rv: float | Array) -> Array:
    """Ellipse in a plane, or an elliptic cylinder; radii may vary with the coordinates."""
    a, b = u / ru, v / rv
    return _from_radius(a * a + b * b, (a / ru) ** 2 + (b / rv) ** 2, float(min(np.min(ru), np.min(rv))))


def _from_radius(k0_squared: Array, k1_squared: Array, smallest: float) -> Array:
    k0 = np.sqrt(k0_squared)
    return np.asarray(
        np.maximum(k0 * (k0 - 1) / np.maximum(np.sqrt(k1_squared), _TINY), np.float32(-smallest), dtype=np.float32)
    )


def superellipse(u: Array, v: Array, ru: float | Array, rv: float | Array, power: float) -> Array:
    """Superellipse (|u/ru|^p + |v/rv|^p = 1); first-order distance."""
    a, b = np.abs(u / ru) + _TINY, np.abs(v / rv) + _TINY
    ap, bp = a ** (power - 1), b ** (power - 1)
    rho = (a * ap + b * bp) ** np.float32(1 / power)
    slope = np.sqrt((ap / ru) ** 2 + (bp / rv) ** 2) / rho ** (power - 1)
    return np.asarray((rho - 1) / np.maximum(slope, _TINY), dtype=np.float32)


def cone(x: Array, y: Array, z: Array, a: Point, b: Point, radius_a: float, radius_b: float) -> Array:
    """Capsule whose radius goes linearly from `radius_a` to `radius_b`."""
    ax, ay, az = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    square = ax * ax + ay * ay + az * az
    px, py, pz = _from(x, a[0]), _from(y, a[1]), _from(z, a[2])
    t = _project(px, py, pz, (ax / square, ay / square, az / square))
    np.clip(t, 0, 1, out=t)
    squared = (px - t * np.float32(ax)) ** 2
    squared += (py - t * np.float32(ay)) ** 2
    squared += (pz - t * np.float32(az)) ** 2
    np.sqrt(squared, out=squared)
    squared -= np.float32(radius_a)
    if radius_a != radius_b:
        t *= np.float32(radius_b - radius_a)
        squared -= t
    return squared


def flat_tube(
    x: Array, y: Array, z: Array, a: Point, b: Point, across: Point, radii_a: Sequence[float], radii_b: Sequence[float]
) -> Array:
    """Tube with elliptic section and round ends; `across` is near the direction of the first radius of each pair."""
    axis = (b[0] - a[0], b[1] - a[1], b[2] - a[2])
    length = math.sqrt(_dot(axis, axis))
    w = (axis[0] / length, axis[1] / length, axis[2] / length)
    lean = _dot(across, w)
    u = (across[0] - lean * w[0], across[1] - lean * w[1], across[2] - lean * w[2])
    size = math.sqrt(_dot(u, u))
    u = (u[0] / size, u[1] / size, u[2] / size)
    px, py, pz = _from(x, a[0]), _from(y, a[1]), _from(z, a[2])
    along = _project(px, py, pz, w)
    t = np.clip(along * np.float32(1 / length), 0, 1)
    ru = np.float32(radii_a[0]) + t * np.float32(radii_b[0] - radii_a[0])
    rv = np.float32(radii_a[1]) + t * np.float32(radii_b[1] - radii_a[1])
    rw = np.minimum(ru, rv)
    past = (along - t * np.float32(length)) / rw
    p, q = _project(px, py, pz, u) / ru, _project(px, py, pz, _cross(w, u)) / rv
    smallest = min(*radii_a, *radii_b)
    return _from_radius(p * p + q * q + past * past, (p / ru) ** 2 + (q / rv) ** 2 + (past / rw) ** 2, smallest)


def _from(values: Array, origin: float) -> Array:
    return values - np.float32(origin)


def _project(x: Array, y: Array, z: Array, axis: Point) -> Array:
    # The two smaller arrays first: coordinates of a tensor grid are one- or two-dimensional.
    return np.asarray((x * np.float32(axis[0]) + y * np.float32(axis[1])) + z * np.float32(axis[2]))


def _dot(a: Point, b: Point) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Point, b: Point) -> Point:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _scaled(a: Point, factor: float) -> Point:
    return a[0] * factor, a[1] * factor, a[2] * factor


def plate(x: Array, y: Array, z: Array, corners: Sequence[Point], radii: Sequence[float]) -> Array:
    """Triangle thickened by a radius that is given at its corners and linear between them."""
    a, b, c = corners
    ab: Point = (b[0] - a[0], b[1] - a[1], b[2] - a[2])
    ac: Point = (c[0] - a[0], c[1] - a[1], c[2] - a[2])
    normal = _cross(ab, ac)
    area = _dot(normal, normal)
    px, py, pz = _from(x, a[0]), _from(y, a[1]), _from(z, a[2])
    # Barycentric coordinates of the projection; outside the triangle the nearest edge takes over.
    s = _project(px, py, pz, _scaled(_cross(ac, normal), 1 / area))
    t = _project(px, py, pz, _scaled(_cross(normal, ab), 1 / area))
    inner = (s >= 0) & (t >= 0) & (s + t <= 1)
    height = np.abs(_project(px, py, pz, _scaled(normal, 1 / math.sqrt(area))))
    face = height - (np.float32(radii[0]) + s * np.float32(radii[1] - radii[0]) + t * np.float32(radii[2] - radii[0]))
    edges = np.minimum(cone(x, y, z, a, b, radii[0], radii[1]), cone(x, y, z, b, c, radii[1], radii[2]))
    edges = np.minimum(edges, cone(x, y, z, c, a, radii[2], radii[0]))
    return np.where(inner, face, edges)


def smooth_min(a: Array, b: Array, blend: float) -> Array:
    """Union of two distances with the crease filled over about `blend` mm."""
    h = np.maximum(np.float32(blend) - np.abs(a - b), 0) * np.float32(1 / blend)
    return np.asarray(np.minimum(a, b) - h * h * np.float32(blend / 4))


def smooth_max(a: Array, b: Array, blend: float) -> Array:
    """Intersection of two distances with the edge rounded over about `blend` mm."""
    return -smooth_min(-a, -b, blend)


def extrude(across: Array, along: Array, rounding: float) -> Array:
    """Prism from the distance in its section and the distance beyond its ends, edges rounded."""
    p, q = across + np.float32(rounding), along + np.float32(rounding)
    outside = np.sqrt(np.maximum(p, 0) ** 2 + np.maximum(q, 0) ** 2)
    return np.asarray(outside + np.minimum(np.maximum(p, q), 0) - np.float32(rounding))


def empty(x: Array, y: Array, z: Array, far: float = 30.0) -> Array:
    """Distance field with nothing in it, writable, on broadcast coordinates."""
    return np.full(np.broadcast_shapes(x.shape, y.shape, z.shape), far, dtype=np.float32)


def merge_near(
    whole: Array,
    at: tuple[Array, Array, Array],
    points: Sequence[Point],
    radius: float,
    part: Distance,
    blend: float = 0.0,
) -> None:
    """Union of a small part into `whole`, in place and only near it.

    Parameters
    ----------
    whole
        Distances (z, y, x), changed.
    at
        Broadcast coordinates (x, y, z) of `whole`; cropped where x has the shape (1, 1, nx) of a tensor grid.
    points, radius
        The part lies within `radius` mm of the box around these points.
    part
        Its distance.
    blend
        Width in mm over which the crease is filled.
    """
    x, y, z = at
    reach = radius + 9
    low = [min(p[a] for p in points) - reach for a in range(3)]
    high = [max(p[a] for p in points) + reach for a in range(3)]
    if x.shape[:2] != (1, 1):
        near = part(x, y, z)
        whole[...] = smooth_min(whole, near, blend) if blend else np.minimum(whole, near)
        return
    # x may be mirrored or folded at the mid plane.
    hit = np.flatnonzero((x[0, 0] >= low[0]) & (x[0, 0] <= high[0]))
    sx = slice(int(hit[0]), int(hit[-1]) + 1) if hit.size else slice(0, 0)
    sy = _span(y[0, :, 0], y[0, :, -1], low[1], high[1])
    sz = _span(z[:, 0, 0], z[:, 0, -1], low[2], high[2])
    if sx.stop <= sx.start or sy.stop <= sy.start or sz.stop <= sz.start:
        return
    near = part(
        x[:, :, sx], y[:, sy, sx if y.shape[2] > 1 else slice(None)], z[sz, :, sx if z.shape[2] > 1 else slice(None)]
    )
    block = whole[sz, sy, sx]
    block[...] = smooth_min(block, near, blend) if blend else np.minimum(block, near)


def _span(first: Array, last: Array, low: float, high: float) -> slice:
    # Both edges of the block rise along the axis; a slight rotation sets them apart.
    if first[0] > last[0]:
        first, last = last, first
    return slice(int(np.searchsorted(last, low)), int(np.searchsorted(first, high)))
