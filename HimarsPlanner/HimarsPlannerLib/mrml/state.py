"""What a plan says beyond voxels, as JSON in the scene, and the plan made of it again."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from ..bone.compartments import BoneCompartments
from ..bone.coverage import find_coverage
from ..errors import InputError
from ..grid import Grid, Volume
from ..lesions.edited import follow_edits
from ..lesions.lesion import Lesion, Origin, Site
from ..notice import Notice
from ..planner import SOFTWARE
from ..progress import Progress, silent
from ..protocol.protocol import Protocol, override_lesions
from ..region import Region
from ..replan import Replanner
from ..study.loaded import LoadedStudy, study_of
from ..study.loaded_labels import LabelBlock, LoadedStructures, place_structures
from ..study.study import DicomReference, PetImage, Structure, Study, SuvFactor
from .registration import read_registration, registration_record
from .source import read_source, source_record

SCHEMA = "himars-scene/1"
REMEDY = "plan again from the CT"
BONE_EDITED = Notice("bone-edited", "The bone was edited by hand after it was segmented.")


@dataclass(frozen=True)
class SavedPlan:
    """A plan's nodes copied out of the scene.

    Parameters
    ----------
    study
        CT, PET in SUVbw and structures.
    bone
        Labels of the compartments and single bones, by segment identifier.
    lesions
        By segment identifier.
    state
        What `plan_state` gave.
    pet_ct
        The CT that the PET was registered by, where it was loaded, HU; None for none.
    """

    study: LoadedStudy
    bone: Mapping[str, LabelBlock]
    lesions: Mapping[str, LabelBlock]
    state: Mapping[str, Any]
    pet_ct: Volume | None = None


def read_state(text: str) -> Mapping[str, Any]:
    """Check and read the text of a state node.

    Raises
    ------
    InputError
        It is not a plan's state, or another version's.
    """
    try:
        state = json.loads(text)
        schema = state["schema"]
    except (ValueError, TypeError, KeyError) as error:
        raise InputError("The plan in this scene cannot be read", "the text that was saved", REMEDY) from error
    if schema != SCHEMA:
        raise InputError(f"The plan in this scene has the form {schema!r}", SCHEMA, REMEDY)
    return state  # type: ignore[no-any-return]


def plan_state(found: Replanner) -> dict[str, Any]:
    """What the nodes of a plan do not hold, as JSON values.

    Parameters
    ----------
    found
        What was found, before any choice.
    """
    study = found.study
    return {
        "schema": SCHEMA,
        "software": SOFTWARE,
        "study": {
            "patient_id": study.patient_id,
            "patient": dict(study.patient),
            "ct": source_record(study.ct.source),
            "ct_grid": asdict(study.ct.volume.grid),
            "structures": _fingerprints(study.structures),
            "reference": None if study.ct.reference is None else _reference(study.ct.reference),
            "pet": None if study.pet is None else _pet(study.pet),
            "registration": None if study.registration is None else registration_record(study.registration),
            "notices": _notices(study.notices),
        },
        "bone": {
            "definition": found.bone.definition,
            "source": found.bone.source,
            "notices": _notices(found.bone.notices),
            "labels": _fingerprint(found.bone.labels),
        },
        "settings": asdict(found.protocol.lesions),
        "notices": _notices(found.notices),
        "lesions": {lesion.id: _lesion(lesion) for lesion in found.lesions},
    }


def restore(saved: SavedPlan, protocol: Protocol, progress: Progress = silent) -> Replanner:
    """Make a plan again from its nodes; lesions whose voxels changed since are measured again.

    Raises
    ------
    InputError, GeometryError
        Nodes do not hold what the state speaks of.
    """
    state = saved.state
    try:
        # What the protocol says itself is not stated by the user.
        kept = {name: value for name, value in state["settings"].items() if value != getattr(protocol.lesions, name)}
        settings = override_lesions(protocol, **kept)
        study = _study(study_of(saved.study, progress), state["study"], saved.pet_ct)
        grid = study.ct.volume.grid
        bone = bone_of_blocks(saved.bone, grid, _bone(state["bone"], grid))
        told = _changed_structures(study.structures, state["study"]["structures"])
        if _fingerprint(bone.labels) != state["bone"]["labels"]:
            bone = edited_bone(bone)
            told.append(BONE_EDITED)
        contours = {}
        for identifier, block in saved.lesions.items():
            placed, _ = place_structures(LoadedStructures("lesions", (block,)), grid)
            contours[identifier] = placed[0]
        before = [
            _stored(identifier, entry, contours[identifier].region)
            for identifier, entry in state["lesions"].items()
            if identifier in contours
        ]
        progress("lesions", 0.5)
        lesions = follow_edits(before, contours, study, bone)
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"The plan in this scene is not whole ({error})", "what was saved", REMEDY) from error
    notices = (*told, *(notice for notice in _read_notices(state["notices"]) if notice not in told))
    return Replanner(study, settings, bone, lesions, notices, find_coverage(study.ct.volume, bone))


def edited_bone(bone: BoneCompartments) -> BoneCompartments:
    """The same bone, said to be edited by hand."""
    return replace(bone, notices=(BONE_EDITED, *(one for one in bone.notices if one != BONE_EDITED)))


def _study(study: Study, state: Mapping[str, Any], pet_ct: Volume | None) -> Study:
    if not study.ct.volume.grid.same_as(Grid(**{name: tuple(value) for name, value in state["ct_grid"].items()})):
        raise InputError("The CT in this scene is not where, or as large as, it was for the plan", "that CT", REMEDY)
    planned_on = read_source(state["ct"])
    chosen, own = study.ct.source.series_uid, planned_on.series_uid
    if chosen and own and chosen != own:
        raise InputError(
            f"The CT that is chosen is series {chosen}, the plan was made on {own}",
            "the planning CT of the plan",
            "choose that CT, or find the lesions again on this one",
        )
    if state["pet"] is not None and study.pet is None:
        raise InputError("The plan lacks its PET in SUVbw", "the nodes that were saved", REMEDY)
    reference = study.ct.reference or _read_reference(state["reference"])
    ct = replace(study.ct, reference=reference, source=planned_on)
    # A PET of an earlier plan may be in the scene still.
    pet = None if state["pet"] is None else study.pet
    if pet is not None:
        suv = SuvFactor(
            state["pet"]["factor"],
            tuple(state["pet"]["trace"]),
            tuple(_read_notices(state["pet"]["notices"])),
            state["pet"]["tracer"],
        )
        pet = replace(pet, suv=suv, source=read_source(state["pet"]["source"]))
    return replace(
        study,
        patient_id=state["patient_id"],
        patient=state["patient"],
        ct=ct,
        pet=pet,
        notices=tuple(_read_notices(state["notices"])),
        # Scenes that were saved before registrations were kept have none.
        registration=read_registration(record, pet_ct) if (record := state.get("registration")) else None,
    )


def bone_of_blocks(blocks: Mapping[str, LabelBlock], grid: Grid, like: BoneCompartments) -> BoneCompartments:
    """Bone compartments as their segmentation node shows them.

    Parameters
    ----------
    blocks
        By segment identifier; segments that somebody added are no compartment.
    grid
        The planning CT's.
    like
        Says what voxels do not: definition, notices, source.
    """
    labels = np.zeros(grid.shape, dtype=np.uint8)
    bones: dict[str, Region] = {}
    for identifier, block in blocks.items():
        (one,), _ = place_structures(LoadedStructures("bone", (block,)), grid)
        kind, _, name = identifier.partition(":")
        if kind == "label":
            labels[one.region.box][one.region.mask] = int(name)
        elif kind == "bone":
            bones[name] = one.region
    return replace(like, labels=labels, grid=grid, bones=bones)


def _bone(state: Mapping[str, Any], grid: Grid) -> BoneCompartments:
    notices = tuple(_read_notices(state["notices"]))
    nothing = np.zeros((0, 0, 0), dtype=np.uint8)
    return BoneCompartments(nothing, grid, state["definition"], notices, source=state["source"])


def _lesion(lesion: Lesion) -> dict[str, Any]:
    fields = {
        name: getattr(lesion, name)
        for name in Lesion.__dataclass_fields__
        if name not in ("id", "region", "facts", "site", "origin")
    }
    return {**fields, "site": asdict(lesion.site), "origin": asdict(lesion.origin), "voxels": digest(lesion.region)}


def _stored(identifier: str, entry: Mapping[str, Any], region: Region) -> Lesion:
    """Lesion as it was saved; without voxels where its region is another now, so that it is measured again."""
    fields = {name: value for name, value in entry.items() if name not in ("voxels", "site", "origin")}
    fields["centroid_lps_mm"] = tuple(fields["centroid_lps_mm"])
    site = Site(**{**entry["site"], "bones": tuple(entry["site"]["bones"])})
    origin = Origin(**{**entry["origin"], "names": tuple(entry["origin"]["names"])})
    known = digest(region) == entry["voxels"]
    voxels = region if known else Region(region.grid, (0, 0, 0), np.zeros((0, 0, 0), dtype=bool))
    return Lesion(id=identifier, region=voxels, site=site, origin=origin, **fields)


def digest(region: Region) -> str:
    """Fingerprint of a region's voxels."""
    cropped = Region.from_array(region.mask, region.grid, region.start)
    content = repr((cropped.start, cropped.mask.shape)).encode() + np.packbits(cropped.mask).tobytes()
    return hashlib.sha256(content).hexdigest()


