"""Which series of a study is the planning CT, which the PET, which the structures; never a guess between two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import GeometryError, InputError
from ..notice import Notice
from .candidates import MODALITIES, OPTIONS, TITLES, Role, candidates, why_not
from .image_file import is_image_file, scan_image_file
from .scan import scan_folders
from .series import Series


@dataclass(frozen=True)
class Choice:
    """The series that a plan uses, and what must be said about them."""

    ct: Series
    pet: Series | None
    structures: tuple[Series, ...]
    notices: tuple[Notice, ...] = ()


def choose(
    series: Sequence[Series], ct: str | None = None, pet: str | None = None, structures: Sequence[str] | None = None
) -> Choice:
    """Choose the series of a plan.

    Parameters
    ----------
    series
        What `scan_folders` found.
    ct, pet
        Series instance UID, file or folder; None where the study has only one candidate.
    structures
        Files; None where the study has at most one candidate, empty for none.

    Raises
    ------
    InputError
        There is no CT, more than one candidate, more than one patient, or a choice that is not there.
    GeometryError
        PET or structures are in another frame of reference than the CT.
    """
    named: dict[Role, Sequence[str] | None] = {
        "ct": [ct] if ct else None,
        "pet": [pet] if pet else None,
        "structures": structures,
    }
    fit = {
        role: candidates(series, role) if values is None else [_resolve(value, series, role) for value in values]
        for role, values in named.items()
    }
    _check_one_patient([one for group in fit.values() for one in group])
    ct_series = _only(fit["ct"], "ct")
    if ct_series is None:
        raise InputError(
            f"The study has no CT; it holds:{_listing(series)}",
            "a CT series of two or more slices",
            "add it, or name a CT file with --ct",
        )
    pet_series = _only(fit["pet"] if pet else _in_frame_of(ct_series, fit["pet"]), "pet")
    chosen = fit["structures"]
    if structures is None:
        only = _only(_in_frame_of(ct_series, chosen), "structures")
        chosen = [] if only is None else [only]
    others = chosen if pet_series is None else [pet_series, *chosen]
    for other in others:
        _check_frame(other, ct_series)
    return Choice(ct_series, pet_series, tuple(chosen), tuple(_notices(ct_series, others)))


def planned_uses(series: Sequence[Series]) -> tuple[str, ...]:
    """What a plan without further choice would use each series as, in the order given."""
    fit = {role: candidates(series, role) for role in TITLES}
    ct = fit["ct"][0] if len(fit["ct"]) == 1 else None
    return tuple(_use(one, fit, ct) for one in series)


def _use(one: Series, fit: dict[Role, list[Series]], ct: Series | None) -> str:
    role = next((role for role, group in fit.items() if one in group), None)
    if role is None:
        return f"not used: {why_not(one)}"
    rivals = fit[role] if ct is None else _in_frame_of(ct, fit[role])
    if one not in rivals or (ct is not None and _other_frame(one, ct)):
        return "not used: another frame of reference than the CT"
    return TITLES[role] if len(rivals) == 1 else f"one of {len(rivals)} for {TITLES[role]}: choose with {OPTIONS[role]}"


def _in_frame_of(ct: Series, group: Sequence[Series]) -> list[Series]:
    """Series in the CT's frame of reference; all of them where none is, so that the refusal can name them."""
    return [one for one in group if not _other_frame(one, ct)] or list(group)


def _only(group: Sequence[Series], role: Role) -> Series | None:
    if len(group) > 1:
        lines = "".join(f"\n  {one.label}" for one in group)
        raise InputError(
            f"The study has {len(group)} candidates for {TITLES[role]}:{lines}\n",
            f"one for {TITLES[role]}",
            f"choose with {OPTIONS[role]}",
        )
    return group[0] if group else None


def _resolve(value: str, series: Sequence[Series], role: Role) -> Series:
    """The series meant by a UID, a file or a folder."""
    fitting = [one for one in series if one.is_file or one.modality in MODALITIES[role]]
    found = [one for one in fitting if one.series_uid == value]
    path = Path(value)
    if not found and path.is_file():
        found = [one for one in fitting if path.resolve() in (file.resolve() for file in one.files)]
        if not found and is_image_file(path):
            return scan_image_file(path)
    if not found and path.exists():
        found = [one for one in scan_folders([path]) if one.is_file or one.modality in MODALITIES[role]]
    if (chosen := _only(found, role)) is not None:
        return chosen
    raise InputError(
        f"{value} is no {TITLES[role]} of this study, which holds:{_listing(series)}",
        "a series UID, file or folder",
        f"choose with {OPTIONS[role]}",
    )


def _check_one_patient(relevant: Sequence[Series]) -> None:
    patients = {one.patient_id: one for one in reversed(relevant) if one.patient_id}
    if len(patients) > 1:
        lines = "".join(f"\n  {patient}: {one.label}" for patient, one in sorted(patients.items()))
        raise InputError(
            f"The study holds {len(patients)} patients:{lines}\n",
            "the series of one patient",
            "plan one patient at a time, or choose with --ct, --pet and --structures",
        )


def _check_frame(other: Series, ct: Series) -> None:
    if _other_frame(other, ct):
        raise GeometryError(
            f"{other.label} is in frame of reference {other.frame_of_reference_uid or '(none)'}, "
            f"the CT {ct.series_uid or ct.files[0]} in {ct.frame_of_reference_uid or '(none)'}",
            "one frame of reference for all",
            "register the PET/CT to the planning CT first, or choose the series that belong together",
        )


def _other_frame(other: Series, ct: Series) -> bool:
    """Whether two DICOM series cannot be said to share a frame of reference; image files have none to compare."""
    if other.is_file or ct.is_file:
        return False
    return not ct.frame_of_reference_uid or other.frame_of_reference_uid != ct.frame_of_reference_uid


def _notices(ct: Series, others: Sequence[Series]) -> list[Notice]:
    notices = []
    if unframed := [one.label for one in others if one.is_file or ct.is_file]:
        message = f"No frame of reference tells that these lie on the CT, only their positions: {'; '.join(unframed)}."
        notices.append(Notice("frame-of-reference-unknown", message))
    dicom = [one for one in (ct, *others) if not one.is_file]
    if (nameless := [one.label for one in dicom if not one.patient_id]) and len(dicom) > 1:
        message = f"No patient ID tells that these are of the same patient: {'; '.join(nameless)}."
        notices.append(Notice("patient-id-missing", message))
    return notices


def _listing(series: Sequence[Series]) -> str:
    return "".join(f"\n  {one.label} ({use})" for one, use in zip(series, planned_uses(series), strict=True)) + "\n"
