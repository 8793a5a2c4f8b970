"""What the panel keeps in the scene: one parameter node for each plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Union

from slicer import (
    vtkMRMLLabelMapVolumeNode,
    vtkMRMLLinearTransformNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLSegmentationNode,
    vtkMRMLTableNode,
    vtkMRMLTextNode,
)
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper

from ..clinical.facts import Facts
from ..export.send.address import CALLING_AE_TITLE
from ..mrml.inputs import SceneInputs
from ..mrml.plan_nodes import PlanNodes
from ..replan import Choices
from ..study.suv import SuvOverrides

LOWEST_SUV, HIGHEST_SUV = 1.0, 15.0
LOWEST_PERCENT, HIGHEST_PERCENT = 1.0, 99.0


class LesionsFrom(Enum):
    """Where lesions come from."""

    SEGMENTS = "structures"
    PET = "pet"
    BOTH = "both"

    def label(self) -> str:
        """Words in the panel."""
        return {
            LesionsFrom.SEGMENTS: _("a segmentation or label map"),
            LesionsFrom.PET: _("uptake in the PET"),
            LesionsFrom.BOTH: _("both"),
        }[self]


class UptakeEnd(Enum):
    """How lesions are outlined in the PET; the values are the library's PET methods."""

    FIXED_SUV = "fixed-suv"
    PERCENT_OF_MAX = "percent-of-max"
    LIVER_BASED = "liver-based"
    SPLEEN_BASED = "spleen-based"

    def label(self) -> str:
        """Words in the panel."""
        return {
            UptakeEnd.FIXED_SUV: _("the SUV threshold"),
            UptakeEnd.PERCENT_OF_MAX: _("a part of SUVmax"),
            UptakeEnd.LIVER_BASED: _("the liver's uptake"),
            UptakeEnd.SPLEEN_BASED: _("the spleen's uptake"),
        }[self]


@parameterNodeWrapper
class HimarsPlannerParameterNode:
    """Choices of the user and nodes of the plan; facts are JSON by the identifiers of lesions.

    `registration` is the record of `mrml.registration`, `protocolDigest` the SHA-256 of the protocol file as chosen.
    """

    ct: vtkMRMLScalarVolumeNode
    pet: vtkMRMLScalarVolumeNode
    petIsSuv: bool = False
    structures: vtkMRMLSegmentationNode
    weightKg: Annotated[float, WithinRange(0, 300)] = 0.0
    injectedMbq: Annotated[float, WithinRange(0, 1000)] = 0.0
    injectionTime: str = ""
    petCt: vtkMRMLScalarVolumeNode
    petMotion: vtkMRMLLinearTransformNode
    registeredPetCt: vtkMRMLScalarVolumeNode
    registration: str = ""
    protocolFile: str = ""
    protocolDigest: str = ""
    boneSource: vtkMRMLSegmentationNode
    lesionsFrom: LesionsFrom = LesionsFrom.SEGMENTS
    # Slicer's wrapper takes a union of nodes only with None, its default.
    lesionSource: Union[vtkMRMLSegmentationNode, vtkMRMLLabelMapVolumeNode, None]
    suvThreshold: Annotated[float, WithinRange(LOWEST_SUV, HIGHEST_SUV)] = 3.0
    split: bool = False
    lesionRois: str = ""
    petMethod: UptakeEnd = UptakeEnd.FIXED_SUV
    percentOfMax: Annotated[float, WithinRange(LOWEST_PERCENT, HIGHEST_PERCENT)] = 41.0
    level: str = "1"
    facts: str = "{}"
    spineAlignment: str = ""
    rule: str = ""
    irradiated: str = ""
    crossCheck: bool = False
    outFolder: Path = Path()
    writeSelected: bool = True
    writeAll: bool = False
    writeCtv: bool = False
    writePtv: bool = False
    writeTrabecular: bool = False
    writeReserve: bool = False
    writeCanal: bool = False
    profile: str = "generic"
    holes: str = ""
    ctvMargin: str = ""
    ptvMargin: str = ""
    ptvCrop: str = ""
    doseGy: Annotated[float, WithinRange(0, 99.99)] = 0.0
    simplifyMm: Annotated[float, WithinRange(0, 5)] = 0.0
    roleCodes: bool = False
    sendTitle: str = ""
    sendHost: str = ""
    sendPort: Annotated[int, WithinRange(1, 65535)] = 104
    sendBone: bool = False
    sendLesions: bool = False
    callingTitle: str = CALLING_AE_TITLE
    sendTimeoutS: Annotated[float, WithinRange(1, 600)] = 30.0
    sendRetries: Annotated[int, WithinRange(0, 10)] = 2
    commitmentTimeoutS: Annotated[float, WithinRange(0, 600)] = 30.0
    listenAt: str = ""
    useTls: bool = False
    tlsName: str = ""
    tlsCa: str = ""
    tlsCertificate: str = ""
    tlsKey: str = ""
    checkedFile: str = ""
    doseFiles: str = ""
    doseStructures: str = ""
    dosePlans: str = ""
    doseRegimen: str = ""
    doseTargets: str = ""
    doseMarrow: str = ""
    doseMarrowOfPlan: bool = False
    doseDates: str = ""
    plannedCt: vtkMRMLScalarVolumeNode
    plannedPet: vtkMRMLScalarVolumeNode
    plannedStructures: vtkMRMLSegmentationNode
    plannedLesions: Union[vtkMRMLSegmentationNode, vtkMRMLLabelMapVolumeNode, None]
    plannedWith: str = "{}"
    boneMadeOn: vtkMRMLScalarVolumeNode
    boneMadeFrom: vtkMRMLSegmentationNode
    boneSegmentation: vtkMRMLSegmentationNode
    lesionSegmentation: vtkMRMLSegmentationNode
    suvPet: vtkMRMLScalarVolumeNode
    rankingTable: vtkMRMLTableNode
    planState: vtkMRMLTextNode


