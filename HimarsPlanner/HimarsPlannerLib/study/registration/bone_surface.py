"""How far the bone surfaces of two CTs lie from each other after a registration."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from scipy.spatial import cKDTree

from ...errors import GeometryError
from ...grid import FloatArray, Volume
from ..motion import inverse, moved
from ..study import SurfaceDistance
from .cubes import BONE_HU, bones_of, image_of, to_cubes

CUBE_MM = 3.0
CLOSING_VOXELS = 2
MOST_POINTS = 20_000
LEAST_POINTS = 200
COUNTERPART_MM = 10.0


def surface_distance(fixed: Volume, moving: Volume, matrix: FloatArray) -> SurfaceDistance:
    """Distance of the bone surface of one CT to the nearest of another, where the other reaches.

    Surfaces are those of bone denser than 200 HU at 3 mm, its inside filled. Two scans of different noise and voxels
    that match exactly give a median of about 1.3 mm and a 95th percentile of about 2.5 mm. Parts that are not
    connected to the largest one and mostly lie 10 mm and more from any bone have no counterpart, such as arms that
    were moved, a table or organs with contrast agent: they are left out.

    Parameters
    ----------
    fixed, moving
        CT in HU.
    matrix
        Shape (4, 4), from LPS mm of `moving` to LPS mm of `fixed`.

    Raises
    ------
    GeometryError
        Hardly any bone of the one lies in the field of view of the other.
    """
    there = to_cubes(image_of(moving), CUBE_MM)
    points, part = _surface(to_cubes(image_of(fixed), CUBE_MM))
    target, _ = _surface(there)
    chosen = np.random.default_rng(0).permutation(len(points))[:MOST_POINTS]
    points, part = moved(points[chosen], inverse(matrix)), part[chosen]
    index = (points - there.GetOrigin()) / CUBE_MM
    seen = np.all((index >= 0) & (index <= np.array(there.GetSize()) - 1), axis=1)
    if np.count_nonzero(seen) < LEAST_POINTS or not len(target):
        raise GeometryError(
            "After registration hardly any bone of the planning CT lies in the PET/CT's own CT",
            "two CTs of the same part of the body",
            "check the registration, and that both CTs are of this patient",
        )
    distance, part = cKDTree(target).query(points[seen])[0], part[seen]
    kept = np.isin(
        part, [n for n in np.unique(part) if n == part.min() or np.median(distance[part == n]) < COUNTERPART_MM]
    )
    return SurfaceDistance(
        float(np.median(distance[kept])),
        float(np.percentile(distance[kept], 95)),
        float(np.count_nonzero(kept) / len(points)),
    )


def _surface(image: sitk.Image) -> tuple[FloatArray, npt.NDArray[np.intp]]:
    """Points where lines between neighbouring voxels pass the surface of bone, LPS mm, shape (n, 3), and their part."""
    bones, radius = bones_of(image), [CLOSING_VOXELS] * 3
    filled = sitk.GetArrayFromImage(sitk.BinaryErode(sitk.BinaryDilate(bones > 0, radius), radius)) > 0
    parts = sitk.GetArrayFromImage(bones).astype(np.intp)
    values = sitk.GetArrayViewFromImage(image)
    points, part = [], []
    for axis in range(3):
        step = np.eye(3, dtype=np.intp)[axis]
        low = np.argwhere(np.diff(filled, axis=axis))
        one, other = tuple(low.T), tuple((low + step).T)
        a, b = values[one].astype(np.float64), values[other].astype(np.float64)
        crossing = np.clip((BONE_HU - a) / np.where(a == b, 1.0, b - a), 0.0, 1.0)
        points.append(low + crossing[:, None] * step)
        part.append(np.maximum(parts[one], parts[other]))
    index, owner = np.concatenate(points), np.concatenate(part)
    # Where a gap was closed, the surface belongs to the nearest bone.
    if (closed := owner == 0).any():
        owner[closed] = owner[~closed][cKDTree(index[~closed]).query(index[closed])[1]]
    return np.asarray(index[:, ::-1] * CUBE_MM + np.array(image.GetOrigin())), owner
