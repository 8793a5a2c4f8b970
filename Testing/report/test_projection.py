"""PET projections: uptake and lesion drawn at one place, whatever lattices CT and PET have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from HimarsPlannerLib.export.palette import TIERS, css_colour
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.plan import Plan
from HimarsPlannerLib.report.projection import PetProjection
from HimarsPlannerLib.report.scene import Scene
from HimarsPlannerLib.report.views import CORONAL, SAGITTAL, View

MakePlan = Callable[..., Plan]
FEET_FIRST_PRONE = (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, -1.0)


def turned(degrees: float) -> Grid:
    """The first lattice turned about its middle, as registration leaves it."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    axes = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]) @ np.array(
        [[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]]
    )
    first = axes @ np.array([-217.5, -137.5, -197.5])
    return Grid((88, 56, 80), (5.0, 5.0, 5.0), tuple(first.tolist()), tuple(axes.ravel().tolist()))


PET_GRIDS = {
    "as the CT": Grid((88, 56, 80), (5.0, 5.0, 5.0), (-217.5, -137.5, -197.5)),
    "turned": turned(8.0),
    "other axes": Grid((88, 56, 80), (5.0, 5.0, 5.0), (217.5, -137.5, 197.5), FEET_FIRST_PRONE),
}


def spot(grid: Grid, centre: tuple[float, float, float]) -> Volume:
    place = grid.to_lps(np.moveaxis(np.indices(grid.shape), 0, -1))
    return Volume((1 + 30 * np.exp(-np.sum((place - centre) ** 2, axis=-1) / 200)).astype(np.float32), grid)


@pytest.mark.parametrize("view", [CORONAL, SAGITTAL], ids=["frontal", "lateral"])
@pytest.mark.parametrize("pet_grid", PET_GRIDS.values(), ids=list(PET_GRIDS))
def test_the_darkest_spot_is_inside_its_lesions_outline(
    make_board_plan: MakePlan,
    look: Callable,  # type: ignore[type-arg]
    view: View,
    pet_grid: Grid,
) -> None:
    scene = Scene.of(make_board_plan())
    first = scene.lesions[0]
    pet = PetProjection.of(spot(pet_grid, (12.0, 45.0, 70.0)))
    seen = look(pet.draw(view, pet.body_box(view), scene, 1.0).svg)
    pixels, (left, top, width, height) = seen.images[0]
    row, column = np.argwhere(pixels[..., 0] == pixels[..., 0].min()).mean(axis=0) + 0.5
    darkest = np.array([left + column / pixels.shape[1] * width, top + row / pixels.shape[0] * height])
    points, colour = seen.outlines[first.title]
    np.testing.assert_allclose(points.mean(axis=0), darkest, atol=3.0)
    np.testing.assert_allclose(np.ptp(points, axis=0), 30.0, atol=5.0)
    assert colour == css_colour(TIERS[1])
    assert tuple(seen.image_at(*darkest, layer=1)[:3]) == TIERS[1]


def test_gaps_of_the_pet_do_not_swallow_what_is_behind_them() -> None:
    suv = np.full((4, 5, 6), 1.0, dtype=np.float32)
    suv[:, 2, :] = np.nan
    suv[1, 4, 3] = 8.0
    frontal = PetProjection.of(Volume(suv, Grid((6, 5, 4), (4.0, 4.0, 4.0)))).project(CORONAL)
    assert frontal[2, 3] == 8.0
    assert np.nanmax(np.delete(frontal.ravel(), 2 * 6 + 3)) == 1.0


def test_black_is_between_5_and_20() -> None:
    grid = Grid((10, 10, 10), (4.0, 4.0, 4.0))
    for suv, black in ((1.0, 5.0), (9.0, 9.0), (60.0, 20.0)):
        assert PetProjection.of(Volume(np.full((10, 10, 10), suv, dtype=np.float32), grid)).black_suv == black
    assert PetProjection.of(Volume(np.zeros((10, 10, 10), dtype=np.float32), grid)).black_suv == 5.0


def test_more_uptake_is_darker(make_board_plan: MakePlan, look: Callable) -> None:  # type: ignore[type-arg]
    scene = Scene.of(make_board_plan(names=()))
    suv = np.zeros((60, 70, 110), dtype=np.float32)
    suv[30, 35, 20:100] = np.linspace(0, 12, 80)
    pet = replace(PetProjection.of(Volume(suv, scene.grid)), black_suv=10.0)
    pixels, _ = look(pet.draw(CORONAL, pet.body_box(CORONAL), scene, 1.0).svg).images[0]
    greys = pixels[29, 20:100, 0].astype(int)
    assert greys[0] == 255
    assert greys[-1] == 0
    assert np.all(np.diff(greys) <= 0)
