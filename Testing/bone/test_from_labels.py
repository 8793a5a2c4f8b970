"""Compartments inside given bone: the made patient's true skeleton, plain blocks, and a vertebra labelled by others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from HimarsPlannerLib.bone.compartments import BoneCompartments, BoneLabel
from HimarsPlannerLib.bone.from_labels import segment_labelled_bone
from HimarsPlannerLib.errors import InputError
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.orient import Orientation
from HimarsPlannerLib.phantom.build import Phantom
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.study.bone_labels import BoneLabels, read_bone_labels
from HimarsPlannerLib.study.image_file import read_image_file
from HimarsPlannerLib.study.study import CtImage, Source

SOURCE = Source("image", "labels.nii.gz", (Path("labels.nii.gz"),))


def dice(first: np.ndarray, second: np.ndarray) -> float:
    return float(2 * np.count_nonzero(first & second) / (np.count_nonzero(first) + np.count_nonzero(second)))


def given(bones: Mapping[str, np.ndarray], grid: Grid, cord: np.ndarray | None = None) -> BoneLabels:
    regions = {name: Region.from_array(mask, grid) for name, mask in bones.items()}
    return BoneLabels(regions, SOURCE, "Bone is taken", None if cord is None else Region.from_array(cord, grid))


@pytest.fixture(scope="module")
def true_skeleton(demo_phantom: Phantom) -> np.ndarray:
    """Skeleton of the made patient by its geometry."""
    return np.isin(demo_phantom.labels, (BoneLabel.CORTICAL, BoneLabel.TRABECULAR, BoneLabel.SHAFT_CAVITY))


@pytest.fixture(scope="module")
def labelled(demo_phantom: Phantom, true_skeleton: np.ndarray) -> BoneCompartments:
    """Compartments inside the made patient's true skeleton."""
    return segment_labelled_bone(demo_phantom.ct, given({"bone": true_skeleton}, demo_phantom.ct.grid))


def test_inside_the_true_skeleton_trabecular_bone_is_within_5_percent(
    labelled: BoneCompartments, demo_phantom: Phantom
) -> None:
    truth = demo_phantom.labels == BoneLabel.TRABECULAR
    assert labelled.volume_ml(BoneLabel.TRABECULAR) == pytest.approx(truth.sum() * labelled.grid.voxel_ml, rel=0.05)
    assert dice(labelled.trabecular, truth) >= 0.93


def test_what_is_bone_stays_what_was_given(labelled: BoneCompartments, true_skeleton: np.ndarray) -> None:
    assert not np.any(labelled.skeleton & ~true_skeleton)
    assert labelled.skeleton.sum() >= 0.98 * true_skeleton.sum()


def test_the_cavity_of_a_shaft_is_not_trabecular_bone(labelled: BoneCompartments, demo_phantom: Phantom) -> None:
    cavity = demo_phantom.labels == BoneLabel.SHAFT_CAVITY
    if not cavity.any():
        assert labelled.volume_ml(BoneLabel.SHAFT_CAVITY) < 1.0
    else:
        assert np.mean(labelled.trabecular[cavity]) < 0.2


def test_the_canal_follows_the_cord_that_is_given(demo_phantom: Phantom, true_skeleton: np.ndarray) -> None:
    truth = demo_phantom.labels == BoneLabel.CANAL
    cord = ndimage.binary_erosion(truth, np.ones((1, 3, 3)))
    bone = segment_labelled_bone(demo_phantom.ct, given({"bone": true_skeleton}, demo_phantom.ct.grid, cord))
    assert np.all(bone.canal[cord])
    assert dice(bone.canal, truth) >= 0.80
    assert "around the spinal cord's label" in bone.notices[0].message


def test_orientation_of_the_array_does_not_matter(
    demo_phantom: Phantom, true_skeleton: np.ndarray, labelled: BoneCompartments
) -> None:
    ct = demo_phantom.ct
    turned = Orientation(order=(2, 0, 1), flips=(True, False, True))
    grid = turned.apply_to_grid(ct.grid)
    volume = Volume(np.ascontiguousarray(turned.apply(ct.array)), grid)
    bone = segment_labelled_bone(volume, given({"bone": turned.apply(true_skeleton)}, grid))
    np.testing.assert_array_equal(turned.undo(bone.labels), labelled.labels)


GRID = Grid((70, 60, 60), (1.0, 1.0, 1.0), (-35.0, -30.0, -30.0))


def blocks() -> tuple[Volume, dict[str, np.ndarray]]:
    """Two blocks with a shell of 2 mm that touch at z = 30, in a body of water."""
    z, y, x = np.indices(GRID.shape)
    body = np.hypot(y - 30, x - 35) < 28
    across = (np.abs(y - 30) < 14) & (np.abs(x - 35) < 14)
    low, high = across & (z >= 8) & (z < 30), across & (z >= 30) & (z < 52)
    ct = np.where(body, 40.0, -1000.0)
    for block in (low, high):
        ct[block] = 1300
        ct[ndimage.binary_erosion(block, iterations=2)] = 150
    blurred = ndimage.gaussian_filter(ct, 0.5)
    return Volume(np.rint(blurred).astype(np.int16), GRID), {"vertebrae_L5": low, "sacrum": high}


