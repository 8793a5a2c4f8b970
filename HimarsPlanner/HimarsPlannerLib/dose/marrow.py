"""The bone marrow reserve of a plan's folder, and its dose."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import GeometryError, InputError
from ..grid import Grid
from ..region import BoolArray, Region
from ..study.labels import LabelFile, load_label_file
from ..study.place import nearest_on, sample_on
from .dose import Dose
from .dvh import Dvh

TRABECULAR, SHAFT_CAVITY, RESERVE = "Trabecular bone", "Long-bone shaft cavity", "Bone marrow reserve"
UNCOUNTED = re.compile(r"\((needs review|no metastasis)\)$")


def reserve_of_plan(folder: Path, dose: Dose) -> Dvh:
    """DVH of the bone marrow reserve of a plan, voxel by voxel of the CT.

    It is trabecular bone without the plan's lesions, and without what the plan says was irradiated before.

    Parameters
    ----------
    folder
        As `himars-planner plan` writes it.
    dose
        In the frame of reference of the plan's CT.

    Raises
    ------
    InputError
        The folder is not a plan's, or takes earlier irradiation into account but does not hold its reserve.
    GeometryError
        The plan's CT is in another frame of reference, or its bone outside the dose grid.
    """
    record = _record(folder)
    frame = record["inputs"]["ct"]["frame_of_reference_uid"]
    if frame and frame != dose.frame_uid:
        raise GeometryError(
            f"The plan in {folder} is in frame of reference {frame}, the dose in {dose.frame_uid}",
            "the plan of the CT that the dose was calculated on",
        )
    bone = load_label_file(folder / "bone.seg.nrrd")
    reserve = _stated_reserve(bone, folder) if record["bone"].get("irradiated") else _reserve(bone, record, folder)
    return _dvh(Region.from_array(reserve, bone.grid), dose, folder)


def _stated_reserve(bone: LabelFile, folder: Path) -> BoolArray:
    if not any(segment.name == RESERVE for segment in bone.segments):
        raise InputError(
            f"The plan in {folder} takes out bone irradiated before, but its bone.seg.nrrd has no {RESERVE!r}",
            "a folder that this version wrote",
            "make the plan again",
        )
    return _mask(bone, lambda name: name == RESERVE)


def _reserve(bone: LabelFile, record: dict[str, Any], folder: Path) -> BoolArray:
    wanted = [TRABECULAR]
    if record["protocol"]["settings"]["bone"]["shaft_cavities"]:
        wanted.append(SHAFT_CAVITY)
    reserve = _mask(bone, lambda name: name in wanted)
    lesions = load_label_file(folder / "lesions.seg.nrrd")
    counted = _mask(lesions, lambda name: not UNCOUNTED.search(name))
    reserve &= nearest_on(counted.astype(np.uint8), lesions.grid, bone.grid) == 0
    return reserve


def _record(folder: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{folder} is not a plan's folder", "plan.json, bone.seg.nrrd, lesions.seg.nrrd") from error
    return record


def _mask(labels: LabelFile, wanted: Callable[[str], bool]) -> BoolArray:
    mask = np.zeros(labels.layers[0].shape, dtype=bool)
    for segment in labels.segments:
        if wanted(segment.name):
            mask |= labels.layers[segment.layer] == segment.value
    return mask


def _dvh(region: Region, dose: Dose, folder: Path) -> Dvh:
    z, y, x = region.mask.shape
    grid: Grid = region.grid.crop(region.start, (z, y, x))
    values = sample_on(dose.volume, grid).array[region.mask]
    inside = values[~np.isnan(values)]
    if not inside.size:
        raise GeometryError(f"The bone of {folder} is wholly outside the dose grid", "a dose that covers it")
    volume = np.full(inside.shape, grid.voxel_ml, dtype=np.float32)
    extremes = float(inside.min()), float(inside.max())
    return Dvh.of_samples(inside, volume, extremes, (values.size - inside.size) * grid.voxel_ml)
