"""Uptake sorted into bone, soft tissue and healthy organs, in images whose uptake is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.lesions.uptake.find import find_uptake
from HimarsPlannerLib.lesions.uptake.fixed_suv import fixed_suv
from HimarsPlannerLib.lesions.uptake.found import Organ, Uptake
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region

GRID = Grid((60, 30, 20), (2.0, 2.0, 4.0))
SETTINGS = read_protocol().lesions
RULE = fixed_suv(SETTINGS)
NOTHING = np.zeros(GRID.shape, bool)


def blank() -> tuple[np.ndarray, np.ndarray]:
    """Background of 0.5 and a slab of bone at columns 5 to 19."""
    suv = np.full(GRID.shape, 0.5, np.float32)
    skeleton = np.zeros(GRID.shape, bool)
    skeleton[:, 5:25, 5:20] = True
    return suv, skeleton


def hill(peak: tuple[int, int, int], height: float, width_mm: float) -> np.ndarray:
    index = np.indices(GRID.shape)
    distance2 = sum(((index[a] - peak[a]) * GRID.spacing_zyx[a]) ** 2 for a in range(3))
    return (height * np.exp(-0.5 * distance2 / width_mm**2)).astype(np.float32)


def find(suv: np.ndarray, skeleton: np.ndarray, *organs: Organ, split: bool = False, minimum_ml: float = 0.5) -> Uptake:
    settings = replace(SETTINGS, minimum_ml=minimum_ml)
    return find_uptake(Volume(suv, GRID), skeleton, NOTHING, organs, RULE, settings, split)


def box(z: slice, y: slice, x: slice) -> Region:
    mask = np.zeros(GRID.shape, bool)
    mask[z, y, x] = True
    return Region.from_array(mask, GRID)


def test_uptake_at_the_threshold_inside_bone_is_the_lesion() -> None:
    suv, skeleton = blank()
    suv[8:10, 10:15, 8:13] = 3.0
    suv[8:10, 10:15, 13] = 2.99
    found = find(suv, skeleton)
    assert [one.region.voxels for one in found.bone] == [50]
    assert (found.outside, found.specks) == ((), 0)


def test_what_is_out_of_bone_within_the_point_spread_belongs_to_no_lesion() -> None:
    suv, skeleton = blank()
    suv[8:10, 10:16, 16:23] = 9.0
    found = find(suv, skeleton)
    assert [one.region.voxels for one in found.bone] == [2 * 6 * 4]
    assert found.outside == ()


def test_what_reaches_further_out_of_bone_is_measured_apart_and_linked() -> None:
    suv, skeleton = blank()
    suv[8:12, 10:16, 4:17] = 5.0
    suv[8:12, 10:16, 12:34] = 9.0
    found = find(suv, skeleton)
    (lesion,) = found.bone
    (outgrowth,) = found.outside
    assert outgrowth.part_of == 0
    assert lesion.region.voxels == 4 * 6 * 15
    assert outgrowth.region.voxels == 4 * 6 * 14
    assert outgrowth.region.overlap(lesion.region) == 0


def test_uptake_below_the_minimum_volume_is_counted_and_left_out() -> None:
    suv, skeleton = blank()
    suv[3, 10, 10] = 9.0
    suv[10:14, 10:14, 8:10] = 9.0
    found = find(suv, skeleton)
    assert [one.region.voxels for one in found.bone] == [32]
    assert (found.specks, found.specks_ml) == (1, pytest.approx(GRID.voxel_ml))


def test_uptake_of_exactly_the_minimum_volume_is_a_lesion() -> None:
    suv, skeleton = blank()
    suv[10:12, 10:14, 8:12] = 9.0
    assert len(find(suv, skeleton, minimum_ml=32 * GRID.voxel_ml).bone) == 1
    assert len(find(suv, skeleton, minimum_ml=33 * GRID.voxel_ml).bone) == 0


def test_bone_lit_by_a_bright_organ_beside_it_is_not_a_lesion() -> None:
    suv, skeleton = blank()
    suv += hill((10, 15, 27), height=40.0, width_mm=8.0)
    lit = np.count_nonzero((suv >= 3) & skeleton)
    assert lit > 0
    found = find(suv, skeleton, minimum_ml=0.1)
    assert found.bone == ()
    assert len(found.outside) == 1
    assert found.spill_ml == pytest.approx(lit * GRID.voxel_ml)


def test_a_lesion_beside_a_brighter_organ_keeps_its_own_part_of_one_uptake() -> None:
    suv, skeleton = blank()
    suv += hill((10, 15, 13), height=15.0, width_mm=6.0) + hill((10, 15, 30), height=40.0, width_mm=9.0)
    joined = suv[10, 15, 13:31] >= 3.0
    assert joined.all(), "lesion and organ are one uptake"
    found = find(suv, skeleton)
    (lesion,) = found.bone
    assert lesion.region.overlap(box(slice(10, 11), slice(15, 16), slice(13, 14))) == 1
    assert len(found.outside) == 1


def test_a_hot_lesion_at_the_surface_of_the_bone_is_kept() -> None:
    suv, skeleton = blank()
    suv += hill((10, 15, 20), height=40.0, width_mm=5.0)
    assert len(find(suv, skeleton).bone) == 1


def test_uptake_in_a_labelled_healthy_organ_is_counted_as_that() -> None:
    suv, skeleton = blank()
    suv += hill((10, 15, 35), height=20.0, width_mm=6.0)
    kidney = Organ("left kidney", box(slice(4, 16), slice(8, 22), slice(28, 42)), has_uptake=True)
    found = find(suv, skeleton, kidney)
    assert (found.bone, found.outside) == ((), ())
    assert found.healthy_ml == {"left kidney": pytest.approx(np.count_nonzero(suv >= 3) * GRID.voxel_ml)}


def test_a_lesion_in_bone_is_kept_where_an_organs_label_covers_the_bone() -> None:
    suv, skeleton = blank()
    suv[8:11, 10:15, 8:13] = 9.0
    liver = Organ("liver", box(slice(0, 20), slice(0, 30), slice(0, 60)), has_uptake=True)
    assert len(find(suv, skeleton, liver).bone) == 1


def test_uptake_in_an_organ_that_is_not_lit_in_health_stays_and_is_named() -> None:
    suv, skeleton = blank()
    suv += hill((10, 15, 35), height=20.0, width_mm=6.0)
    prostate = Organ("prostate", box(slice(4, 16), slice(8, 22), slice(28, 42)), has_uptake=False)
    assert [one.organ for one in find(suv, skeleton, prostate).outside] == ["prostate"]


def test_uptake_in_a_hole_of_the_bone_is_told_to_be_in_a_gap() -> None:
    suv, skeleton = blank()
    skeleton[7:13, 11:19, 9:15] = False
    suv += hill((9, 14, 11), height=9.0, width_mm=4.0)
    found = find(suv, skeleton)
    assert found.bone == ()
    assert [one.in_gap for one in found.outside] == [True]
    assert found.outside[0].region.voxels == np.count_nonzero(suv >= 3)


def test_touching_lesions_are_one_unless_split() -> None:
    suv, skeleton = blank()
    suv += hill((10, 10, 12), height=12.0, width_mm=5.0) + hill((10, 20, 12), height=9.0, width_mm=5.0)
    joined = find(suv, skeleton).bone
    parted = find(suv, skeleton, split=True).bone
    assert (len(joined), len(parted)) == (1, 2)
    assert sum(one.region.voxels for one in parted) == joined[0].region.voxels
    assert parted[0].region.overlap(parted[1].region) == 0
    lowest = min(parted[0].region.box[1].stop, parted[1].region.box[1].stop)
    assert lowest == pytest.approx(10 + np.argmin(suv[10, 10:21, 12]), abs=1)


def test_where_the_pet_does_not_reach_nothing_is_found() -> None:
    suv, skeleton = blank()
    suv[:] = np.nan
    found = find(suv, skeleton)
    assert (found.bone, found.outside, found.specks) == ((), (), 0)


def test_a_lesion_at_the_edge_of_the_pet_is_found_to_that_edge() -> None:
    suv, skeleton = blank()
    suv[8:12, 10:15, 8:13] = 9.0
    suv[10:] = np.nan
    assert [one.region.voxels for one in find(suv, skeleton).bone] == [2 * 5 * 5]
