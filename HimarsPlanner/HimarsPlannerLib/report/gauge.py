"""The bone marrow reserve gauge: what there is, what may be treated, what is."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from ..bone.reserve import Reserve
from ..export.palette import SELECTED, TRABECULAR, css_colour
from ..plan import Plan

WIDTH = 1000.0
LEFT, RIGHT = 4.0, 996.0
INK, FAINT = "#1d2433", "#5b6475"


def draw_gauge(plan: Plan) -> str:
    """Draw total trabecular bone above the bone marrow reserve, both to one scale in ml.

    Parameters
    ----------
    plan
        Its reserve, budget and selected volume are drawn; the other levels of the protocol as ticks.

    Returns
    -------
    str
        Inline SVG.
    """
    reserve, selection = plan.reserve, plan.selection
    total = reserve.total_trabecular_bone_ml
    bmr = reserve.bone_marrow_reserve_ml
    gauge = _Gauge(total)
    gauge.words(LEFT, 16, f"Total trabecular bone {total:.1f} ml", "start", bold=True)
    gauge.bar(0, bmr, 26, css_colour(TRABECULAR), 0.45)
    gauge.bar(bmr, total, 26, "url(#hatch)")
    gauge.words(
        RIGHT,
        16,
        _taken_out(reserve),
        "end",
    )
    gauge.words(LEFT, 86, f"Bone marrow reserve {bmr:.1f} ml = 100%", "start", bold=True)
    gauge.bar(0, bmr, 96, css_colour(TRABECULAR), 0.18)
    gauge.bar(0, selection.budget_ml, 96, css_colour(TRABECULAR), 0.45)
    gauge.bar(0, selection.selected_ml, 96, css_colour(SELECTED))
    for level in plan.protocol.levels:
        gauge.tick(level.fraction * bmr, share(level.fraction), level.name == plan.level.name)
    gauge.words(
        LEFT,
        168,
        f"Selected {selection.selected_ml:.1f} ml ({_share(selection.selected_ml, bmr)} of BMR)",
        "start",
        bold=True,
    )
    budget = f"Budget {selection.budget_ml:.1f} ml (level {plan.level.name}: {share(plan.level.fraction)} of BMR)"
    gauge.words(RIGHT, 168, budget, "end", bold=True)
    return gauge.svg()


def _taken_out(reserve: Reserve) -> str:
    total = reserve.total_trabecular_bone_ml
    parts = [("inside GTVs", reserve.trabecular_in_gtv_ml)]
    if reserve.irradiated_trabecular_ml is not None:
        parts.append(("irradiated before", reserve.irradiated_trabecular_ml))
    return " + ".join(f"{name} {part:.1f} ml ({_share(part, total)})" for name, part in parts)


def share(fraction: float) -> str:
    """Fraction in per cent with no more digits than it has, e.g. "30%" or "12.5%"."""
    return f"{100 * fraction:.4g}%"


class _Gauge:
    def __init__(self, total_ml: float) -> None:
        self._scale = (RIGHT - LEFT) / total_ml if total_ml > 0 else 0.0
        self._svg = ET.Element(
            "svg",
            {"viewBox": f"0 0 {WIDTH:.0f} 178", "role": "img", "aria-label": "Bone marrow reserve", "class": "gauge"},
        )
        hatch = {"id": "hatch", "width": "7", "height": "7", "patternUnits": "userSpaceOnUse"}
        pattern = self._add("pattern", hatch | {"patternTransform": "rotate(45)"})
        ET.SubElement(pattern, "rect", {"width": "7", "height": "7", "fill": "#e9ebf0"})
        ET.SubElement(pattern, "rect", {"width": "2.5", "height": "7", "fill": "#9aa3b2"})

    def bar(self, start_ml: float, end_ml: float, y: float, fill: str, opacity: float = 1.0) -> None:
        width = max(end_ml - start_ml, 0.0) * self._scale
        place = {"x": f"{LEFT + start_ml * self._scale:.2f}", "y": f"{y:.0f}", "width": f"{width:.2f}"}
        self._add("rect", place | {"height": "32", "fill": fill, "fill-opacity": f"{opacity:g}"})

    def tick(self, value_ml: float, text: str, chosen: bool) -> None:
        x = LEFT + value_ml * self._scale
        height, colour, width = (44, INK, "3") if chosen else (6, FAINT, "1.2")
        y = 90 if chosen else 128
        line = {"x1": f"{x:.2f}", "x2": f"{x:.2f}", "y1": f"{y}", "y2": f"{y + height}"}
        self._add("line", line | {"stroke": colour, "stroke-width": width})
        self.words(x, 146, text, "middle", bold=chosen, faint=not chosen, size=13)

    def words(
        self, x: float, y: float, text: str, anchor: str, bold: bool = False, faint: bool = False, size: int = 16
    ) -> None:
        style = {"fill": FAINT if faint else INK, "font-weight": "600" if bold else "400", "font-size": str(size)}
        self._add("text", {"x": f"{x:.2f}", "y": f"{y:.0f}", "text-anchor": anchor} | style).text = text

    def svg(self) -> str:
        return ET.tostring(self._svg, encoding="unicode")

    def _add(self, tag: str, attributes: dict[str, str]) -> ET.Element:
        return ET.SubElement(self._svg, tag, attributes)


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole > 0 else "no reserve"
