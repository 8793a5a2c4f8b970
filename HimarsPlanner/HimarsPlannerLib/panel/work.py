"""Long work of a plan, on copies: it touches no node of the scene."""

from __future__ import annotations

import glob
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..bone.compartments import BoneCompartments
from ..bone.from_labels import segment_labelled_bone
from ..bone.segment import segment_bone
from ..clinical.facts import Facts
from ..errors import InputError
from ..lesions.edited import follow_edits
from ..lesions.gather import LesionSource
from ..mrml.inputs import PlanningInputs
from ..planner import make_plan
from ..progress import Progress
from ..protocol.protocol import Protocol
from ..replan import Choices, Replanner
from ..study.loaded import study_of
from ..study.loaded_labels import LabelBlock, LoadedStructures, loaded_bone_labels, place_structures
from ..study.named import structures_named
from ..study.study import Study


def segment(inputs: PlanningInputs, progress: Progress) -> BoneCompartments:
    """Segment the bone, or take it from labels."""
    study = study_of(replace(inputs.study, pet=None, structures=()), progress)
    if inputs.bone is None:
        return segment_bone(study.ct.volume, progress)
    return segment_labelled_bone(study.ct.volume, loaded_bone_labels(inputs.bone, study.ct), progress)


def find(
    inputs: PlanningInputs,
    protocol: Protocol,
    bone: BoneCompartments | None,
    level: str,
    source: LesionSource,
    split: bool,
    progress: Progress,
) -> Replanner:
    """Find lesions and rank them, without facts.

    Raises
    ------
    InputError
        No segmentation of lesions is chosen, or an empty one; and see `make_plan`.
    """
    if source is not LesionSource.PET and not inputs.lesions:
        raise InputError(
            "No segmentation of lesions is chosen", "one under Lesions", "choose it, or find lesions in the PET"
        )
    if source is LesionSource.STRUCTURES and not inputs.study.structures[-1].blocks:
        name = inputs.study.structures[-1].name
        raise InputError(f"{name!r} holds no voxel", "lesions that are drawn", "draw them, or choose another one")
    study = study_of(inputs.study, progress)
    compartments = segment(inputs, progress) if bone is None else bone
    rois = names_of_segments(study, inputs.lesion_rois) if inputs.lesion_rois else ()
    plan = make_plan(study, protocol, level, source, progress, lesion_rois=rois, split=split, bone=compartments)
    return Replanner.of(plan)


def measure_edits(
    replanner: Replanner,
    blocks: Mapping[str, LabelBlock],
    name: str,
    level: str,
    facts: Mapping[str, Facts],
    choices: Choices,
    progress: Progress,
) -> Replanner | None:
    """Measure edited lesions again; None where none was edited."""
    progress("lesions", 0.0)
    grid, before = replanner.bone.grid, replanner.lesions
    contours = {
        lesion: place_structures(LoadedStructures(name, (block,)), grid)[0][0] for lesion, block in blocks.items()
    }
    lesions = follow_edits(before, contours, replanner.study, replanner.bone)
    if len(lesions) == len(before) and all(one is other for one, other in zip(lesions, before, strict=True)):
        return None
    progress("risk", 0.5)
    again = replanner.with_lesions(lesions)
    again.plan(level, facts, choices)
    return again


def names_of_segments(study: Study, patterns: Sequence[str]) -> tuple[str, ...]:
    """Names of the last source's structures that match, as patterns for these names alone."""
    last = len(study.structure_sources) - 1
    drawn = [structure for structure in study.structures if structure.source == last]
    return tuple(dict.fromkeys(glob.escape(one.name) for one in structures_named(drawn, patterns)))
