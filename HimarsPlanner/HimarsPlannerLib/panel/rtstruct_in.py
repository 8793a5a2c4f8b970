"""An RTSTRUCT file brought into the scene by its contours, without SlicerRT."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ..errors import InputError
from ..export.segmentation import Segment
from ..grid import Grid
from ..lesions.imported import is_lesion
from ..mrml.hierarchy import put_in_folder
from ..mrml.inputs import PlanningInputs
from ..mrml.show_segments import show_segments
from ..progress import Progress
from ..study.loaded import study_of
from ..study.rtstruct import read_structure_set
from ..study.study import Structure
from .demo import GTV_COLOUR, ORGAN_COLOUR


@dataclass(frozen=True)
class ReadStructures:
    """Lesions and other structures of a file on the planning CT."""

    name: str
    grid: Grid
    lesions: tuple[Structure, ...]
    others: tuple[Structure, ...]


def rtstruct_work(inputs: PlanningInputs, file: Path) -> Callable[[Progress], ReadStructures]:
    """Work that reads a structure set onto the planning CT."""

    def work(progress: Progress) -> ReadStructures:
        if not file.is_file():
            raise InputError(
                _("{file} is no file").format(file=file), _("an RTSTRUCT file"), _("choose it under Lesions")
            )
        ct = study_of(replace(inputs.study, pet=None, structures=()), progress).ct
        found = read_structure_set(file, ct)
        drawn = [one for one in found.structures if one.region.voxels]
        return ReadStructures(
            found.source.description or file.stem,
            ct.volume.grid,
            tuple(one for one in drawn if is_lesion(one)),
            tuple(one for one in drawn if not is_lesion(one)),
        )

    return work


def show_structures(scene: Any, read: ReadStructures, parameters: Any) -> None:
    """Add lesions and other structures to the scene, and choose them for the plan."""
    nodes = []
    if read.lesions:
        parameters.lesionSource = _node(scene, f"{read.name} GTVs", read.lesions, GTV_COLOUR, read.grid, parameters.ct)
        nodes.append(parameters.lesionSource)
    if read.others:
        node = _node(scene, f"{read.name} structures", read.others, ORGAN_COLOUR, read.grid, parameters.ct)
        node.GetDisplayNode().SetVisibility(False)
        parameters.structures = node
        nodes.append(node)
    put_in_folder(scene, read.name, nodes, parameters.ct)


def _node(
    scene: Any, name: str, structures: Sequence[Structure], colour: tuple[int, int, int], grid: Grid, ct: Any
) -> Any:
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", scene.GenerateUniqueName(name))
    segments = {f"roi-{one.number}": Segment(one.name, colour, one.region) for one in structures}
    show_segments(node, segments, grid, ct)
    return node
