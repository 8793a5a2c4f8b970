"""Which series of a study is the planning CT, which the PET, which the structures; never a guess between two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ..errors import GeometryError, InputError
from ..notice import Notice
from .bridge import Bridge, find_bridge, in_other_frame
from .candidates import MODALITIES, OPTIONS, TITLES, Role, candidates
from .image_file import is_image_file, scan_image_file
from .scan import scan_folders
from .series import Series
from .structure_set import listed
from .uses import in_frame_of, listing


@dataclass(frozen=True)
class Choice:
    """The series that a plan uses, and what must be said about them.

    Parameters
    ----------
    ct, pet, structures
        What is planned on; PET and structures may be absent.
    notices
        What must be said.
    bridge
        How the PET gets from its own frame of reference to the CT's; None where both share one.
    """

    ct: Series
    pet: Series | None
    structures: tuple[Series, ...]
    notices: tuple[Notice, ...] = ()
    bridge: Bridge | None = None


def choose(
    series: Sequence[Series],
    ct: str | None = None,
    pet: str | None = None,
    structures: Sequence[str] | None = None,
    rigid: bool = False,
) -> Choice:
    """Choose the series of a plan.

    Parameters
    ----------
    series
        What `scan_folders` found.
    ct, pet
        Series instance UID, file or folder; None where the study has only one candidate.
    structures
        Files, or folders of label files; None where the study has at most one candidate, empty for none.
    rigid
        A PET in another frame of reference may be registered by its own CT.

    Raises
    ------
    InputError
        There is no CT, more than one candidate, more than one patient, or a choice that is not there.
    GeometryError
        Structures are in another frame of reference than the CT, or a PET that nothing brings onto the CT.
    """
    named: dict[Role, Sequence[str] | None] = {
        "ct": [ct] if ct else None,
        "pet": [pet] if pet else None,
        "structures": structures,
    }
    fit = {
        role: candidates(series, role)
        if values is None
        else [one for value in values for one in _resolve_all(value, series, role)]
        for role, values in named.items()
    }
    _check_one_patient([one for group in fit.values() for one in group])
    ct_series = _only(fit["ct"], "ct", series)
    if ct_series is None:
        raise InputError(
            f"The study has no CT; it holds:{listing(series)}",
            "a CT series of two or more slices",
            "add it, or name a CT file with --ct",
        )
    pet_series = _only(fit["pet"] if pet else in_frame_of(ct_series, fit["pet"]), "pet")
    chosen = fit["structures"]
    if structures is None:
        only = _only(in_frame_of(ct_series, chosen), "structures")
        chosen = [] if only is None else [only]
    for other in chosen:
        _check_frame(other, ct_series)
    bridge = None
    if pet_series is not None and in_other_frame(pet_series, ct_series):
        bridge = find_bridge(series, ct_series, pet_series, rigid)
        _check_one_patient([ct_series, *bridge.series])
    others = chosen if pet_series is None else [pet_series, *chosen]
    notices = _notices(ct_series, others)
    if rigid and bridge is None:
        message = "PET and planning CT are in one frame of reference or have none: nothing was registered."
        notices.append(Notice("registration-not-needed", message))
    return Choice(ct_series, pet_series, tuple(chosen), tuple(notices), bridge)


def choose_pet(series: Sequence[Series], pet: str | None = None) -> Series:
    """Choose the PET of a folder.

    Raises
    ------
    InputError
        There is none or more than one, or the choice is not there.
    """
    found = _resolve(pet, series, "pet") if pet else _only(candidates(series, "pet"), "pet")
    if found is None:
        raise InputError(f"There is no PET here, but:{listing(series)}", "a PET series", "name the PET's folder")
    return found


def _only(group: Sequence[Series], role: Role, company: Sequence[Series] = ()) -> Series | None:
    if len(group) > 1:
        lines = "".join(f"\n  {one.label}{_beside(one, company)}" for one in group)
        if role == "pet" and _are_parts_of_one(group):
            raise InputError(
                f"The PET seems to be one scan cut into {len(group)} series, one after the other:{lines}\n",
                "one series for the whole scan",
                f"export it as one series, or plan on one part with {OPTIONS[role]}",
            )
        raise InputError(
            f"The study has {len(group)} candidates for {TITLES[role]}:{lines}\n",
            f"one for {TITLES[role]}",
            f"choose with {OPTIONS[role]}",
        )
    return group[0] if group else None


def _are_parts_of_one(group: Sequence[Series]) -> bool:
    """Whether series have one frame of reference and pixel size and follow each other without overlap."""
    ordered = sorted(group, key=lambda one: one.reach_mm)
    alike = {(one.frame_of_reference_uid, one.size[:2], one.spacing[:2]) for one in ordered}
    apart = all(below.reach_mm[1] < above.reach_mm[0] for below, above in pairwise(ordered))
    return len(alike) == 1 and apart


def _beside(one: Series, company: Sequence[Series]) -> str:
    """What shares a frame of reference with a series, to tell a planning CT from the CT of a PET/CT."""
    frame = one.frame_of_reference_uid
    others = [other for other in company if frame and other.frame_of_reference_uid == frame and other is not one]
    names = [f"{other.modality} {other.description!r}" for other in others if other.modality != one.modality]
    return f" (in one frame of reference with {listed(names)})" if names else ""


def _resolve_all(value: str, series: Sequence[Series], role: Role) -> list[Series]:
    """The series meant by a UID, a file or a folder; all of a folder that holds nothing but label files."""
    if role == "structures" and Path(value).is_dir():
        found = [one for one in scan_folders([Path(value)]) if one.is_file or one.modality in MODALITIES[role]]
        if found and all(one.is_file for one in found):
            return found
    return [_resolve(value, series, role)]


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
        f"{value} is no {TITLES[role]} of this study, which holds:{listing(series)}",
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
    if in_other_frame(other, ct):
        raise GeometryError(
            f"{other.label} is in frame of reference {other.frame_of_reference_uid or '(none)'}, "
            f"the CT {ct.series_uid or ct.files[0]} in {ct.frame_of_reference_uid or '(none)'}",
            "structures drawn in the CT's frame of reference",
            "give the structures of this CT, or choose the series that belong together",
        )


def _notices(ct: Series, others: Sequence[Series]) -> list[Notice]:
    notices = []
    if unframed := [one.label for one in others if one.is_file or ct.is_file]:
        message = f"No frame of reference tells that these lie on the CT, only their positions: {listed(unframed)}."
        notices.append(Notice("frame-of-reference-unknown", message))
    dicom = [one for one in (ct, *others) if not one.is_file]
    if (nameless := [one.label for one in dicom if not one.patient_id]) and len(dicom) > 1:
        message = f"No patient ID tells that these are of the same patient: {'; '.join(nameless)}."
        notices.append(Notice("patient-id-missing", message))
    return notices
