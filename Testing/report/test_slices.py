"""CT pictures: hung as physicians hang them, in millimetres, with what the plan says drawn where it is."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations, product

import numpy as np
import pytest

from HimarsPlannerLib.export.palette import TIERS, css_colour
from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.plan import Plan
from HimarsPlannerLib.report.scene import Scene
from HimarsPlannerLib.report.slices import BONE_WINDOW, SOFT_WINDOW, body_box, draw_plane, draw_thumbnail
from HimarsPlannerLib.report.views import AXIAL, CORONAL, SAGITTAL, View

MakePlan = Callable[..., Plan]
# The board plan's first lesion: LPS centre and radius in mm.
LEFT, BACK, UP, RADIUS = 12.0, 45.0, 70.0, 15.0


def stored_otherwise(order: tuple[int, ...], signs: tuple[int, ...]) -> Grid:
    """Grid over the board patient (440 x 280 x 300 mm) whose index axes are LPS axes in that order and sense."""
    extent, spacing = np.array([440.0, 280.0, 300.0]), np.array([4.0, 5.0, 6.0])
    direction = np.eye(3)[:, list(order)] * signs
    size = [int(extent[axis] // spacing[i]) for i, axis in enumerate(order)]
    centre = direction @ ((np.array(size) - 1) / 2 * spacing)
    first = np.array([0.0, 0.0, 0.0]) - centre
    return Grid(
        (size[0], size[1], size[2]),
        (4.0, 5.0, 6.0),
        (float(first[0]), float(first[1]), float(first[2])),
        tuple(float(value) for value in direction.ravel()),
    )


ORIENTATIONS = [
    stored_otherwise(order, signs) for order in permutations(range(3)) for signs in product((1, -1), repeat=3)
]


@pytest.mark.parametrize(
    "grid", [ORIENTATIONS[0], ORIENTATIONS[1], ORIENTATIONS[7], ORIENTATIONS[12], ORIENTATIONS[45]]
)
@pytest.mark.parametrize(
    ("view", "right_of_middle", "below_middle"),
    [(AXIAL, LEFT, BACK), (CORONAL, LEFT, -UP), (SAGITTAL, BACK, -UP)],
    ids=["axial", "coronal", "sagittal"],
)
def test_a_lesion_on_the_patients_left_and_high_is_drawn_right_and_up(
    make_board_plan: MakePlan,
    look: Callable,  # type: ignore[type-arg]
    grid: Grid,
    view: View,
    right_of_middle: float,
    below_middle: float,
) -> None:
    plan = make_board_plan(grid)
    scene = Scene.of(plan)
    first = scene.lesions[0]
    index = first.largest(view)
    whole = view.box(scene.grid, slice(0, scene.grid.shape[view.rows]), slice(0, scene.grid.shape[view.columns]))
    seen = look(draw_plane(scene, view, index, whole, 1.0).svg)
    points, colour = seen.outlines[first.title]
    low, high = points.min(axis=0), points.max(axis=0)
    # The board patient's origin is the middle of the grid; a voxel is at most 6 mm.
    middle = np.array([seen.box[2], seen.box[3]]) / 2
    np.testing.assert_allclose((low + high) / 2 - middle, [right_of_middle, below_middle], atol=3.1)
    np.testing.assert_allclose(high - low, 2 * RADIUS, atol=6.0)
    assert colour == css_colour(TIERS[1])


@pytest.mark.parametrize(
    ("view", "left", "right", "top", "bottom"),
    [(AXIAL, "R", "L", "A", "P"), (CORONAL, "R", "L", "S", "I"), (SAGITTAL, "A", "P", "S", "I")],
)
def test_directions_stand_at_their_sides(
    make_board_plan: MakePlan,
    look: Callable,  # type: ignore[type-arg]
    view: View,
    left: str,
    right: str,
    top: str,
    bottom: str,
) -> None:
    scene = Scene.of(make_board_plan())
    box = body_box(scene, view, scene.best_plane(view))
    words = look(draw_plane(scene, view, scene.best_plane(view), box, 1.0).svg).words
    assert words[left][0] < box.x + 0.1 * box.width < box.x + 0.9 * box.width < words[right][0]
    assert words[top][1] < box.y + 0.1 * box.height < box.y + 0.9 * box.height < words[bottom][1]


def test_image_and_outline_agree(make_board_plan: MakePlan, look: Callable) -> None:  # type: ignore[type-arg]
    scene = Scene.of(make_board_plan())
    index = scene.lesions[0].largest(AXIAL)
    box = body_box(scene, AXIAL, index)
    seen = look(draw_plane(scene, AXIAL, index, box, 1.0).svg)
    # The board grid begins at (-220, -140) mm; trabecular bone is 180 HU, soft tissue 30 HU, air -1000 HU.
    trabecular, tissue = seen.image_at(220 - 12, 140 + 45), seen.image_at(220 + 100, 140)
    assert trabecular[0] == int(255 * (180 + 350) / 1300)
    assert tissue[0] == int(255 * (30 + 350) / 1300)
    assert seen.image_at(220 - 12, 140 + 45, layer=1)[3] > 0
    assert seen.image_at(220 + 100, 140, layer=1)[3] == 0


def test_only_selected_lesions_are_filled(make_board_plan: MakePlan, look: Callable) -> None:  # type: ignore[type-arg]
    scene = Scene.of(make_board_plan())
    skipped, selected = scene.lesions[2], scene.lesions[1]
    assert (skipped.selected, selected.selected) == (False, True)
    index = selected.largest(AXIAL)
    seen = look(draw_plane(scene, AXIAL, index, body_box(scene, AXIAL, index), 1.0).svg)
    assert tuple(seen.image_at(220 - 90, 140 + 35, layer=1)[:3]) == TIERS[2]
    # Beside the left wing but inside the skipped sphere.
    assert seen.image_at(220 + 95 + 34, 140 + 35, layer=1)[3] == 0
    assert {skipped.title, selected.title} <= set(seen.outlines)


def test_the_body_is_shown_without_the_table(make_board_plan: MakePlan) -> None:
    scene = Scene.of(make_board_plan())
    box = body_box(scene, AXIAL, 30)
    # The body is an ellipse of 370 x 230 mm; the table begins at 128 mm behind the origin.
    assert 370 - 8 <= box.width <= 370 + 8 * 5
    assert box.y + box.height <= 140 + 115 + 4 * 5


def test_the_overview_shows_the_first_tiers(make_board_plan: MakePlan) -> None:
    scene = Scene.of(make_board_plan())
    assert 1 in [lesion.rank for lesion in scene.through(SAGITTAL, scene.best_plane(SAGITTAL))]
    assert {1, 2} <= {lesion.rank for lesion in scene.through(CORONAL, scene.best_plane(CORONAL))}


def test_axial_planes_go_through_the_selected_lesions_in_rank_order(make_board_plan: MakePlan) -> None:
    scene = Scene.of(make_board_plan())
    planes = scene.first_planes(AXIAL, 3)
    assert planes[:2] == [scene.lesions[0].largest(AXIAL), scene.lesions[1].largest(AXIAL)]
    assert scene.lesions[3].crosses(AXIAL, planes[2])
    assert len(planes) == 3


def test_a_plan_without_lesions_shows_the_middle(make_board_plan: MakePlan) -> None:
    scene = Scene.of(make_board_plan(names=()))
    assert scene.best_plane(CORONAL) == 35
    assert scene.first_planes(AXIAL, 3) == [30]


def test_positions_are_those_of_the_frame_of_reference(make_board_plan: MakePlan) -> None:
    grid = Scene.of(make_board_plan()).grid
    assert AXIAL.position(grid, 43) == "S 68 mm"
    assert AXIAL.position(grid, 0) == "I 148 mm"
    assert CORONAL.position(grid, 0) == "A 138 mm"
    assert SAGITTAL.position(grid, 109) == "L 218 mm"


def test_a_thumbnail_is_centred_on_its_lesion_and_holds_all_of_it(
    make_board_plan: MakePlan,
    look: Callable,  # type: ignore[type-arg]
) -> None:
    scene = Scene.of(make_board_plan())
    for lesion in scene.lesions:
        seen = look(draw_thumbnail(scene, lesion, 1.3).svg)
        points, _ = seen.outlines[lesion.title]
        x, y, width, height = seen.box
        np.testing.assert_allclose(
            (points.min(axis=0) + points.max(axis=0)) / 2, [x + width / 2, y + height / 2], atol=0.1
        )
        assert np.all(points > [x, y])
        assert np.all(points < [x + width, y + height])


def test_windows_map_their_ends_to_black_and_white() -> None:
    assert list(BONE_WINDOW.grey(np.array([-2000, -350, 300, 950, 3000]))) == [0, 0, 127, 255, 255]
    assert list(SOFT_WINDOW.grey(np.array([-175, 50, 275, np.nan]))) == [0, 127, 255, 0]
