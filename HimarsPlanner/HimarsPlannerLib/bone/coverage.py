"""What part of the skeleton a scan covers, told by bone labels or estimated from coarse landmarks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import ndimage

from ..grid import Grid, Volume
from ..lesions.sites.landmarks import Landmarks, find_landmarks
from ..orient import region_to_lps_axes, to_lps_axes
from ..region import Region
from .compartments import BoneCompartments

Extent = Literal["whole", "partly", "not in view"]

SPINE = ("cervical spine", "thoracic spine", "lumbar spine")
SIDES = ("left", "right")
LABELS_OF: Mapping[str, tuple[str, ...]] = {
    "skull": ("skull",),
    "cervical spine": tuple(f"vertebrae_C{n}" for n in range(1, 8)),
    "thoracic spine": tuple(f"vertebrae_T{n}" for n in range(1, 13)),
    "lumbar spine": tuple(f"vertebrae_L{n}" for n in range(1, 6)),
    "sacrum": ("sacrum",),
    "ribs": tuple(f"rib_{side}_{n}" for side in SIDES for n in range(1, 13)),
    "sternum": ("sternum",),
    "clavicles": tuple(f"clavicula_{side}" for side in SIDES),
    "scapulae": tuple(f"scapula_{side}" for side in SIDES),
    "upper humeri": tuple(f"humerus_{side}" for side in SIDES),
    "hip bones": tuple(f"hip_{side}" for side in SIDES),
    "upper femora": tuple(f"femur_{side}" for side in SIDES),
}
"""Regions that hold an adult's active marrow, with the classes of TotalSegmentator that make them up."""

UPPER_PART_MM = 120.0

# Heights above the femoral heads in an adult man, mm: the ends of each region, and of the landmarks.
HEIGHTS: Mapping[str, tuple[float, float]] = {
    "skull": (640.0, 870.0),
    "cervical spine": (560.0, 690.0),
    "thoracic spine": (290.0, 560.0),
    "lumbar spine": (105.0, 290.0),
    "sacrum": (-10.0, 105.0),
    "ribs": (230.0, 560.0),
    "sternum": (330.0, 530.0),
    "clavicles": (540.0, 585.0),
    "scapulae": (400.0, 575.0),
    "upper humeri": (400.0, 570.0),
    "hip bones": (-85.0, 150.0),
    "upper femora": (-120.0, 25.0),
}
LUNGS = (285.0, 555.0)
CRANIUM = 715.0
WHOLE, SLIVER = 0.9, 0.1
STEP_MM = 4.0
CAVITY_CM2 = 50.0
CAVITY_MM = 40.0


@dataclass(frozen=True)
class RegionInView:
    """How much of a region of the skeleton the scan shows.

    Parameters
    ----------
    name
        As in `LABELS_OF`.
    low, high
        Bounds of the fraction in view, 0 to 1; a bone that the scan cuts may be in view by any part.
    """

    name: str
    low: float
    high: float

    @property
    def extent(self) -> Extent:
        """In words."""
        return "whole" if self.low >= WHOLE else "partly" if self.high > 0 else "not in view"


@dataclass(frozen=True)
class Coverage:
    """What part of the skeleton a scan covers.

    Parameters
    ----------
    regions
        Every region that holds active marrow; empty where nothing tells.
    estimated
        Whether landmarks told it by their heights, not labels.
    canal_mm
        Height over which the spinal canal is in view.
    """

    regions: tuple[RegionInView, ...] = ()
    estimated: bool = True
    canal_mm: float = 0.0

    @property
    def known(self) -> bool:
        """Whether anything tells what is in view."""
        return bool(self.regions)

    @property
    def complete(self) -> bool:
        """Whether every region is in view as a whole."""
        return self.known and all(region.extent == "whole" for region in self.regions)

    def names(self, extent: Extent) -> list[str]:
        """Regions of that extent, from the head down."""
        return [region.name for region in self.regions if region.extent == extent]

    def share(self, marrow_share: Mapping[str, float]) -> tuple[float, float]:
        """Bounds of the share of an adult's active marrow that lies in the regions in view.

        Parameters
        ----------
        marrow_share
            Share of each region.
        """
        low = sum(region.low * marrow_share[region.name] for region in self.regions)
        return low, sum(region.high * marrow_share[region.name] for region in self.regions)


