"""A made lesion in a real femur (STS_001, bent by about 45 degrees): the bone without it is the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from HimarsPlannerLib.bone.segment import segment_bone
from HimarsPlannerLib.grid import Volume
from HimarsPlannerLib.lesions.lesion import Lesion, Site
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.risk.anatomy import Anatomy
from HimarsPlannerLib.risk.longbone.shaft import cut_shaft
from HimarsPlannerLib.risk.longbone.stiffness import rigidities
from HimarsPlannerLib.risk.rigidity import elasticity_of, losses
from HimarsPlannerLib.study.read import read_study

SETTINGS = read_protocol().risk.rigidity


@pytest.mark.parametrize("centre", [(149.0, -31.0, -799.0), (124.0, 8.0, -768.0)])
def test_rigidity_against_the_same_bone_without_the_lesion(
    centre: tuple[float, float, float],
    real_data: Path,
    make_lesion: Callable[..., Lesion],
    make_anatomy: Callable[..., Anatomy],
) -> None:
    ct = read_study([real_data / "ibsi-sts" / "dicom" / "STS_001" / "CT" / "image"]).ct.volume
    away = np.linalg.norm(ct.grid.to_lps(np.moveaxis(np.indices(ct.grid.shape), 0, -1)) - centre, axis=-1)
    eaten = np.clip(0.5 - (away - 13) / 1.2, 0, 1) * (ct.array > 40)
    ill = Volume((ct.array * (1 - eaten) + 40 * eaten).astype(np.int16), ct.grid)
    bone = segment_bone(ill)
    region = Region.from_array((away < 13) & (bone.skeleton | (ct.array > 150)), ct.grid)
    lesion = make_lesion(region, site=Site("femur, left"))
    anatomy = make_anatomy(ct.grid, ct=ill, bone=bone, gtv_total=region)
    pair = anatomy.long_bones.pair_of(lesion, "femur")
    assert pair is not None
    shaft = cut_shaft(region, pair, anatomy.long_bones, SETTINGS.clear_mm)
    whole = cut_shaft(region, pair, replace(anatomy.long_bones, ct=ct), SETTINGS.clear_mm)
    assert shaft is not None
    assert whole is not None
    assert shaft.why_same == "the other femur is not in view"
    elasticity = elasticity_of("femur", SETTINGS)
    before = rigidities(whole.hu[shaft.within], shaft.surfaces.outer[shaft.within], elasticity)
    after = rigidities(shaft.hu[shaft.within], shaft.surfaces.outer[shaft.within], elasticity)
    true = 100 * (1 - (after / before).min(axis=0))
    assert true.max() > 30
    assert losses(shaft, elasticity) == pytest.approx(true, abs=5)