def inputs_of(parameters: Any) -> SceneInputs:
    """Nodes to plan on, as chosen."""
    from_segments = parameters.lesionsFrom is not LesionsFrom.PET
    structures = (parameters.structures,) if parameters.structures is not None else ()
    return SceneInputs(
        ct=parameters.ct,
        pet=parameters.pet,
        structures=structures,
        lesions=parameters.lesionSource if from_segments else None,
        bone=parameters.boneSource,
        pet_is_suv=parameters.petIsSuv,
        lesion_rois=names_of(parameters.lesionRois) if from_segments else (),
        pet_ct=parameters.registeredPetCt,
    )


def overrides_of(parameters: Any) -> SuvOverrides:
    """What is stated in place of the PET header; zero and nothing leave the header's."""
    return SuvOverrides(parameters.weightKg or None, parameters.injectedMbq or None, parameters.injectionTime or None)


def nodes_of(parameters: Any) -> PlanNodes:
    """Nodes of the plan, those that exist."""
    return PlanNodes(
        parameters.boneSegmentation,
        parameters.lesionSegmentation,
        parameters.suvPet,
        parameters.rankingTable,
        parameters.planState,
    )


def keep_nodes(parameters: Any, nodes: PlanNodes) -> None:
    """Write the plan's nodes into the parameter node."""
    parameters.boneSegmentation = nodes.bone
    parameters.lesionSegmentation = nodes.lesions
    parameters.suvPet = nodes.suv
    parameters.rankingTable = nodes.table
    parameters.planState = nodes.state


def choices_of(parameters: Any) -> Choices:
    """What is chosen for the whole plan besides its level."""
    return Choices(
        alignment=parameters.spineAlignment or None,
        rule=parameters.rule or None,
        irradiated=names_of(parameters.irradiated),
        cross_check=parameters.crossCheck,
    )


def names_of(line: str) -> tuple[str, ...]:
    """Names in a line of the panel, parted by semicolons."""
    return tuple(name for part in line.split(";") if (name := part.strip()))


def facts_of(parameters: Any) -> dict[str, Facts]:
    """What is stated about lesions."""
    return {lesion: Facts(**stated) for lesion, stated in json.loads(parameters.facts).items()}


def keep_facts(parameters: Any, facts: Mapping[str, Facts]) -> None:
    """Write what is stated about lesions."""
    parameters.facts = json.dumps({lesion: asdict(one) for lesion, one in facts.items() if one != Facts()})
