"""Bone compartments from bone labels: the skeleton is given, the cortex is taken off it by measuring it in the CT."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from ..grid import Volume
from ..notice import Notice
from ..orient import Orientation, region_to_lps_axes
from ..progress import Progress, silent
from ..region import BoolArray, Region, Slices, union
from ..study.bone_labels import BoneLabels
from ..study.study import Source
from .body import find_body
from .canal import find_centreline
from .compartments import BoneCompartments, BoneLabel
from .cord import along_cord
from .definition import LABELS
from .hounsfield import to_hounsfield
from .lumen import draw_lumen
from .metal import find_metal
from .primitives import Spacing
from .resolution import Coarse, coarsen
from .segment import STAGE, at_full_resolution, image_notices
from .shaft import find_shafts
from .trabecular import hollow
from .unlabelled import find_unlabelled

AROUND_MM = 25.0
MARGIN = 4
MARROW_HU, WALL_HU = 150, 250
LEAST_UPPER_QUARTILE_HU = 60
MOST_AIR = 0.05
AIR_HU = -300
LONG_BONES = ("femur", "humerus", "tibia", "fibula", "radius", "ulna", "bone")
ONE_BONE = {"vertebrae_S1": "sacrum"}
"""Labels that are part of another label's bone: no cortex lies between the two."""


def segment_labelled_bone(ct: Volume, given: BoneLabels, progress: Progress = silent) -> BoneCompartments:
    """Cortical and trabecular bone, spinal canal, shaft cavities and metal inside given bone.

    Each bone is hollowed by itself, so that two bones whose labels touch keep the cortex between them. What of a
    label lies in the spinal canal or in metal is not bone.

    Parameters
    ----------
    ct
        HU on any grid.
    given
        Bones on that grid.
    progress
        Told how far the work is.

    Raises
    ------
    InputError
        The labels do not lie on bone.
    BoneError
        The CT is not in Hounsfield units.
    """
    progress(STAGE, 0.0)
    orientation = Orientation.of(ct.grid)
    grid = orientation.apply_to_grid(ct.grid)
    values = to_hounsfield(orientation.apply(ct.array))
    bones = {name: region_to_lps_axes(region) for name, region in given.bones.items()}
    _check_values(values, bones.values(), given)
    unlabelled = find_unlabelled(values, bones.values(), grid)
    cord = None if given.cord is None else region_to_lps_axes(given.cord)
    skeleton = union([*bones.values(), *([cord] if cord else [])], grid)
    box = _around(skeleton, grid.spacing_zyx, grid.shape)
    labels = np.zeros(values.shape, dtype=np.uint8)
    labels[box] = _segment(
        np.ascontiguousarray(values[box]),
        grid.spacing_zyx,
        {name: _cropped(region, box) for name, region in bones.items()},
        None if cord is None else _cropped(cord, box).to_array(),
        given.named,
        progress,
    )
    back = np.ascontiguousarray(orientation.undo(labels))
    progress(STAGE, 1.0)
    taken = Notice("bone-from-labels", f"{given.taken}; {_canal_from(cord)}.")
    return BoneCompartments(
        back,
        ct.grid,
        LABELS,
        (taken, *given.notices, *unlabelled, *image_notices(back, ct.grid.voxel_ml)),
        given.bones if given.named else {},
        _origin(given.source),
    )


def _origin(source: Source) -> str:
    """File or folder of the labels; what the source says of itself where it left no file."""
    if not source.files:
        return source.description
    return str(source.files[0] if len(source.files) == 1 else source.files[0].parent)


def _canal_from(cord: Region | None) -> str:
    if cord is None:
        return "the spinal canal is drawn from the CT"
    return "the spinal canal is drawn from the CT around the spinal cord's label"


def _check_values(values: npt.NDArray[np.int16], bones: Iterable[Region], given: BoneLabels) -> None:
    inside = np.concatenate([region.values(values) for region in bones])
    upper, air = float(np.percentile(inside, 75)), float(np.mean(inside < AIR_HU))
    if upper < LEAST_UPPER_QUARTILE_HU or air > MOST_AIR:
        raise InputError(
            f"The labels in {given.source.description} do not lie on bone: three quarters of their voxels are below "
            f"{upper:.0f} HU, {air:.0%} are air",
            "labels of the bones in this CT",
            "give labels that were made on this CT, or leave out --bone",
        )


def _around(skeleton: Region, spacing: Spacing, shape: tuple[int, int, int]) -> Slices:
    spans = [
        slice(max(s.start - round(AROUND_MM / mm), 0), min(s.stop + round(AROUND_MM / mm), n))
        for s, mm, n in zip(skeleton.box, spacing, shape, strict=True)
    ]
    return spans[0], spans[1], spans[2]


