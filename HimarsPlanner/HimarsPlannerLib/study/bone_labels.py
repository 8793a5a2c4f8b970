"""Bone labels from any source, on the planning CT: TotalSegmentator, Slicer, RTSTRUCT, DICOM SEG or a plain mask."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..anatomy import recognise
from ..errors import GeometryError, InputError
from ..notice import Notice
from ..progress import Progress, silent
from ..region import Region, union
from .bone_label_image import AS_MASK, Named, NamedRegions, kind_of, read_bone_image
from .header import read_header, text
from .image_file import is_image_file, stem
from .rtstruct import read_structure_set
from .segmentation_object import read_segmentation_object
from .structure_set import listed
from .study import CtImage, Source

STAGE = "bone labels"
WHOLE = "bone"
ANY_BONE = re.compile(r"(?<![a-z])(bones?|skeleton|vertebrae?|spine)(?![a-z])")


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
    path = path.absolute()
    read = _read_folder(path, ct, progress) if path.is_dir() else _read_file(path, ct)
    return bone_labels_of(read, path, ct)


def bone_labels_of(read: NamedRegions, path: Path, ct: CtImage) -> BoneLabels:
    """Bone labels among named regions on the planning CT.

    Parameters
    ----------
    read
        What a source holds.
    path
        The source, for messages: a file, or a name.
    ct
        The planning CT.

    Raises
    ------
    InputError
        Nothing in it can be told to be bone.
    GeometryError
        It has no bone inside the CT.
    """
    if not read.named:
        raise InputError(f"{path} holds no labelled voxel", "labels of the bones in this CT", "check the segmentation")
    bones, taken = _bones(read, path)
    cord = [one.region for one in read.named if kind_of(one.name) == "cord" and one.region.voxels]
    if not any(region.voxels for region in bones.values()):
        raise GeometryError(
            f"{path} has no bone inside the planning CT",
            "labels of the bones in this CT",
            "give labels that were made on this CT",
        )
    return BoneLabels(bones, read.source, taken, union(cord, ct.volume.grid) if cord else None, read.notices)


def _read_file(file: Path, ct: CtImage) -> NamedRegions:
    if is_image_file(file):
        return read_bone_image(file, ct)
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
    named = tuple(Named(structure.name, structure.region) for structure in found.structures)
    return NamedRegions(named, found.source, "structure name", found.notices)


def _read_folder(folder: Path, ct: CtImage, progress: Progress) -> NamedRegions:
    files = sorted(file for file in folder.iterdir() if file.is_file() and is_image_file(file))
    wanted = [file for file in files if kind_of(stem(file)) in ("bone", "cord")] or files
    if not wanted:
        raise InputError(f"{folder} holds no label image", "a folder of .nii.gz or .nrrd files", "check the path")
    read = []
    for number, file in enumerate(wanted):
        progress(STAGE, number / len(wanted))
        read.append(read_bone_image(file, ct, within=True))
    notices = {notice.message: notice for one in read for notice in one.notices}
    source = Source(modality="image", description=folder.name, files=tuple(wanted))
    return NamedRegions(
        tuple(named for one in read for named in one.named), source, "file name", tuple(notices.values())
    )


def _bones(read: NamedRegions, path: Path) -> tuple[dict[str, Region], str]:
    """Bones by name, and the sentence that says what was taken."""
    grouped: dict[str, list[Region]] = defaultdict(list)
    known = [one for one in read.named if kind_of(one.name) == "bone"]
    for one in known:
        part = recognise(one.name)
        if part is not None and one.region.voxels:
            grouped[part.bone or part.name].append(one.region)
    if known:
        several = f"{len(grouped)} {'bone' if len(grouped) == 1 else 'bones'}"
        return _joined(grouped), f"Bone is taken from {path.name}: {several} known by {read.how}"
    whole = [one for one in read.named if ANY_BONE.search(re.sub(r"[^a-z]+", " ", one.name.lower()))]
    if not whole and (len(read.named) == 1 or read.how == AS_MASK):
        whole = [one for one in read.named if not kind_of(one.name)]
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
