"""Bone labels from any source, on the planning CT: TotalSegmentator, Slicer, RTSTRUCT, DICOM SEG or a plain mask."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from ..anatomy import recognise
from ..errors import GeometryError, InputError
from ..grid import Grid
from ..notice import Notice
from ..progress import Progress, silent
from ..region import Region, Slices, union
from .antialias import place_smoothly
from .header import read_header, text
from .image_file import is_image_file, stem
from .label_names import APPENDICULAR_BONES, LAST_TOTAL, TOTAL_BONES, names_in_nifti
from .labels import LabelFile, load_label_file
from .rtstruct import read_structure_set
from .segmentation_object import read_segmentation_object
from .segments import check_overlap
from .structure_set import listed
from .study import CtImage, Source

STAGE = "bone labels"
WHOLE, CORD = "bone", "spinal_cord"
BY_NUMBER, AS_MASK = "label number of TotalSegmentator v2", "mask"
SOFT_HU = 180
NOT_BONE = re.compile(r"cartilage|disc")
ANY_BONE = re.compile(r"(?<![a-z])(bones?|skeleton|vertebrae?|spine)(?![a-z])")
LEVELS_APART_MM = 8.0
TOUCHING_MM = 1.5


@dataclass(frozen=True)
class BoneLabels:
    """Bones on the planning CT's grid.

    Parameters
    ----------
    bones
        Voxels by bone, under TotalSegmentator's class names where the source names them, else all under "bone".
    source
        Where they come from.
    taken
        A sentence that says what was taken as bone.
    cord
        Spinal cord; None where the source has none.
    notices
        What must be known of them.
    """

    bones: Mapping[str, Region]
    source: Source
    taken: str
    cord: Region | None = None
    notices: tuple[Notice, ...] = ()

    @property
    def named(self) -> bool:
        """Whether single bones are known."""
        return WHOLE not in self.bones


@dataclass(frozen=True)
class _Named:
    """Voxels on the CT with the name that their source gives them; "" for none."""

    name: str
    region: Region


@dataclass(frozen=True)
class _Read:
    named: tuple[_Named, ...]
    source: Source
    how: str
    notices: tuple[Notice, ...] = ()


def read_bone_labels(path: Path, ct: CtImage, progress: Progress = silent) -> BoneLabels:
    """Read bone labels and bring them onto the planning CT.

    Parameters
    ----------
    path
        A label image (TotalSegmentator's multi-label NIfTI, .seg.nrrd, a binary mask), a folder of such files
        (TotalSegmentator's default output has one for each structure), an RTSTRUCT or a DICOM SEG.
    ct
        The planning CT. Label images may be on any lattice that overlaps it; their volumes are kept.
    progress
        Told how far the reading is.

    Raises
    ------
    InputError
        Nothing that can be read, or nothing in it that can be told to be bone.
    GeometryError
        The labels lie elsewhere than the CT.
    """
    read = _read_folder(path, ct, progress) if path.is_dir() else _read_file(path, ct)
    bones, taken = _bones(read, path)
    cord = [one.region for one in read.named if _kind(one.name) == "cord" and one.region.voxels]
    if not any(region.voxels for region in bones.values()):
        raise GeometryError(
            f"{path} has no bone inside the planning CT",
            "labels of the bones in this CT",
            "give labels that were made on this CT",
        )
    return BoneLabels(bones, read.source, taken, union(cord, ct.volume.grid) if cord else None, read.notices)


def _read_file(file: Path, ct: CtImage) -> _Read:
    if is_image_file(file):
        return _read_image(file, ct)
    if not file.is_file():
        raise InputError(f"{file} does not exist", "a file or folder with bone labels", "check the path")
    header = read_header(file)
    modality = "" if header is None else text(header, "Modality")
    if modality not in ("RTSTRUCT", "SEG"):
        raise InputError(
            f"{file} is {modality or 'no label image'}",
            "bone labels as NIfTI, NRRD, RTSTRUCT or DICOM SEG",
            "give --bone another file, or leave it out",
        )
    found = (read_segmentation_object if modality == "SEG" else read_structure_set)(file, ct)
    named = tuple(_Named(structure.name, structure.region) for structure in found.structures)
    return _Read(named, found.source, "structure name", found.notices)


def _read_folder(folder: Path, ct: CtImage, progress: Progress) -> _Read:
    files = sorted(file for file in folder.iterdir() if file.is_file() and is_image_file(file))
    wanted = [file for file in files if _kind(stem(file)) in ("bone", "cord")] or files
    if not wanted:
        raise InputError(f"{folder} holds no label image", "a folder of .nii.gz or .nrrd files", "check the path")
    read = []
    for number, file in enumerate(wanted):
        progress(STAGE, number / len(wanted))
        read.append(_read_image(file, ct, within=True))
    notices = {notice.message: notice for one in read for notice in one.notices}
    source = Source(modality="image", description=folder.name, files=tuple(wanted))
    return _Read(tuple(named for one in read for named in one.named), source, "file name", tuple(notices.values()))


def _read_image(file: Path, ct: CtImage, *, within: bool = False) -> _Read:
    """Read a label image; in a folder each file is one structure called after it, unless it has names of its own."""
    labels = load_label_file(file)
    check_overlap(labels.grid, ct.volume.grid, str(file))
    names, how = _names(labels, file, within)
    by_layer: dict[int, list[int]] = defaultdict(list)
    for segment in labels.segments:
        if (segment.layer, segment.value) in names:
            by_layer[segment.layer].append(segment.value)
    named = []
    for layer, values in by_layer.items():
        placed = place_smoothly(labels.layers[layer], labels.grid, values, ct.volume.grid)
        if not labels.named and len(names) > 1 and how in (BY_NUMBER, AS_MASK):
            _check_dense({value: placed[value] for value in values if names[layer, value] != CORD}, ct, file)
        named += [_Named(names[layer, value], placed[value]) for value in values]
    notices = _ends_within(labels, ct.volume.grid)
    return _Read(tuple(named), Source(modality="image", description=file.name, files=(file,)), how, notices)


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


def _kind(name: str) -> str:
    part = recognise(name) if name else None
    if part is None or NOT_BONE.search(name.lower()):
        return ""
    return part.kind


def _bones(read: _Read, path: Path) -> tuple[dict[str, Region], str]:
    """Bones by name, and the sentence that says what was taken."""
    grouped: dict[str, list[Region]] = defaultdict(list)
    known = [one for one in read.named if _kind(one.name) == "bone"]
    for one in known:
        part = recognise(one.name)
        if part is not None and one.region.voxels:
            grouped[part.bone or part.name].append(one.region)
    if known:
        several = f"{len(grouped)} {'bone' if len(grouped) == 1 else 'bones'}"
        return _joined(grouped), f"Bone is taken from {path.name}: {several} known by {read.how}"
    whole = [one for one in read.named if ANY_BONE.search(re.sub(r"[^a-z]+", " ", one.name.lower()))]
    if not whole and (len(read.named) == 1 or read.how == AS_MASK):
        whole = [one for one in read.named if not _kind(one.name)]
    if not whole:
        names = listed([one.name for one in read.named if one.name]) or "no names"
        raise InputError(
            f"{path} has no structure that is known as bone ({names})",
            "TotalSegmentator's or TG-263 names of bones, or one mask of all bone",
            "name its structures, or give --bone another file",
        )
    what = listed([one.name for one in whole if one.name])
    labels = f"{len(whole)} {'label' if len(whole) == 1 else 'labels'} together as one bone"
    return _joined({WHOLE: [one.region for one in whole]}), f"Bone is taken from {path.name}: {what or labels}"


def _joined(grouped: Mapping[str, Sequence[Region]]) -> dict[str, Region]:
    return {
        name: regions[0] if len(regions) == 1 else union(regions, regions[0].grid) for name, regions in grouped.items()
    }


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
