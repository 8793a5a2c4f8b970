"""What came in, on one geometry, with where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from ..grid import FloatArray, Volume
from ..notice import Notice
from ..region import Region


@dataclass(frozen=True)
class Source:
    """Where an input came from.

    Parameters
    ----------
    modality
        "CT", "PT", "RTSTRUCT", "SEG", or "image" for a file without DICOM tags.
    description
        Series description, or the file's name.
    files
        Every file read.
    series_uid, study_uid, frame_of_reference_uid
        DICOM identifiers; empty for files without them.
    """

    modality: str
    description: str
    files: tuple[Path, ...]
    series_uid: str = ""
    study_uid: str = ""
    frame_of_reference_uid: str = ""


@dataclass(frozen=True)
class DicomReference:
    """What an RTSTRUCT must repeat of the CT series that it is drawn on.

    Parameters
    ----------
    header
        Patient, study and frame-of-reference attributes of the series (one slice's dataset without pixels).
    sop_class_uid
        SOP class of the slices.
    sop_instance_uids
        One for each slice, in the order of the array's z axis.
    positions_lps
        ImagePositionPatient of each slice, shape (nz, 3), in the same order.
    """

    header: Dataset
    sop_class_uid: str
    sop_instance_uids: tuple[str, ...]
    positions_lps: npt.NDArray[np.float64]


@dataclass(frozen=True)
class CtImage:
    """The planning CT: HU as int16 or float32 on its grid."""

    volume: Volume
    source: Source
    reference: DicomReference | None = None


@dataclass(frozen=True)
class SuvFactor:
    """How stored PET values became SUVbw.

    Parameters
    ----------
    factor
        SUVbw per Bq/ml (1.0 where the image was in SUVbw already).
    trace
        Each decision, in order, as a sentence that a physicist can check.
    notices
        What is doubtful about it.
    tracer
        Radiopharmaceutical as the header names it; empty where it does not.
    """

    factor: float
    trace: tuple[str, ...]
    notices: tuple[Notice, ...] = ()
    tracer: str = ""


@dataclass(frozen=True)
class PetImage:
    """PSMA PET in SUVbw.

    Parameters
    ----------
    on_ct
        SUVbw sampled once onto the CT's grid, float32; NaN where the PET does not reach.
    source
        The PET series.
    suv
        How SUVbw was obtained.
    native
        SUVbw on the PET's own lattice, float32, (z, y, x), where it lies in the planning CT's frame of reference.
    """

    on_ct: Volume
    source: Source
    suv: SuvFactor
    native: Volume


@dataclass(frozen=True)
class SurfaceDistance:
    """How far the bone of the planning CT lies from that of the PET/CT's own CT after registration.

    Parameters
    ----------
    median_mm, p95_mm
        Median and 95th percentile of the distance to the nearest bone surface.
    compared
        Fraction of the planning CT's bone surface that the other CT reaches, 0 to 1.
    """

    median_mm: float
    p95_mm: float
    compared: float


@dataclass(frozen=True)
class Registration:
    """How the PET/CT was brought onto the planning CT, from another frame of reference.

    Parameters
    ----------
    matrix
        Shape (4, 4), rigid: from LPS mm of the PET's frame of reference to LPS mm of the planning CT's.
    method
        "dicom-reg" for a Spatial Registration object of the study, "rigid" for HimarsPlanner's own.
    sources
        What it rests on: the REG objects, and the PET/CT's own CT where the study has it.
    quality
        None without the PET/CT's own CT: nothing then tells how good the registration is.
    pet_ct
        The PET/CT's own CT on its own lattice, HU.
    """

    matrix: FloatArray
    method: Literal["dicom-reg", "rigid"]
    sources: tuple[Source, ...]
    quality: SurfaceDistance | None = None
    pet_ct: Volume | None = None


@dataclass(frozen=True)
class Structure:
    """One contoured or labelled structure on the CT's grid.

    Parameters
    ----------
    name
        As in its source.
    interpreted_type
        RTROIInterpretedType, or "" where the source has none.
    region
        Its voxels; may be empty.
    source
        Index of its source in `Study.structure_sources`.
    number
        ROI number or label value.
    outside_ct
        Whether any part of it was drawn outside the CT, so that `region` lacks that part.
    """

    name: str
    interpreted_type: str
    region: Region
    source: int = 0
    number: int = 0
    outside_ct: bool = False


@dataclass(frozen=True)
class Study:
    """One patient's inputs on the planning CT's grid.

    `registration` says how the PET came there from another frame of reference; None where both share one.
    """

    patient_id: str
    ct: CtImage
    pet: PetImage | None = None
    structures: tuple[Structure, ...] = ()
    structure_sources: tuple[Source, ...] = ()
    notices: tuple[Notice, ...] = ()
    patient: Mapping[str, str] = field(default_factory=dict)
    registration: Registration | None = None
