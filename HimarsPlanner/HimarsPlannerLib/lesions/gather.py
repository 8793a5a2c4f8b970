"""Every metastasis, once: imported contours and PET uptake brought together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ..bone.compartments import BoneCompartments
from ..errors import GeometryError, InputError
from ..notice import Notice
from ..protocol.protocol import LesionSettings
from ..region import BoolArray, Region, union
from ..study.study import Structure, Study
from .find import Uptake, find_in_bone
from .lesion import Kind, Lesion, Origin
from .measure import measure_lesion
from .site import SiteEstimator

BONE_FRACTION = 0.25
TARGET_NAME = re.compile(r"^(i?gtv|lesion|metasta|tumou?r)", re.IGNORECASE)
NODE_NAME = re.compile(r"^i?gtv_?n|node|lymph|(^|_)ln", re.IGNORECASE)


class LesionSource(StrEnum):
    """Where lesions come from; "auto" is structures where the study has lesion contours, else the PET."""

    AUTO = "auto"
    STRUCTURES = "structures"
    PET = "pet"
    BOTH = "both"


@dataclass(frozen=True)
class Findings:
    """The lesions of a patient and what must be said about how they were found."""

    lesions: tuple[Lesion, ...]
    notices: tuple[Notice, ...]


@dataclass(frozen=True)
class _Candidate:
    name: str
    region: Region
    origin: Origin


def is_lesion(structure: Structure) -> bool:
    """Whether a structure is a metastasis: typed GTV, or untyped with a target's name (TG-263 GTV, GTVp, GTVn)."""
    if structure.interpreted_type:
        return structure.interpreted_type.upper() == "GTV"
    return TARGET_NAME.match(structure.name) is not None


def gather_lesions(
    study: Study, bone: BoneCompartments, settings: LesionSettings, source: LesionSource = LesionSource.AUTO
) -> Findings:
    """Collect the lesions of a patient and measure each.

    Parameters
    ----------
    study
        Inputs on the planning CT.
    bone
        Compartments on the same grid.
    settings
        SUV threshold, minimum volume, and the overlap at which two contours are one lesion.
    source
        Where lesions come from.

    Raises
    ------
    InputError
        The source asked for is not in the study.
    GeometryError
        A lesion lies outside the planning CT.
    """
    contoured = [structure for structure in study.structures if is_lesion(structure)]
    from_structures = source in (LesionSource.STRUCTURES, LesionSource.BOTH)
    from_pet = source in (LesionSource.PET, LesionSource.BOTH)
    if source is LesionSource.AUTO:
        from_structures, from_pet = bool(contoured), not contoured and study.pet is not None
    elif from_structures and not contoured:
        raise InputError(f"No structure is a lesion ({_names(study)})", "interpreted type GTV or a name GTV...")
    elif from_pet and study.pet is None:
        raise InputError("Lesions are to be found in PET, but the study has none", "a PET series", "add it")
    skeleton = bone.skeleton
    notices: list[Notice] = []
    if study.structures and not contoured:
        notices.append(Notice("no-lesion-contour", f"No structure of the set is a lesion: {_names(study)}."))
    candidates: list[_Candidate] = []
    if from_structures:
        candidates = [_from_structure(structure, study) for structure in contoured if _usable(structure, notices)]
    if from_pet and study.pet is not None:
        uptake = find_in_bone(study.pet.on_ct, skeleton, settings.suv_threshold, settings.minimum_ml)
        notices += _uptake_notices(uptake, settings)
        candidates = _merge(candidates, _from_uptake(uptake, settings), settings.same_lesion_overlap)
    return Findings(_measure(candidates, study, bone, skeleton), tuple(notices))


def _names(study: Study) -> str:
    names = [structure.name for structure in study.structures]
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "") or "none given"


def _usable(structure: Structure, notices: list[Notice]) -> bool:
    if structure.outside_ct:
        raise GeometryError(
            f"Lesion {structure.name!r} lies {'partly ' if structure.region.voxels else ''}outside the planning CT",
            "every GTV inside the CT, since GTV_total and the bone marrow reserve depend on it",
            "plan on a CT that covers it, or take it out of the structure set",
        )
    if not structure.region.voxels:
        notices.append(Notice("empty-lesion", f"Lesion {structure.name!r} has no contours and is left out."))
        return False
    return True


def _from_structure(structure: Structure, study: Study) -> _Candidate:
    origin = Origin("structure", study.structure_sources[structure.source].description, (structure.name,))
    return _Candidate(structure.name, structure.region, origin)


def _from_uptake(uptake: Uptake, settings: LesionSettings) -> list[_Candidate]:
    detail = f"SUVbw >= {settings.suv_threshold:g} in bone, >= {settings.minimum_ml:g} ml"
    return [
        _Candidate(f"PET-{number}", region, Origin("fixed-suv", detail, (f"PET-{number}",)))
        for number, region in enumerate(uptake.bone, start=1)
    ]


def _merge(contoured: list[_Candidate], found: Sequence[_Candidate], overlap: float) -> list[_Candidate]:
    """One lesion for a contour and the uptake it shares its place with: the union of both, under both names."""
    fresh = []
    for uptake in found:
        shared = [uptake.region.overlap(c.region) / min(uptake.region.voxels, c.region.voxels) for c in contoured]
        if shared and max(shared) >= overlap:
            index = int(np.argmax(shared))
            known = contoured[index]
            origin = Origin("structure+fixed-suv", known.origin.detail, (*known.origin.names, uptake.name))
            both = union((known.region, uptake.region), known.region.grid)
            contoured[index] = _Candidate(known.name, both, origin)
        else:
            fresh.append(uptake)
    return contoured + fresh


def _measure(
    candidates: Sequence[_Candidate], study: Study, bone: BoneCompartments, skeleton: BoolArray
) -> tuple[Lesion, ...]:
    sites = SiteEstimator.of(bone)
    lesions = []
    for number, candidate in enumerate(candidates, start=1):
        lesions.append(
            measure_lesion(
                candidate.region,
                identifier=f"L{number:02d}",
                name=candidate.name,
                kind=_kind(candidate, skeleton),
                site=sites.estimate(candidate.region.centroid_lps),
                origin=candidate.origin,
                ct=study.ct.volume,
                suv=study.pet.on_ct if study.pet else None,
                skeleton=skeleton,
            )
        )
    return tuple(lesions)


def _kind(candidate: _Candidate, skeleton: BoolArray) -> Kind:
    if NODE_NAME.search(candidate.name):
        return "node"
    in_bone = float(np.mean(candidate.region.values(skeleton)))
    return "bone" if in_bone >= BONE_FRACTION else "other"


def _uptake_notices(uptake: Uptake, settings: LesionSettings) -> list[Notice]:
    notices = []
    if uptake.spill:
        total = sum(region.volume_ml for region in uptake.spill)
        places = "; ".join("({:.0f}, {:.0f}, {:.0f})".format(*region.centroid_lps) for region in uptake.spill[:5])
        notices.append(
            Notice(
                "uptake-spills-into-bone",
                f"{len(uptake.spill)} region(s) of bone, {total:.1f} ml, are lit by uptake that peaks outside bone "
                f"(organ, node or soft tissue) and are not counted as lesions; LPS mm: {places}.",
            )
        )
    if uptake.specks:
        notices.append(
            Notice(
                "uptake-below-minimum",
                f"{uptake.specks} region(s) of uptake in bone are smaller than {settings.minimum_ml:g} ml "
                "and are not counted as lesions.",
            )
        )
    return notices
