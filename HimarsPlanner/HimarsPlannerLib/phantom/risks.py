"""True risk figures: canal encroachment, cortical involvement, pressure on a vein."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..grid import FloatArray
from .lesions import Mass
from .shapes import Array, Solid
from .skeleton import STEP, Skeleton, interpolate
from .spine import Canal
from .truth import View, coordinates, mass_block

CONTACT_MM = 2.0

DEFINITIONS = {
    "canal_encroachment": "largest share of the canal's area covered by the GTV over axial planes 1 mm apart",
    "cortical_involvement": "rays every degree from the centre of the bone's section, in axial planes 1 mm apart; a ray "
    "is involved where the GTV meets the cortical shell; circumference: largest involved angle of a plane; axial: "
    "longest run of planes with an involved ray in one sector of 30 degrees",
    "vein": "planes 1 mm apart across the vein's own centreline; narrowing against the area the lumen would have "
    "without the node; contact: rays every degree from the lumen's centre whose wall is at most 2 mm from the node",
    "collapse": "anterior height lost against the same vertebra uncollapsed, and against the mean of its neighbours",
}


def canal_encroachment(mass: Mass, canal: Canal, skeleton: Skeleton, view: View) -> dict[str, Any] | None:
    """Worst share of the canal's area covered by a lesion; None where it does not reach the canal."""
    z, y, x = view.samples(skeleton.grid, mass_block(mass, skeleton))
    at = z[::2], y, x
    if not all(len(p) for p in at):
        return None
    gtv = mass.distance(skeleton, at, interpolate(skeleton.outer, at)) < 0
    lumen = np.broadcast_to(canal.tube().distance(*coordinates(skeleton, at)) < 0, gtv.shape)
    covered = (gtv & lumen).sum(axis=(1, 2))
    if not covered.any():
        return None
    # The lumen's area does not depend on the lesion's box: half axes of the ellipse in the axial plane.
    lps_z = skeleton.grid.origin[2] + STEP * at[0]
    body_z = (lps_z / skeleton.frame.scale).astype(np.float32)
    _, _, a, b, cosine = canal.section(body_z)
    area = np.pi * a * b / cosine * skeleton.frame.scale**2
    fraction = covered * 0.25 * STEP**2 / area
    worst = int(np.argmax(fraction))
    return {"worst_area_fraction": float(fraction[worst]), "at_z_mm": float(lps_z[worst])}


def cortical_involvement(mass: Mass, skeleton: Skeleton, view: View) -> dict[str, float] | None:
    """Axial length (mm) and circumference (degrees) of the cortex that a lesion of a shaft has reached."""
    block, own = skeleton.bones[mass.bone]
    planes = view.samples(skeleton.grid, mass_block(mass, skeleton))[0][::2]
    hits = []
    for plane in planes:
        section = interpolate(own, (np.array([plane - block[0].start]), np.arange(own.shape[1]), np.arange(own.shape[2])))[0]
        inside = np.argwhere(section < 0)
        if len(inside) == 0:
            continue
        cy, cx = inside.mean(axis=0) + [block[1].start, block[2].start]
        hits.append(_involved_rays(mass, skeleton, float(plane), float(cy), float(cx)))
    rays = np.array(hits)
    if not rays.any():
        return None
    sectors = rays.reshape(len(rays), 12, 30).any(axis=2)
    runs = [_longest_run(sectors[:, s]) for s in range(12)]
    return {"axial_mm": float(max(runs)), "circumference_degrees": float(rays.sum(axis=1).max())}