def test_bones_that_touch_keep_the_cortex_between_them() -> None:
    ct, bones = blocks()
    found = segment_labelled_bone(ct, given(bones, GRID))
    assert not found.trabecular[28:32].any()
    assert found.trabecular[27, 30, 35]
    assert found.trabecular[32, 30, 35]


def test_labels_of_one_bone_have_no_cortex_between_them() -> None:
    ct, bones = blocks()
    ct.array[28:32, 18:43, 23:48] = 150
    found = segment_labelled_bone(ct, given({"vertebrae_S1": bones["vertebrae_L5"], "sacrum": bones["sacrum"]}, GRID))
    assert found.trabecular[25:35, 30, 35].all()


def test_bone_that_no_label_holds_is_told(demo_phantom: Phantom, true_skeleton: np.ndarray) -> None:
    grid = demo_phantom.ct.grid
    half = true_skeleton.copy()
    half[:, :, : half.shape[2] // 2] = False
    told = {n.code: n.message for n in segment_labelled_bone(demo_phantom.ct, given({"bone": half}, grid)).notices}
    assert "not labelled" in told["bone-not-labelled"]
    whole = segment_labelled_bone(demo_phantom.ct, given({"bone": true_skeleton}, grid))
    assert "bone-not-labelled" not in [notice.code for notice in whole.notices]


def test_metal_inside_a_labelled_bone_is_no_trabecular_bone() -> None:
    ct, bones = blocks()
    ct.array[12:26, 28:32, 33:37] = 3500
    found = segment_labelled_bone(ct, given(bones, GRID))
    assert np.all(found.labels[12:26, 28:32, 33:37] == BoneLabel.METAL)
    assert "metal-in-ct" in [notice.code for notice in found.notices]


def test_volumes_of_single_bones_add_up_to_the_whole() -> None:
    ct, bones = blocks()
    found = segment_labelled_bone(ct, given(bones, GRID))
    volumes = found.bone_volumes()
    assert list(volumes) == ["vertebrae_L5", "sacrum"]
    assert sum(one.trabecular_ml for one in volumes.values()) == pytest.approx(found.volume_ml(BoneLabel.TRABECULAR))
    assert sum(one.cortical_ml for one in volumes.values()) == pytest.approx(found.volume_ml(BoneLabel.CORTICAL))
    for one in volumes.values():
        assert one.skeleton_ml == pytest.approx(27 * 27 * 22 / 1000)
        assert one.trabecular_ml == pytest.approx(23 * 23 * 18 / 1000, rel=0.1)
    assert (found.definition, found.source) == ("labels/1", "labels.nii.gz")


@pytest.mark.parametrize(("shift", "words"), [(-18, "do not lie on bone"), (26, "do not lie on bone")])
def test_labels_beside_the_bone_are_refused(shift: int, words: str) -> None:
    ct, bones = blocks()
    moved = {name: np.roll(mask, shift, axis=1) for name, mask in bones.items()}
    with pytest.raises(InputError, match=words):
        segment_labelled_bone(ct, given(moved, GRID))


def read_ct(file: Path) -> CtImage:
    return CtImage(read_image_file(file), Source("image", file.name, (file,)))


def test_the_core_of_a_labelled_vertebra_is_found(real_data: Path) -> None:
    folder = real_data / "tptbox-L3"
    ct, labels = read_ct(folder / "sub-ct_label-22_ct.nii.gz"), folder / "sub-ct_seg-subreg_label-22_msk.nii.gz"
    bone = segment_labelled_bone(ct.volume, read_bone_labels(labels, ct))
    parts = read_image_file(labels).array
    body, core = np.isin(parts, (49, 50)), parts == 50
    assert dice(bone.trabecular & body, core) >= 0.85


@pytest.mark.parametrize(
    ("ct_file", "labels"),
    [("example_ct_sm.nii.gz", "example_seg.nii.gz"), ("example_ct_sm.nii.gz", "example_seg_fast")],
)
def test_a_real_scan_has_a_canal_around_its_cord_and_hollow_vertebrae(
    real_data: Path, ct_file: str, labels: str
) -> None:
    folder = real_data / "totalseg-example"
    ct = read_ct(folder / ct_file)
    found = read_bone_labels(folder / labels, ct)
    bone = segment_labelled_bone(ct.volume, found)
    assert found.cord is not None
    assert found.cord.values(bone.canal).all()
    for name, volumes in bone.bone_volumes().items():
        if volumes.skeleton_ml > 40:
            assert name.startswith("vertebrae")
            assert 0.5 < volumes.trabecular_ml / volumes.skeleton_ml < 0.9
