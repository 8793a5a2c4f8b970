"""Where a lesion is, from coarse geometry: an estimate until labels or a person say better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..bone.compartments import BoneCompartments
from .lesion import Site

SPINE_REACH_MM = 45.0
MIDLINE_MM = 12.0


@dataclass(frozen=True)
class SiteEstimator:
    """Names coarse places relative to the spinal canal and the middle of the skeleton.

    Parameters
    ----------
    canal_points
        Centre of the canal in each slice that has one, LPS mm, shape (n, 3); may be empty.
    middle_x
        LPS x of the skeleton's middle, mm.
    """

    canal_points: np.ndarray[tuple[int, int], np.dtype[np.float64]]
    middle_x: float

    @classmethod
    def of(cls, bone: BoneCompartments) -> SiteEstimator:
        """Estimator for a patient's bone."""
        canal = bone.canal
        points = [
            bone.grid.to_lps([z, *np.argwhere(canal[z]).mean(axis=0)]) for z in np.flatnonzero(canal.any(axis=(1, 2)))
        ]
        skeleton = bone.skeleton
        if skeleton.any():
            middle = bone.grid.to_lps(
                [np.flatnonzero(skeleton.any(axis=axes)).mean() for axes in ((1, 2), (0, 2), (0, 1))]
            )
        else:
            middle = bone.grid.to_lps((np.asarray(bone.grid.shape) - 1) / 2)
        return cls(canal_points=np.reshape(points, (-1, 3)), middle_x=float(middle[0]))

    def estimate(self, centroid_lps: tuple[float, float, float]) -> Site:
        """Coarse site of a lesion from its centroid (LPS mm)."""
        point = np.asarray(centroid_lps)
        if self.canal_points.size:
            gap = np.linalg.norm(self.canal_points - point, axis=1)
            nearest = self.canal_points[gap.argmin()]
            if gap.min() <= SPINE_REACH_MM and abs(nearest[2] - point[2]) <= MIDLINE_MM:
                return Site("spine")
            middle = float(nearest[0])
        else:
            middle = self.middle_x
        offset = float(point[0]) - middle
        side = "midline" if abs(offset) <= MIDLINE_MM else "left" if offset > 0 else "right"
        return Site(f"{side}, outside the spine" if self.canal_points.size else side)