def _involved_rays(mass: Mass, skeleton: Skeleton, z: float, cy: float, cx: float) -> FloatArray:
    # A fine plane around the bone, looked up along the rays.
    half, step = 32.0, 0.25
    ys, xs = cy + np.arange(-half, half, step), cx + np.arange(-half, half, step)
    at = np.array([z]), ys, xs
    outer = interpolate(skeleton.outer, at)
    hit = (mass.distance(skeleton, at, outer) < 0) & (outer < 0) & (interpolate(skeleton.inner, at) >= 0)
    angle = np.deg2rad(np.arange(360) + 0.5)
    r = np.arange(1, half - 1, 0.2)
    iy = np.rint((half + r[:, None] * np.sin(angle)) / step).astype(int)
    ix = np.rint((half + r[:, None] * np.cos(angle)) / step).astype(int)
    return np.asarray(hit[0][iy, ix].any(axis=0), dtype=np.float64)


def _longest_run(flags: FloatArray) -> int:
    best = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        best = max(best, run)
    return best


def vein_pressure(path: FloatArray, free: Solid, pressed: Solid, node: Solid, scale: float) -> dict[str, float] | None:
    """Narrowing and contact of a vein beside a node; `path` are points of its centreline, body mm."""
    fractions, angles = [], []
    reach = max(h - c for h, c in zip(node.high, node.low, strict=True)) / 2 + 20
    middle = (np.array(node.low) + np.array(node.high)) / 2
    for point, axis in _stations(path, 1.0 / scale):
        if np.linalg.norm(point - middle) > reach:
            continue
        across, up = _plane(axis)
        fine = np.arange(-14, 14, 0.25)
        grid = point + fine[:, None, None] * across + fine[None, :, None] * up
        x, y, z = (grid[..., a][None].astype(np.float32) for a in range(3))
        lumen = _at(pressed, x, y, z)[0] < 0
        whole = _at(free, x, y, z)[0] < 0
        if not lumen.any():
            return None
        fractions.append(lumen.sum() / whole.sum())
        angles.append(_contact(lumen, fine, point, across, up, node, scale))
    degrees = np.array(angles)
    if not degrees.any():
        return None
    return {
        "narrowing_percent": float(100 * (1 - min(fractions))),
        "contact_degrees": float(degrees.max()),
        "contact_length_mm": float(_longest_run(degrees > 0)),
    }


def _at(solid: Solid, x: Array, y: Array, z: Array) -> Array:
    # The shapes take tensor grids; a slanted plane goes in as one column after another.
    flat = [a.reshape(-1, 1, 1) for a in (x, y, z)]
    return solid.distance(*flat).reshape(x.shape)


def _contact(lumen: Array, fine: FloatArray, point: FloatArray, across: FloatArray, up: FloatArray, node: Solid, scale: float) -> float:
    i, j = np.argwhere(lumen).mean(axis=0)
    angle = np.deg2rad(np.arange(360) + 0.5)
    r = np.arange(0, 14, 0.1)
    row = np.rint(i + r[:, None] * np.cos(angle) / 0.25).astype(int).clip(0, len(fine) - 1)
    column = np.rint(j + r[:, None] * np.sin(angle) / 0.25).astype(int).clip(0, len(fine) - 1)
    wall = r[np.argmin(lumen[row, column], axis=0)]
    first, second = fine[0] + 0.25 * i, fine[0] + 0.25 * j
    points = point + (first + wall * np.cos(angle))[:, None] * across + (second + wall * np.sin(angle))[:, None] * up
    x, y, z = (points[:, a].astype(np.float32).reshape(-1, 1, 1) for a in range(3))
    return float((node.distance(x, y, z) * np.float32(scale) <= CONTACT_MM).sum())


def _stations(path: FloatArray, step: float) -> list[tuple[FloatArray, FloatArray]]:
    result = []
    for a, b in zip(path[:-1], path[1:], strict=True):
        length = float(np.linalg.norm(b - a))
        axis = (b - a) / length
        result += [(a + axis * s, axis) for s in np.arange(0, length, step)]
    return result


def _plane(axis: FloatArray) -> tuple[FloatArray, FloatArray]:
    across = np.cross(axis, [0.0, 1.0, 0.0])
    across /= np.linalg.norm(across)
    return across, np.cross(axis, across)
