"""One setting for every scan: noise, thick slices, arms, a couch, metal, part of the body, with and without helpers."""

from __future__ import annotations

import numpy as np
import pytest

from HimarsPlannerLib.bone import primitives
from HimarsPlannerLib.bone.compartments import BoneCompartments, BoneLabel
from HimarsPlannerLib.bone.segment import segment_bone
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.phantom.build import LOW_DOSE_NOISE_HU, Phantom, build_phantom
from HimarsPlannerLib.plan import Plan


def total_error(bone: BoneCompartments, phantom: Phantom) -> float:
    """Relative error of total trabecular bone."""
    true = np.count_nonzero(phantom.labels == BoneLabel.TRABECULAR)
    return float(np.count_nonzero(bone.trabecular) / true - 1)


def in_organs_ml(bone: BoneCompartments, phantom: Phantom) -> float:
    """Bone in vessels and organs, ml."""
    true = np.isin(phantom.labels, (BoneLabel.CORTICAL, BoneLabel.TRABECULAR, BoneLabel.SHAFT_CAVITY))
    wrong = bone.skeleton & ~true
    inside = np.zeros_like(wrong)
    for name, region in phantom.structures.items():
        if phantom.interpreted_types[name] == "ORGAN" and name not in ("SpinalCanal", "ThecalSac", "SpinalCord"):
            inside[region.box] |= region.mask
    return float(np.count_nonzero(wrong & inside) * bone.grid.voxel_ml)


def test_noise_of_a_low_dose_ct_changes_little() -> None:
    phantom = build_phantom(2, (2.0, 2.0, 3.0), "pelvis", noise_hu=LOW_DOSE_NOISE_HU)
    bone = segment_bone(phantom.ct)
    assert abs(total_error(bone, phantom)) <= 0.08
    assert in_organs_ml(bone, phantom) <= 5.0


def test_slices_of_5_mm_are_taken_as_they_are() -> None:
    phantom = build_phantom(2, (1.37, 1.37, 5.0), "pelvis")
    bone = segment_bone(phantom.ct)
    assert abs(total_error(bone, phantom)) <= 0.08
    assert in_organs_ml(bone, phantom) <= 5.0


def test_both_arms_at_the_sides_are_bone_and_their_shafts_are_not_marrow() -> None:
    phantom = build_phantom(2, (2.5, 2.5, 4.0), "whole-body")
    bone = segment_bone(phantom.ct)
    assert abs(total_error(bone, phantom)) <= 0.08
    humeri = phantom.labels == BoneLabel.SHAFT_CAVITY
    assert np.count_nonzero(bone.trabecular & humeri) <= 0.5 * np.count_nonzero(humeri)


def test_a_couch_and_air_beside_the_body_are_not_bone(demo_phantom: Phantom, demo_plan: Plan) -> None:
    ct = demo_phantom.ct
    wide = np.pad(ct.array, ((0, 0), (0, 40), (40, 0)), constant_values=-1000)
    body = np.flatnonzero((wide > -300).any(axis=(0, 2))).max()
    wide[:, body + 3 : body + 5, 20:-20] = 900
    origin = (ct.grid.origin[0] - 40 * ct.grid.spacing[0], *ct.grid.origin[1:])
    grid = Grid((wide.shape[2], wide.shape[1], wide.shape[0]), ct.grid.spacing, origin)
    bone = segment_bone(Volume(wide, grid))
    assert not bone.skeleton[:, body + 1 :].any()
    same = bone.labels[:, : ct.array.shape[1], 40:] == demo_plan.bone.labels
    assert np.mean(same[demo_plan.bone.skeleton]) >= 0.99


def test_a_field_of_view_that_cuts_the_body_changes_only_what_it_cuts(demo_phantom: Phantom, demo_plan: Plan) -> None:
    ct = demo_phantom.ct
    first, middle = 12, ct.array.shape[2] // 2 - 10
    part = np.ascontiguousarray(ct.array[first:, :, middle:])
    grid = ct.grid.crop((first, 0, middle), part.shape)
    bone = segment_bone(Volume(part, grid))
    whole = demo_plan.bone.trabecular[first:, :, middle:]
    assert np.count_nonzero(bone.trabecular) == pytest.approx(np.count_nonzero(whole), rel=0.08)


def test_metal_is_a_label_of_its_own_and_said(demo_phantom: Phantom, demo_plan: Plan) -> None:
    ct = demo_phantom.ct
    z, y, x = (int(c) for c in np.argwhere(demo_plan.bone.trabecular).mean(axis=0))
    screw = np.zeros(ct.array.shape, bool)
    screw[z - 6 : z + 6, y - 2 : y + 2, x - 30 : x + 30] = True
    bone = segment_bone(Volume(np.where(screw, 3000, ct.array).astype(np.int16), ct.grid))
    assert (bone.labels[screw] == BoneLabel.METAL).all()
    assert "metal-in-ct" in {notice.code for notice in bone.notices}
    assert bone.volume_ml(BoneLabel.METAL) == pytest.approx(np.count_nonzero(screw) * ct.grid.voxel_ml, rel=0.05)


def test_the_canal_goes_on_past_a_lesion_that_broke_its_wall(demo_phantom: Phantom, demo_plan: Plan) -> None:
    canal, grid = demo_plan.bone.canal, demo_plan.bone.grid
    slices = np.flatnonzero(canal.any(axis=(1, 2)))
    np.testing.assert_array_equal(slices, np.arange(slices[0], slices[-1] + 1))
    line = np.asarray(demo_phantom.truth["canal_centreline_lps_mm"])
    line = line[np.argsort(line[:, 2])]
    for z in slices:
        height = grid.origin[2] + z * grid.spacing[2]
        if line[0, 2] <= height <= line[-1, 2]:
            y, x = np.argwhere(canal[z]).mean(axis=0)
            here = (grid.origin[0] + x * grid.spacing[0], grid.origin[1] + y * grid.spacing[1])
            there = [np.interp(height, line[:, 2], line[:, axis]) for axis in (0, 1)]
            assert np.hypot(*np.subtract(here, there)) <= 2.0


def test_without_the_fast_libraries_the_masks_are_the_same(
    demo_phantom: Phantom, demo_plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not primitives.FAST:
        pytest.skip("connected-components-3d, edt and fill-voids are not installed")
    monkeypatch.setattr(primitives, "FAST", False)
    np.testing.assert_array_equal(segment_bone(demo_phantom.ct).labels, demo_plan.bone.labels)
