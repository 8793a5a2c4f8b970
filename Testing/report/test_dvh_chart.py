"""DVH curves: where they are drawn, and that no two look alike."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from HimarsPlannerLib.report.dvh_chart import BOTTOM, LEFT, TOP, Curve, draw_dvh, style


def test_a_curve_runs_from_all_of_the_volume_to_none() -> None:
    svg = ET.fromstring(draw_dvh([Curve("PTV <1>", 0.5, [1.0, 1.0, 0.4, 0.0])], [(1.0, "1 Gy")], "test"))  # noqa: S314 - made by this very run
    (line,) = svg.iter("polyline")
    points = [tuple(map(float, point.split(","))) for point in line.get("points", "").split()]
    assert points[0] == pytest.approx((LEFT, TOP))
    assert points[-1][1] == pytest.approx(BOTTOM)
    marked = next(one for one in svg.iter("line") if one.get("x1") == one.get("x2") and one.get("y1") == f"{TOP}")
    assert float(marked.get("x1", "0")) == pytest.approx(points[2][0], abs=0.1)
    assert line[0].text == "PTV <1>"


def test_the_first_28_curves_differ_in_colour_or_dashes() -> None:
    assert len({style(number) for number in range(28)}) == 28
