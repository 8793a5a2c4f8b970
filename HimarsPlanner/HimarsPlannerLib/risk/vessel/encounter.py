"""One lesion and one vessel: everything that is measured of the two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.spatial import cKDTree

from ...grid import Volume
from ...protocol.risk_settings import VesselSettings
from ...region import Region
from ...study.study import Structure
from ..distance import crop, gap_mm, grown
from ..score import Interval
from .centreline import Branch, find_centreline
from .contact import Contact, find_contact
from .kind import VesselKind, vessel_kind
from .narrowing import CLEAR_MM, WINDOW_MM, Narrowing, find_narrowing
from .outline import Outline
from .planes import Planes, covered_area, cut_planes

Lacking = Literal["", "contrast", "normal neighbour", "contour", "centreline"]
CORE_MM = 2.0
CUT_OFF = 3.0


@dataclass(frozen=True)
class Encounter:
    """A lesion beside a vessel.

    Parameters
    ----------
    name, kind
        Of the vessel.
    gap_mm
        Smallest distance, mm.
    degrees
        Largest contact angle; None where the vessel is touched but has no centreline.
    length_mm
        Length of the contact, mm.
    narrowing
        Lost share of the lumen, per cent: by the contour, and by the contour without what the lesion covers of it;
        None without contact and where something is lacking.
    lacking
        Why the narrowing of a touched vessel is not known; "" where it is.
    neighbours
        On how many sides of the contact a normal lumen is in view.
    overlap_ml
        Volume in both contours.
    lumen_hu
        Median CT value well inside a touched vessel.
    """

    name: str
    kind: VesselKind
    gap_mm: float
    degrees: float | None = 0.0
    length_mm: float = 0.0
    narrowing: Interval | None = None
    lacking: Lacking = ""
    neighbours: int = 0
    overlap_ml: float = 0.0
    lumen_hu: float | None = None

    @property
    def touched(self) -> bool:
        """Whether there is contact."""
        return self.degrees is None or self.degrees > 0


def meet(lesion: Region, vessel: Structure, ct: Volume, settings: VesselSettings) -> Encounter | None:
    """Measure a lesion beside a vessel; None where the vessel is farther than `settings.near_mm`."""
    grid = lesion.grid
    near = crop(vessel.region, grown(lesion.box, grid, settings.near_mm))
    if near is None:
        return None
    facing = crop(lesion, grown(near.box, grid, settings.near_mm))
    gap = float("inf") if facing is None else gap_mm(facing, near)
    if gap > settings.near_mm:
        return None
    kind = vessel_kind(vessel.name)
    reach = max(settings.contact_mm, float(np.median(grid.spacing)))
    # Between voxel centres; their outlines are up to a voxel's diagonal nearer.
    if gap > reach + float(np.linalg.norm(grid.spacing)):
        return Encounter(vessel.name, kind, gap)
    around = crop(vessel.region, grown(lesion.box, grid, settings.near_mm + CLEAR_MM + WINDOW_MM))
    close = crop(lesion, grown(near.box, grid, CUT_OFF * reach))
    if around is None or close is None:
        return Encounter(vessel.name, kind, gap)
    return _touch(close, vessel.name, around, reach, ct, settings)


def _touch(lesion: Region, name: str, vessel: Region, reach: float, ct: Volume, settings: VesselSettings) -> Encounter:
    kind = vessel_kind(name)
    tube, mass = Outline.of(vessel), Outline.of(lesion)
    surface = cKDTree(mass.surface())
    branches = _nearby(find_centreline(tube), surface, settings.near_mm + CLEAR_MM + WINDOW_MM)
    cuts = [(branch, cut_planes(branch, tube)) for branch in branches]
    found = [(branch, planes, find_contact(planes, mass, surface, reach)) for branch, planes in cuts]
    if not found:
        apart = float(surface.query(tube.surface())[0].min())
        touched = apart <= reach or lesion.overlap(vessel) > 0
        return Encounter(name, kind, apart, None if touched else 0.0, lacking="centreline" if touched else "")
    _, _, worst = max(found, key=lambda one: one[2].largest)
    if not worst.largest:
        return Encounter(name, kind, min(contact.gap_mm for *_, contact in found))
    overlap = lesion.overlap(vessel) * vessel.grid.voxel_ml
    covered = mass if overlap else None
    narrowings = [one for _, planes, contact in found for one in _narrowings(planes, contact, covered)]
    hu = _core_hu(tube, vessel, lesion, ct)
    lacking = _lacking(found, bool(narrowings), hu >= settings.contrast_hu)
    return Encounter(
        name=name,
        kind=kind,
        gap_mm=min(contact.gap_mm for *_, contact in found),
        degrees=worst.largest,
        length_mm=max(contact.length_mm for *_, contact in found),
        narrowing=None if lacking else _span(narrowings),
        lacking=lacking,
        neighbours=0 if lacking else max(one.neighbours for one in narrowings),
        overlap_ml=overlap,
        lumen_hu=hu,
    )


def _narrowings(planes: Planes, contact: Contact, covered: Outline | None) -> list[Narrowing]:
    """Narrowing by the contour, and by what of it the lesion leaves."""
    touched = contact.degrees > 0
    areas = [planes.area_mm2]
    if covered is not None:
        areas.append(planes.area_mm2 - covered_area(planes, covered))
    found = [find_narrowing(planes, touched, area) for area in areas]
    return [one for one in found if one is not None]


def _span(narrowings: list[Narrowing]) -> Interval:
    """From the contours' own narrowing to the largest; the largest of several branches counts."""
    percent = [one.percent for one in narrowings]
    return Interval(max(percent[::2]), max(percent)) if len(percent) > 1 else Interval.exactly(percent[0])


def _lacking(found: list[tuple[Branch, Planes, Contact]], measured: bool, contrast: bool) -> Lacking:
    if not contrast:
        return "contrast"
    # A contour that stops at the lesion and goes on behind it says nothing of the lumen between.
    if len({branch.piece for branch, _, contact in found if contact.largest}) > 1:
        return "contour"
    return "" if measured else "normal neighbour"


def _core_hu(tube: Outline, vessel: Region, lesion: Region, ct: Volume) -> float:
    """Median CT value well inside the vessel, off the lesion."""
    inside = vessel.mask & ~lesion.cut(vessel)
    inside = inside if inside.any() else vessel.mask
    places = (np.argwhere(inside) + vessel.start) * np.asarray(vessel.grid.spacing_zyx)
    depth = -tube.at(places)
    core = depth >= min(CORE_MM, float(np.quantile(depth, 0.75)))
    return float(np.median(ct.array[vessel.box][inside][core]))


def _nearby(branches: tuple[Branch, ...], surface: cKDTree, reach: float) -> list[Branch]:
    """Branches cut to what lies near a lesion."""
    kept = []
    for branch in branches:
        distance, _ = surface.query(branch.points)
        close = np.flatnonzero(distance <= reach)
        if len(close) > 2:
            first, last = int(close[0]), int(close[-1])
            forks = (branch.forks[0] and first == 0, branch.forks[1] and last == len(branch.points) - 1)
            kept.append(Branch(branch.points[first : last + 1], forks, branch.piece))
    return kept
