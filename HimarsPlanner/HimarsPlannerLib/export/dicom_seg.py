"""Write label layers as DICOM SEG on the planning CT's own slices, frame of reference and study."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import highdicom as hd
import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code as CodedConcept
from pydicom.uid import ImplicitVRLittleEndian

from .. import __version__
from ..errors import GeometryError, OutputError
from ..grid import Grid
from .codes import Code
from .read_seg_nrrd import SegNrrd
from .rtstruct import MANUFACTURER
from .seg_nrrd import SegmentHeader
from .whole_file import write_whole

LABEL_LENGTH = 64
SERIES_NUMBER = 1001
ON_LATTICE = 0.01
"""By what part of a voxel a segmentation may be off the CT's voxel centres."""


def layers_to_send(segmentation: SegNrrd) -> list[tuple[int, list[SegmentHeader]]]:
    """Give each layer's number with those of its segments that hold voxels and say by a code what they are.

    A segment without a code is uptake that waits for a physician, or is no metastasis; where it went under a code,
    others would take it for one.
    """
    chosen = []
    for number, labels in enumerate(segmentation.layers):
        present = set(np.flatnonzero(np.bincount(labels.ravel())).tolist())
        mine = [one for one in segmentation.segments if one.layer == number]
        coded = [one for one in mine if one.property is not None and one.label in present]
        if coded:
            chosen.append((number, coded))
    return chosen


def on_slices(
    labels: npt.NDArray[np.unsignedinteger], own: Grid, ct: Grid, name: str
) -> npt.NDArray[np.unsignedinteger]:
    """Place a block of labels among the CT's voxels; nothing is resampled.

    Parameters
    ----------
    labels
        Shape (z, y, x), on `own`.
    own
        Lattice of the labels.
    ct
        Lattice of the CT.
    name
        The file, for the message.

    Returns
    -------
    array
        Labels on `ct`, (z, y, x).

    Raises
    ------
    GeometryError
        The two lattices do not have the same voxels, or the block reaches outside.
    """
    far = np.array([[z, y, x] for z in (0, 1) for y in (0, 1) for x in (0, 1)]) * np.array(labels.shape)
    index = ct.to_index(own.to_lps(far))
    first = np.rint(index[0]).astype(int)
    inside = (first >= 0).all() and (first + labels.shape <= ct.shape).all()
    if not inside or np.abs(index - (first + far)).max() > ON_LATTICE:
        raise GeometryError(
            f"{name} does not lie on the voxels of the CT series",
            "the CT that the plan was made on",
            "name its folder with --ct",
        )
    full = np.zeros(ct.shape, dtype=labels.dtype)
    z, y, x = (slice(start, start + size) for start, size in zip(first.tolist(), labels.shape, strict=True))
    full[z, y, x] = labels
    return full


def seg_dataset(
    labels: npt.NDArray[np.unsignedinteger],
    segments: Sequence[SegmentHeader],
    slices: Sequence[Dataset],
    *,
    description: str,
    series_uid: str,
    sop_uid: str,
    instance_number: int = 1,
) -> hd.seg.Segmentation:
    """Make a binary DICOM SEG of segments that do not overlap.

    Parameters
    ----------
    labels
        On the CT, (z, y, x).
    segments
        Which values to write, in the order of their segment numbers (from 1); each coded.
    slices
        Headers of the CT's slices, in the order of z.
    description
        Series description, at most 64 characters.
    series_uid, sop_uid, instance_number
        Identifiers.

    Returns
    -------
    highdicom.seg.Segmentation
        Implicit VR Little Endian, which every DICOM system takes; slices without a segment are left out.

    Raises
    ------
    GeometryError
        The CT has no frame of reference.
    OutputError
        highdicom refuses what the CT's headers say.
    """
    if not slices[0].get("FrameOfReferenceUID"):
        raise GeometryError("The CT series has no FrameOfReferenceUID", "one to refer to", "export it again with it")
    numbers = np.zeros(int(labels.max()) + 1, dtype=labels.dtype)
    for number, segment in enumerate(segments, start=1):
        numbers[segment.label] = number
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = hd.seg.Segmentation(
                source_images=slices,
                pixel_array=numbers[labels],
                segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
                segment_descriptions=[_description(number, one) for number, one in enumerate(segments, start=1)],
                series_instance_uid=series_uid,
                series_number=SERIES_NUMBER,
                sop_instance_uid=sop_uid,
                instance_number=instance_number,
                manufacturer=MANUFACTURER,
                manufacturer_model_name=MANUFACTURER,
                software_versions=__version__,
                device_serial_number=__version__,
                content_label="HIMARS",
                content_description=description,
                series_description=description,
                transfer_syntax_uid=ImplicitVRLittleEndian,
            )
    except (AttributeError, TypeError, ValueError) as error:
        raise OutputError(f"No DICOM SEG can be made on this CT ({error})", "", "send the RTSTRUCT alone") from error
    return dataset


def write_seg(dataset: hd.seg.Segmentation, file: Path) -> None:
    """Write a DICOM SEG; an existing file is replaced once the new one is complete.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    encoded = BytesIO()
    dataset.save_as(encoded, enforce_file_format=True)
    write_whole(file, [encoded.getbuffer()])


def _description(number: int, segment: SegmentHeader) -> hd.seg.SegmentDescription:
    if segment.property is None:
        raise OutputError(f"Segment {segment.name!r} has no code", "what it is, coded", "leave it out")
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=segment.name[:LABEL_LENGTH],
        segmented_property_category=_concept(segment.property.category),
        segmented_property_type=_concept(segment.property.type),
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.SEMIAUTOMATIC,
        algorithm_identification=hd.AlgorithmIdentificationSequence(
            name=MANUFACTURER, family=codes.cid7162.MorphologicalOperations, version=__version__
        ),
        display_color=hd.color.CIELabColor.from_rgb(*segment.colour),
    )


def _concept(code: Code) -> CodedConcept:
    return CodedConcept(code.value, code.scheme, code.meaning)
