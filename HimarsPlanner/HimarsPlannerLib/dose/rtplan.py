"""Read an RTPLAN: what was prescribed, in how many fractions, by which beams."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset

from ..errors import InputError
from ..study.header import LIBRARY_ERRORS, legible, read_dataset, text


@dataclass(frozen=True)
class RtPlan:
    """What a plan says.

    Parameters
    ----------
    label
        RT Plan Label.
    fractions
        Fractions planned, by fraction group number.
    beams
        Numbers of the treatment beams of each fraction group.
    prescriptions_gy
        Target prescription doses, total, Gy, as the plan lists them.
    structure_set_uid
        SOP instance of the structure set; "" where it names none.
    """

    file: Path
    label: str
    sop_uid: str
    patient_id: str
    frame_uid: str
    fractions: dict[int, int]
    beams: dict[int, tuple[int, ...]]
    prescriptions_gy: tuple[float, ...]
    structure_set_uid: str


def read_rtplan(file: Path) -> RtPlan:
    """Read an RTPLAN.

    Raises
    ------
    InputError
        The file is no RTPLAN, or has no fraction group.
    """
    with legible(str(file)):
        dataset = read_dataset(file)
    modality = text(dataset, "Modality")
    if modality != "RTPLAN":
        raise InputError(f"{file} is {modality or 'not DICOM'}", "an RTPLAN", "name the plan's file")
    with legible(str(file), LIBRARY_ERRORS):
        plan = _plan(dataset, file)
    if not plan.fractions:
        raise InputError(f"{file} has no fraction group", "a plan with fractions", "export the whole plan")
    return plan


def _plan(dataset: Dataset, file: Path) -> RtPlan:
    groups = {int(text(item, "FractionGroupNumber")): item for item in dataset.get("FractionGroupSequence") or ()}
    treating = {
        int(text(beam, "BeamNumber"))
        for beam in dataset.get("BeamSequence") or ()
        if text(beam, "TreatmentDeliveryType") in ("", "TREATMENT")
    }
    doses = (text(item, "TargetPrescriptionDose") for item in dataset.get("DoseReferenceSequence") or ())
    structures = next(iter(dataset.get("ReferencedStructureSetSequence") or ()), Dataset())
    return RtPlan(
        file=file,
        label=text(dataset, "RTPlanLabel"),
        sop_uid=text(dataset, "SOPInstanceUID"),
        patient_id=text(dataset, "PatientID"),
        frame_uid=text(dataset, "FrameOfReferenceUID"),
        fractions={number: int(text(item, "NumberOfFractionsPlanned") or 0) for number, item in groups.items()},
        beams={number: _beams(item, treating) for number, item in groups.items()},
        prescriptions_gy=tuple(float(dose) for dose in doses if dose),
        structure_set_uid=text(structures, "ReferencedSOPInstanceUID"),
    )


def _beams(group: Dataset, treating: set[int]) -> tuple[int, ...]:
    numbers = [int(text(beam, "ReferencedBeamNumber")) for beam in group.get("ReferencedBeamSequence") or ()]
    return tuple(number for number in numbers if number in treating or not treating)
