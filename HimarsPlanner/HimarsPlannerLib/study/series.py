"""One series or image file as its headers describe it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .structure_set import listed

IMAGE_FILE = "image"
"""Modality of a NIfTI or NRRD file, which has no DICOM tags."""

STRUCTURE_MODALITIES = ("RTSTRUCT", "SEG")
"""Modalities whose objects hold structures, each whole in one file."""


@dataclass(frozen=True)
class Series:
    """What one row of `himars-planner info` shows; nothing of it has read a pixel.

    Parameters
    ----------
    modality
        DICOM modality, or "image" for a NIfTI or NRRD file.
    description
        Series description, structure set label or file name.
    files
        Every file, in the order found. Objects that are whole in one file (RTSTRUCT, SEG, NIfTI) are a series each.
    size
        Columns, rows and slices; zeros where the object is no image.
    spacing
        Distance between voxel centres in mm along columns, rows and slices; zero where unknown.
    frame_of_reference_uid, study_uid, series_uid, patient_id
        DICOM identifiers; empty where the file has none.
    image_type
        DICOM image type.
    sop_class_uid
        SOP class of the first file.
    frames
        Frames in each file, more than one for multi-frame objects.
    contents
        Names of the structures or segments.
    corrected
        Corrections that a PET header names (ATTN, DECY, ...).
    linked_frames
        Frames of reference between which a REG gives the motion.
    reach_mm
        Position of the first and the last slice along the first slice's normal; zeros where unknown.
    """

    modality: str
    description: str
    files: tuple[Path, ...]
    size: tuple[int, int, int] = (0, 0, 0)
    spacing: tuple[float, float, float] = (0.0, 0.0, 0.0)
    frame_of_reference_uid: str = ""
    study_uid: str = ""
    series_uid: str = ""
    patient_id: str = ""
    image_type: tuple[str, ...] = ()
    sop_class_uid: str = ""
    frames: int = 1
    contents: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()
    linked_frames: tuple[str, ...] = ()
    reach_mm: tuple[float, float] = (0.0, 0.0)

    @property
    def is_file(self) -> bool:
        """Whether it is an image file without DICOM tags."""
        return self.modality == IMAGE_FILE

    @property
    def label(self) -> str:
        """One line that tells it from its neighbours."""
        if self.is_file or self.modality in STRUCTURE_MODALITIES or not self.series_uid:
            identity = str(self.files[0])
        else:
            identity = self.series_uid
        columns, rows, slices = self.size
        shape = f", {columns} x {rows} x {slices}" if slices else ""
        names = f" ({listed(self.contents)})" if self.contents else ""
        return f"{self.modality} {self.description!r}{shape}{names}: {identity}"
