"""Margins against analytic solids on any grid, and against structures grown by SlicerRT."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from scipy.ndimage import binary_dilation

from HimarsPlannerLib.errors import OutputError
from HimarsPlannerLib.export.margins import grow, shrink
from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.region import Region

TURNED = tuple(np.linalg.qr(np.array([[1.0, 0.3, 0.1], [-0.2, 1.0, 0.2], [0.1, -0.3, 1.0]]))[0].ravel())
SPACINGS = ((1.0, 1.0, 1.0), (0.98, 0.98, 2.0), (0.98, 0.98, 3.27))


def ellipsoid(grid: Grid, axes_mm, centre=(0.0, 0.0, 0.0)) -> np.ndarray:
    place = grid.to_lps(np.moveaxis(np.indices(grid.shape), 0, -1)) - centre
    return ((place / axes_mm) ** 2).sum(axis=-1) <= 1


def grid_around(reach_mm: float, spacing, direction=None) -> Grid:
    size = tuple(2 * int(np.ceil(reach_mm / step)) + 1 for step in spacing)
    axes = np.eye(3) if direction is None else np.reshape(direction, (3, 3))
    origin = -axes @ (np.array(spacing) * (np.array(size) // 2))
    return Grid(size, spacing, tuple(origin.tolist()), tuple(axes.ravel().tolist()))


def radius_of(region: Region) -> float:
    return float((region.volume_ml * 1000 * 3 / (4 * np.pi)) ** (1 / 3))


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize(("radius", "margin"), list(itertools.product((5.0, 12.0), (2.0, 3.0, 5.0))))
def test_a_grown_sphere_has_the_radius_that_was_asked_for(spacing, radius, margin):
    grid = grid_around(radius + margin + 8, spacing)
    rng = np.random.default_rng(3)
    radii = [
        radius_of(
            grow(Region.from_array(ellipsoid(grid, radius, rng.uniform(-0.5, 0.5, 3)), grid), (margin,) * 3).region
        )
        for _ in range(4)
    ]
    # A third of a pixel: what sampling a sphere on slices of up to 3.3 mm leaves open.
    assert np.mean(radii) == pytest.approx(radius + margin, abs=0.33)


def test_each_axis_of_the_patient_has_its_own_margin_on_a_turned_grid():
    margin = (2.0, 4.0, 8.0)
    for direction in (None, TURNED):
        grid = grid_around(26, (1.0, 1.0, 1.0), direction)
        found = grow(Region.from_array(ellipsoid(grid, 10.0), grid), margin).region
        place = grid.to_lps(np.argwhere(found.mask) + found.start)
        reach = np.abs(place).max(axis=0)
        np.testing.assert_allclose(reach, np.add(10, margin), atol=0.9)


def test_a_grown_box_is_rounded_at_its_edges_and_flat_on_its_faces():
    grid = Grid((41, 41, 41), (1.0, 1.0, 1.0))
    mask = np.zeros(grid.shape, bool)
    mask[15:26, 15:26, 15:26] = True
    found = grow(Region.from_array(mask, grid), (5.0, 5.0, 5.0)).region.to_array()
    assert found[20, 20, 10:31].all()
    assert not found[20, 20, [9, 31]].any()
    # The surface lies half a voxel outside the last centre: 4.5 mm to it from a centre 5 voxels away.
    assert not found[10, 10, 20]
    assert found[12, 12, 20]


@pytest.mark.parametrize("spacing", SPACINGS)
def test_growing_keeps_what_was_there_and_shrinking_keeps_nothing_else(spacing):
    grid = grid_around(25, spacing)
    mask = ellipsoid(grid, (6, 11, 14)) & ~ellipsoid(grid, 3.0)
    region = Region.from_array(mask, grid)
    grown = grow(region, (3.0, 3.0, 3.0)).region.to_array()
    shrunk = shrink(region, (2.0, 2.0, 2.0)).to_array()
    assert not (mask & ~grown).any()
    assert not (shrunk & ~mask).any()
    assert grown[tuple(n // 2 for n in grid.shape)], "a hole of 3 mm is closed by 3 mm"


def test_no_margin_changes_nothing():
    grid = grid_around(12, (1.0, 1.0, 2.5))
    mask = np.random.default_rng(1).random(grid.shape) < 0.3
    region = Region.from_array(mask, grid)
    np.testing.assert_array_equal(grow(region, (0.0, 0.0, 0.0)).region.to_array(), mask)
    np.testing.assert_array_equal(shrink(region, (0.0, 0.0, 0.0)).to_array(), mask)


def test_a_margin_in_the_slices_alone_adds_no_slice():
    grid = grid_around(20, (1.0, 1.0, 2.0))
    region = Region.from_array(ellipsoid(grid, 9.0), grid)
    found = grow(region, (4.0, 4.0, 0.0)).region
    assert found.start[0] == region.start[0]
    assert found.mask.shape[0] == region.mask.shape[0]
    assert found.voxels > 1.5 * region.voxels


def test_what_would_lie_outside_the_ct_is_told():
    grid = Grid((20, 20, 20), (1.0, 1.0, 1.0))
    region = Region(grid, (0, 5, 5), np.ones((4, 4, 4), bool))
    inside = Region(grid, (8, 8, 8), np.ones((4, 4, 4), bool))
    cut, whole = grow(region, (3.0, 3.0, 3.0)), grow(inside, (3.0, 3.0, 3.0))
    assert whole.lost_ml == 0
    assert cut.region.volume_ml + cut.lost_ml == pytest.approx(whole.region.volume_ml)
    assert cut.lost_ml > 0


@pytest.mark.parametrize("margin", [(-1.0, 3.0, 3.0), (3.0, 101.0, 3.0), (float("nan"), 1.0, 1.0)])
def test_a_margin_without_sense_is_refused(margin):
    grid = Grid((5, 5, 5), (1.0, 1.0, 1.0))
    with pytest.raises(OutputError, match="margin"):
        grow(Region(grid, (2, 2, 2), np.ones((1, 1, 1), bool)), margin)


def read(file: Path, shape: tuple[int, int, int]) -> np.ndarray:
    """Labelmap on the whole lattice, of which the file holds the block of its Segmentation_Extent."""
    image = sitk.ReadImage(str(file))
    array = sitk.GetArrayFromImage(image)[0] > 0
    first = [int(word) for word in image.GetMetaData("Segmentation_Extent").split()[::2]][::-1]
    whole = np.zeros(shape, bool)
    whole[tuple(slice(low, low + n) for low, n in zip(first, array.shape, strict=True))] = array
    return whole


@pytest.mark.parametrize(("operation", "file"), [(grow, "Expanded"), (shrink, "Shrunk")])
def test_a_real_bladder_agrees_with_slicerrt_within_one_voxel(operation, file, real_data):
    folder, shape = real_data / "slicerrt-eclipse", (80, 512, 512)
    # The bladder is what it shares with the PTV and what it does not.
    parts = [folder / f"EclipseProstate_Bladder_{name}_PTV.seg.nrrd" for name in ("Intersect", "Subtract")]
    bladder = read(parts[0], shape) | read(parts[1], shape)
    expected = read(folder / f"EclipseProstate_{file}_5_5_5_Bladder.seg.nrrd", shape)
    spacing = sitk.ReadImage(str(parts[0])).GetSpacing()[:3]
    grid = Grid(shape[::-1], spacing)
    found = operation(Region.from_array(bladder, grid), (5.0, 5.0, 5.0))
    found = (found if operation is shrink else found.region).to_array()
    one_voxel = np.ones((3, 3, 3))
    box = (slice(10, 70), slice(150, 320), slice(180, 330))
    found, expected = found[box], expected[box]
    assert not (found & ~binary_dilation(expected, one_voxel)).any()
    assert not (expected & ~binary_dilation(found, one_voxel)).any()
