"""Bone marrow reserve = |T| - |T and GTV_total| (protocol NCT06978296)."""

from __future__ import annotations

import numpy as np
import pytest

from HimarsPlannerLib.bone.compartments import BoneCompartments, BoneLabel
from HimarsPlannerLib.bone.reserve import measure_reserve
from HimarsPlannerLib.errors import GeometryError
from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.region import Region

GRID = Grid((10, 10, 10), (10.0, 10.0, 10.0))


def box(z: slice, y: slice, x: slice) -> Region:
    mask = np.zeros(GRID.shape, bool)
    mask[z, y, x] = True
    return Region.from_array(mask, GRID)


def test_reserve_of_boxes_counts_overlaps_once_and_cortex_never() -> None:
    labels = np.full(GRID.shape, BoneLabel.BACKGROUND, np.uint8)
    labels[:, :, :6] = BoneLabel.TRABECULAR
    labels[:, :, 6] = BoneLabel.CORTICAL
    bone = BoneCompartments(labels, GRID, "test/1")
    gtvs = [box(slice(0, 2), slice(0, 10), slice(4, 8)), box(slice(1, 3), slice(0, 10), slice(4, 8))]
    reserve = measure_reserve(bone, gtvs)
    assert reserve.total_trabecular_bone_ml == pytest.approx(600)
    assert reserve.gtv_total_ml == pytest.approx(120)
    assert reserve.trabecular_in_gtv_ml == pytest.approx(60)
    assert reserve.bone_marrow_reserve_ml == pytest.approx(540)


def test_irradiated_bone_is_taken_out_once_and_never_what_lies_in_a_gtv() -> None:
    labels = np.zeros(GRID.shape, np.uint8)
    labels[:, :, :6] = BoneLabel.TRABECULAR
    bone = BoneCompartments(labels, GRID, "test/1")
    gtvs = [box(slice(0, 2), slice(0, 10), slice(0, 10))]
    irradiated = [box(slice(1, 4), slice(0, 10), slice(4, 8)), box(slice(3, 5), slice(0, 5), slice(0, 10))]
    reserve = measure_reserve(bone, gtvs, irradiated)
    # Two layers of 20 outside the GTV, then 30 and 30 of which 10 are counted already.
    assert reserve.irradiated_trabecular_ml == pytest.approx(20 + 20 + 50)
    assert reserve.trabecular_in_gtv_ml == pytest.approx(120)
    assert reserve.bone_marrow_reserve_ml == pytest.approx(600 - 120 - 90)


def test_irradiated_bone_is_zero_only_when_told_that_there_is_none() -> None:
    bone = BoneCompartments(np.full(GRID.shape, BoneLabel.TRABECULAR, np.uint8), GRID, "test/1")
    assert measure_reserve(bone, []).irradiated_trabecular_ml is None
    inside = [box(slice(0, 2), slice(0, 2), slice(0, 2))]
    assert measure_reserve(bone, inside, inside).irradiated_trabecular_ml == 0.0
    assert measure_reserve(bone, inside, inside) != measure_reserve(bone, inside)


def test_a_structure_on_another_grid_is_refused() -> None:
    bone = BoneCompartments(np.zeros(GRID.shape, np.uint8), GRID, "test/1")
    other = Grid((10, 10, 10), (10.0, 10.0, 9.0))
    with pytest.raises(GeometryError, match="another grid"):
        measure_reserve(bone, [Region.from_array(np.ones(other.shape, bool), other)])


def test_cavities_of_shafts_count_only_where_the_protocol_says_so() -> None:
    labels = np.zeros(GRID.shape, np.uint8)
    labels[:3], labels[3] = BoneLabel.TRABECULAR, BoneLabel.SHAFT_CAVITY
    bone = BoneCompartments(labels, GRID, "test/1")
    assert measure_reserve(bone, []).total_trabecular_bone_ml == pytest.approx(300)
    counted = bone.with_shaft_cavities()
    assert measure_reserve(counted, []).total_trabecular_bone_ml == pytest.approx(400)
    assert counted.definition == "test/1+shafts"


def test_without_lesions_the_reserve_is_all_trabecular_bone() -> None:
    bone = BoneCompartments(np.full(GRID.shape, BoneLabel.TRABECULAR, np.uint8), GRID, "test/1")
    assert measure_reserve(bone, []).bone_marrow_reserve_ml == pytest.approx(1000)


def test_compartment_volumes_add_up() -> None:
    labels = np.zeros(GRID.shape, np.uint8)
    labels[0], labels[1], labels[2] = BoneLabel.CORTICAL, BoneLabel.TRABECULAR, BoneLabel.CANAL
    bone = BoneCompartments(labels, GRID, "test/1")
    assert bone.volume_ml(BoneLabel.CORTICAL, BoneLabel.TRABECULAR) == pytest.approx(200)
    assert np.count_nonzero(bone.skeleton) == 200
