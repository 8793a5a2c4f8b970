"""Write a phantom as DICOM CT, PSMA PET and RTSTRUCT in one frame of reference, with truth.json."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from ..errors import OutputError
from ..export.rtstruct import RoiToWrite, write_rtstruct
from ..progress import Progress, silent
from ..study.study import DicomReference
from .build import Phantom
from .images import uid, write_ct, write_pet
from .tracer import injection_of

_TARGET_COLOURS = ((255, 64, 64), (255, 128, 0), (255, 0, 128), (192, 0, 0), (255, 96, 160))
_ORGAN_COLOURS = ((64, 192, 64), (64, 160, 255), (255, 224, 64), (160, 96, 224), (0, 192, 192), (192, 160, 112))


def write_phantom(phantom: Phantom, out: Path, progress: Progress = silent) -> DicomReference:
    """Write a phantom into the folders CT, PET and RTSTRUCT of `out`, and truth.json.

    Identifiers, times and bytes follow from the phantom alone.

    Returns
    -------
    DicomReference
        The CT series, for structures drawn on it.

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    try:
        for folder in ("CT", "PET", "RTSTRUCT"):
            (out / folder).mkdir(parents=True, exist_ok=True)
        headers = write_ct(phantom, out / "CT")
        progress("writing DICOM", 0.6)
        write_pet(phantom, out / "PET")
        progress("writing DICOM", 0.8)
        _write_structures(phantom, headers, out / "RTSTRUCT" / "structures.dcm")
        truth = json.dumps(phantom.truth, indent=1, allow_nan=False)
        (out / "truth.json").write_text(truth + "\n", encoding="utf-8")
        progress("writing DICOM", 1.0)
        return headers
    except OSError as error:
        raise OutputError(
            f"{out} could not be written: {error.strerror or error}", "a folder with room", "choose another place"
        ) from error


def _write_structures(phantom: Phantom, reference: DicomReference, file: Path) -> None:
    created = injection_of(phantom.seed).pet_time + timedelta(hours=2)
    sites = {row["name"]: f"{row['site']}, {row['type']}" for row in phantom.truth["lesions"]}
    write_rtstruct(
        list(_rois(phantom, sites)),
        reference,
        file,
        label="DEMO",
        created=created,
        series_uid=uid(phantom, "RTSTRUCT", "series"),
        sop_uid=uid(phantom, "RTSTRUCT"),
    )


def _rois(phantom: Phantom, sites: dict[str, str]) -> Iterable[RoiToWrite]:
    for i, (name, region) in enumerate(phantom.structures.items()):
        target = phantom.interpreted_types[name] == "GTV"
        palette = _TARGET_COLOURS if target else _ORGAN_COLOURS
        yield RoiToWrite(
            name,
            phantom.interpreted_types[name],
            palette[i % len(palette)],
            region,
            sites.get(name, ""),
            "MANUAL" if target else "AUTOMATIC",
        )
