"""Both CTs in one picture: squares of the one and of the other, each in its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.plan import Plan
from HimarsPlannerLib.report.canvas import Box
from HimarsPlannerLib.report.html import render_report
from HimarsPlannerLib.report.layout import registration_row
from HimarsPlannerLib.report.overlay import SQUARE_MM, draw_overlay
from HimarsPlannerLib.report.scene import Scene
from HimarsPlannerLib.report.views import AXIAL, CORONAL
from HimarsPlannerLib.study.study import Registration, Source, SurfaceDistance

MakePlan = Callable[..., Plan]
SHIFT = np.array([12.0, -30.0, 55.0])


def shifted(plan: Plan) -> tuple[Volume, np.ndarray]:
    """The plan's CT as another scanner has it, dense all over, and the motion back."""
    grid = plan.study.ct.volume.grid
    origin = tuple(float(v) for v in np.array(grid.origin) + SHIFT)
    matrix = np.eye(4)
    matrix[:3, 3] = -SHIFT
    return Volume(np.full(grid.shape, 1500, dtype=np.int16), replace(grid, origin=origin)), matrix


@pytest.mark.parametrize("view", [AXIAL, CORONAL], ids=lambda view: view.name)
def test_every_other_square_is_the_other_ct(make_board_plan: MakePlan, look: Callable, view) -> None:
    plan = make_board_plan()
    other, matrix = shifted(plan)
    scene = Scene.of(plan)
    rows, columns = scene.grid.shape[view.rows], scene.grid.shape[view.columns]
    box = view.box(scene.grid, slice(0, rows), slice(0, columns))
    seen = look(draw_overlay(scene, view, 20, box, 1.0, other, matrix, "both").svg)
    for row in range(3):
        for column in range(3):
            x, y = (column + 0.5) * SQUARE_MM, (row + 0.5) * SQUARE_MM
            at = y if not view.rows_up else box.height - y
            red, green, blue, opacity = seen.image_at(x, at, 1)
            tinted = (row + column) % 2 == 1
            assert bool(opacity) is tinted
            assert not tinted or (red == 255 and red > green > blue > 0)


def test_where_the_other_ct_does_not_reach_its_squares_are_black(make_board_plan: MakePlan, look: Callable) -> None:
    plan = make_board_plan()
    other, matrix = shifted(plan)
    away = matrix.copy()
    away[:3, 3] += (4000.0, 0.0, 0.0)
    scene = Scene.of(plan)
    seen = look(draw_overlay(scene, AXIAL, 20, Box(0, 0, 440, 280), 1.0, other, away, "both").svg)
    assert tuple(seen.image_at(1.5 * SQUARE_MM, 0.5 * SQUARE_MM, 1)) == (0, 0, 0, 255)


@pytest.mark.parametrize(
    "direction", [(1, 0, 0, 0, 1, 0, 0, 0, 1), (-1, 0, 0, 0, -1, 0, 0, 0, 1)], ids=["supine", "turned"]
)
def test_the_other_cts_voxels_are_where_its_own_axes_put_them(
    make_board_plan: MakePlan, look: Callable, direction: tuple[int, ...]
) -> None:
    """One dense block on the patient's left shows on the left, whichever way the other CT is stored."""
    plan = make_board_plan()
    scene = Scene.of(plan)
    grid = Grid((220, 140, 60), (2.0, 2.0, 5.0), (-219.0, -139.0, -147.5))
    hu = np.full(grid.shape, -1000, dtype=np.int16)
    place = grid.to_lps(np.moveaxis(np.indices(grid.shape), 0, -1))
    hu[(place[..., 0] > 40) & (place[..., 0] < 160)] = 1500
    if direction[0] < 0:
        grid = Grid(grid.size, grid.spacing, (219.0, 139.0, -147.5), direction)
        hu = np.ascontiguousarray(hu[:, ::-1, ::-1])
    seen = look(draw_overlay(scene, AXIAL, 20, Box(0, 0, 440, 280), 1.0, Volume(hu, grid), np.eye(4), "both").svg)
    left, right = (tuple(seen.image_at(220 + x, 1.5 * SQUARE_MM, 1)) for x in (100, -120))
    assert left[0] == left[3] == 255
    assert right == (0, 0, 0, 255)


def test_the_report_shows_both_stages_with_the_figures(make_board_plan: MakePlan) -> None:
    plan = make_board_plan()
    other, matrix = shifted(plan)
    source = Source("CT", "low dose", (Path("ct2/1.dcm"),), "1.2.77", "1.2", "1.2.78")
    registration = Registration(matrix, "rigid", (source,), SurfaceDistance(1.31, 2.42, 0.98), other)
    text = render_report(replace(plan, study=replace(plan.study, registration=registration)))
    section = text[text.index('id="registration"') :]
    section = section[: section.index("</section>")]
    assert section.count("<svg") == 4
    assert section.count("after registration") >= 2
    for part in ("1.3 mm", "2.4 mm", "98.0%"):
        assert part in section
    assert "1.2.77" in text
    assert "PET/CT on the planning CT" not in render_report(plan)


def test_without_the_pets_own_ct_there_is_no_picture_and_it_is_said(make_board_plan: MakePlan) -> None:
    plan = make_board_plan()
    registration = Registration(np.eye(4), "dicom-reg", (Source("REG", "fusion", (Path("reg.dcm"),)),))
    assert registration_row(Scene.of(plan), registration) is None
    text = render_report(replace(plan, study=replace(plan.study, registration=registration)))
    assert "nothing tells how good it is" in text
