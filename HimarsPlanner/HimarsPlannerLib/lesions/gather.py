"""Every metastasis, once: imported contours and PET uptake brought together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..bone.compartments import BoneCompartments
from ..errors import InputError
from ..notice import Notice
from ..protocol.protocol import LesionSettings
from ..study.structure_set import listed
from ..study.study import Structure, Study
from .candidate import Candidate
from .from_pet import from_pet, review_notices
from .imported import from_structures, lesion_structures
from .kind import KindFinder
from .lesion import Lesion
from .measure import measure_lesion
from .merge import merge
from .sites.locate import SiteFinder
from .uptake.native import native_values


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


def gather_lesions(
    study: Study,
    bone: BoneCompartments,
    settings: LesionSettings,
    source: LesionSource = LesionSource.AUTO,
    *,
    rois: Sequence[str] = (),
    split: bool = False,
    accepted: Collection[str] = (),
) -> Findings:
    """Collect the lesions of a patient and measure each.

    Parameters
    ----------
    study
        Inputs on the planning CT.
    bone
        Compartments on the same grid.
    settings
        PET method, minimum volume, and the overlap at which two contours are one lesion.
    source
        Where lesions come from.
    rois
        Names of the structures that are lesions, with wildcards; by default types and names tell.
    split
        Keep touching uptake apart along the minima between its peaks.
    accepted
        Names of uptake outside bone that a physician has accepted as metastases.

    Raises
    ------
    InputError
        The source asked for is not in the study, or a name in `rois` matches nothing.
    GeometryError
        A lesion lies outside the planning CT.
    """
    contoured = lesion_structures(study, rois)
    from_contours, from_uptake = _sources(study, contoured, source, rois)
    notices: list[Notice] = []
    if study.structures and not contoured and source is not LesionSource.PET:
        names = listed([structure.name for structure in study.structures])
        message = f"No structure is known as a lesion by type or name: {names}. Name lesions with --lesion-roi."
        notices.append(Notice("no-lesion-contour", message))
    candidates: list[Candidate] = []
    if from_contours:
        drawn, told = from_structures(contoured, study, settings)
        candidates += drawn
        notices += told
    if from_uptake and study.pet is not None:
        found, told = from_pet(study.pet, study, bone, settings, split)
        candidates += found
        notices += told
    if not candidates:
        return Findings((), tuple(notices))
    merged, differences = merge(candidates, settings.same_lesion_overlap, accepted)
    sites = SiteFinder.of(study, bone)
    kinds = KindFinder(bone, sites.bones)
    lesions = _measure(merged, study, sites, kinds)
    return Findings(lesions, (*differences, *review_notices(merged), *notices, *_gap_notice(merged, kinds)))


def _sources(
    study: Study, contoured: Sequence[Structure], source: LesionSource, rois: Sequence[str]
) -> tuple[bool, bool]:
    """Whether contours and whether the PET are looked at."""
    contours = source in (LesionSource.STRUCTURES, LesionSource.BOTH)
    pet = source in (LesionSource.PET, LesionSource.BOTH)
    if source is LesionSource.PET and rois:
        raise InputError("Lesions are to be found in PET, yet structures are named", "--lesions both", "or name none")
    if contours and not contoured:
        names = listed([structure.name for structure in study.structures]) or "none given"
        raise InputError(
            f"No structure is a lesion ({names})",
            "interpreted type GTV or a name GTV...",
            "name the lesions with --lesion-roi",
        )
    if pet and study.pet is None:
        raise InputError("Lesions are to be found in PET, but the study has none", "a PET series", "add it")
    if source is LesionSource.AUTO:
        return bool(contoured), not contoured and study.pet is not None
    return contours, pet


def _measure(candidates: Sequence[Candidate], study: Study, sites: SiteFinder, kinds: KindFinder) -> tuple[Lesion, ...]:
    lesions = []
    for number, candidate in enumerate(candidates, start=1):
        kind = kinds.kind(candidate)
        lesions.append(
            measure_lesion(
                candidate.region,
                identifier=f"L{number:02d}",
                name=candidate.name,
                kind=kind,
                site=sites.locate(
                    candidate.region,
                    "other" if candidate.needs_review and kind == "node" else kind,
                    candidate.organ,
                ),
                origin=candidate.origin,
                ct=study.ct.volume,
                suv=study.pet.on_ct if study.pet else None,
                skeleton=sites.skeleton,
                needs_review=candidate.needs_review,
                pet_volume_ml=_pet_volume(candidate, study),
            )
        )
    return tuple(lesions)


def _gap_notice(candidates: Sequence[Candidate], kinds: KindFinder) -> list[Notice]:
    names = [one.name for one in candidates if kinds.is_in_gap(one)]
    if not names:
        return []
    message = (
        f"{listed(names)}: drawn in a gap of the bone, where CT shows hardly any, and taken as lytic bone metastases. "
        "What is a lymph node should be called GTVn."
    )
    return [Notice("lesion-in-bone-gap", message)]


def _pet_volume(candidate: Candidate, study: Study) -> float | None:
    if candidate.uptake is None or study.pet is None:
        return None
    native = study.pet.native
    return native_values(native, candidate.uptake).size * native.grid.voxel_ml
