"""A plan shown in the scene: bone, lesions by tier, SUV PET, table; all that is needed to have it again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import slicer

from ..bone.compartments import BoneCompartments
from ..export.codes import METASTASIS
from ..export.palette import lesion_colour
from ..export.plan_files import BONE_SEGMENTS, bone_segments
from ..export.segmentation import Segment
from ..plan import Plan
from ..region import Region
from ..replan import Replanner
from ..selection.selection import Decision
from ..study.study import PetImage
from .hierarchy import put_in_folder
from .identity import lesions_of_segments
from .inputs import SUV_UNITS
from .show_segments import show_segments
from .state import plan_state
from .table import show_table
from .volume import add_volume, fill_image, volume_of

LABEL, BONE = "label:", "bone:"
FAINT_2D, STRONG_2D = 0.12, 0.5
FAINT_3D, HALF_3D, STRONG_3D = 0.15, 0.45, 1.0


@dataclass
class PlanNodes:
    """Nodes that hold a plan; None where there is none yet."""

    bone: Any = None
    lesions: Any = None
    suv: Any = None
    table: Any = None
    state: Any = None

    def all(self) -> tuple[Any, ...]:
        """Those that exist."""
        return tuple(one for one in (self.suv, self.bone, self.lesions, self.table, self.state) if one is not None)


def show_bone(scene: Any, nodes: PlanNodes, bone: BoneCompartments, ct_node: Any, name: str) -> None:
    """Show bone compartments, and single bones where labels told them, which are hidden at first."""
    segments = {
        f"{LABEL}{int(one.label)}": Segment(
            one.name, one.colour, Region.from_array(bone.labels == one.label, bone.grid), one.property
        )
        for one in BONE_SEGMENTS
    }
    shown = {key: one for key, one in segments.items() if one.region.voxels}
    single = {f"{BONE}{one.name}": one for one in bone_segments(bone)}
    if nodes.bone is None:
        nodes.bone = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", f"{name} bone")
    show_segments(nodes.bone, {**shown, **single}, bone.grid, ct_node)
    display = nodes.bone.GetDisplayNode()
    display.SetAllSegmentsOpacity2DFill(0.35)
    for identifier in single:
        display.SetSegmentVisibility(identifier, False)
    put_in_folder(scene, name, nodes.all(), ct_node)


def show_suv(scene: Any, nodes: PlanNodes, pet: PetImage, ct_node: Any, name: str) -> None:
    """Add the PET in SUVbw, on its own lattice; one that is there already gets the values of this plan."""
    if nodes.suv is not None and volume_of(nodes.suv).grid.same_as(pet.native.grid):
        fill_image(nodes.suv.GetImageData(), pet.native.array)
        nodes.suv.GetImageData().Modified()
        return
    nodes.suv = add_volume(scene, pet.native, f"{name} PET SUVbw")
    units = slicer.vtkCodedEntry()
    units.SetValueSchemeMeaning(SUV_UNITS, "UCUM", "Standardized Uptake Value body weight")
    nodes.suv.SetVoxelValueUnits(units)
    display = nodes.suv.GetDisplayNode()
    display.SetAndObserveColorNodeID("vtkMRMLColorTableNodeInvertedGrey")
    display.AutoWindowLevelOff()
    display.SetWindowLevelMinMax(0.0, 10.0)
    put_in_folder(scene, name, nodes.all(), ct_node)


def show_plan(scene: Any, nodes: PlanNodes, plan: Plan, ct_node: Any, name: str) -> None:
    """Show a plan's lesions with new voxels, its table, and what is needed to have the plan again.

    Parameters
    ----------
    scene
        Where to show it.
    nodes
        Nodes of an earlier showing; missing ones are made, and kept in it.
    plan
        The plan.
    ct_node
        Volume node of the planning CT.
    name
        Begins the nodes' names and is that of their folder.
    """
    if nodes.lesions is None:
        nodes.lesions = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", f"{name} lesions")
    segments = {decision.ranked.lesion.id: _segment(decision) for decision in plan.selection.decisions}
    show_segments(nodes.lesions, segments, plan.bone.grid, ct_node)
    update_plan(nodes, plan)
    show_ranking(scene, nodes, plan, name)
    put_in_folder(scene, name, nodes.all(), ct_node)


def update_plan(nodes: PlanNodes, plan: Plan, highlighted: str = "") -> None:
    """Bring names, colours and visibility up to a plan whose voxels are shown already."""
    segmentation, display = nodes.lesions.GetSegmentation(), nodes.lesions.GetDisplayNode()
    modified = nodes.lesions.StartModify()
    shown = display.StartModify()
    decisions = {decision.ranked.lesion.id: decision for decision in plan.selection.decisions}
    for identifier, lesion in lesions_of_segments(nodes.lesions, tuple(decisions)).items():
        if lesion in decisions:
            segment, wanted = segmentation.GetSegment(identifier), _segment(decisions[lesion])
            segment.SetName(wanted.name)
            segment.SetColor(*(value / 255 for value in wanted.colour))
            selected = decisions[lesion].verdict == "selected"
            _fade(display, identifier, selected, lesion == highlighted, highlighted in decisions)
    display.EndModify(shown)
    nodes.lesions.EndModify(modified)


def show_ranking(scene: Any, nodes: PlanNodes, plan: Plan, name: str) -> None:
    """Bring the table up to a plan: all that lesions.csv says, and so its sensitivity too."""
    if nodes.table is None:
        nodes.table = scene.AddNewNodeByClass("vtkMRMLTableNode", f"{name} ranking")
    show_table(nodes.table, plan)


def keep_state(scene: Any, nodes: PlanNodes, found: Replanner, name: str) -> None:
    """Write what voxels do not say into a text node, so that a saved scene holds the plan."""
    if nodes.state is None:
        nodes.state = scene.AddNewNodeByClass("vtkMRMLTextNode", f"{name} plan")
    nodes.state.SetText(json.dumps(plan_state(found), ensure_ascii=False))


def _segment(decision: Decision) -> Segment:
    ranked, lesion = decision.ranked, decision.ranked.lesion
    return Segment(
        f"{ranked.rank} {lesion.name}",
        lesion_colour(ranked.tier, lesion.counts),
        lesion.region,
        METASTASIS if lesion.counts else None,
    )


def _fade(display: Any, identifier: str, selected: bool, highlighted: bool, another: bool) -> None:
    """Selected lesions stand out from the others, and a highlighted one from all."""
    strong = selected or highlighted
    display.SetSegmentOpacity2DFill(identifier, STRONG_2D if strong else FAINT_2D)
    solid = STRONG_3D if highlighted or not another else HALF_3D
    display.SetSegmentOpacity3D(identifier, solid if strong else FAINT_3D)
