"""Write an RTSTRUCT on the planning CT's own study, frame of reference and slices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from pydicom import config
from pydicom.charset import convert_encodings, default_encoding
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.tag import Tag
from pydicom.uid import UID, ImplicitVRLittleEndian, RTStructureSetStorage, generate_uid
from pydicom.valuerep import PersonName

from .. import __version__
from ..study.study import DicomReference
from .codes import TARGETS, Code
from .contour_items import GeometricType, encode_contour_items
from .contours import trace_region
from .drawing import EXACT, Drawing, check_drawing
from .roi import RoiToWrite, check_geometry, check_rois, target_names
from .simplify import simplify
from .split import split_long
from .whole_file import write_whole

__all__ = ["RoiToWrite", "rtstruct_dataset", "target_names", "write_rtstruct"]

MANUFACTURER = "HimarsPlanner"
_CHARACTER_SET = "ISO_IR 192"
_SERIES_NUMBER = 1000
_STUDY_CLASS_UID = "1.2.840.10008.3.1.2.3.1"
_CONTOUR_SEQUENCE = Tag(0x3006, 0x0040)

_REQUIRED_EVEN_IF_EMPTY = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "ReferringPhysicianName",
    "StudyID",
    "AccessionNumber",
    "PositionReferenceIndicator",
)
_WHERE_PRESENT = (
    "StudyInstanceUID",
    "FrameOfReferenceUID",
    "StudyDescription",
    "IssuerOfPatientID",
    "PatientIdentityRemoved",
    "DeidentificationMethod",
    "PatientAge",
    "PatientSize",
    "PatientWeight",
)


def write_rtstruct(
    rois: Sequence[RoiToWrite],
    reference: DicomReference,
    file: Path,
    *,
    label: str = "HIMARS",
    drawing: Drawing = EXACT,
    role_codes: bool = False,
    created: datetime | None = None,
    series_uid: str | None = None,
    sop_uid: str | None = None,
) -> None:
    """Write structures as RTSTRUCT (Implicit VR Little Endian).

    Parameters
    ----------
    rois, reference, label, drawing, role_codes, created, series_uid, sop_uid
        See `rtstruct_dataset`.
    file
        The file to write; an existing one is replaced once the new one is complete.

    Raises
    ------
    GeometryError, OutputError
        See `rtstruct_dataset`; also when the file cannot be written.
    """
    dataset = rtstruct_dataset(
        rois,
        reference,
        label=label,
        drawing=drawing,
        role_codes=role_codes,
        created=created,
        series_uid=series_uid,
        sop_uid=sop_uid,
    )
    encoded = BytesIO()
    dataset.save_as(encoded, implicit_vr=True, little_endian=True, enforce_file_format=True)
    write_whole(file, [encoded.getbuffer()])


def rtstruct_dataset(
    rois: Sequence[RoiToWrite],
    reference: DicomReference,
    *,
    label: str = "HIMARS",
    drawing: Drawing = EXACT,
    role_codes: bool = False,
    created: datetime | None = None,
    series_uid: str | None = None,
    sop_uid: str | None = None,
) -> Dataset:
    """Make the RTSTRUCT of structures drawn on a CT series.

    Contours run along voxel edges in the planes of the slices (ImagePositionPatient of each), see `trace_region`.

    Parameters
    ----------
    rois
        The structures, in the order of their ROI numbers (from 1).
    reference
        The CT series that they were drawn on.
    label
        Structure Set Label, at most 16 characters.
    drawing
        How contours are drawn.
    role_codes
        Also write what a target is as Therapeutic Role codes; dicom3tools of 2022 does not know these attributes of
        the RT ROI Observations module yet and warns of them.
    created
        Date and time of the structure set; by default now.
    series_uid, sop_uid
        Identifiers; by default new ones.

    Returns
    -------
    Dataset
        With its file meta information. Contour Sequences are held encoded until they are read.

    Raises
    ------
    GeometryError
        The series has no frame of reference, or a structure is on another grid.
    OutputError
        A structure is empty, or a name, type, colour, label or drawing cannot be written.
    """
    check_rois(rois, label)
    check_drawing(drawing)
    check_geometry(rois, reference)
    created = created or datetime.now()
    dataset = _general(
        reference.header, created, series_uid or str(generate_uid(None)), sop_uid or str(generate_uid(None))
    )
    dataset.StructureSetLabel = label
    dataset.StructureSetName = label
    dataset.StructureSetDate = f"{created:%Y%m%d}"
    dataset.StructureSetTime = f"{created:%H%M%S}"
    dataset.ReferencedFrameOfReferenceSequence = [_frame_of_reference(reference)]
    numbered = list(enumerate(rois, start=1))
    frame_uid = str(reference.header.FrameOfReferenceUID)
    dataset.StructureSetROISequence = [_structure(number, roi, frame_uid) for number, roi in numbered]
    dataset.ROIContourSequence = [_contours(number, roi, reference, drawing) for number, roi in numbered]
    dataset.RTROIObservationsSequence = [_observation(number, roi, role_codes) for number, roi in numbered]
    dataset.ApprovalStatus = "UNAPPROVED"
    dataset.set_original_encoding(True, True, convert_encodings([_CHARACTER_SET]))
    return dataset


def _general(header: Dataset, created: datetime, series_uid: str, sop_uid: str) -> Dataset:
    """Patient, study, frame of reference, series, equipment and SOP common attributes."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = RTStructureSetStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = UID(sop_uid)
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    dataset.SpecificCharacterSet = _CHARACTER_SET
    for keyword in (*_REQUIRED_EVEN_IF_EMPTY, *_WHERE_PRESENT):
        value = header.get(keyword)
        if keyword in _REQUIRED_EVEN_IF_EMPTY or value not in (None, ""):
            dataset.add(_repeated(keyword, value))
    if header.get("DeidentificationMethodCodeSequence"):
        dataset.DeidentificationMethodCodeSequence = [
            _code(Code(item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning))
            for item in header.DeidentificationMethodCodeSequence
        ]
    dataset.SOPClassUID = RTStructureSetStorage
    dataset.SOPInstanceUID = sop_uid
    dataset.InstanceCreationDate = f"{created:%Y%m%d}"
    dataset.InstanceCreationTime = f"{created:%H%M%S}"
    dataset.Modality = "RTSTRUCT"
    dataset.SeriesInstanceUID = series_uid
    dataset.SeriesNumber = _SERIES_NUMBER
    dataset.SeriesDescription = "HIMARS structures"
    dataset.SeriesDate = f"{created:%Y%m%d}"
    dataset.SeriesTime = f"{created:%H%M%S}"
    dataset.OperatorsName = ""
    dataset.Manufacturer = MANUFACTURER
    dataset.ManufacturerModelName = MANUFACTURER
    dataset.SoftwareVersions = __version__
    return dataset