def _cropped(region: Region, box: Slices) -> Region:
    start = (box[0].start, box[1].start, box[2].start)
    shape = (box[0].stop - start[0], box[1].stop - start[1], box[2].stop - start[2])
    z, y, x = (first - s for first, s in zip(region.start, start, strict=True))
    return Region(region.grid.crop(start, shape), (z, y, x), region.mask)


def _segment(
    ct: npt.NDArray[np.int16],
    spacing: Spacing,
    bones: Mapping[str, Region],
    cord: BoolArray | None,
    named: bool,
    progress: Progress,
) -> npt.NDArray[np.uint8]:
    metal = find_metal(ct, spacing)
    coarse = coarsen(ct, spacing)
    canal, free = _find_canal(ct, spacing, coarse, bones, cord, named)
    progress(STAGE, 0.3)
    labels = np.zeros(ct.shape, dtype=np.uint8)
    grouped: dict[str, list[Region]] = defaultdict(list)
    for name, region in bones.items():
        grouped[ONE_BONE.get(name, name)].append(region)
    for number, parts in enumerate(grouped.values()):
        solid, block = _with_margin(union(parts, parts[0].grid))
        solid &= ~free[block]
        if solid.any():
            # A voxel in two labels is the first one's.
            new = solid & (labels[block] == BoneLabel.BACKGROUND)
            labels[block][new] = BoneLabel.CORTICAL
            inner = hollow(solid, np.ascontiguousarray(ct[block]), spacing)
            labels[block][new & inner] = BoneLabel.TRABECULAR
        progress(STAGE, 0.3 + 0.6 * number / len(grouped))
    cavity = _find_cavities(coarse, bones, ct.shape)
    labels[cavity & (labels == BoneLabel.TRABECULAR)] = BoneLabel.SHAFT_CAVITY
    labels[canal] = BoneLabel.CANAL
    labels[metal] = BoneLabel.METAL
    return labels


def _with_margin(bone: Region) -> tuple[BoolArray, Slices]:
    """Mask of a bone with `MARGIN` voxels around it where the image has them, and its place."""
    spans = [
        slice(max(s.start - MARGIN, 0), min(s.stop + MARGIN, n)) for s, n in zip(bone.box, bone.grid.shape, strict=True)
    ]
    solid = np.zeros([s.stop - s.start for s in spans], dtype=bool)
    inner = tuple(slice(s.start - b.start, s.stop - b.start) for s, b in zip(bone.box, spans, strict=True))
    solid[inner] = bone.mask
    return solid, (spans[0], spans[1], spans[2])


def _find_canal(
    ct: npt.NDArray[np.int16],
    spacing: Spacing,
    coarse: Coarse,
    bones: Mapping[str, Region],
    cord: BoolArray | None,
    named: bool,
) -> tuple[BoolArray, BoolArray]:
    """Spinal canal, and what is not bone because it lies inside the canal's walls."""
    solid = _half_full(bones.values(), ct.shape, coarse)
    # A mask without names may be filled, canal and all; its walls are what is dense in it.
    shell = solid if named else solid & (coarse.mean > MARROW_HU)
    body = find_body(coarse)
    line = find_centreline(coarse, body, shell, solid)
    if not len(line):
        # Labels of vertebral bodies alone lack the walls that the CT shows.
        line = find_centreline(coarse, body, solid | (coarse.mean > WALL_HU), solid)
    line = at_full_resolution(line, coarse)
    lumen = draw_lumen(ct, spacing, along_cord(line, cord, spacing))
    canal = lumen.canal if cord is None else lumen.canal | cord
    return canal, canal if named else lumen.free | canal


def _find_cavities(coarse: Coarse, bones: Mapping[str, Region], shape: tuple[int, ...]) -> BoolArray:
    long = [region for name, region in bones.items() if name.startswith(LONG_BONES)]
    if not long:
        return np.zeros(shape, dtype=bool)
    return coarse.spread(find_shafts(coarse, _half_full(long, shape, coarse)))


def _half_full(regions: Iterable[Region], shape: tuple[int, ...], coarse: Coarse) -> BoolArray:
    """Blocks of which at least half is in one of the regions."""
    percent = np.zeros(shape, dtype=np.int16)
    for region in regions:
        percent[region.box][region.mask] = 100
    factors = coarse.factors
    spacing = tuple(s / f for s, f in zip(coarse.spacing, factors, strict=True))
    return np.asarray(coarsen(percent, (spacing[0], spacing[1], spacing[2])).mean >= 50)
