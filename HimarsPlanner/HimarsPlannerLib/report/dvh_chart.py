"""DVH curves as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

WIDTH, HEIGHT = 1060.0, 430.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 1046.0, 14.0, 380.0
INK, FAINT, LINE = "#1d2433", "#5b6475", "#d9dde5"
LEVELS = (0, 0.2, 0.4, 0.6, 0.8, 1.0)
# Okabe and Ito's colours, which differ under all common colour vision deficiencies; after them the dashes change.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000", "#e69f00", "#56b4e9")
DASHES = ("", "9 4", "2.5 3", "12 3 2.5 3")


@dataclass(frozen=True)
class Curve:
    """A structure's cumulative DVH.

    Parameters
    ----------
    share
        Share of its volume from 0 Gy on, in steps of `step_gy`.
    """

    name: str
    step_gy: float
    share: Sequence[float]


def style(number: int) -> tuple[str, str]:
    """Colour and dash pattern of the curve of a number."""
    return COLOURS[number % len(COLOURS)], DASHES[number // len(COLOURS) % len(DASHES)]


def draw_dvh(curves: Sequence[Curve], marks_gy: Sequence[tuple[float, str]], label: str) -> str:
    """Draw curves over dose in Gy.

    Parameters
    ----------
    curves
        In the order of their styles.
    marks_gy
        Doses to mark by a vertical line, each with its name.
    label
        What the picture shows, for screen readers.

    Returns
    -------
    str
        Inline SVG; each curve has its name as tooltip.
    """
    ends = [(len(curve.share) - 1) * curve.step_gy for curve in curves]
    largest = 1.04 * max([*ends, *(dose for dose, _ in marks_gy), 1.0])
    svg = ET.Element("svg", {"viewBox": f"0 0 {WIDTH:.0f} {HEIGHT:.0f}", "role": "img", "aria-label": label})
    _axes(svg, largest)
    for dose, name in marks_gy:
        x = f"{_x(dose, largest):.1f}"
        ET.SubElement(svg, "line", {"x1": x, "x2": x, "y1": f"{TOP}", "y2": f"{BOTTOM}", "stroke": FAINT})
        _words(svg, _x(dose, largest) - 4, BOTTOM - 8, name, "end")
    for number, curve in enumerate(curves):
        colour, dash = style(number)
        points = " ".join(
            f"{_x(n * curve.step_gy, largest):.1f},{_y(share):.1f}" for n, share in enumerate(curve.share)
        )
        attributes = {"points": points, "fill": "none", "stroke": colour, "stroke-width": "2"}
        line = ET.SubElement(svg, "polyline", attributes | ({"stroke-dasharray": dash} if dash else {}))
        ET.SubElement(line, "title").text = curve.name
    return ET.tostring(svg, encoding="unicode")


def swatch(number: int) -> str:
    """Short line in the style of the curve of a number, as inline SVG."""
    colour, dash = style(number)
    svg = ET.Element("svg", {"viewBox": "0 0 34 10", "class": "line", "aria-hidden": "true"})
    line = {"x1": "0", "x2": "34", "y1": "5", "y2": "5", "stroke": colour, "stroke-width": "2.4"}
    ET.SubElement(svg, "line", line | ({"stroke-dasharray": dash} if dash else {}))
    return ET.tostring(svg, encoding="unicode")


def _axes(svg: ET.Element, largest: float) -> None:
    for level in LEVELS:
        y = f"{_y(level):.1f}"
        ET.SubElement(svg, "line", {"x1": f"{LEFT}", "x2": f"{RIGHT}", "y1": y, "y2": y, "stroke": LINE})
        _words(svg, LEFT - 7, _y(level) + 4, f"{level:.0%}", "end")
    step = next(step for step in (1, 2, 5, 10, 20) if largest / step <= 14) if largest <= 280 else 50
    for number in range(int(largest / step) + 1):
        x = f"{_x(number * step, largest):.1f}"
        ET.SubElement(svg, "line", {"x1": x, "x2": x, "y1": f"{BOTTOM}", "y2": f"{BOTTOM + 5}", "stroke": INK})
        _words(svg, _x(number * step, largest), BOTTOM + 20, f"{number * step}", "middle")
    ET.SubElement(svg, "line", {"x1": f"{LEFT}", "x2": f"{RIGHT}", "y1": f"{BOTTOM}", "y2": f"{BOTTOM}", "stroke": INK})
    _words(svg, (LEFT + RIGHT) / 2, BOTTOM + 42, "Dose (Gy)", "middle")


def _words(svg: ET.Element, x: float, y: float, text: str, anchor: str) -> None:
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor, "font-size": "13", "fill": INK}
    ET.SubElement(svg, "text", place).text = text


def _x(dose: float, largest: float) -> float:
    return LEFT + (RIGHT - LEFT) * dose / largest


def _y(share: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * share