def find_coverage(ct: Volume, bone: BoneCompartments) -> Coverage:
    """Coverage of the skeleton by a CT.

    Parameters
    ----------
    ct
        HU on any grid.
    bone
        Compartments on the same grid; where labels told its bones, these are counted, else heights are estimated.
    """
    canal, grid = to_lps_axes(bone.canal, bone.grid)
    planes = np.flatnonzero(canal.any(axis=(1, 2)))
    canal_mm = float(planes[-1] - planes[0] + 1) * grid.spacing[2] if planes.size else 0.0
    if bone.bones:
        return Coverage(_by_labels(bone.bones), estimated=False, canal_mm=canal_mm)
    anchors = _anchors(find_landmarks(ct, bone)) or _cranium(bone)
    return Coverage(_by_heights(anchors, grid), canal_mm=canal_mm)


def _by_labels(bones: Mapping[str, Region]) -> tuple[RegionInView, ...]:
    return tuple(_counted(name, classes, bones) for name, classes in LABELS_OF.items())


def _counted(name: str, classes: Iterable[str], bones: Mapping[str, Region]) -> RegionInView:
    bounds = [_in_view(name, bones[label]) if label in bones else (0.0, 0.0) for label in classes]
    low, high = (float(value) for value in np.mean(bounds, axis=0))
    return RegionInView(name, low, high)


def _in_view(name: str, region: Region) -> tuple[float, float]:
    """Bounds of the fraction of a region's bone in view: anything where the scan's ends cut it."""
    turned = region_to_lps_axes(region)
    rows, last = turned.box[0], turned.grid.shape[0]
    cut_below, cut_above = rows.start == 0, rows.stop == last
    if name.startswith("upper"):
        length = (rows.stop - rows.start) * turned.grid.spacing_zyx[0]
        cut_below = cut_below and length < UPPER_PART_MM
    return (0.0, 1.0) if cut_below or cut_above else (1.0, 1.0)


def _by_heights(known: list[tuple[float, float]], grid: Grid) -> tuple[RegionInView, ...]:
    if not known:
        return ()
    middle = (np.asarray(grid.shape) - 1) / 2
    ends = [float(grid.to_lps((z, middle[1], middle[2]))[2]) for z in (-0.5, grid.shape[0] - 0.5)]
    low, high = (_height(z, known) for z in ends)
    regions = []
    for name, (bottom, top) in HEIGHTS.items():
        fraction = (min(high, top) - max(low, bottom)) / (top - bottom)
        # Heights differ between patients: what is a sliver may be nothing.
        fraction = fraction if fraction > SLIVER else 0.0
        regions.append(RegionInView(name, fraction, fraction))
    return tuple(regions)


def _anchors(marks: Landmarks) -> list[tuple[float, float]]:
    """Position (z, LPS mm) and height of each landmark in view, from the feet up."""
    found: list[tuple[float, float]] = []
    if marks.heads:
        found.append((float(np.mean([head[2] for head in marks.heads.values()])), 0.0))
    if marks.lungs is not None:
        found += [(z, height) for z, height in zip(marks.lungs, LUNGS, strict=True) if np.isfinite(z)]
    if marks.cranium_z is not None:
        found.append((marks.cranium_z, CRANIUM))
    return sorted(found)


def _cranium(bone: BoneCompartments) -> list[tuple[float, float]]:
    """Anchor of a skull that no lungs are in view below: the lowest slice in which bone encloses a wide space."""
    skeleton, grid = to_lps_axes(bone.skeleton, bone.grid)
    steps = [max(1, round(STEP_MM / spacing)) for spacing in grid.spacing_zyx]
    window = (1, *(2 * (step // 2) + 1 for step in steps[1:]))
    # The largest of each neighbourhood: skipping pixels would leave gaps in the thin vault.
    solid = ndimage.maximum_filter(skeleton[:: steps[0]], size=window)[:, :: steps[1], :: steps[2]]
    pixel_cm2 = steps[1] * steps[2] * grid.spacing_zyx[1] * grid.spacing_zyx[2] / 100
    wide = [np.count_nonzero(ndimage.binary_fill_holes(plane) & ~plane) * pixel_cm2 >= CAVITY_CM2 for plane in solid]
    runs, _ = ndimage.label(wide)
    least = CAVITY_MM / (steps[0] * grid.spacing_zyx[0])
    for run in ndimage.find_objects(runs):
        if run[0].stop - run[0].start >= least:
            middle = (np.asarray(grid.shape) - 1) / 2
            return [(float(grid.to_lps((run[0].start * steps[0], middle[1], middle[2]))[2]), CRANIUM)]
    return []


def _height(z: float, anchors: list[tuple[float, float]]) -> float:
    """Height above the femoral heads of a position, interpolated between landmarks, true to scale beyond them."""
    places, heights = zip(*anchors, strict=True)
    inside = float(np.interp(z, places, heights))
    return float(inside + min(z - places[0], 0.0) + max(z - places[-1], 0.0))
