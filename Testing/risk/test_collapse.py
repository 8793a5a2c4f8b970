"""Heights of vertebral bodies and their loss against the neighbours, on shapes with known heights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.risk.spine.collapse import find_collapse
from HimarsPlannerLib.risk.spine.heights import BodyHeights
from HimarsPlannerLib.risk.spine.spine import Spine

COLLAPSED = 20.0
# Leans 12 degrees forward and 8 to the side; k is not the body's axis.
_A, _B = np.deg2rad(12), np.deg2rad(8)
LEAN = np.array([[1, 0, 0], [0, np.cos(_A), -np.sin(_A)], [0, np.sin(_A), np.cos(_A)]]) @ np.array(
    [[np.cos(_B), 0, np.sin(_B)], [0, 1, 0], [-np.sin(_B), 0, np.cos(_B)]]
)


def oblique() -> Grid:
    grid = Grid((90, 110, 190), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), tuple(LEAN.ravel()))
    middle = grid.to_lps((94.5, 54.5, 44.5))
    return Grid(grid.size, grid.spacing, (float(-middle[0]), float(5 - middle[1]), float(-middle[2])), grid.direction)


def sagittal() -> Grid:
    return Grid((90, 170, 76), (1.0, 1.0, 1.0), (-37.5, -40.5, -84.5), (0, 0, 1, 1, 0, 0, 0, 1, 0))


def of(*heights: float, names: tuple[str, ...] = ("T8", "T9", "T10", "T11", "T12")) -> dict[str, BodyHeights]:
    return {name: BodyHeights(h, h, h, 30, 40) for name, h in zip(names, heights, strict=False)}


@pytest.mark.parametrize("grid", [None, oblique(), sagittal()], ids=["axial", "oblique", "sagittal"])
def test_heights_are_along_the_vertebras_own_axis_on_any_grid(
    make_column: Callable[..., Any], grid: Grid | None
) -> None:
    column = make_column(grid, {"L1": (15.0, 24.0)})
    heights = Spine.of(column.bones, column.canal).heights
    wedged, sound = heights["L1"], heights["T12"]
    assert (wedged.anterior, wedged.posterior) == (pytest.approx(15.0, abs=1.0), pytest.approx(24.0, abs=1.0))
    assert (sound.anterior, sound.middle, sound.posterior) == pytest.approx((24.0, 24.0, 24.0), abs=1.0)
    assert (sound.depth, sound.width) == (pytest.approx(32.0, abs=2.0), pytest.approx(40.0, abs=3.0))


def test_holes_that_a_lesion_leaves_in_a_label_and_osteophytes_do_not_matter(column: Any) -> None:
    hole = column.region(lambda x, y, z: (np.abs(x) < 10) & (y > -24) & (y < -6) & (np.abs(z) < 8)).to_array()
    spur = column.region(lambda x, y, z: (np.abs(x) < 14) & (y > -38) & (y < -30) & (np.abs(z - 13) < 3)).to_array()
    label = (column.bones["vertebrae_L1"].to_array() & ~hole) | spur
    bones = {**column.bones, "vertebrae_L1": Region.from_array(label, column.grid)}
    heights = Spine.of(bones, column.canal).heights["L1"]
    assert (heights.anterior, heights.posterior) == pytest.approx((24.0, 24.0), abs=1.2)


def test_loss_is_against_the_mean_of_the_nearest_neighbours() -> None:
    # Typical heights of T9, T10 and T11 are 19.3, 20.2 and 21.3 mm.
    found = find_collapse(of(19.3, 14.0, 21.3, names=("T9", "T10", "T11")), COLLAPSED)["T10"]
    assert found.expected_mm == pytest.approx(20.2)
    assert found.percent == pytest.approx(100 * (1 - 14.0 / 20.2))
    assert found.neighbours == ("T9", "T11")


def test_a_collapsed_neighbour_is_no_reference() -> None:
    found = find_collapse(of(19.0, 9.0, 12.0, 21.0, 22.0), COLLAPSED)
    assert found["T9"].neighbours == ("T8", "T11")
    assert found["T10"].neighbours == ("T8", "T11")
    assert found["T10"].percent == pytest.approx(40, abs=3)
    assert max(found[level].percent for level in ("T8", "T11", "T12")) < 5


def test_the_physiological_trend_is_no_loss() -> None:
    names = ("T12", "L1", "L2", "L3", "L4", "L5")
    found = find_collapse(of(22.7, 23.8, 24.3, 23.8, 24.1, 22.9, names=names), COLLAPSED)
    assert max(loss.percent for loss in found.values()) < 1


def test_a_wedge_and_a_hollow_that_all_bodies_share_are_no_loss() -> None:
    bodies = {f"L{n}": BodyHeights(26, 22, 25, 34, 46) for n in range(1, 5)}
    assert max(loss.percent for loss in find_collapse(bodies, COLLAPSED).values()) < 3


@pytest.mark.parametrize(
    ("body", "position"),
    [(BodyHeights(14, 18, 22, 30, 40), "anterior"), (BodyHeights(22, 13, 22, 30, 40), "middle")],
)
def test_the_position_with_the_largest_loss_counts(body: BodyHeights, position: str) -> None:
    others = {level: BodyHeights(22, 21, 22, 30, 40) for level in ("T11", "L1")}
    found = find_collapse(others | {"T12": body}, COLLAPSED)["T12"]
    assert found.position == position
    assert 30 < found.percent < 45


def test_without_a_neighbour_near_by_nothing_is_said() -> None:
    assert find_collapse(of(20.0), COLLAPSED) == {}
    assert find_collapse(of(20.0, 22.0, names=("T3", "T12")), COLLAPSED) == {}
