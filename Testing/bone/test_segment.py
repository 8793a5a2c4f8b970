"""The whole bone stage on the made patient and on real CT, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from HimarsPlannerLib.bone.compartments import BoneCompartments, BoneLabel
from HimarsPlannerLib.bone.segment import segment_bone
from HimarsPlannerLib.errors import BoneError
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.orient import Orientation
from HimarsPlannerLib.phantom.build import Phantom
from HimarsPlannerLib.plan import Plan
from HimarsPlannerLib.study.image_file import read_image_file


def dice(first: np.ndarray, second: np.ndarray) -> float:
    return float(2 * np.count_nonzero(first & second) / (np.count_nonzero(first) + np.count_nonzero(second)))


def test_trabecular_bone_and_canal_overlap_the_truth(demo_plan: Plan, demo_phantom: Phantom) -> None:
    assert dice(demo_plan.bone.trabecular, demo_phantom.labels == BoneLabel.TRABECULAR) >= 0.85
    # Half of these 2 mm voxels around a canal of 20 x 15 mm would be a Dice of 0.80.
    assert dice(demo_plan.bone.canal, demo_phantom.labels == BoneLabel.CANAL) >= 0.80


@pytest.mark.parametrize("name", ["A_Aorta", "Kidney_R", "Bladder", "Prostate"])
def test_contrast_is_not_bone(demo_plan: Plan, demo_phantom: Phantom, name: str) -> None:
    organ = demo_phantom.structures[name]
    assert np.count_nonzero(organ.values(demo_plan.bone.skeleton)) * demo_plan.bone.grid.voxel_ml <= 1.0


def test_orientation_of_the_array_does_not_matter(demo_phantom: Phantom, demo_plan: Plan) -> None:
    ct = demo_phantom.ct
    turned = Orientation(order=(2, 0, 1), flips=(True, False, True))
    bone = segment_bone(Volume(np.ascontiguousarray(turned.apply(ct.array)), turned.apply_to_grid(ct.grid)))
    np.testing.assert_array_equal(turned.undo(bone.labels), demo_plan.bone.labels)


def test_values_that_are_not_hounsfield_units_are_refused() -> None:
    grid = Grid((40, 40, 20), (3.0, 3.0, 5.0))
    stored = np.random.default_rng(0).integers(0, 2000, grid.shape).astype(np.int16)
    with pytest.raises(BoneError, match="Hounsfield units"):
        segment_bone(Volume(stored, grid))


def test_an_empty_scan_is_refused() -> None:
    grid = Grid((60, 60, 20), (3.0, 3.0, 5.0))
    with pytest.raises(BoneError):
        segment_bone(Volume(np.full(grid.shape, -1000, np.int16), grid))


def test_a_body_without_bone_is_refused_with_the_way_out() -> None:
    grid = Grid((60, 60, 20), (3.0, 3.0, 5.0))
    _z, y, x = np.indices(grid.shape)
    water = np.where(np.hypot(y - 30, x - 30) < 22, 30, -1000).astype(np.int16)
    with pytest.raises(BoneError, match="No bone was found"):
        segment_bone(Volume(water, grid))


@pytest.fixture(scope="session")
def real_scan(real_data: Path) -> tuple[BoneCompartments, np.ndarray]:
    """Bone of a real CT (3 mm, 30 slices, no contrast) and the labels of TotalSegmentator beside it."""
    folder = real_data / "totalseg-example"
    bone = segment_bone(read_image_file(folder / "example_ct_sm.nii.gz"))
    labels = read_image_file(folder / "example_seg.nii.gz")
    assert bone.grid.same_as(labels.grid)
    return bone, labels.array


def test_filled_bone_of_a_real_ct_agrees_with_a_network(real_scan: tuple[BoneCompartments, np.ndarray]) -> None:
    bone, labels = real_scan
    reference = np.isin(labels, [*range(25, 51), *range(69, 79), *range(91, 117)])
    assert dice(bone.skeleton, reference) >= 0.85


def test_the_canal_of_a_real_ct_holds_the_spinal_cord(real_scan: tuple[BoneCompartments, np.ndarray]) -> None:
    bone, labels = real_scan
    cord = labels == 79
    assert cord.any()
    assert np.count_nonzero(bone.canal & cord) >= 0.95 * np.count_nonzero(cord)
