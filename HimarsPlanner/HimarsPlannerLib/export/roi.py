"""A structure on its way into an RTSTRUCT, and what must hold before it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..errors import GeometryError, OutputError
from ..grid import FloatArray
from ..region import Region
from ..study.stack import CT_TOLERANCE_MM
from ..study.study import DicomReference
from .codes import Property

GenerationAlgorithm = Literal["AUTOMATIC", "SEMIAUTOMATIC", "MANUAL"]

# fmt: off
INTERPRETED_TYPES = frozenset((
    "EXTERNAL", "PTV", "CTV", "GTV", "TREATED_VOLUME", "IRRAD_VOLUME", "OAR", "BOLUS", "AVOIDANCE", "ORGAN", "MARKER",
    "REGISTRATION", "ISOCENTER", "CONTRAST_AGENT", "CAVITY", "BRACHY_CHANNEL", "BRACHY_ACCESSORY", "BRACHY_SRC_APP",
    "BRACHY_CHNL_SHLD", "SUPPORT", "FIXATION", "DOSE_REGION", "CONTROL", "DOSE_MEASUREMENT",
))
# fmt: on
"""Defined terms of RT ROI Interpreted Type, PS3.3 C.8.8.8.1."""

LABEL_LENGTH = 16
NAME_LENGTH = 64
DESCRIPTION_LENGTH = 1024
_ROUNDING_MM = 1e-3
# Direction cosines come rounded, and are made orthogonal unit vectors when they are read.
_STEP_TOLERANCE = 3e-3


@dataclass(frozen=True)
class RoiToWrite:
    """A structure to write.

    Parameters
    ----------
    name
        ROI Name, at most 64 characters; unique without regard to case.
    interpreted_type
        RT ROI Interpreted Type: "GTV", "PTV", "ORGAN", "AVOIDANCE", ...
    colour
        RGB, 0 to 255.
    region
        Its voxels on the planning CT's grid.
    description
        ROI Description, at most 1024 characters.
    generation_algorithm
        How it was drawn.
    property
        What it is, coded; None says what follows from the type (a target), or nothing.
    lesion
        Identifier of the lesion that it is or stands around; "" for anatomy.
    notes
        What a physicist must know of it, one sentence each.
    """

    name: str
    interpreted_type: str
    colour: tuple[int, int, int]
    region: Region
    description: str = ""
    generation_algorithm: GenerationAlgorithm = "SEMIAUTOMATIC"
    property: Property | None = None
    lesion: str = ""
    notes: tuple[str, ...] = ()


def target_names(count: int, prefix: str = "GTV") -> list[str]:
    """Names of `count` targets by AAPM TG-263: GTV1 to GTV9, for more than nine GTV^01, GTV^02, ...

    Parameters
    ----------
    count
        Number of targets.
    prefix
        Target type with its classifier: "GTV", "GTVn" for nodes, "PTV", ...
    """
    if count <= 9:
        return [f"{prefix}{number}" for number in range(1, count + 1)]
    digits = max(2, len(str(count)))
    return [f"{prefix}^{number:0{digits}}" for number in range(1, count + 1)]


def fit_names(rois: Sequence[RoiToWrite], length: int) -> list[RoiToWrite]:
    """Cut names to a length, unique without regard to case; a name that was cut leads its description.

    Parameters
    ----------
    rois
        In the order in which names are given away: a later one of two that become alike ends in ~2, ~3, ...
    length
        Longest name, 4 or more.
    """
    taken: set[str] = set()
    fitted = []
    for roi in rois:
        name, number = roi.name[:length], 2
        while name.casefold() in taken:
            tail = f"~{number}"
            name, number = roi.name[: length - len(tail)] + tail, number + 1
        taken.add(name.casefold())
        if name != roi.name:
            description = f"{roi.name}: {roi.description}".removesuffix(": ")[:DESCRIPTION_LENGTH]
            roi = replace(roi, name=name, description=description)
        fitted.append(roi)
    return fitted


def check_rois(rois: Sequence[RoiToWrite], label: str) -> None:
    """Refuse what DICOM cannot hold.

    Raises
    ------
    OutputError
        No structure, an empty one, or a label, name, description, type or colour that cannot be written.
    """
    if not rois:
        raise OutputError("There is no structure to write", "at least one", "select a lesion first")
    _check_text("Structure set label", label, LABEL_LENGTH)
    names: dict[str, str] = {}
    for roi in rois:
        _check_text("ROI name", roi.name, NAME_LENGTH)
        if roi.name.casefold() in names:
            raise OutputError(
                f"ROI names {names[roi.name.casefold()]!r} and {roi.name!r} are one to a planning system",
                "names that differ by more than case",
                "rename one",
            )
        names[roi.name.casefold()] = roi.name
        if len(roi.description) > DESCRIPTION_LENGTH:
            raise OutputError(
                f"The description of {roi.name} has {len(roi.description)} characters",
                f"at most {DESCRIPTION_LENGTH}",
                "shorten it",
            )
        if roi.interpreted_type not in INTERPRETED_TYPES:
            raise OutputError(
                f"{roi.name} has the type {roi.interpreted_type!r}",
                "a defined term of RT ROI Interpreted Type such as GTV, PTV, ORGAN or AVOIDANCE",
            )
        if len(roi.colour) != 3 or not all(0 <= value <= 255 for value in roi.colour):
            raise OutputError(f"{roi.name} has the colour {roi.colour}", "red, green and blue from 0 to 255")
        if not roi.region.mask.any():
            raise OutputError(f"{roi.name} is empty", "at least one voxel", "leave it out")


def check_geometry(rois: Sequence[RoiToWrite], reference: DicomReference) -> None:
    """Refuse structures that do not lie on the slices of the series.

    Raises
    ------
    GeometryError
        The series has no frame of reference, or a structure's grid is not the series' grid in plane and slice by slice.
    """
    header = reference.header
    for keyword in ("FrameOfReferenceUID", "StudyInstanceUID", "SeriesInstanceUID"):
        if not header.get(keyword):
            raise GeometryError(f"The CT series has no {keyword}", "one to refer to", "export the series again with it")
    positions = np.asarray(reference.positions_lps, dtype=np.float64)
    for roi in rois:
        grid = roi.region.grid
        found = f"{roi.name} is on a grid of {' x '.join(map(str, grid.size))} voxels"
        expected = (int(header.Columns), int(header.Rows), len(reference.sop_instance_uids))
        if grid.size != expected or positions.shape != (expected[2], 3):
            raise GeometryError(found, f"the CT's {' x '.join(map(str, expected))}", "resample it onto the planning CT")
        lattice = grid.to_lps([(z, 0, 0) for z in range(grid.size[2])])
        off_lattice = np.linalg.norm((positions - lattice) @ grid.axes[:, :2], axis=1).max()
        if not off_lattice <= CT_TOLERANCE_MM + _ROUNDING_MM or not _in_order(positions @ grid.axes[:, 2]):
            raise GeometryError(
                f"{roi.name} is on a grid that does not follow the CT's slice positions",
                f"slices in the CT's order and within {CT_TOLERANCE_MM} mm of it in plane",
                "resample it onto the planning CT",
            )
        cosines = np.asarray(header.ImageOrientationPatient, dtype=np.float64).reshape(2, 3).T
        steps = cosines * [float(value) for value in header.PixelSpacing][::-1]
        if not np.abs(grid.axes[:, :2] * grid.spacing[:2] - steps).max() <= _STEP_TOLERANCE * max(grid.spacing[:2]):
            raise GeometryError(
                f"{roi.name} is on a grid of other pixel spacing or orientation than the CT's",
                f"the CT's pixel spacing {list(header.PixelSpacing)} along its rows and columns",
                "resample it onto the planning CT",
            )


def _in_order(along_normal: FloatArray) -> bool:
    return bool((np.diff(along_normal) > 0).all())


def _check_text(what: str, text: str, length: int) -> None:
    if not text.strip() or len(text) > length or "\\" in text or not text.isprintable():
        raise OutputError(
            f"{what} {text!r} cannot be written", f"1 to {length} printable characters without backslash", "rename it"
        )
