"""DVHs against closed formulas: no sampling of our own decides what is right."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq

from HimarsPlannerLib.dose.measure import OutsideDoseError, measure_dose
from HimarsPlannerLib.dose.outline import Outline, with_step
from HimarsPlannerLib.errors import GeometryError, InputError
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.study.roi import Roi

GRADIENT = 0.151
ASKED_GY = 0.03


def outline(contours: list[np.ndarray], grid: Grid, step: float = 2.0) -> Outline:
    (one,) = with_step([Outline.of(Roi(1, "S", "", tuple(contours), 0), grid)], step)
    return one


def slope(grid: Grid, direction: tuple[float, float, float]) -> Volume:
    place = grid.to_lps(np.moveaxis(np.indices(grid.shape), 0, -1))
    along = np.array(direction) / np.linalg.norm(direction)
    return Volume((30 + GRADIENT * place @ along).astype(np.float32), grid)


def height_of(share: float) -> float:
    """Height in radii that a share of a ball lies above: the cap's volume is (2 - 3 h + h^3) / 4 of the ball's."""
    return brentq(lambda h: (2 - 3 * h + h**3) / 4 - share, -1, 1)


@pytest.mark.parametrize("direction", [(1, 0, 0), (0, 0, 1), (1, 1, 1)])
@pytest.mark.parametrize(("ml", "step"), [(0.5, 3.0), (1, 2.0), (5, 3.0), (50, 2.0)])
@pytest.mark.parametrize("phase", [0.0, 0.5])
def test_a_sphere_in_a_gradient(sphere, grid, direction, ml: float, step: float, phase: float) -> None:
    radius = (3000 * ml / 4 / np.pi) ** (1 / 3)
    contours = sphere(radius, (1.3, -0.7, 0.4), step, phase)
    dvh = measure_dose(outline(contours, grid, step), slope(grid, direction)).dvh
    centre = 30 + GRADIENT * np.dot((1.3, -0.7, 0.4), direction) / np.linalg.norm(direction)
    assert dvh.volume_ml == pytest.approx(ml, rel=0.01)
    assert dvh.mean_gy == pytest.approx(centre, abs=ASKED_GY)
    for share in (0.98, 0.95, 0.5, 0.02):
        assert dvh.dose_at_share(share) == pytest.approx(centre + GRADIENT * radius * height_of(share), abs=ASKED_GY)


def test_a_cylinder_ends_half_a_slice_beyond_its_contours(sphere, grid) -> None:
    disc = sphere(10.0, phase=0.0)[4][:, :2]
    radius = np.hypot(*disc[0])
    contours = [np.column_stack([disc, np.full(len(disc), z)]) for z in (-2.0, 0.0, 2.0, 4.0)]
    dvh = measure_dose(outline(contours, grid), slope(grid, (0, 0, 1))).dvh
    polygon = len(disc) / 2 * radius**2 * np.sin(2 * np.pi / len(disc))
    assert dvh.volume_ml == pytest.approx(polygon * 8 / 1000, rel=0.002)
    assert dvh.dose_at_share(0.98) == pytest.approx(30 + GRADIENT * (-3 + 0.02 * 8), abs=0.02)
    assert dvh.dose_at_share(0.02) == pytest.approx(30 + GRADIENT * (5 - 0.02 * 8), abs=0.02)


def test_a_hot_spot_of_one_voxel_is_the_largest_dose(sphere, grid) -> None:
    for voxel in ((14, 17, 19), (13, 20, 22), (16, 15, 17)):
        array = np.full(grid.shape, 20, np.float32)
        array[voxel] = 34.5
        assert measure_dose(outline(sphere(12.0), grid), Volume(array, grid)).dvh.max_gy == pytest.approx(34.5)


def test_even_doses_stay_even_and_levels_count_from_their_dose_on(sphere, grid) -> None:
    dvh = measure_dose(outline(sphere(12.0), grid), Volume(np.full(grid.shape, 27, np.float32), grid)).dvh
    assert (dvh.min_gy, dvh.max_gy) == (27.0, 27.0)
    assert dvh.volume_from(27.0) == pytest.approx(dvh.volume_ml)
    assert dvh.volume_from(27.02) == 0
    assert dvh.dose_at_share(0.95) == pytest.approx(27.0)


@pytest.mark.parametrize("keyhole", [False, True])
def test_a_hole_is_none_of_the_structure_however_it_is_drawn(grid, keyhole: bool) -> None:
    angle = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    ring = np.column_stack([np.cos(angle), np.sin(angle)])
    contours = []
    for z in (-4.0, -2.0, 0.0, 2.0, 4.0):
        outer, inner = (np.column_stack([r * ring, np.full(96, z)]) for r in (20.0, 12.0))
        if keyhole:
            contours.append(np.concatenate([outer, outer[:1], inner[:1], inner[::-1]]))
        else:
            contours += [outer, inner]
    dvh = measure_dose(outline(contours, grid), slope(grid, (1, 0, 0))).dvh
    area = 96 / 2 * np.sin(2 * np.pi / 96) * (20**2 - 12**2)
    assert dvh.volume_ml == pytest.approx(area * 10 / 1000, rel=0.005)
    assert dvh.mean_gy == pytest.approx(30, abs=0.02)


def test_two_lesions_in_one_structure_keep_their_ends(sphere, grid) -> None:
    pair = sphere(8.0, (-15, 0, 8)) + sphere(8.0, (15, 0, -6))
    single = measure_dose(outline(sphere(8.0, (-15, 0, 8)), grid), slope(grid, (1, 0, 0))).dvh
    both = measure_dose(outline(pair, grid), slope(grid, (1, 0, 0))).dvh
    assert both.volume_ml == pytest.approx(2 * single.volume_ml, rel=0.005)


def test_dose_axes_may_be_turned(sphere, grid) -> None:
    """A decubitus dose: its rows run along the patient's z."""
    turned = Grid((30, 40, 36), (2.5, 2.0, 2.0), (-39.0, -35.0, -36.25), (0, 1, 0, 0, 0, 1, 1, 0, 0))
    contours = sphere(12.0, (0, 0, 0))
    plain = measure_dose(outline(contours, grid), slope(grid, (1, 1, 1))).dvh
    other = measure_dose(outline(contours, turned), slope(turned, (1, 1, 1))).dvh
    assert other.volume_ml == pytest.approx(plain.volume_ml, rel=0.003)
    assert other.dose_at_share(0.98) == pytest.approx(plain.dose_at_share(0.98), abs=0.01)


