"""Contours: points, planes, areas, crossings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ...grid import FloatArray
from ..crossings import crosses_itself
from .drawn import DrawnContour, DrawnRoi
from .finding import Finding, counted
from .images import Images

KINDS = ("POINT", "OPEN_PLANAR", "OPEN_NONPLANAR", "CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
PLANE_TOLERANCE_MM = 0.1
SAME_POINT_MM = 1e-4
LEAST_AREA_MM2 = 1e-3
_BORDER_PIXELS = 0.51

Check = Callable[[DrawnContour, Images], str]


def check_contours(roi: DrawnRoi, images: Images) -> Iterator[Finding]:
    """Every contour of a structure by itself."""
    if not roi.contours:
        yield Finding("roi-empty", roi.name, "has no contours")
    found: dict[str, list[str]] = defaultdict(list)
    for contour in roi.contours:
        for kind, what in _faults(contour, images):
            found[kind].append(f"{contour.place} {what}")
    for kind, sentences in found.items():
        yield from counted(kind, roi.name, sentences)


def sound(roi: DrawnRoi) -> list[DrawnContour]:
    """Closed contours that have an area."""
    return [one for one in roi.contours if one.closed and one.points is not None and len(one.points) > 2]


def nearest_slice(points: FloatArray, images: Images) -> tuple[int, float]:
    """The slice nearest to a contour, and how far it is, mm."""
    distance = np.abs(images.positions - (points @ images.normal).mean())
    return int(np.argmin(distance)), float(distance.min())


def _faults(contour: DrawnContour, images: Images) -> Iterator[tuple[str, str]]:
    points = contour.points
    if contour.kind not in KINDS:
        yield "contour-type", f"is of the type {contour.kind!r}, which is none"
    elif not contour.closed:
        yield "contour-open", f"is {contour.kind}"
    if points is None:
        yield "contour-number", "has data that are not x, y and z of each point"
        return
    if contour.stated != str(len(points)):
        yield "contour-count", f"has {len(points)} points and states {contour.stated or 'none'}"
    if contour.closed:
        yield from _shape(points, images)
    if len(points):
        yield from _place(contour, points, images)


def _shape(points: FloatArray, images: Images) -> Iterator[tuple[str, str]]:
    if len(points) < 3:
        yield "contour-few-points", f"has {len(points)} points"
        return
    same = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1) < SAME_POINT_MM
    if same[-1]:
        yield "contour-repeated-first", "repeats its first point at its end"
    if same[:-1].any():
        yield "contour-duplicate-point", f"has {int(same[:-1].sum())} point(s) twice in succession"
    plane = np.stack([points @ images.row, points @ images.column], axis=1)
    if abs(_area(plane)) < LEAST_AREA_MM2:
        yield "contour-no-area", "encloses no area"
    elif crosses_itself(plane[~same], SAME_POINT_MM):
        yield "contour-crossing", "crosses itself"


def _place(contour: DrawnContour, points: FloatArray, images: Images) -> Iterator[tuple[str, str]]:
    height = float(np.ptp(points @ images.normal))
    if height > PLANE_TOLERANCE_MM and contour.kind != "OPEN_NONPLANAR":
        yield "contour-tilted", f"spans {height:.2f} mm across the slices"
        return
    at, distance = nearest_slice(points, images)
    pixels = images.to_pixels(points, at)
    far = (pixels < -_BORDER_PIXELS) | (pixels > np.array(images.shape[::-1]) - 1 + _BORDER_PIXELS)
    if distance > images.step_mm * 0.75:
        yield "contour-outside", f"is {distance:.2f} mm from the nearest slice"
    elif far.any():
        yield "contour-outside", "reaches beyond the image"
    elif distance > PLANE_TOLERANCE_MM:
        yield "contour-off-plane", f"is {distance:.2f} mm from the nearest slice"
    yield from _reference(contour.images, at, distance, images)


def _reference(named: Sequence[str], at: int, distance: float, images: Images) -> Iterator[tuple[str, str]]:
    if not named:
        yield "contour-unreferenced", "names no image"
    elif not set(named) & set(images.uids):
        yield "image-unknown", f"names {named[0]}, which is no slice of the CT"
    elif images.uids[at] not in named and distance <= PLANE_TOLERANCE_MM:
        yield "contour-other-image", "names another slice than the one that it lies on"


def _area(points: FloatArray) -> float:
    # From the first point, lest areas far from the origin lose their last digits.
    x, y = (points - points[0]).T
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) / 2)
