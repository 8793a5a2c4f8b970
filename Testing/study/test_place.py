"""Sampling is trilinear at true positions: exact on ramps, known only where the image reaches."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.study.place import nearest_on, sample_on

RNG = np.random.default_rng(5)
COARSE = Grid((20, 16, 12), (4.0, 4.5, 3.3), (-40.13, -30.17, -20.11))


def turned(angle: float, axis: str = "z") -> tuple[float, ...]:
    c, s = np.cos(angle), np.sin(angle)
    matrix = {"z": [[c, -s, 0], [s, c, 0], [0, 0, 1]], "y": [[c, 0, s], [0, 1, 0], [-s, 0, c]]}[axis]
    return tuple(np.array(matrix, dtype=float).ravel())


def ramp(points):
    return 3.0 + points @ np.array([0.7, -0.4, 1.1])


def ramp_on(grid: Grid) -> Volume:
    return Volume(ramp(grid.to_lps(np.moveaxis(np.indices(grid.shape), 0, -1))).astype(np.float32), grid)


TARGETS = {
    "aligned": Grid((30, 20, 9), (1.3, 1.7, 2.2), (-20.0, -15.0, -12.0)),
    "flipped": Grid((30, 20, 9), (1.3, 1.7, 2.2), (20.0, 15.0, -12.0), (-1, 0, 0, 0, -1, 0, 0, 0, 1)),
    "feet-first": Grid((30, 20, 9), (1.3, 1.7, 2.2), (20.0, -15.0, 8.0), (-1, 0, 0, 0, 1, 0, 0, 0, -1)),
    "oblique": Grid((30, 20, 9), (1.0, 1.0, 1.0), (-10.0, -10.0, -10.0), turned(0.3)),
    "tilted": Grid((20, 20, 9), (1.0, 1.0, 1.0), (-10.0, -10.0, -8.0), turned(0.2, "y")),
    "coronal": Grid((20, 9, 12), (1.0, 1.0, 1.0), (-10.0, -10.0, -9.0), (1, 0, 0, 0, 0, 1, 0, -1, 0)),
}


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("source", [COARSE, Grid((24, 24, 14), (4, 4, 4), (-50, -40, -28), turned(0.1))], ids=["", "o"])
def test_a_ramp_is_sampled_exactly_between_voxel_centres(name, source):
    sampled = sample_on(ramp_on(source), TARGETS[name])
    assert sampled.grid == TARGETS[name]
    assert np.allclose(sampled.array, ramp_on(TARGETS[name]).array, atol=1e-3)


@pytest.mark.parametrize("name", ["aligned", "oblique", "coronal"])
def test_any_image_is_sampled_as_simpleitk_does(name):
    source = Volume(RNG.normal(size=COARSE.shape).astype(np.float32), COARSE)
    image = sitk.GetImageFromArray(source.array)
    image.SetOrigin(COARSE.origin)
    image.SetSpacing(COARSE.spacing)
    target = TARGETS[name]
    reference = sitk.Image(target.size, sitk.sitkFloat32)
    reference.SetOrigin(target.origin)
    reference.SetSpacing(target.spacing)
    reference.SetDirection([float(v) for v in target.direction])
    expected = sitk.GetArrayFromImage(sitk.Resample(image, reference))
    assert np.allclose(sample_on(source, target).array, expected, atol=1e-5)


@pytest.mark.parametrize(
    "target", [Grid((5, 5, 40), (1, 1, 0.5), (0, 0, 0)), Grid((5, 5, 19), (1, 1, 1), (0, 0, 0), turned(0.2))]
)
def test_uneven_slices_are_sampled_at_their_true_positions(target):
    offsets = np.array([0.0, 3.19, 6.46, 9.75, 13.02, 20.0])
    grid = Grid((12, 12, 6), (2.0, 2.0, 4.0), (-9.0, -9.0, 0.0))
    y, x = np.meshgrid(np.arange(12) * 2.0 - 9, np.arange(12) * 2.0 - 9, indexing="ij")
    points = np.stack(np.broadcast_arrays(x, y, offsets[:, None, None]), axis=-1)
    sampled = sample_on(Volume(ramp(points).astype(np.float32), grid), target, offsets)
    assert np.allclose(sampled.array, ramp_on(target).array, atol=1e-3)


@pytest.mark.parametrize("direction", [Grid((1, 1, 1), (1, 1, 1)).direction, turned(1e-4)], ids=["aligned", "oblique"])
def test_beyond_the_edges_of_the_border_voxels_nothing_is_known(direction):
    source = Volume(np.full((3, 4, 5), 7.0, dtype=np.float32), Grid((5, 4, 3), (2.0, 2.0, 2.0)))
    line = Grid((25, 1, 1), (0.5, 1.0, 1.0), (-2.05, 3.0, 2.0), direction)
    left = line.to_lps(np.stack(np.broadcast_arrays(0, 0, np.arange(25)), axis=-1))[:, 0]
    inside = (left >= -1) & (left <= 9)
    known = sample_on(source, line).array[0, 0]
    assert np.array_equal(~np.isnan(known), inside)
    assert np.allclose(known[inside], 7)


def test_the_border_keeps_its_value_up_to_its_edge():
    source = Volume(
        np.arange(3, dtype=np.float32)[:, None, None] * np.ones((3, 2, 2), dtype=np.float32), Grid((2, 2, 3), (1, 1, 2))
    )
    column = Grid((1, 1, 7), (1, 1, 1), (0, 0, -1))
    assert np.allclose(sample_on(source, column).array[:, 0, 0], [0, 0, 0.5, 1, 1.5, 2, 2])


@pytest.mark.parametrize("name", TARGETS)
def test_a_motion_between_the_frames_moves_the_points(name):
    motion = np.eye(4)
    motion[:3, :3] = np.reshape(turned(0.15, "y"), (3, 3)) @ np.reshape(turned(-0.1), (3, 3))
    motion[:3, 3] = (1.0, -2.0, 0.5)
    target = TARGETS[name]
    points = target.to_lps(np.moveaxis(np.indices(target.shape), 0, -1)) @ motion[:3, :3].T + motion[:3, 3]
    sampled = sample_on(ramp_on(COARSE), target, to_image=motion).array
    known = ~np.isnan(sampled)
    assert known.mean() > 0.5
    centres = np.abs(COARSE.to_index(points) - (np.array(COARSE.shape) - 1) / 2) <= (np.array(COARSE.shape) - 1) / 2
    between = centres.all(axis=-1)
    assert np.allclose(sampled[between], ramp(points)[between], atol=1e-3)


def test_labels_are_taken_from_the_voxel_that_holds_the_point():
    labels = RNG.integers(0, 5, COARSE.shape).astype(np.int32)
    for target in TARGETS.values():
        found = nearest_on(labels, COARSE, target)
        index = np.rint(COARSE.to_index(target.to_lps(np.moveaxis(np.indices(target.shape), 0, -1)))).astype(int)
        inside = np.all((index >= 0) & (index < COARSE.shape), axis=-1)
        expected = np.where(
            inside, labels[tuple(np.where(inside[..., None], index, 0).reshape(-1, 3).T)].reshape(target.shape), 0
        )
        assert np.array_equal(found, expected)


def test_labels_beyond_their_grid_are_none():
    labels = np.ones((2, 2, 2), dtype=np.int32)
    found = nearest_on(labels, Grid((2, 2, 2), (1, 1, 1)), Grid((6, 6, 6), (1, 1, 1), (-2, -2, -2)))
    assert found.sum() == 8
    assert found[2:4, 2:4, 2:4].all()