def test_what_lies_outside_the_grid_is_told_and_not_cut(sphere, grid) -> None:
    edge = grid.origin[0] - grid.spacing[0] / 2
    dvh = measure_dose(outline(sphere(12.0, (edge, 0, 0)), grid), slope(grid, (1, 0, 0))).dvh
    assert dvh.covered == pytest.approx(0.5, abs=0.005)
    assert dvh.volume_ml == pytest.approx(4 / 3 * np.pi * 12**3 / 1000, rel=0.005)
    with pytest.raises(OutsideDoseError, match="wholly outside the dose grid"):
        measure_dose(outline(sphere(12.0, (200, 0, 0)), grid), slope(grid, (1, 0, 0)))


def test_what_has_no_volume_or_no_slices_is_refused(sphere, grid) -> None:
    with pytest.raises(InputError, match="'S' has no contours"):
        measure_dose(outline([], grid), slope(grid, (1, 0, 0)))
    with pytest.raises(GeometryError, match="slice distance of structure 'S' is not known"):
        with_step([Outline.of(Roi(1, "S", "", tuple(sphere(3.0, step=2.0)[:2]), 0), grid)])
    tilted = [contour @ np.array([[1, 0, 0], [0, 0.9, 0.436], [0, -0.436, 0.9]]) for contour in sphere(12.0)]
    with pytest.raises(GeometryError, match="not parallel to the dose grid"):
        outline(tilted, grid)
