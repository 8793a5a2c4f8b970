"""Seconds to rank and select the 111 lesions of a real patient, beyond reading them.

The lesion mask of a real PSMA PET patient gives the GTVs, split into its connected parts as on import. It comes without
a CT, so bone is made: the 2000 ml nearest to the lesions, lesions included, are trabecular, the next 1000 ml cortical,
and the CT is made of them. Nothing about bone is a finding here, only the time is. The mask's own voxels are large;
the same on lattices two and four times as fine in the plane (the last with the voxels of a planning CT).
Usage: ``python benchmarks/selection.py MASK.nii.gz [FINER ...]`` (by default 1 2 4).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from scipy import ndimage

from HimarsPlannerLib.bone.compartments import BoneCompartments, BoneLabel
from HimarsPlannerLib.bone.reserve import measure_reserve
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.lesions.gather import LesionSource, gather_lesions
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.protocol.selection_settings import SELECTION_RULES
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.risk.anatomy import Anatomy
from HimarsPlannerLib.risk.ranking import rank_lesions
from HimarsPlannerLib.selection.eligibility_ratio import measure_eligibility
from HimarsPlannerLib.selection.optimum import largest_volume
from HimarsPlannerLib.selection.rules import select
from HimarsPlannerLib.selection.sensitivity import Case, find_sensitivity
from HimarsPlannerLib.study.image_file import read_image_file
from HimarsPlannerLib.study.study import CtImage, Source, Structure, Study

ASKED_S = 5.0
TRABECULAR_ML, CORTICAL_ML = 2000.0, 1000.0
FRACTION = 0.2  # level -1: at higher ones all 431 ml fit, and there is nothing to choose
Result = TypeVar("Result")


def make_bone(mask: Volume) -> np.ndarray:
    """Labels of made bone around lesions, (z, y, x)."""
    inside = mask.array > 0
    distance = ndimage.distance_transform_edt(~inside, sampling=mask.grid.spacing_zyx).ravel()
    order = np.argsort(distance, kind="stable")
    labels = np.zeros(inside.size, np.uint8)
    trabecular, cortical = (round(ml / mask.grid.voxel_ml) for ml in (TRABECULAR_ML, CORTICAL_ML))
    labels[order[:trabecular]] = BoneLabel.TRABECULAR
    labels[order[trabecular : trabecular + cortical]] = BoneLabel.CORTICAL
    return labels.reshape(inside.shape)


def finer(array: np.ndarray, times: int) -> np.ndarray:
    return np.repeat(np.repeat(array, times, axis=1), times, axis=2)


def make_study(mask: Volume, times: int) -> tuple[Study, BoneCompartments]:
    size, spacing = mask.grid.size, mask.grid.spacing
    grid = Grid(
        (size[0] * times, size[1] * times, size[2]),
        (spacing[0] / times, spacing[1] / times, spacing[2]),
        mask.grid.origin,
        mask.grid.direction,
    )
    labels = finer(make_bone(mask), times)
    ct = np.full(grid.shape, -100, np.int16)
    ct[labels == BoneLabel.TRABECULAR] = 180
    ct[labels == BoneLabel.CORTICAL] = 700
    lesions = Structure("lesions", "", Region.from_array(finer(mask.array > 0, times), grid), 0, 1)
    study = Study(
        patient_id="",
        ct=CtImage(Volume(ct, grid), Source("CT", "made", ())),
        pet=None,
        structures=(lesions,),
        structure_sources=(Source("image", "lesions", ()),),
    )
    return study, BoneCompartments(labels, grid, "made for the benchmark/1")


def timed(what: str, work: Callable[[], Result], shown: Callable[[Result], str] = lambda _: "") -> tuple[Result, float]:
    begin = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - begin
    print(f"  {what:<38}{seconds:7.2f} s  {shown(result)}", flush=True)
    return result, seconds


def measure(mask: Volume, times: int) -> None:
    study, bone = make_study(mask, times)
    grid, protocol = bone.grid, read_protocol()
    lesions = gather_lesions(study, bone, protocol.lesions, LesionSource.STRUCTURES).lesions
    reserve = measure_reserve(bone, [one.region for one in lesions])
    voxels = " x ".join(f"{value:.2f}" for value in grid.spacing)
    budget = int(FRACTION * reserve.bone_marrow_reserve_ml / grid.voxel_ml)
    print(f"{len(lesions)} lesions, {reserve.gtv_total_ml:.0f} ml, {voxels} mm, budget of {budget} voxels")
    ranked, ranking_s = timed(
        "scores and ranking",
        lambda: rank_lesions(
            lesions,
            Anatomy.of(study.ct.volume, study.structures, bone, lesions),
            protocol.risk,
            protocol.ranking,
        ),
    )
    case = Case(ranked, bone.trabecular, grid, None, reserve, FRACTION)
    chosen = {}
    spent = {}
    for rule in SELECTION_RULES:
        chosen[rule], spent[rule] = timed(
            rule,
            lambda rule=rule: select(ranked, FRACTION * reserve.bone_marrow_reserve_ml, grid, rule),
            lambda s: f"{s.selected_ml:.2f} of {s.budget_ml:.2f} ml",
        )
    _, bound_s = timed(
        "largest volume of any choice",
        lambda: largest_volume(ranked, chosen[protocol.selection_rule].budget_ml, grid),
        lambda bound: f"{bound.ml:.2f} ml, {'exact' if bound.exact else 'upper bound'}",
    )
    _, eligibility_s = timed(
        "eligibility ratio",
        lambda: measure_eligibility(ranked, reserve.bone_marrow_reserve_ml, grid, protocol.eligibility),
    )
    sensitivity_s = {
        rule: timed(f"sensitivity, {rule}", lambda rule=rule: find_sensitivity(case, chosen[rule]))[1]
        for rule in SELECTION_RULES
    }
    for rule in SELECTION_RULES:
        whole = ranking_s + spent[rule] + bound_s + eligibility_s + sensitivity_s[rule]
        print(f"  ranked and selected by {rule:<20}{whole:7.2f} s  (asked: below {ASKED_S:g} s)")


def main(file: Path, times: Sequence[int]) -> None:
    mask = read_image_file(file)
    for one in times:
        measure(mask, one)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(one) for one in sys.argv[2:]] or [1, 2, 4])
