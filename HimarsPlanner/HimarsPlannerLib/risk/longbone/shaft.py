"""A lesion in a shaft: the sections across it, their cortex before the lesion, and the same sections on the other side.

Sections are orthogonal to the shaft, so that a raised arm or a bent hip is measured as a straight one is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ...bone.compartments import BoneLabel
from ...grid import FloatArray
from ...region import Region
from .axis import across_axis, find_axis, straighten
from .homologue import Match
from .pairs import LongBones, Pair
from .restore import restore
from .sections import ANGLES, RADII, Planes, sample, sample_region
from .surfaces import Array, Surfaces, along_shaft, close, find_surfaces, from_partner, touched

AIR_HU = -1000.0
MARGIN_MM = 20.0
SPILL_MM = 1.5
LARGEST_MM2 = 2000.0
WIDENS = 2.0
ROUND = 1.9
COARSE = 3

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Reference:
    """Sections to compare with, as the bone was before the lesion.

    Parameters
    ----------
    hu, outer
        On the rays.
    kind
        "other side" or "same bone".
    """

    hu: Array
    outer: FloatArray
    kind: str


@dataclass(frozen=True)
class Shaft:
    """Sections across a lesion in a shaft, 1 mm apart.

    Parameters
    ----------
    name
        Bone, e.g. "femur_left".
    hu, gtv
        On the rays, (planes, rays, radii): HU, share of the lesion.
    surfaces
        Cortex as it was before the lesion.
    within
        Planes that the lesion reaches.
    reference
        Sections of the other side, or of the same bone with the destroyed part restored.
    why_same
        Why the other side is not the reference; "" where it is.
    metal
        Whether there is metal in a section that the lesion reaches.
    cut
        Whether the lesion runs out of the scan.
    """

    name: str
    hu: Array
    gtv: Array
    surfaces: Surfaces
    within: Flags
    reference: Reference
    why_same: str
    metal: bool
    cut: bool


@dataclass(frozen=True)
class _Sampled:
    planes: Planes
    hu: Array
    share: Array


def cut_shaft(region: Region, pair: Pair, bones: LongBones, clear_mm: float) -> Shaft | None:
    """Sections across a lesion; None where the bone there is no shaft.

    Parameters
    ----------
    region
        The lesion.
    pair
        Its bone and the partner.
    bones
        The patient's long bones.
    clear_mm
        The partner is a reference where no lesion lies within this distance, along the shaft, of the same place.
    """
    own = _sections(region, pair.bone.region, bones)
    if own is None:
        return None
    points = own.planes.points()
    gtv, all_gtv = sample_region(region, points), sample_region(bones.gtv_total, points)
    found = find_surfaces(own.hu, own.share)
    # The lesion counts as well where it is no part of the total.
    sound = ~touched(np.maximum(gtv, all_gtv), found, SPILL_MM)
    partner, why = _partner(own.planes, pair, bones, clear_mm)
    within = np.asarray((gtv >= 0.5).any(axis=(1, 2)))
    if partner is not None:
        surfaces = close(from_partner(found, partner[1], sound))
        reference = Reference(partner[0], close(partner[1]).outer, "other side")
        if np.isnan(reference.outer[within]).any() or np.isnan(surfaces.outer[within]).any():
            partner, why = None, "the same place of the other side is not in view"
    if partner is None:
        surfaces = close(along_shaft(found, sound, own.planes.along))
        reference = Reference(restore(own.hu, surfaces, sound), surfaces.outer, "same bone")
    if not within.any() or not _is_shaft(surfaces, within):
        return None
    return Shaft(
        name=pair.bone.name,
        hu=own.hu,
        gtv=gtv,
        surfaces=surfaces,
        within=within,
        reference=reference,
        why_same=why,
        metal=_metal(points[within], bones),
        cut=runs_out(region),
    )


def runs_out(region: Region) -> bool:
    """Whether a region reaches the edge of the image."""
    ends = zip(region.start, region.mask.shape, region.grid.shape, strict=True)
    return any(first == 0 or first + n == whole for first, n, whole in ends)


def _sections(region: Region, bone: Region, bones: LongBones) -> _Sampled | None:
    centre = np.asarray(region.centroid_lps)
    if sample_region(bone, centre[None])[0] < 0.5:
        centre = _nearest(bone, centre)
    spread = (region.grid.to_lps(np.argwhere(region.mask) + region.start) - centre).astype(np.float64)
    axis = find_axis(bone, centre)
    point, axis = straighten(bone, centre, axis, float(np.abs(spread @ axis).max()))
    heights = spread @ axis + (centre - point) @ axis
    along = np.arange(np.floor(heights.min()) - MARGIN_MM, heights.max() + MARGIN_MM)
    centres = point + along[:, None] * axis
    index = bones.ct.grid.to_index(centres)
    seen = bones.ct.grid.holds(index)
    if seen.sum() < 3:
        return None
    planes = Planes(centres[seen], *across_axis(axis), along[seen])
    # Twice, since the rays of a plane far off its middle do not reach all of it.
    for _ in range(2):
        share = sample_region(bone, planes.points(COARSE))
        planes = planes.shifted(_off_centre(share))
    points = planes.points()
    share = sample_region(bone, points)
    filled = share.sum(axis=(1, 2)) > 0
    if filled.sum() < 3:
        return None
    kept = replace(planes, centres=planes.centres[filled], along=planes.along[filled])
    return _Sampled(kept, sample(bones.ct.array, bones.ct.grid, points[filled], AIR_HU), share[filled])


def _nearest(bone: Region, point: FloatArray) -> FloatArray:
    inside = bone.grid.to_lps(np.argwhere(bone.mask) + bone.start)
    return np.asarray(inside[np.argmin(np.linalg.norm(inside - point, axis=1))])


def _off_centre(share: Array) -> FloatArray:
    """Middle of each coarsely sampled section in the plane's own directions, mm, (planes, 2); 0 where there is none."""
    angles, radii = ANGLES[::COARSE, None], RADII[::COARSE]
    weight = share * radii
    total = np.maximum(weight.sum(axis=(1, 2)), 1e-6)
    x = (weight * radii * np.cos(angles)).sum(axis=(1, 2)) / total
    y = (weight * radii * np.sin(angles)).sum(axis=(1, 2)) / total
    return np.stack([x, y], axis=1)


