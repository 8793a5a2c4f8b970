"""What the contours of a structure enclose together, and whether readers can agree on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ...grid import FloatArray
from ...study.scanline import fill_planes
from .contours import PLANE_TOLERANCE_MM, nearest_slice, sound
from .drawn import DrawnContour, DrawnRoi
from .finding import Finding, counted
from .images import Images

_GAP_STEPS = 1.5
_STATED_SHARE, _STATED_ML = 0.1, 0.5


@dataclass(frozen=True)
class DrawnVolume:
    """A structure in numbers.

    Parameters
    ----------
    name
        ROI Name.
    contours, planes
        How many contours it has, and in how many planes.
    volume_ml
        Voxels whose centres are inside by the even-odd rule, times plane distance.
    stated_ml
        ROI Volume in the file; None without.
    """

    name: str
    contours: int
    planes: int
    volume_ml: float
    stated_ml: float | None


def measure(roi: DrawnRoi, images: Images) -> tuple[DrawnVolume, list[Finding]]:
    """Volume of a structure, and findings about its contours together."""
    planes: dict[float, list[DrawnContour]] = defaultdict(list)
    for contour in sound(roi):
        points = _points(contour)
        place = float((points @ images.normal).mean())
        near = next((known for known in planes if abs(known - place) <= PLANE_TOLERANCE_MM), place)
        planes[near].append(contour)
    places = sorted(planes)
    step = _step(places, images.step_mm)
    count, doubled, nested = 0, [], []
    for place in places:
        inside, twice, differ = _filled(planes[place], images)
        count += inside
        doubled += twice
        nested += differ
    volume_ml = count * images.spacing[0] * images.spacing[1] * step / 1000
    volume = DrawnVolume(roi.name, len(roi.contours), len(places), volume_ml, roi.stated_ml)
    findings = [
        *counted("contour-twice", roi.name, doubled),
        *counted("contour-nested", roi.name, nested, "plane"),
        *_gaps(places, step, roi.name),
        *_stated(volume),
    ]
    return volume, findings


def _filled(contours: Sequence[DrawnContour], images: Images) -> tuple[int, list[str], list[str]]:
    """Voxels inside one plane; contours that are there twice; whether a union would give other voxels."""
    at, _ = nearest_slice(_points(contours[0]), images)
    polygons = [images.to_pixels(_points(contour), at) for contour in contours]
    different = {np.round(polygon, 4).tobytes(): contour for polygon, contour in zip(polygons, contours, strict=True)}
    twice = [f"{contours[0].place} is there twice"] if len(different) < len(contours) else []
    mask, _ = fill_planes([polygons], images.shape)
    inside = int(np.count_nonzero(mask))
    if len(contours) == 1 or twice or any(contour.kind == "CLOSEDPLANAR_XOR" for contour in contours):
        return inside, twice, []
    whole = np.zeros(images.shape, bool)
    for polygon in polygons:
        block, (row, column) = fill_planes([[polygon]], images.shape)
        whole[row : row + block.shape[1], column : column + block.shape[2]] |= block[0]
    union = int(np.count_nonzero(whole))
    if union == inside:
        return inside, twice, []
    share = f"{(union - inside) / inside:.1%}" if inside else f"{union} voxels"
    return inside, twice, [f"{contours[0].place} and others of its plane: a union holds {share} more than even-odd"]


def _gaps(places: Sequence[float], step: float, name: str) -> Iterator[Finding]:
    gaps = [
        f"none between {low:.2f} and {high:.2f} mm along the slices' normal"
        for low, high in pairwise(places)
        if high - low > _GAP_STEPS * step
    ]
    yield from counted("contour-gap", name, gaps, "gap")


def _stated(volume: DrawnVolume) -> Iterator[Finding]:
    if volume.stated_ml is None:
        return
    difference = abs(volume.stated_ml - volume.volume_ml)
    if difference > _STATED_ML and difference > _STATED_SHARE * volume.volume_ml:
        what = f"ROI Volume says {volume.stated_ml:.2f} ml, the contours hold {volume.volume_ml:.2f} ml"
        yield Finding("roi-volume", volume.name, what)


def _step(places: Sequence[float], usual: float) -> float:
    """Usual distance of planes: of two that are as usual the smaller, so that a gap does not become the usual."""
    steps = np.sort(np.diff(places))
    return float(steps[(steps.size - 1) // 2]) if steps.size else usual


def _points(contour: DrawnContour) -> FloatArray:
    assert contour.points is not None
    return contour.points
