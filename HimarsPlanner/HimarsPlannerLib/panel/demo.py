"""The demo patient, made on this computer: DICOM files in a temporary folder, nodes in the scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from slicer.i18n import tr as _

from ..export.segmentation import Segment
from ..grid import Volume
from ..mrml.dicom_files import FOLDER
from ..mrml.hierarchy import put_in_folder
from ..mrml.show_segments import show_segments
from ..mrml.volume import add_volume
from ..phantom.build import build_phantom
from ..phantom.dicom import write_phantom
from ..progress import Progress
from ..study.read import read_study
from ..study.study import Study

SEED = 1
GTV_COLOUR, ORGAN_COLOUR = (235, 90, 70), (110, 180, 120)
BONE_WINDOW = (-350.0, 950.0)
PET_WINDOW_SUV = 10.0


@dataclass(frozen=True)
class DemoSize:
    """How much of the demo patient is made."""

    size: Literal["pelvis", "torso", "whole-body"] = "pelvis"
    spacing: tuple[float, float, float] = (1.5, 1.5, 3.0)


def demo_work(folder: Path, size: DemoSize) -> Callable[[Progress], Study]:
    """Work that makes the patient in a folder and reads it back."""

    def work(progress: Progress) -> Study:
        made = build_phantom(SEED, size.spacing, size.size, progress=progress)
        write_phantom(made, folder, progress)
        return read_study([folder], progress=progress)

    return work


@dataclass(frozen=True)
class DemoNodes:
    """What the demo patient is in the scene."""

    ct: Any
    pet: Any
    lesions: Any
    structures: Any


def show_demo(scene: Any, study: Study, folder: Path) -> DemoNodes:
    """Add CT (HU), PET (Bq/ml, as a scanner gives it), lesions and organs to the scene."""
    name = _("HIMARS demo patient")
    ct = add_volume(scene, study.ct.volume, f"{name} CT")
    ct.SetAttribute(FOLDER, str(folder / "CT"))
    ct.GetDisplayNode().AutoWindowLevelOff()
    ct.GetDisplayNode().SetWindowLevelMinMax(*BONE_WINDOW)
    assert study.pet is not None, "the demo patient has a PET"
    activity = np.asarray(study.pet.native.array / study.pet.suv.factor, dtype=np.float32)
    pet = add_volume(scene, Volume(activity, study.pet.native.grid), f"{name} PET (Bq/ml)")
    pet.SetAttribute(FOLDER, str(folder / "PET"))
    pet.GetDisplayNode().AutoWindowLevelOff()
    pet.GetDisplayNode().SetWindowLevelMinMax(0.0, PET_WINDOW_SUV / study.pet.suv.factor)
    lesions = _segmentation(scene, study, ct, f"{name} GTVs", gtv=True)
    structures = _segmentation(scene, study, ct, f"{name} organs", gtv=False)
    put_in_folder(scene, name, (ct, pet, lesions, structures))
    return DemoNodes(ct, pet, lesions, structures)


def _segmentation(scene: Any, study: Study, ct: Any, name: str, gtv: bool) -> Any:
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    chosen = [one for one in study.structures if (one.interpreted_type == "GTV") is gtv and one.region.voxels]
    colour = GTV_COLOUR if gtv else ORGAN_COLOUR
    show_segments(node, {one.name: Segment(one.name, colour, one.region) for one in chosen}, study.ct.volume.grid, ct)
    if not gtv:
        node.GetDisplayNode().SetVisibility(False)
    return node
