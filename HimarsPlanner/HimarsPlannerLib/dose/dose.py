"""A dose distribution as it was read, and what it sums up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..grid import Volume
from ..notice import Notice


@dataclass(frozen=True)
class DoseFile:
    """One RTDOSE object.

    Parameters
    ----------
    volume
        Gy, float32, (z, y, x).
    kind
        DoseType: "PHYSICAL" or "EFFECTIVE".
    summation
        DoseSummationType, such as "PLAN" or "BEAM".
    plan_uid
        SOP instance of the plan it was calculated for; "" where it names none.
    groups, beams
        Fraction group and beam numbers that it names.
    """

    file: Path
    volume: Volume
    kind: str
    summation: str
    frame_uid: str
    sop_uid: str
    patient_id: str
    plan_uid: str
    groups: tuple[int, ...] = ()
    beams: tuple[int, ...] = ()


@dataclass(frozen=True)
class Dose:
    """The dose that is judged: one file, or the sum of several.

    Parameters
    ----------
    volume
        Gy, float32, (z, y, x).
    files
        What was added up.
    notices
        What must be said about the sum.
    """

    volume: Volume
    files: tuple[DoseFile, ...]
    notices: tuple[Notice, ...] = ()

    @property
    def frame_uid(self) -> str:
        """Frame of reference, the same for all files."""
        return self.files[0].frame_uid

    @property
    def patient_id(self) -> str:
        """Patient of the first file that names one."""
        return next((file.patient_id for file in self.files if file.patient_id), "")
