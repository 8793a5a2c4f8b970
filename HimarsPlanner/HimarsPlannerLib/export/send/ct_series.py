"""The CT series that a plan stands on, found again and checked, as headers without pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from ...errors import InputError
from ...grid import Grid
from ...study.header import legible, read_dataset
from ...study.scan import scan_folders
from ...study.stack import stack_slices


@dataclass(frozen=True)
class CtSlices:
    """Headers of the CT's slices in the order of z, and their lattice."""

    headers: tuple[Dataset, ...]
    grid: Grid


def find_ct(record: Mapping[str, Any], folder: Path | None) -> CtSlices:
    """Read the headers of the plan's CT.

    Parameters
    ----------
    record
        plan.json.
    folder
        Where the CT is now; None where plan.json knows it.

    Raises
    ------
    InputError
        The series is not there, not whole, or another one.
    GeometryError
        Its slices are not one volume.
    """
    stated = record["inputs"]["ct"]
    uid = stated["series_uid"]
    if not uid:
        raise InputError("The plan's CT has no DICOM identifiers", "a DICOM CT", "plan on the DICOM series")
    files = [Path(name) for name in stated["files"]] if folder is None else _in_folder(folder, uid)
    if missing := [file for file in files if not file.is_file()]:
        raise InputError(
            f"{len(missing)} files of the plan's CT are no longer there, first {missing[0]}",
            f"the series {uid}",
            "name its folder with --ct",
        )
    expected = int(stated["size"][2])
    if len(files) != expected:
        raise InputError(
            f"The CT has {len(files)} slices", f"the {expected} that were planned on", "complete the series"
        )
    headers = [_header(file, uid) for file in files]
    stack = stack_slices(headers, files, f"CT series {uid}", regular=True)
    return CtSlices(tuple(headers[index] for index in stack.order), stack.grid)


def _in_folder(folder: Path, uid: str) -> list[Path]:
    found = [file for one in scan_folders([folder]) if one.series_uid == uid for file in one.files]
    if not found:
        raise InputError(f"{folder} does not hold the plan's CT", f"the series {uid}", "name the CT's folder")
    return found


def _header(file: Path, uid: str) -> Dataset:
    with legible(str(file)):
        header = read_dataset(file, stop_before_pixels=True)
    if header.get("SeriesInstanceUID") != uid:
        raise InputError(f"{file} is of another series", f"the plan's CT {uid}", "name its folder with --ct")
    return header