def _repeated(keyword: str, value: Any) -> DataElement:
    """An attribute of the CT as it is, even where it is not valid: the study must be the same in both."""
    # A name as text, or it would keep the CT's character set.
    text_or_value = str(value) if isinstance(value, PersonName) else value
    return DataElement(Tag(keyword), dictionary_VR(keyword), text_or_value, validation_mode=config.IGNORE)


def _frame_of_reference(reference: DicomReference) -> Dataset:
    header = reference.header
    series = Dataset()
    series.SeriesInstanceUID = header.SeriesInstanceUID
    series.ContourImageSequence = [
        _reference(reference.sop_class_uid, instance) for instance in reference.sop_instance_uids
    ]
    study = _reference(_STUDY_CLASS_UID, header.StudyInstanceUID)
    study.RTReferencedSeriesSequence = [series]
    frame = Dataset()
    frame.FrameOfReferenceUID = header.FrameOfReferenceUID
    frame.RTReferencedStudySequence = [study]
    return frame


def _structure(number: int, roi: RoiToWrite, frame_uid: str) -> Dataset:
    item = Dataset()
    item.ROINumber = number
    item.ReferencedFrameOfReferenceUID = frame_uid
    item.ROIName = roi.name
    if roi.description:
        item.ROIDescription = roi.description
    item.ROIVolume = f"{roi.region.volume_ml:.6g}"
    item.ROIGenerationAlgorithm = roi.generation_algorithm
    return item


def _contours(number: int, roi: RoiToWrite, reference: DicomReference, drawing: Drawing) -> Dataset:
    contours = trace_region(roi.region, drawing.holes)
    kind: GeometricType = "CLOSEDPLANAR_XOR" if (contours.areas < 0).any() else "CLOSED_PLANAR"
    contours = split_long(simplify(contours, roi.region.grid, drawing.simplify_mm), drawing.maximum_points)
    encoded = encode_contour_items(
        contours,
        roi.region.grid,
        reference.positions_lps,
        reference.sop_class_uid,
        reference.sop_instance_uids,
        kind,
    )
    item = Dataset()
    item.ROIDisplayColor = list(roi.colour)
    item[_CONTOUR_SEQUENCE] = RawDataElement(_CONTOUR_SEQUENCE, "SQ", len(encoded), encoded, 0, True, True)
    item.ReferencedROINumber = number
    # Declared as encoded the way it will be written, or pydicom would decode every contour to encode it again.
    item.set_original_encoding(True, True, default_encoding)
    return item


def _observation(number: int, roi: RoiToWrite, role_codes: bool) -> Dataset:
    item = Dataset()
    item.ObservationNumber = number
    item.ReferencedROINumber = number
    meaning = roi.property or TARGETS.get(roi.interpreted_type)
    if meaning is not None:
        item.SegmentedPropertyCategoryCodeSequence = [_code(meaning.category)]
        item.RTROIIdentificationCodeSequence = [_code(meaning.type)]
    if role_codes and roi.interpreted_type in TARGETS:
        role = TARGETS[roi.interpreted_type]
        item.TherapeuticRoleCategoryCodeSequence = [_code(role.category)]
        item.TherapeuticRoleTypeCodeSequence = [_code(role.type)]
    item.RTROIInterpretedType = roi.interpreted_type
    item.ROIInterpreter = ""
    return item


def _reference(sop_class_uid: str, sop_instance_uid: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = sop_class_uid
    item.ReferencedSOPInstanceUID = sop_instance_uid
    return item


def _code(code: Code) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code
    return item
