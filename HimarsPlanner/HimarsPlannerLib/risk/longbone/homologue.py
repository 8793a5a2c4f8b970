"""The same place in the bone of the other side: a rigid match of the mirrored bone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize
from scipy.spatial.transform import Rotation

from ...grid import FloatArray
from ...region import Region
from .shape import CELL_MM, Shape, shape_of

BAND_MM = 4.0
POINTS = 2500
SOFT_MM = 1.5
OFF_MM = 6.0
TWISTS = (0.0, -25.0, 25.0)
KEPT_OFF_MM = 6.0
SCALES = np.array([0.05, 0.05, 0.05, 2.0, 2.0, 2.0])
MIRROR = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Match:
    """Map from a bone to its partner: ``MIRROR * (rotation @ (p - pivot) + pivot + shift)``.

    Parameters
    ----------
    residual_mm
        Median distance between both surfaces once matched, lesions left out.
    """

    rotation: FloatArray
    pivot: FloatArray
    shift: FloatArray
    residual_mm: float

    def points(self, points: FloatArray) -> FloatArray:
        """Points of the partner that correspond to points of the bone, LPS mm."""
        return np.asarray(((points - self.pivot) @ self.rotation.T + self.pivot + self.shift) * MIRROR)

    def directions(self, directions: FloatArray) -> FloatArray:
        """Directions in the partner that correspond to directions in the bone."""
        return np.asarray((directions @ self.rotation.T) * MIRROR)


def match_bones(bone: Region, partner: Region, lesions: Region, ends_in_view: bool) -> Match | None:
    """Match a bone with its partner, whatever the position of either leg or arm.

    Distances to the surface near it are compared, not labels, so that half a voxel does not matter; lesions are left
    out. Begun with the heads laid on each other where they are in view.

    Parameters
    ----------
    bone, partner
        Filled bones.
    lesions
        Union of all lesions; what is near them is not compared.
    ends_in_view
        Whether a bone that ends inside the scan ends in truth; False for bones followed without a label.

    Returns
    -------
    Match or None
        None where the two cannot be laid on each other.
    """
    own, other = shape_of(bone, ends_in_view), shape_of(partner, ends_in_view)
    points = own.lattice()[np.abs(np.nan_to_num(own.distance, nan=99.0)) < BAND_MM]
    points = points[_far_from(lesions, points)]
    if len(points) < 200:
        return None
    points = points[np.random.default_rng(0).permutation(len(points))[:POINTS]]
    wanted = own.at(points)
    ill = _far_from(lesions, other.lattice().reshape(-1, 3)).reshape(other.distance.shape)
    other = Shape(other.first, np.where(ill, other.distance, np.nan).astype(np.float32))
    pivot = points.mean(axis=0)
    starts = _starts(own, other, pivot)

    def residuals(pose: FloatArray) -> FloatArray:
        found = other.at(Match(_turn(pose), pivot, pose[3:], 0.0).points(points))
        return np.nan_to_num(np.clip(found, -20, 20) - wanted, nan=OFF_MM)

    fits = [
        optimize.least_squares(residuals, start, loss="soft_l1", f_scale=SOFT_MM, x_scale=SCALES, max_nfev=60)
        for start in starts
    ]
    best = min(fits, key=lambda fit: float(fit.cost))
    left = np.abs(residuals(best.x))
    return Match(_turn(best.x), pivot, best.x[3:], float(np.median(left)))


def _turn(pose: FloatArray) -> FloatArray:
    return np.asarray(Rotation.from_rotvec(pose[:3]).as_matrix())


def _starts(own: Shape, other: Shape, pivot: FloatArray) -> list[FloatArray]:
    """Poses to begin with: heads on each other, else the middles of both bones at the same height; some twists each."""
    heads = own.head(), other.head()
    if heads[0] is None or heads[1] is None:
        mine, theirs = (_middle(shape, _common(own, other)) for shape in (own, other))
    else:
        mine, theirs = heads[0].centre, heads[1].centre
    twists = (np.array([0, 0, np.deg2rad(twist)]) for twist in TWISTS)
    return [np.concatenate([twist, theirs * MIRROR - (_turn(twist) @ (mine - pivot) + pivot)]) for twist in twists]


def _common(own: Shape, other: Shape) -> tuple[float, float]:
    low = max(shape.first[2] for shape in (own, other))
    high = min(shape.first[2] + CELL_MM * shape.distance.shape[0] for shape in (own, other))
    return float(low), float(high)


def _middle(shape: Shape, between: tuple[float, float]) -> FloatArray:
    inside = shape.lattice()[np.nan_to_num(shape.distance, nan=1.0) < 0]
    held = inside[(inside[:, 2] >= between[0]) & (inside[:, 2] <= between[1])]
    return np.asarray((held if len(held) else inside).mean(axis=0))


def _far_from(lesions: Region, points: FloatArray) -> npt.NDArray[np.bool_]:
    """Whether points are farther than `KEPT_OFF_MM` from every lesion."""
    if not lesions.voxels:
        return np.ones(points.shape[:-1], dtype=bool)
    reach = KEPT_OFF_MM * np.array([[0, 0, 0], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])
    near = [lesions_at(lesions, points + step) for step in reach]
    return np.asarray(~np.any(near, axis=0))


def lesions_at(lesions: Region, points: FloatArray) -> npt.NDArray[np.bool_]:
    """Whether points lie in a lesion, by the nearest voxel."""
    index = np.rint(lesions.grid.to_index(points)).astype(int) - lesions.start
    held = np.all((index >= 0) & (index < lesions.mask.shape), axis=-1)
    result = np.zeros(points.shape[:-1], dtype=bool)
    result[held] = lesions.mask[tuple(index[held].T)]
    return result
