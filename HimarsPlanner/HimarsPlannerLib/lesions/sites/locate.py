"""The site of each lesion of a patient, from the best that is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ...bone.compartments import BoneCompartments
from ...region import BoolArray, Region
from ...study.study import Study
from ..lesion import Kind, Site
from . import labelled, station
from .geometry import SIDES, estimate_site
from .landmarks import Landmarks, find_landmarks


@dataclass(frozen=True)
class SiteFinder:
    """What a patient's images and labels tell about places.

    Parameters
    ----------
    marks
        Landmarks of the CT.
    skeleton
        Filled bone, (z, y, x).
    bones
        Labelled bones.
    soft
        Labelled vessels and organs.
    """

    marks: Landmarks
    skeleton: BoolArray
    bones: labelled.Labels
    soft: station.Labels

    @classmethod
    def of(cls, study: Study, bone: BoneCompartments) -> SiteFinder:
        """Finder for a study."""
        marks = find_landmarks(study.ct.volume, bone)
        bones = labelled.bone_labels(study.structures, bone.bones)
        return cls(marks, bone.skeleton, bones, station.soft_labels(study.structures))

    def locate(self, lesion: Region, kind: Kind, organ: str = "") -> Site:
        """Site of a lesion.

        Parameters
        ----------
        lesion
            Its voxels; not empty.
        kind
            In bone: labelled bones, else geometry. Outside: the organ that holds it, else the nearest vessel's station.
        organ
            Labelled organ that holds it; "" for none.
        """
        if kind != "bone" and organ:
            return Site(organ, estimated=False)
        in_bone = labelled.site_by_labels(lesion, self.bones)
        in_bone = in_bone or Site(estimate_site(np.asarray(lesion.centroid_lps), self.marks))
        if kind == "bone":
            return in_bone
        beside = in_bone.name if in_bone.name not in SIDES and self._touches_bone(lesion) else ""
        return station.site_outside_bone(lesion, kind, self.soft, self.marks, beside)

    def _touches_bone(self, lesion: Region) -> bool:
        ends = zip(lesion.box, self.skeleton.shape, strict=True)
        z, y, x = (slice(max(s.start - 1, 0), min(s.stop + 1, n)) for s, n in ends)
        pads = [(s.start - wide.start, wide.stop - s.stop) for s, wide in zip(lesion.box, (z, y, x), strict=True)]
        around = ndimage.binary_dilation(np.pad(lesion.mask, pads), np.ones((3, 3, 3), dtype=bool))
        return bool(np.any(around & self.skeleton[z, y, x]))
