"""Candidates from the uptake of a PET, and what must be said about the rest of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from ..anatomy import recognise
from ..bone.compartments import BoneCompartments
from ..grid import Grid, Volume
from ..notice import Notice
from ..protocol.protocol import LesionSettings
from ..region import BoolArray
from ..study.structure_set import listed
from ..study.study import PetImage, Study
from .candidate import Candidate
from .lesion import Origin
from .uptake.find import find_uptake
from .uptake.found import Found, Organ, Uptake
from .uptake.methods import choose_rule
from .uptake.rule import Rule

MOST_OUTSIDE = 100
WORTH_TELLING_ML = 0.5


def from_pet(
    pet: PetImage, study: Study, bone: BoneCompartments, settings: LesionSettings, split: bool = False
) -> tuple[list[Candidate], list[Notice]]:
    """Candidates found in a PET.

    Uptake in bone is a lesion; uptake outside bone and outside healthy organs needs review.

    Parameters
    ----------
    pet
        The study's PET.
    study
        Its structures say which organs are labelled.
    bone
        Compartments on the same grid.
    settings
        Method and numbers.
    split
        Keep touching lesions apart along the minima between them.

    Raises
    ------
    InputError
        The method measures an organ and cannot.
    """
    organs = labelled_organs(study)
    rule = choose_rule(settings, pet, organs)
    uptake = find_uptake(pet.on_ct, bone.skeleton, bone.canal, organs, rule, settings, split)
    candidates = [_in_bone(found, number, rule, settings, split) for number, found in enumerate(uptake.bone, start=1)]
    shown, hidden = _largest(uptake.outside)
    candidates += [_outside(found, number, rule, settings) for number, found in enumerate(shown, start=1)]
    beyond = _beyond_ct(pet.native, bone.grid, rule, settings)
    return candidates, _notices(uptake, hidden, settings, beyond)


def review_notices(candidates: Sequence[Candidate]) -> list[Notice]:
    """What a physician must look at: uptake that is neither accepted nor part of a lesion that counts."""
    waiting = [one for one in candidates if one.needs_review]
    if not waiting:
        return []
    notices = []
    if in_gaps := [one.name for one in waiting if one.kind == "bone"]:
        message = (
            f"{listed(in_gaps)}: uptake in gaps of the bone, perhaps lytic lesions, which CT does not show as bone. "
            "Review first: they count as no metastases until accepted."
        )
        notices.append(Notice("uptake-in-bone-gap", message))
    volume = sum(one.region.volume_ml for one in waiting)
    message = (
        f"{len(waiting)} region(s) of uptake not known to be in bone ({volume:.1f} ml) need review: they count as no "
        "metastases until accepted (--accept NAME, or the clinical file)."
    )
    return [*notices, Notice("uptake-needs-review", message)]


def labelled_organs(study: Study) -> list[Organ]:
    """Organs among the structures of a study, by their names."""
    organs = []
    for structure in study.structures:
        part = recognise(structure.name)
        if part is not None and part.kind == "organ" and structure.region.voxels:
            organs.append(Organ(part.name, structure.region, part.has_uptake))
    return organs


def _detail(rule: Rule, settings: LesionSettings) -> str:
    return f"{rule.detail}; >= {settings.minimum_ml:g} ml"


def _in_bone(found: Found, number: int, rule: Rule, settings: LesionSettings, split: bool) -> Candidate:
    name = f"PET-{number}"
    parted = f"; parted where uptake drops by {settings.peak_prominence:.0%}" if split else ""
    origin = Origin(rule.method, f"{_detail(rule, settings)}; in bone{parted}", (name,))
    return Candidate(name, found.region, origin, kind="bone", uptake=found.region)


def _outside(found: Found, number: int, rule: Rule, settings: LesionSettings) -> Candidate:
    name = f"Uptake-{number}"
    detail = f"{_detail(rule, settings)}; outside bone"
    if found.part_of is not None:
        why = f"uptake outside bone that hangs together with PET-{found.part_of + 1}"
        detail = f"{detail}; outer part of PET-{found.part_of + 1}"
    elif found.in_gap:
        why = "uptake in a gap of the bone, perhaps a lytic lesion"
        detail = f"{_detail(rule, settings)}; in a gap of the bone"
    else:
        why = f"uptake in the {found.organ}" if found.organ else "uptake outside bone, perhaps of a healthy organ"
    origin = Origin(rule.method, detail, (name,))
    kind = "bone" if found.in_gap else "node" if found.part_of is None and not found.organ else "other"
    return Candidate(name, found.region, origin, kind, found.organ, why, found.region)  # type: ignore[arg-type]


def _largest(found: Sequence[Found]) -> tuple[list[Found], list[Found]]:
    """The largest regions in their order, and those beyond the number that a person can review."""
    if len(found) <= MOST_OUTSIDE:
        return list(found), []
    limit = sorted((one.region.voxels for one in found), reverse=True)[MOST_OUTSIDE - 1]
    return [one for one in found if one.region.voxels >= limit], [one for one in found if one.region.voxels < limit]


def _beyond_ct(native: Volume, ct: Grid, rule: Rule, settings: LesionSettings) -> tuple[int, float]:
    """Number and volume (ml) of regions of uptake in the PET outside the CT."""
    hot = np.asarray(native.array) >= rule.detection_suv
    labels, count = ndimage.label(hot & ~_covered(native.grid, ct), np.ones((3, 3, 3), dtype=bool))
    volumes = np.bincount(labels.ravel(), minlength=count + 1)[1:] * native.grid.voxel_ml
    large = volumes[volumes >= settings.minimum_ml]
    return len(large), float(large.sum())


def _covered(grid: Grid, ct: Grid) -> BoolArray:
    """Voxels of a grid whose centre lies in the CT."""
    covered = np.empty(grid.shape, dtype=bool)
    y, x = np.indices(grid.shape[1:])
    for z in range(grid.shape[0]):
        index = ct.to_index(grid.to_lps(np.stack([np.full_like(y, z), y, x], axis=-1)))
        covered[z] = np.all((index >= -0.5) & (index <= np.array(ct.shape) - 0.5), axis=-1)
    return covered


def _notices(
    uptake: Uptake, hidden: Sequence[Found], settings: LesionSettings, beyond: tuple[int, float]
) -> list[Notice]:
    notices = []
    if beyond[0]:
        message = (
            f"{beyond[0]} region(s) of uptake ({beyond[1]:.1f} ml) lie in the PET outside the planning CT: "
            "whether they are metastases is not assessed, and they are missing from GTV_total."
        )
        notices.append(Notice("uptake-outside-ct", message))
    if hidden:
        volume = sum(found.region.volume_ml for found in hidden)
        message = (
            f"Of the uptake outside bone only the {MOST_OUTSIDE} largest regions are listed; {len(hidden)} more have "
            f"{volume:.1f} ml together."
        )
        notices.append(Notice("uptake-not-listed", message))
    if uptake.healthy_ml:
        parts = ", ".join(f"{name} {ml:.0f} ml" for name, ml in sorted(uptake.healthy_ml.items()))
        message = f"Uptake of healthy organs by their labels, not counted as lesions: {parts}."
        notices.append(Notice("uptake-of-healthy-organs", message))
    if uptake.spill_ml >= WORTH_TELLING_ML:
        message = (
            f"{uptake.spill_ml:.1f} ml of bone are lit by uptake that belongs outside it (organ, node or soft tissue) "
            "and are not counted as lesions."
        )
        notices.append(Notice("uptake-spills-into-bone", message))
    if uptake.specks:
        message = (
            f"{uptake.specks} region(s) of uptake smaller than {settings.minimum_ml:g} ml ({uptake.specks_ml:.1f} ml "
            "together) are not counted as lesions."
        )
        notices.append(Notice("uptake-below-minimum", message))
    return notices
