"""Label images of bones on the planning CT, under the names that the file, its header or its numbers give them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from ..anatomy import recognise
from ..errors import InputError
from ..grid import Grid
from ..notice import Notice
from ..region import Region, Slices
from .antialias import place_smoothly
from .label_names import APPENDICULAR_BONES, LAST_TOTAL, TOTAL_BONES, names_in_nifti
from .labels import LabelFile, load_label_file
from .segments import check_overlap
from .structure_set import listed
from .study import CtImage, Source

CORD = "spinal_cord"
NOT_BONE = re.compile(r"cartilage|disc|implant|prosthes")
BY_NUMBER, AS_MASK = "label number of TotalSegmentator v2", "mask"
SOFT_HU = 180
LEVELS_APART_MM = 8.0
TOUCHING_MM = 1.5


@dataclass(frozen=True)
class Named:
    """Voxels on the CT with the name that their source gives them; "" for none."""

    name: str
    region: Region


@dataclass(frozen=True)
class NamedRegions:
    """What a source of labels holds on the CT, and how its names are known."""

    named: tuple[Named, ...]
    source: Source
    how: str
    notices: tuple[Notice, ...] = ()


def kind_of(name: str) -> str:
    """What a name says, as `anatomy.recognise` puts it; "" for what it does not know, cartilage, discs and implants."""
    part = recognise(name) if name else None
    return "" if part is None or NOT_BONE.search(name.lower()) else part.kind


def read_bone_image(file: Path, ct: CtImage, *, within: bool = False) -> NamedRegions:
    """Read a label image and bring its bones, or all its labels where none is known as one, onto the CT.

    Parameters
    ----------
    file
        NIfTI or NRRD.
    ct
        The planning CT.
    within
        Whether the file is one of a folder's, where a file without names is one structure called after it.

    Raises
    ------
    InputError
        The file holds no labels, or numbers that do not mean what they seem to.
    GeometryError
        It lies elsewhere than the CT.
    """
    labels = load_label_file(file)
    check_overlap(labels.grid, ct.volume.grid, str(file))
    names, how = _names(labels, file, within)
    bones = {label: name for label, name in names.items() if kind_of(name) in ("bone", "cord")}
    names = bones or names
    by_layer: dict[int, list[int]] = defaultdict(list)
    for segment in labels.segments:
        if (segment.layer, segment.value) in names:
            by_layer[segment.layer].append(segment.value)
    named = []
    for layer, values in by_layer.items():
        placed = place_smoothly(labels.layers[layer], labels.grid, values, ct.volume.grid)
        if not labels.named and len(names) > 1 and how in (BY_NUMBER, AS_MASK):
            _check_dense({value: placed[value] for value in values if names[layer, value] != CORD}, ct, file)
        named += [Named(names[layer, value], placed[value]) for value in values]
    notices = _ends_within(labels, ct.volume.grid)
    return NamedRegions(tuple(named), Source(modality="image", description=file.name, files=(file,)), how, notices)


def _names(labels: LabelFile, file: Path, within: bool) -> tuple[dict[tuple[int, int], str], str]:
    """Name of each (layer, value) worth reading, and how the names are known."""
    own = {(one.layer, one.value): one.name for one in labels.segments}
    if labels.named:
        return own, "segment name"
    written = names_in_nifti(file)
    if written:
        return {(0, value): written.get(value, "") for _, value in own}, "label name in the file"
    if len(own) == 1:
        return own, "file name" if within else AS_MASK
    numbers = APPENDICULAR_BONES if "appendicular" in file.name.lower() else TOTAL_BONES
    values = [value for _, value in own]
    known = {value: numbers[value] for value in values if value in numbers}
    if max(values, default=0) <= LAST_TOTAL and known and _in_order(labels, known):
        return {(0, value): name for value, name in known.items()}, BY_NUMBER
    return dict.fromkeys(own, ""), AS_MASK


def _check_dense(placed: Mapping[int, Region], ct: CtImage, file: Path) -> None:
    """Refuse numbers that nobody named when one of them is no bone by its HU: then none means what it seems to."""
    soft = [
        str(value)
        for value, region in placed.items()
        if region.voxels and np.percentile(region.values(ct.volume.array), 95) < SOFT_HU
    ]
    if soft:
        raise InputError(
            f"{file} has labels without names, and some of them are no bone by their HU: {listed(soft)}",
            "TotalSegmentator's label numbers of version 2, names, or one mask of all bone",
            "save the labels with their names (.seg.nrrd), or the bones alone",
        )


def _in_order(labels: LabelFile, known: Mapping[int, str]) -> bool:
    """Whether vertebrae lie above each other as their numbers say; label numbers alone do not tell who gave them."""
    spine = [value for value, name in sorted(known.items()) if name.startswith("vertebrae_")]
    boxes = ndimage.find_objects(labels.layers[0])
    heights = [_height(labels, value, boxes[value - 1]) for value in spine]
    steps = np.diff(heights) / np.diff(spine)
    return bool(np.all(steps > LEVELS_APART_MM))


def _height(labels: LabelFile, value: int, box: Slices) -> float:
    """Height of a label's middle, LPS mm."""
    index = np.argwhere(labels.layers[0][box] == value).mean(axis=0) + [s.start for s in box]
    return float(labels.grid.to_lps(index)[2])


def _ends_within(labels: LabelFile, ct: Grid) -> tuple[Notice, ...]:
    """What part of the CT along its slices the label image does not reach."""
    corners = np.array([[z, y, x] for z in (0, 1) for y in (0, 1) for x in (0, 1)]) * np.array(labels.grid.shape) - 0.5
    index = ct.to_index(labels.grid.to_lps(corners))[:, 0]
    thickness = ct.spacing[2]
    missing = [max(0.0, (index.min() + 0.5) * thickness), max(0.0, (ct.shape[0] - 0.5 - index.max()) * thickness)]
    if max(missing) <= max(TOUCHING_MM, thickness):
        return ()
    message = (
        f"The bone labels do not reach {missing[0]:.0f} mm at the first and {missing[1]:.0f} mm at the last slices of "
        "the CT: bone there is not counted, and the bone marrow reserve is a lower bound."
    )
    return (Notice("labels-end-within-ct", message),)
