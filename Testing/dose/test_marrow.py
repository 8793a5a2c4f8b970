"""The bone marrow reserve of a plan's folder is the plan's own, and gets the dose of its voxels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from HimarsPlannerLib.dose.dose import Dose, DoseFile
from HimarsPlannerLib.dose.marrow import reserve_of_plan
from HimarsPlannerLib.errors import GeometryError, InputError
from HimarsPlannerLib.export.deliver import write_plan_folder
from HimarsPlannerLib.export.plan_files import BONE_SEGMENTS
from HimarsPlannerLib.export.segmentation import write_label_segmentation
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.plan import Plan
from HimarsPlannerLib.planner import make_plan
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.study.study import Structure


def dose_over(plan: Plan, gy: float) -> Dose:
    """An even dose over the whole CT."""
    ct = plan.study.ct.volume.grid
    size = tuple(int(n * s / 5) + 2 for n, s in zip(ct.size, ct.spacing, strict=True))
    volume = Volume(np.full(size[::-1], gy, np.float32), Grid(size, (5.0, 5.0, 5.0), ct.origin))
    frame = plan.study.ct.source.frame_of_reference_uid
    return Dose(volume, (DoseFile(Path("d.dcm"), volume, "PHYSICAL", "PLAN", frame, "1.1", "", "1.2"),))


def test_the_reserve_is_the_plans_and_gets_its_dose(demo_plan: Plan, tmp_path: Path) -> None:
    write_plan_folder(demo_plan, tmp_path / "plan")
    dvh = reserve_of_plan(tmp_path / "plan", dose_over(demo_plan, 12.5))
    assert dvh.volume_ml == pytest.approx(demo_plan.reserve.bone_marrow_reserve_ml, rel=1e-4)
    assert dvh.covered == 1
    assert (dvh.mean_gy, dvh.volume_from(12.5)) == pytest.approx((12.5, dvh.volume_ml))
    assert dvh.volume_from(12.6) == 0
    other = dose_over(demo_plan, 1.0)
    moved = replace(other, files=(replace(other.files[0], frame_uid="9.9"),))
    with pytest.raises(GeometryError, match=r"the dose in 9\.9"):
        reserve_of_plan(tmp_path / "plan", moved)
    with pytest.raises(InputError, match=r"is not a plan's folder"):
        reserve_of_plan(tmp_path, other)


def test_bone_irradiated_before_is_no_reserve(demo_plan: Plan, tmp_path: Path) -> None:
    grid = demo_plan.bone.grid
    half = np.zeros(grid.shape, bool)
    half[: grid.shape[0] // 2] = True
    field = Structure("PriorRT", "AVOIDANCE", Region.from_array(half, grid))
    study = replace(demo_plan.study, structures=(*demo_plan.study.structures, field))
    plan = make_plan(study, demo_plan.protocol, "1", bone=demo_plan.bone, irradiated=["PriorRT"])
    write_plan_folder(plan, tmp_path / "plan")
    dvh = reserve_of_plan(tmp_path / "plan", dose_over(plan, 10.0))
    assert dvh.volume_ml == pytest.approx(plan.reserve.bone_marrow_reserve_ml, rel=1e-4)
    assert dvh.volume_ml < 0.9 * demo_plan.reserve.bone_marrow_reserve_ml
    (tmp_path / "plan" / "bone.seg.nrrd").unlink()
    write_label_segmentation(plan.bone.labels, BONE_SEGMENTS, grid, tmp_path / "plan" / "bone.seg.nrrd")
    with pytest.raises(InputError, match="has no 'Bone marrow reserve'"):
        reserve_of_plan(tmp_path / "plan", dose_over(plan, 10.0))
