"""A plan's nodes copied out of the scene."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..errors import InputError
from ..grid import Grid
from ..study.loaded_labels import LabelBlock
from .identity import lesions_of_segments
from .inputs import SceneInputs, planning_inputs
from .plan_nodes import PlanNodes
from .segments import segment_blocks
from .state import REMEDY, SavedPlan, read_state
from .volume import volume_of


def saved_plan(inputs: SceneInputs, nodes: PlanNodes, database: Any = None) -> SavedPlan:
    """Copy a plan out of the scene; to be called in the main thread.

    Parameters
    ----------
    inputs
        Nodes that the plan was made from; its PET in SUVbw stands in place of theirs.
    nodes
        Nodes of the plan.
    database
        Slicer's DICOM database; None for none.

    Raises
    ------
    InputError
        A node of the plan is missing.
    GeometryError
        A transform over a node is not rigid.
    """
    missing = [name for name in ("bone", "lesions", "state") if getattr(nodes, name) is None]
    if missing:
        raise InputError(f"The plan lacks its node(s): {', '.join(missing)}", "the nodes that were saved", REMEDY)
    wanted = SceneInputs(inputs.ct, nodes.suv, inputs.structures, inputs.lesions, lesion_rois=inputs.lesion_rois)
    loaded = planning_inputs(wanted, database)
    reference = loaded.study.ct.placed
    state = read_state(nodes.state.GetText())
    lesions = lesion_blocks(nodes.lesions, reference, tuple(state.get("lesions", ())))
    pet_ct = None if inputs.pet_ct is None else volume_of(inputs.pet_ct)
    return SavedPlan(loaded.study, segment_blocks(nodes.bone, reference), lesions, state, pet_ct)


def lesion_blocks(node: Any, reference: Grid, taken: Collection[str]) -> dict[str, LabelBlock]:
    """Label block of each lesion by its identifier; see `lesions_of_segments`."""
    lesions = lesions_of_segments(node, taken)
    return {lesions[segment]: block for segment, block in segment_blocks(node, reference).items()}