def _fingerprint(array: npt.NDArray[Any]) -> int:
    return zlib.crc32(np.ascontiguousarray(array).data)


def _fingerprints(structures: Sequence[Structure]) -> list[list[Any]]:
    """What tells whether a structure is the same still, quick enough for all organs after each edit of a lesion."""
    return [
        [one.name, list(one.region.start), list(one.region.mask.shape), _fingerprint(np.packbits(one.region.mask))]
        for one in structures
    ]


def _changed_structures(structures: Sequence[Structure], state: Sequence[Any]) -> list[Notice]:
    now = _fingerprints(structures)
    names = {one[0] for one in now if one not in state} | {one[0] for one in state if one not in now}
    if not names:
        return []
    message = (
        "Structures were changed, added or removed since this plan was saved, and it follows them as they are now: "
        + ", ".join(sorted(names))
        + "."
    )
    return [Notice("structures-changed", message)]


def _pet(pet: PetImage) -> dict[str, Any]:
    suv = pet.suv
    return {
        "source": source_record(pet.source),
        "factor": suv.factor,
        "trace": list(suv.trace),
        "notices": _notices(suv.notices),
        "tracer": suv.tracer,
    }


def _reference(reference: DicomReference) -> dict[str, Any]:
    return {
        "header": reference.header.to_json_dict(suppress_invalid_tags=True),
        "sop_class_uid": reference.sop_class_uid,
        "sop_instance_uids": list(reference.sop_instance_uids),
        "positions_lps": np.asarray(reference.positions_lps).tolist(),
    }


def _read_reference(state: Mapping[str, Any] | None) -> DicomReference | None:
    if state is None:
        return None
    return DicomReference(
        Dataset.from_json(state["header"]),
        state["sop_class_uid"],
        tuple(state["sop_instance_uids"]),
        np.array(state["positions_lps"], dtype=np.float64),
    )


def _notices(notices: Sequence[Notice]) -> list[list[str]]:
    return [[notice.code, notice.message] for notice in notices]


def _read_notices(state: Sequence[Sequence[str]]) -> list[Notice]:
    return [Notice(code, message) for code, message in state]
