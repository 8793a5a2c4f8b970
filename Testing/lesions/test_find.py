"""PSMA-avid bone lesions in an image whose uptake is known."""

from __future__ import annotations

import numpy as np

from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.lesions.find import climb, find_in_bone

GRID = Grid((40, 30, 20), (2.0, 2.0, 4.0))


def blank() -> tuple[np.ndarray, np.ndarray]:
    suv = np.full(GRID.shape, 0.5, np.float32)
    skeleton = np.zeros(GRID.shape, bool)
    skeleton[:, 5:25, 5:20] = True
    return suv, skeleton


def hill(peak: tuple[int, int, int], height: float, width_mm: float) -> np.ndarray:
    index = np.indices(GRID.shape)
    distance2 = sum(((index[a] - peak[a]) * GRID.spacing_zyx[a]) ** 2 for a in range(3))
    return (height * np.exp(-0.5 * distance2 / width_mm**2)).astype(np.float32)


def test_uptake_at_the_threshold_inside_bone_is_the_lesion() -> None:
    suv, skeleton = blank()
    suv[8:10, 10:15, 8:13] = 3.0
    suv[8:10, 10:15, 13] = 2.99
    found = find_in_bone(Volume(suv, GRID), skeleton, 3.0, 0.5)
    assert [region.voxels for region in found.bone] == [50]
    assert not found.spill
    assert found.specks == 0


def test_the_part_outside_bone_is_left_out() -> None:
    suv, skeleton = blank()
    suv[8:10, 10:16, 16:23] = 9.0
    found = find_in_bone(Volume(suv, GRID), skeleton, 3.0, 0.5)
    assert [region.voxels for region in found.bone] == [2 * 6 * 4]


def test_uptake_below_the_minimum_volume_is_counted_and_left_out() -> None:
    suv, skeleton = blank()
    suv[3, 10, 10] = 9.0
    suv[10:14, 10:14, 8:10] = 9.0
    found = find_in_bone(Volume(suv, GRID), skeleton, 3.0, 0.5)
    assert [region.voxels for region in found.bone] == [32]
    assert found.specks == 1


def test_bone_lit_by_a_bright_organ_beside_it_is_not_a_lesion() -> None:
    suv, skeleton = blank()
    suv += hill((10, 15, 27), height=40.0, width_mm=8.0)
    assert suv[skeleton].max() > 3.0
    found = find_in_bone(Volume(suv, GRID), skeleton, 3.0, 0.1)
    assert not found.bone
    assert len(found.spill) == 1


def test_a_hot_lesion_at_the_surface_of_the_bone_is_kept() -> None:
    suv, skeleton = blank()
    suv += hill((10, 15, 20), height=40.0, width_mm=5.0)
    found = find_in_bone(Volume(suv, GRID), skeleton, 3.0, 0.5)
    assert len(found.bone) == 1
    assert not found.spill


def test_where_the_pet_does_not_reach_nothing_is_found() -> None:
    suv, skeleton = blank()
    suv[:] = np.nan
    found = find_in_bone(Volume(suv, GRID), skeleton, 3.0, 0.5)
    assert found.bone == found.spill == ()


def test_climbing_ends_on_the_peak_past_missing_values() -> None:
    suv = hill((10, 15, 27), height=40.0, width_mm=20.0)
    suv[12:] = np.nan
    assert climb(suv, (3, 3, 3)) == (10, 15, 27)
