"""DICOM REG: the motion between two frames of reference that a clinic's own registration found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from ...errors import GeometryError, InputError
from ...grid import FloatArray
from ..header import legible, read_dataset, text
from ..motion import inverse, is_rigid, moved

SAME_MM = 0.5
REACH_MM = 500.0


def read_motion(files: Sequence[Path], start: str, end: str) -> FloatArray:
    """Read the motion from one frame of reference to another.

    Parameters
    ----------
    files
        Spatial Registration objects that all link the two frames; where there are several, they must agree.
    start, end
        Frame of reference UIDs.

    Returns
    -------
    FloatArray
        Shape (4, 4), from LPS mm of `start` to LPS mm of `end`.

    Raises
    ------
    InputError
        A file cannot be read or does not link the frames.
    GeometryError
        The registration is not rigid, or two files differ by more than 0.5 mm.
    """
    motions = [_between(file, start, end) for file in files]
    corners = REACH_MM * (np.indices((2, 2, 2)).reshape(3, -1).T * 2 - 1)
    for file, motion in zip(files[1:], motions[1:], strict=True):
        apart = float(np.linalg.norm(moved(corners, motion) - moved(corners, motions[0]), axis=1).max())
        if apart > SAME_MM:
            raise GeometryError(
                f"{files[0]} and {file} register the same two frames of reference, up to {apart:.1f} mm apart",
                "one registration of the PET/CT to the planning CT",
                "take the one that is not valid out of the folder",
            )
    return motions[0]


def linked_frames(header: Dataset) -> tuple[str, ...]:
    """Frames of reference that a Spatial Registration object links; none for other objects."""
    frames = [text(item, "FrameOfReferenceUID") for item in header.get("RegistrationSequence") or ()]
    return tuple(dict.fromkeys(filter(None, [text(header, "FrameOfReferenceUID"), *frames]))) if frames else ()


def _between(file: Path, start: str, end: str) -> FloatArray:
    with legible(str(file)):
        dataset = read_dataset(file)
        # The object has a frame of its own, into which each item's matrix leads.
        motions = {text(dataset, "FrameOfReferenceUID"): np.eye(4)}
        for item in dataset.get("RegistrationSequence") or ():
            if (frame := text(item, "FrameOfReferenceUID")) in (start, end):
                motions[frame] = _matrix(item, file)
        if not {start, end} <= set(motions):
            raise InputError(f"{file} does not link the frames of reference {start} and {end}", "a REG that does")
    return np.asarray(inverse(motions[end]) @ motions[start])


def _matrix(item: Dataset, file: Path) -> FloatArray:
    matrices = [
        one for part in item.get("MatrixRegistrationSequence") or () for one in part.get("MatrixSequence") or ()
    ]
    if len(matrices) != 1:
        raise InputError(
            f"{file} has {len(matrices)} matrices for one frame of reference", "one", "export the result as one matrix"
        )
    values = [float(v) for v in matrices[0].get("FrameOfReferenceTransformationMatrix") or ()]
    matrix = np.array(values).reshape(4, 4)
    if not is_rigid(matrix):
        kind = text(matrices[0], "FrameOfReferenceTransformationMatrixType") or "not rigid"
        raise GeometryError(
            f"The registration in {file} is not rigid (it is stored as {kind})",
            "a motion without scale, shear or mirror",
            "register rigidly, or take it out of the folder and use --register rigid",
        )
    return matrix
