"""Lesions followed through edits of their contours: what is unchanged stays, what changed is measured again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..bone.compartments import BoneCompartments
from ..errors import GeometryError
from ..region import Region
from ..study.study import Structure, Study
from .candidate import Candidate
from .kind import KindFinder
from .lesion import Lesion, Origin
from .measure import measure_lesion
from .sites.locate import SiteFinder

EDITED = "edited by hand"
DRAWN = "drawn by hand"


def made_by_hand(lesion: Lesion) -> bool:
    """Whether a lesion was edited or drawn by hand after lesions were found."""
    return EDITED in lesion.origin.detail or DRAWN in lesion.origin.detail


def follow_edits(
    lesions: Sequence[Lesion], contours: Mapping[str, Structure], study: Study, bone: BoneCompartments
) -> tuple[Lesion, ...]:
    """Lesions after their contours were edited, added to or removed.

    Parameters
    ----------
    lesions
        Before, without facts.
    contours
        After, by the lesions' identifiers; others are new lesions, and a lesion without one, or without a voxel, is
        gone.
    study, bone
        What they are measured in.

    Returns
    -------
    tuple of Lesion
        In the order of `contours`. An edited lesion keeps its name, kind and site.

    Raises
    ------
    GeometryError
        A contour reaches beyond the planning CT.
    """
    known = {lesion.id: lesion for lesion in lesions}
    measuring = _Measuring(study, bone)
    after = []
    for identifier, contour in contours.items():
        if contour.outside_ct:
            raise GeometryError(
                f"Lesion {contour.name!r} reaches beyond the planning CT",
                "every GTV inside the CT, since GTV_total and the bone marrow reserve depend on it",
                "undo the edit, or erase what lies outside",
            )
        if contour.region.voxels:
            before = known.get(identifier)
            after.append(_followed(before, contour.region, measuring) if before else measuring.new(identifier, contour))
    return tuple(after)


def same_voxels(one: Region, other: Region) -> bool:
    """Whether two regions, cropped to their voxels, are the same."""
    return one.start == other.start and np.array_equal(one.mask, other.mask)


def _followed(before: Lesion, region: Region, measuring: _Measuring) -> Lesion:
    if same_voxels(Region.from_array(before.region.mask, region.grid, before.region.start), region):
        return before
    detail = before.origin.detail
    origin = before.origin if EDITED in detail else replace(before.origin, detail=f"{detail}; {EDITED}")
    again = measuring.measure(before.id, Candidate(before.name, region, origin, before.kind))
    return replace(again, site=before.site, needs_review=before.needs_review)


@dataclass(frozen=True)
class _Measuring:
    study: Study
    bone: BoneCompartments

    @cached_property
    def sites(self) -> SiteFinder:
        return SiteFinder.of(self.study, self.bone)

    @cached_property
    def kinds(self) -> KindFinder:
        return KindFinder(self.bone, self.sites.bones)

    def new(self, identifier: str, contour: Structure) -> Lesion:
        origin = Origin("structure", DRAWN, (contour.name,))
        return self.measure(identifier, Candidate(contour.name, contour.region, origin))

    def measure(self, identifier: str, candidate: Candidate) -> Lesion:
        kind = self.kinds.kind(candidate)
        return measure_lesion(
            candidate.region,
            identifier=identifier,
            name=candidate.name,
            kind=kind,
            site=self.sites.locate(candidate.region, kind, candidate.organ),
            origin=candidate.origin,
            ct=self.study.ct.volume,
            suv=self.study.pet.on_ct if self.study.pet else None,
            skeleton=self.sites.skeleton,
        )
