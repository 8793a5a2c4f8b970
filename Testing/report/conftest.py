"""Looking into the report's pictures with means of their own."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image


@dataclass(frozen=True)
class Seen:
    """An SVG taken apart: view box, images as RGBA with their box, outlines as points by title and colour, words."""

    box: tuple[float, float, float, float]
    images: list[tuple[np.ndarray, tuple[float, float, float, float]]]
    outlines: dict[str, tuple[np.ndarray, str]]
    words: dict[str, tuple[float, float]]

    def image_at(self, x: float, y: float, layer: int = 0) -> np.ndarray:
        """RGBA of the pixel of an image that lies at a place in mm."""
        pixels, (left, top, width, height) = self.images[layer]
        row = int((y - top) / height * pixels.shape[0])
        column = int((x - left) / width * pixels.shape[1])
        return np.asarray(pixels[row, column])


@pytest.fixture
def look() -> Callable[[str], Seen]:
    """Take an SVG text apart."""

    def take_apart(svg: str) -> Seen:
        root = ET.fromstring(svg)  # noqa: S314 (our own picture)
        images = []
        for image in root.iter("image"):
            data = base64.b64decode(image.attrib["href"].removeprefix("data:image/png;base64,"))
            place = tuple(float(image.attrib[name]) for name in ("x", "y", "width", "height"))
            images.append((np.asarray(Image.open(io.BytesIO(data)).convert("RGBA")), place))
        outlines = {}
        for path in root.iter("path"):
            title = path.find("title")
            if title is not None:
                numbers = [float(number) for number in re.findall(r"-?\d+\.\d+", path.attrib["d"])]
                outlines[str(title.text)] = (np.array(numbers).reshape(-1, 2), path.attrib["stroke"])
        words = {str(t.text): (float(t.attrib["x"]), float(t.attrib["y"])) for t in root.iter("text")}
        x, y, width, height = (float(number) for number in root.attrib["viewBox"].split())
        return Seen((x, y, width, height), images, outlines, words)

    return take_apart
