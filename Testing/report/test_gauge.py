"""The gauge: lengths are volumes, all to one scale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from HimarsPlannerLib.plan import Plan
from HimarsPlannerLib.report.gauge import draw_gauge

MakePlan = Callable[..., Plan]


def parse(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 (our own picture)


def bars(svg: str) -> list[float]:
    return [float(rect.attrib["width"]) for rect in parse(svg).findall("rect")]


def test_bars_are_as_long_as_their_volumes(make_board_plan: MakePlan) -> None:
    plan = make_board_plan()
    reserve, selection = plan.reserve, plan.selection
    bmr, inside, whole, budget, selected = bars(draw_gauge(plan))
    scale = whole / reserve.bone_marrow_reserve_ml
    assert bmr == whole
    assert inside == pytest.approx(reserve.trabecular_in_gtv_ml * scale, abs=0.02)
    assert budget == pytest.approx(0.3 * whole, abs=0.02)
    assert selected == pytest.approx(selection.selected_ml * scale, abs=0.02)
    assert selected < budget


def test_each_level_of_the_protocol_has_its_tick(make_board_plan: MakePlan) -> None:
    svg = parse(draw_gauge(make_board_plan()))
    whole = float(svg.findall("rect")[2].attrib["width"])
    start = float(svg.findall("rect")[2].attrib["x"])
    places = sorted((float(line.attrib["x1"]) - start) / whole for line in svg.findall("line"))
    assert places == pytest.approx([0.2, 0.3, 0.4, 0.5], abs=1e-3)


def test_a_patient_without_bone_has_an_empty_gauge(make_board_plan: MakePlan) -> None:
    plan = make_board_plan()
    none = replace(plan.reserve, total_trabecular_bone_ml=0.0, trabecular_in_gtv_ml=0.0)
    svg = draw_gauge(replace(plan, reserve=none, selection=replace(plan.selection, budget_ml=0.0, selected_ml=0.0)))
    assert bars(svg) == [0.0] * 5
    assert "no reserve" in svg
