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
from ..study.suv import SuvOverrides

LOWEST_SUV, HIGHEST_SUV = 1.0, 15.0


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


@parameterNodeWrapper
class HimarsPlannerParameterNode:
    """Choices of the user and nodes of the plan; facts are JSON by the identifiers of lesions."""

    ct: vtkMRMLScalarVolumeNode
    pet: vtkMRMLScalarVolumeNode
    petIsSuv: bool = False
    structures: vtkMRMLSegmentationNode
    weightKg: Annotated[float, WithinRange(0, 300)] = 0.0
    injectedMbq: Annotated[float, WithinRange(0, 1000)] = 0.0
    injectionTime: str = ""
    boneSource: vtkMRMLSegmentationNode
    lesionsFrom: LesionsFrom = LesionsFrom.SEGMENTS
    lesionSource: Union[vtkMRMLSegmentationNode, vtkMRMLLabelMapVolumeNode]
    suvThreshold: Annotated[float, WithinRange(LOWEST_SUV, HIGHEST_SUV)] = 3.0
    split: bool = False
    level: str = "1"
    facts: str = "{}"
    outFolder: Path = Path()
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


def facts_of(parameters: Any) -> dict[str, Facts]:
    """What is stated about lesions."""
    return {lesion: Facts(**stated) for lesion, stated in json.loads(parameters.facts).items()}


def keep_facts(parameters: Any, facts: Mapping[str, Facts]) -> None:
    """Write what is stated about lesions."""
    parameters.facts = json.dumps({lesion: asdict(one) for lesion, one in facts.items() if one != Facts()})