def _partner(
    planes: Planes, pair: Pair, bones: LongBones, clear_mm: float
) -> tuple[tuple[Array, Surfaces] | None, str]:
    """HU and cortex of the same sections on the other side, else why they are no reference."""
    word = pair.bone.name.split("_")[0]
    if pair.partner is None:
        return None, f"the other {word} is not in view"
    if pair.match is None:
        return None, f"the other {word} cannot be laid on this one"
    if _diseased(planes, pair.match, pair.partner.region, bones.gtv_total, clear_mm):
        return None, f"the other {word} has a lesion at the same place"
    points = pair.match.points(planes.points())
    if _metal(points, bones):
        return None, f"the other {word} has metal at the same place"
    hu = sample(bones.ct.array, bones.ct.grid, points, AIR_HU)
    return (hu, find_surfaces(hu, sample_region(pair.partner.region, points))), ""


def _diseased(planes: Planes, match: Match, partner: Region, lesions: Region, clear_mm: float) -> bool:
    """Whether a lesion lies in the partner within a distance of the sections, along the shaft."""
    ill = Region(partner.grid, partner.start, lesions.cut(partner) & partner.mask)
    if not ill.voxels:
        return False
    points = ill.grid.to_lps(np.argwhere(ill.mask) + ill.start)
    axis = match.directions(np.cross(planes.first, planes.second))
    axis = axis / np.linalg.norm(axis)
    ends = (match.points(planes.centres[[0, -1]]) @ axis).tolist()
    # Sections already reach MARGIN_MM past the lesion.
    spare = clear_mm - MARGIN_MM
    height = points @ axis
    return bool(np.any((height > min(ends) - spare) & (height < max(ends) + spare)))


def _metal(points: FloatArray, bones: LongBones) -> bool:
    labels, grid = bones.compartments.labels, bones.compartments.grid
    index = np.rint(grid.to_index(points)).astype(int).reshape(-1, 3)
    inside = index[np.all((index >= 0) & (index < grid.shape), axis=1)]
    return bool(np.any(labels[tuple(inside.T)] == BoneLabel.METAL))


def _is_shaft(surfaces: Surfaces, within: Flags) -> bool:
    """Whether the sections are closed, round, of the size of a shaft, and alike."""
    outer = surfaces.outer[within]
    if np.isnan(outer).any() or np.isnan(surfaces.inner[within]).any():
        return False
    area = (outer**2).mean(axis=1) * np.pi
    width = outer + np.roll(outer, len(ANGLES) // 2, axis=1)
    slender = width.max(axis=1) / width.min(axis=1)
    return bool(area.max() <= LARGEST_MM2 and area.max() <= WIDENS * area.min() and np.median(slender) <= ROUND)
