"""What a plan needs, copied out of the scene so that another thread can work on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..errors import InputError
from ..study.loaded import LoadedImage, LoadedStudy
from ..study.loaded_labels import LoadedStructures
from ..study.suv import NO_OVERRIDES, SuvOverrides
from .dicom_files import files_of
from .segments import structures_of
from .transform import motion_of
from .volume import volume_of

SUV_UNITS = "{SUVbw}g/ml"


@dataclass(frozen=True)
class SceneInputs:
    """Nodes that are planned on.

    Parameters
    ----------
    ct
        Volume node of the planning CT; None where none is chosen.
    pet
        Volume node of the PET.
    structures
        Segmentation or label volume nodes with organs, vessels, canal.
    lesions
        Segmentation or label volume node whose every segment is a metastasis.
    bone
        Segmentation node of bones.
    pet_is_suv
        The user states that the PET is in SUVbw.
    lesion_rois
        Names of the segments of `lesions` that are metastases, with wildcards; empty for all.
    pet_ct
        Volume node of the CT that the PET was registered by.
    """

    ct: Any
    pet: Any = None
    structures: tuple[Any, ...] = ()
    lesions: Any = None
    bone: Any = None
    pet_is_suv: bool = False
    lesion_rois: tuple[str, ...] = ()
    pet_ct: Any = None


@dataclass(frozen=True)
class PlanningInputs:
    """Copies of what the nodes hold.

    `lesions` says whether the last structures hold the metastases: all of them, or those that `lesion_rois` names.
    """

    study: LoadedStudy
    bone: LoadedStructures | None = None
    lesions: bool = False
    lesion_rois: tuple[str, ...] = ()


def planning_inputs(nodes: SceneInputs, database: Any = None, overrides: SuvOverrides = NO_OVERRIDES) -> PlanningInputs:
    """Copy the inputs of a plan out of the scene; to be called in the main thread.

    Parameters
    ----------
    nodes
        What to plan on.
    database
        Slicer's DICOM database; None for none.
    overrides
        Weight, activity or injection time in place of the PET header's.

    Raises
    ------
    InputError, GeometryError
        No CT, a node that was deleted or holds no image, or one under a transform that is not rigid.
    """
    if nodes.ct is None:
        raise InputError("No CT is chosen", "the planning CT", "choose it under Patient, or load the demo patient")
    for node in filter(None, (nodes.ct, nodes.pet, nodes.lesions, nodes.bone, *nodes.structures)):
        if node.GetScene() is None:
            raise InputError(f"{node.GetName()!r} was deleted from the scene", "a loaded node", "choose another one")
    ct = image_of(nodes.ct, database)
    structures = [structures_of(node, ct.placed) for node in nodes.structures if node is not nodes.lesions]
    if nodes.lesions is not None:
        drawn = structures_of(nodes.lesions, ct.placed)
        structures.append(drawn if nodes.lesion_rois else _all_gtvs(drawn))
    pet = None if nodes.pet is None else suv_image_of(nodes.pet, database, nodes.pet_is_suv)
    return PlanningInputs(
        LoadedStudy(ct, pet, tuple(structures), overrides),
        None if nodes.bone is None else structures_of(nodes.bone, ct.placed),
        nodes.lesions is not None,
        nodes.lesion_rois if nodes.lesions is not None else (),
    )


def image_of(node: Any, database: Any = None) -> LoadedImage:
    """Copy of a volume node, with its files and the motion over it."""
    return LoadedImage(node.GetName(), volume_of(node), files_of(node, database), motion_of(node))


def suv_image_of(node: Any, database: Any = None, stated: bool = False) -> LoadedImage:
    """Copy of a PET node, with what is known of its unit."""
    image = image_of(node, database)
    why = "The user stated that the volume is in SUVbw." if stated else _says_suv(node)
    return replace(image, is_suv=bool(why), why_suv=why)


def _says_suv(node: Any) -> str:
    units = node.GetVoxelValueUnits()
    if units is not None and units.GetCodeValue() == SUV_UNITS:
        return f"The volume {node.GetName()} says that its unit is {SUV_UNITS}."
    return ""


def _all_gtvs(structures: LoadedStructures) -> LoadedStructures:
    blocks = tuple(replace(block, types=dict.fromkeys(block.names, "GTV")) for block in structures.blocks)
    return replace(structures, blocks=blocks)
