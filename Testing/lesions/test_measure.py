"""Measurements against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.lesions.lesion import Lesion, Origin, Site
from HimarsPlannerLib.lesions.measure import largest_diameter_mm, measure_lesion
from HimarsPlannerLib.region import Region

GRID = Grid((40, 40, 30), (1.0, 1.0, 2.0), (-20.0, -20.0, -30.0))


def ball(radius_mm: float) -> Region:
    z, y, x = np.indices(GRID.shape)
    position = GRID.to_lps(np.stack([z, y, x], axis=-1))
    return Region.from_array((position**2).sum(axis=-1) <= radius_mm**2, GRID)


def measure(region: Region, suv: np.ndarray | None) -> Lesion:
    half = np.zeros(GRID.shape, bool)
    half[:, :, :20] = True
    return measure_lesion(
        region,
        identifier="L01",
        name="GTV1",
        kind="bone",
        site=Site("spine"),
        origin=Origin("structure", ""),
        ct=Volume(np.full(GRID.shape, 321, np.int16), GRID),
        suv=None if suv is None else Volume(suv, GRID),
        skeleton=half,
    )


def test_volume_place_density_and_uptake_of_a_ball() -> None:
    suv = np.full(GRID.shape, 4.0, np.float32)
    suv[15, 20, 20] = 10.0
    lesion = measure(ball(12.0), suv)
    assert lesion.volume_ml == pytest.approx(4 / 3 * math.pi * 1.2**3, rel=0.02)
    assert lesion.centroid_lps_mm == pytest.approx((0.0, 0.0, 0.0), abs=1e-9)
    assert lesion.mean_hu == 321
    assert lesion.suv_max == 10.0
    assert lesion.suv_mean == pytest.approx(4.0, abs=0.01)
    assert lesion.tl_psma == pytest.approx(lesion.volume_ml * lesion.suv_mean)
    assert lesion.in_bone == pytest.approx(0.5, abs=0.06)


def test_uptake_is_not_measured_without_pet() -> None:
    lesion = measure(ball(5.0), None)
    assert (lesion.suv_max, lesion.suv_mean, lesion.tl_psma) == (None, None, None)


def test_uptake_is_not_measured_where_the_pet_ends_inside_the_lesion() -> None:
    suv = np.full(GRID.shape, 4.0, np.float32)
    suv[:15] = np.nan
    lesion = measure(ball(5.0), suv)
    assert (lesion.suv_max, lesion.suv_mean, lesion.tl_psma) == (None, None, None)


def test_diameter_of_a_block_is_its_diagonal() -> None:
    mask = np.zeros(GRID.shape, bool)
    mask[4:7, 10:14, 3:15] = True
    assert largest_diameter_mm(Region.from_array(mask, GRID)) == pytest.approx(math.dist((0, 0, 0), (6, 4, 12)))


def test_diameter_of_a_single_voxel_is_its_diagonal() -> None:
    mask = np.zeros(GRID.shape, bool)
    mask[4, 10, 3] = True
    assert largest_diameter_mm(Region.from_array(mask, GRID)) == pytest.approx(math.sqrt(6))


def test_diameter_of_a_hollow_bent_shape_is_between_its_ends() -> None:
    mask = np.zeros(GRID.shape, bool)
    mask[0, 0, 0] = mask[0, 30, 0] = mask[0, :31, 20] = True
    assert largest_diameter_mm(Region.from_array(mask, GRID)) == pytest.approx(math.dist((0, 0, 0), (2, 31, 21)))
