"""Spinal canal, cord, discs, and the axis of the sacrum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from ..grid import FloatArray
from .patient import Level, Patient
from .shapes import (
    Array,
    Solid,
    ellipse,
    extrude,
    point,
    superellipse,
)

CANAL_END_MM = 62.0
_SACRAL_LEAN = ((0, 0), (30, 8), (60, 2), (90, -22), (125, -55))


@dataclass(frozen=True)
class Canal:
    """The spinal canal as an elliptic tube given at heights z (body mm).

    Parameters
    ----------
    z, x, y
        Centreline, rising in z, each shape (n,).
    half_width, half_depth
        Half axes across (x) and perpendicular to the centreline in the sagittal plane, mm.
    cosine
        Cosine of the centreline's lean.
    bottom
        Height of its lower end: the end of the thecal sac at S2.
    """

    z: FloatArray
    x: FloatArray
    y: FloatArray
    half_width: FloatArray
    half_depth: FloatArray
    cosine: FloatArray
    bottom: float

    def section(self, z: Array) -> tuple[Array, ...]:
        """Values of x, y, half_width, half_depth and cosine at heights z."""
        columns = (self.x, self.y, self.half_width, self.half_depth, self.cosine)
        return tuple(np.interp(z, self.z, c).astype(np.float32) for c in columns)

    def tube(self, shrink: float = 0.0, end: float = 0.0) -> Solid:
        """The canal, its half axes reduced by `shrink` mm, above `bottom` + `end`."""

        def distance(x: Array, y: Array, z: Array) -> Array:
            cx, cy, a, b, c = self.section(z)
            across = ellipse(x - cx, (y - cy) * c, a - np.float32(shrink), b - np.float32(shrink))
            return np.asarray(np.maximum(across, np.float32(self.bottom + end) - z))

        return Solid(
            (-25.0, float(self.y.min()) - 25, self.bottom + end),
            (25.0, float(self.y.max()) + 25, float(self.z[-1])),
            distance,
        )

    def carve(self, x: Array, y: Array, z: Array) -> Array:
        """Distance to the canal without its lower end, so that it opens the sacrum as well."""
        cx, cy, a, b, c = self.section(z)
        return ellipse(x - cx, (y - cy) * c, a, b)


def spine_y(patient: Patient, z: Array) -> Array:
    """Where the vertebral bodies lie (y) at heights z."""
    centres = np.array([level.centre for level in patient.levels])
    return np.asarray(np.interp(z, centres[:, 2], centres[:, 1]), dtype=np.float32)


def around_spine(patient: Patient, x: Array, y: Array, z: Array) -> Array:
    """Distance to an ellipse around the thoracic spine and the heads of its ribs, at every height."""
    return ellipse(x, y - spine_y(patient, z) - 12, 36, 36)


def sacral_axis(patient: Patient) -> FloatArray:
    """Sacral axis from the S1 endplate down; rows are (arc length, y, z, lean)."""
    s = np.arange(0, 126, 1.0)
    knots = np.array(_SACRAL_LEAN)
    lean = patient.sacral_lean + np.deg2rad(PchipInterpolator(knots[:, 0], knots[:, 1])(s))
    start = np.array([np.sin(patient.sacral_lean), -np.cos(patient.sacral_lean)]) * 5
    steps = np.stack([np.sin(lean), -np.cos(lean)], axis=1)
    path = start + np.vstack([[0, 0], np.cumsum((steps[1:] + steps[:-1]) / 2, axis=0)])
    return np.column_stack([s, path, lean])


def make_canal(patient: Patient) -> Canal:
    """Canal through the sacrum and all vertebrae up to the foramen magnum."""
    rows: list[tuple[float, ...]] = []
    axis = sacral_axis(patient)
    for s in (110, 85, 62, 40, 20, 4):
        _, y, z, lean = axis[s]
        width, depth, body = (
            np.interp(s, [0, 30, 62, 110], [26, 22, 17, 10]),
            np.interp(s, [0, 62, 110], [15, 10, 5]),
            np.interp(s, [0, 30, 62, 110], [17, 13, 8.5, 5]),
        )
        back = body + depth / 2
        rows.append((0.0, y + back * np.cos(lean), z + back * np.sin(lean), width / 2, depth / 2))
    for level in patient.levels:
        size = level.size
        place = level.to_body(0, (size["depth"] + size["canal_depth"]) / 2, 0)
        rows.append((place[0], place[1], place[2], size["canal_width"] / 2, size["canal_depth"] / 2))
    table = np.array(rows)
    heights = table[:, 2]
    fine = np.arange(heights[0], heights[-1], 1.0)
    columns = [PchipInterpolator(heights, table[:, c])(fine) for c in (0, 1, 3, 4)]
    # Straight on through the foramen magnum.
    fine = np.append(fine, heights[-1] + 14)
    left, back_y, half_width, half_depth = (np.append(c, c[-1]) for c in columns)
    cosine = 1 / np.sqrt(1 + np.gradient(back_y, fine) ** 2)
    bottom = float(np.interp(CANAL_END_MM, axis[:, 0], axis[:, 2]))
    return Canal(fine, left, back_y, half_width, half_depth, cosine, bottom)


def cord_solids(patient: Patient, canal: Canal) -> dict[str, Solid]:
    """Thecal sac, and the spinal cord down to the conus at L1/L2."""
    conus = patient.level("L2").centre[2] + 14

    def cord(x: Array, y: Array, z: Array) -> Array:
        cx, cy, a, b, c = canal.section(z)
        taper = np.clip((z - np.float32(conus)) / 30, 0.15, 1)
        radius = np.minimum(a * np.float32(0.55), 6.5) * taper, np.minimum(b * np.float32(0.6), 4.5) * taper
        return np.asarray(np.maximum(ellipse(x - cx, (y - cy) * c, *radius), np.float32(conus) - z))

    sac = canal.tube(shrink=1.8, end=4.0)
    return {"ThecalSac": sac, "SpinalCord": Solid((sac.low[0], sac.low[1], conus), sac.high, cord)}


def local(level: Level, x: Array, y: Array, z: Array) -> tuple[Array, Array, Array]:
    """Coordinates along a vertebra's own axes: left, back, up from its body's centre."""
    s, c = np.float32(np.sin(level.lean)), np.float32(np.cos(level.lean))
    dx, dy, dz = (a - np.float32(o) for a, o in zip((x, y, z), level.centre, strict=True))
    return dx, dy * c + dz * s, dz * c - dy * s


def discs(patient: Patient) -> list[Solid]:
    """Intervertebral discs from L5/S1 up to C2/C3, a little larger than the gap so that bone bounds them."""
    result = []
    for level in patient.levels[:-2]:
        s = level.size
        centre = np.array(level.to_body(0, 0, -(s["height"] + s["disc"]) / 2))
        turned = Level(level.name, (float(centre[0]), float(centre[1]), float(centre[2])), level.lean, s)

        def distance(x: Array, y: Array, z: Array, turned: Level = turned) -> Array:
            u, v, w = local(turned, x, y, z)
            size = turned.size
            across = superellipse(u, v, size["width"] / 2 + 0.5, size["depth"] / 2 + 0.5, 2.5)
            return extrude(across, np.abs(w) - np.float32(size["disc"] / 2 + 3), 2.0)

        r, h = s["width"] / 2 + 3, s["depth"] / 2 + 6
        reach = np.array([r, h, s["disc"] + h * abs(np.sin(level.lean)) + 4])
        result.append(Solid(point(np.subtract(centre, reach)), point(np.add(centre, reach)), distance))
    return result
