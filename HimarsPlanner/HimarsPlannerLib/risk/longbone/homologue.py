"""The same place in the bone of the other side: a rigid match of the mirrored bone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage, optimize
from scipy.spatial.transform import Rotation

from ...grid import FloatArray
from ...region import Region
from .sections import sample_region
from .shape import CELL_MM, Shape, shape_of

BAND_MM = 4.0
POINTS = 2500
SOFT_MM = 1.5
OFF_MM = 6.0
FAR_MM = 20.0
FEW = 5
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
    band = np.abs(np.nan_to_num(own.distance, nan=FAR_MM)) < BAND_MM
    points = own.lattice()[band & ~_near(lesions, own)]
    if len(points) < 200:
        return None
    points = points[np.random.default_rng(0).permutation(len(points))[:POINTS]]
    wanted = own.at(points)
    other = Shape(other.first, np.where(_near(lesions, other), np.nan, other.distance).astype(np.float32))
    pivot = points.mean(axis=0)
    starts = _starts(own, other, pivot)

    def residuals(pose: FloatArray, every: int = 1) -> FloatArray:
        found = other.at(Match(_turn(pose), pivot, pose[3:], 0.0).points(points[::every]))
        return np.nan_to_num(np.clip(found, -FAR_MM, FAR_MM) - wanted[::every], nan=OFF_MM)

    def fit(start: FloatArray, every: int) -> tuple[float, FloatArray]:
        found = optimize.least_squares(
            residuals, start, loss="soft_l1", f_scale=SOFT_MM, x_scale=SCALES, max_nfev=60, args=(every,)
        )
        return float(found.cost), np.asarray(found.x)

    # A few points find the right start, all of them the place.
    rough = min((fit(start, FEW) for start in starts), key=lambda found: found[0])
    _, pose = fit(rough[1], 1)
    return Match(_turn(pose), pivot, pose[3:], float(np.median(np.abs(residuals(pose)))))


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


def _near(lesions: Region, shape: Shape) -> npt.NDArray[np.bool_]:
    """Points of a lattice within `KEPT_OFF_MM` of a lesion."""
    held = sample_region(lesions, shape.lattice()) > 0 if lesions.voxels else np.zeros(shape.distance.shape, dtype=bool)
    return np.asarray(ndimage.binary_dilation(held, iterations=round(KEPT_OFF_MM / CELL_MM)))
