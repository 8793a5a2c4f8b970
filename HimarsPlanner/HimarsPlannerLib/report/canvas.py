"""A picture in millimetres: grey images below, outlines and words above, as one inline SVG."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from io import BytesIO
from xml.etree import ElementTree as ET

import numpy as np
import numpy.typing as npt
from PIL import Image

from ..export.palette import Rgb, css_colour
from .outline import path_data

LETTER_PX = 15.0
LABEL_PX = 13.0


@dataclass(frozen=True)
class Box:
    """Rectangle in mm; y grows downwards."""

    x: float
    y: float
    width: float
    height: float


class Canvas:
    """An SVG under construction.

    Parameters
    ----------
    box
        What is shown, mm.
    px_per_mm
        Scale at which it is meant to be looked at; letters and lines keep their size in px at that scale.
    title
        What the picture is, for people who cannot see it.
    dark
        Whether the picture below is dark, so that words are white on it.
    """

    def __init__(self, box: Box, px_per_mm: float, title: str, dark: bool = True) -> None:
        self.box = box
        self._px = 1.0 / px_per_mm
        self._ink, self._halo = ("#ffffff", "#000000") if dark else ("#111111", "#ffffff")
        self._svg = ET.Element(
            "svg",
            {
                "viewBox": f"{box.x:.2f} {box.y:.2f} {box.width:.2f} {box.height:.2f}",
                "width": f"{box.width * px_per_mm:.0f}",
                "role": "img",
                "aria-label": title,
            },
        )
        self._taken: list[tuple[float, float]] = []

    def image(self, pixels: npt.NDArray[np.uint8], box: Box, colours: list[tuple[Rgb, int]] | None = None) -> None:
        """Lay an image over `box`.

        Parameters
        ----------
        pixels
            Shape (rows, columns); grey values, or with `colours` indices: 0 is clear, n is the n-th colour.
        box
            Where its outer edges lie, mm.
        colours
            RGB and opacity 0 to 255.
        """
        attributes = {name: f"{value:.2f}" for name, value in vars(box).items()}
        attributes |= {"href": _data_uri(pixels, colours), "preserveAspectRatio": "none"}
        if colours:
            attributes["style"] = "image-rendering:pixelated"
        self._add("image", attributes)

    def outline(self, segments: npt.NDArray[np.float64], colour: Rgb, width_px: float, title: str = "") -> None:
        """Draw segments, shape (n, 2, 2) with (x, y) in mm; `title` shows when pointed at."""
        data = path_data(segments)
        if not data:
            return
        stroke = {"d": data, "fill": "none", "stroke-linecap": "round"}
        if width_px > 1:
            halo = {"stroke": self._halo, "stroke-opacity": "0.6", "stroke-width": self._size(width_px + 1.6)}
            self._add("path", stroke | halo)
        line = self._add("path", stroke | {"stroke": css_colour(colour), "stroke-width": self._size(width_px)})
        if title:
            ET.SubElement(line, "title").text = title

    def line(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Draw a faint dashed line between two points in mm."""
        ends = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
        attributes = {name: f"{value:.2f}" for name, value in ends.items()}
        attributes |= {"stroke": self._ink, "stroke-opacity": "0.55", "stroke-width": self._size(1.0)}
        self._add("line", attributes | {"stroke-dasharray": f"{self._size(4.0)} {self._size(4.0)}"})

    def word(self, x: float, y: float, text: str, size_px: float = LABEL_PX, anchor: str = "middle") -> None:
        """Write a word with its vertical middle at `y`, in mm."""
        self._add(
            "text",
            {
                "x": f"{x:.2f}",
                "y": f"{y:.2f}",
                "font-size": self._size(size_px),
                "text-anchor": anchor,
                "dominant-baseline": "central",
                "fill": self._ink,
                "stroke": self._halo,
                "stroke-width": self._size(2.5),
                "stroke-linejoin": "round",
                "paint-order": "stroke",
            },
        ).text = text

    def label(self, segments: npt.NDArray[np.float64], text: str) -> None:
        """Write a number at the upper right of an outline unless another number stands there already."""
        points = segments.reshape(-1, 2)
        corner = points[int((points[:, 0] - points[:, 1]).argmax())]
        inset = 0.7 * LABEL_PX * self._px
        box = self.box
        x = min(max(float(corner[0]) + inset, box.x + inset), box.x + box.width - inset)
        y = min(max(float(corner[1]) - inset, box.y + inset), box.y + box.height - inset)
        if all(abs(x - a) > 1.5 * inset or abs(y - b) > 1.5 * inset for a, b in self._taken):
            self._taken.append((x, y))
            self.word(x, y, text)

    def sides(self, left: str, right: str, top: str, bottom: str) -> None:
        """Write the patient's directions at the four sides."""
        inset = 0.8 * LETTER_PX * self._px
        box = self.box
        middle_x, middle_y = box.x + box.width / 2, box.y + box.height / 2
        self.word(box.x + inset, middle_y, left, LETTER_PX)
        self.word(box.x + box.width - inset, middle_y, right, LETTER_PX)
        self.word(middle_x, box.y + inset, top, LETTER_PX)
        self.word(middle_x, box.y + box.height - inset, bottom, LETTER_PX)

    def scale_bar(self, length_mm: float) -> None:
        """Draw a bar of that length at the lower left, its length in cm above it."""
        x = self.box.x + 8 * self._px
        y = self.box.y + self.box.height - 9 * self._px
        for colour, width in ((self._halo, 5.0), (self._ink, 2.5)):
            self._add(
                "path",
                {"d": f"M{x:.2f} {y:.2f}h{length_mm:.2f}", "stroke": colour, "stroke-width": self._size(width)},
            )
        self.word(x, y - 10 * self._px, f"{length_mm / 10:g} cm", 11.0, "start")

    def svg(self) -> str:
        """Finished picture as text."""
        return ET.tostring(self._svg, encoding="unicode")

    def _add(self, tag: str, attributes: dict[str, str]) -> ET.Element:
        return ET.SubElement(self._svg, tag, attributes)

    def _size(self, px: float) -> str:
        return f"{px * self._px:.3f}"


def _data_uri(pixels: npt.NDArray[np.uint8], colours: list[tuple[Rgb, int]] | None) -> str:
    image = Image.fromarray(np.ascontiguousarray(pixels))
    stream = BytesIO()
    if colours:
        image.putpalette([0, 0, 0] + [value for rgb, _ in colours for value in rgb])
        image.save(stream, "PNG", optimize=True, transparency=bytes([0] + [opacity for _, opacity in colours]))
    else:
        image.save(stream, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii")
