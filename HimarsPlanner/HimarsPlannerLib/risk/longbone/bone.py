"""The voxels of a femur or humerus: from its label, or followed from slice to slice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ...bone.compartments import BoneCompartments, BoneLabel
from ...orient import Orientation, region_to_lps_axes
from ...region import BoolArray, Region

GROWS = 1.3
"""In 3 mm a section of one bone grows by less; where two bones meet it grows by more."""
LARGEST_MM2 = 4500.0
ALIKE = 2.0
LEAST_MM = 40.0
BEYOND_MM = 250.0

Side = Literal["left", "right"]


@dataclass(frozen=True)
class LongBone:
    """One femur or humerus, or the part of it that is in view.

    Parameters
    ----------
    name
        TotalSegmentator's class name, e.g. "femur_left".
    region
        Its voxels, filled, on the CT's grid.
    labelled
        Whether a label told them; else its upper end is where it can no longer be told from the pelvis.
    """

    name: str
    region: Region
    labelled: bool


def labelled_bone(name: str, bones: Mapping[str, Region]) -> LongBone | None:
    """Bone of a label, its holes closed; None where no label tells it."""
    region = bones.get(name)
    if region is None or not region.voxels:
        return None
    return LongBone(name, Region(region.grid, region.start, _filled(region)), labelled=True)


def _filled(region: Region) -> BoolArray:
    """Mask with the holes of each slice closed, in the patient's axial slices."""
    orientation = Orientation.of(region.grid)
    view = orientation.apply(region.mask)
    closed = np.stack([ndimage.binary_fill_holes(plane) for plane in view])
    return np.ascontiguousarray(orientation.undo(closed))


def follow_femora(lesion: Region, bone: BoneCompartments) -> tuple[LongBone, LongBone | None] | None:
    """Femur that holds a lesion, and the other one where it is in view, without labels.

    From the lesion's middle slice the section that holds it is followed up and down as long as it stays one bone.

    Parameters
    ----------
    lesion
        A lesion in a femur.
    bone
        Compartments; the skeleton is followed.

    Returns
    -------
    tuple or None
        None where no section of the size of a femur can be followed for `LEAST_MM`.
    """
    own = region_to_lps_axes(lesion)
    orientation = Orientation.of(bone.grid)
    view = orientation.apply(bone.labels)
    thickness = own.grid.spacing_zyx[0]
    reach = round(BEYOND_MM / thickness)
    z = own.start[0] + own.mask.shape[0] // 2
    low, high = max(z - reach, 0), min(z + reach + 1, view.shape[0])
    labels = view[low:high]
    solid = (labels == BoneLabel.CORTICAL) | (labels == BoneLabel.TRABECULAR) | (labels == BoneLabel.SHAFT_CAVITY)
    cut = Region(own.grid, (low, 0, 0), solid)
    solid |= own.cut(cut)
    sections, _ = ndimage.label(ndimage.binary_fill_holes(solid[z - low]))
    held = np.bincount(sections[own.mask[z - own.start[0]].nonzero()[0] + own.start[1], _columns(own, z)])
    held[:1] = 0
    if not held.any():
        return None
    mine = sections == int(held.argmax())
    first = _follow(solid, z - low, mine, own)
    if first is None:
        return None
    seed = _mirrored(sections, mine, solid)
    second = None if seed is None else _follow(solid, z - low, seed, own)
    left = _middle_x(mine) > _middle_x(solid.any(axis=0))
    side, other = ("left", "right") if left else ("right", "left")
    found = [_back(mask, low, orientation, bone) if mask is not None else None for mask in (first, second)]
    assert found[0] is not None
    partner = None if found[1] is None else LongBone(f"femur_{other}", found[1], labelled=False)
    return LongBone(f"femur_{side}", found[0], labelled=False), partner


def _columns(own: Region, z: int) -> npt.NDArray[np.int64]:
    return np.asarray(own.mask[z - own.start[0]].nonzero()[1] + own.start[2])


def _middle_x(mask: BoolArray) -> float:
    return float(np.flatnonzero(mask.any(axis=0)).mean())


def _follow(solid: BoolArray, start: int, seed: BoolArray, lesion: Region) -> BoolArray | None:
    """Mask of the bone through `seed` in slice `start`; None where it is too short or no femur."""
    thickness, dy, dx = lesion.grid.spacing_zyx
    most = GROWS ** max(thickness / 3.0, 1.0)
    found = np.zeros_like(solid)
    if np.count_nonzero(seed) * dy * dx > LARGEST_MM2:
        return None
    found[start] = seed
    for step in (-1, 1):
        z, last = start + step, seed
        trail = [np.count_nonzero(seed)]
        while 0 <= z < len(solid):
            labels, _ = ndimage.label(ndimage.binary_fill_holes(solid[z]))
            met = np.bincount(labels[last], minlength=1)
            met[:1] = 0
            if not met.any():
                break
            part = labels == int(met.argmax())
            area = np.count_nonzero(part)
            # Against the slices of the last 3 mm, so that thin slices do not hide a jump.
            before = trail[-max(round(3.0 / thickness), 1) :][0]
            if area > most * before or area * dy * dx > LARGEST_MM2:
                break
            found[z], last = part, part
            trail.append(area)
            z += step
    return found if np.count_nonzero(found.any(axis=(1, 2))) * thickness >= LEAST_MM else None


def _mirrored(sections: npt.NDArray[np.int32], mine: BoolArray, solid: BoolArray) -> BoolArray | None:
    """Section of like size nearest to the mirror image of `mine` about the middle of the bone in view."""
    columns = np.flatnonzero(solid.any(axis=(0, 1)))
    middle = (columns[0] + columns[-1]) / 2
    row, column = np.argwhere(mine).mean(axis=0)
    area = np.count_nonzero(mine)
    best: tuple[float, int] | None = None
    for label in range(1, int(sections.max()) + 1):
        part = np.argwhere(sections == label)
        centre = part.mean(axis=0)
        across = (centre[1] - middle) * (column - middle) < 0
        if across and area / ALIKE < len(part) < area * ALIKE:
            away = float(np.hypot(centre[0] - row, centre[1] - (2 * middle - column)))
            best = min(best, (away, label)) if best else (away, label)
    return None if best is None else sections == best[1]


def _back(mask: BoolArray, low: int, orientation: Orientation, bone: BoneCompartments) -> Region:
    """Region on the CT's own grid of a mask in the patient's axes that begins at slice `low`."""
    whole = np.zeros(orientation.apply(bone.labels).shape, dtype=bool)
    whole[low : low + len(mask)] = mask
    return Region.from_array(orientation.undo(whole), bone.grid)
