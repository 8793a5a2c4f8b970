"""`himars-planner plan`: one patient, one cohort level, one folder."""

from __future__ import annotations

import time
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ProtocolError
from ..export.profiles import ProfileName
from ..lesions.gather import LesionSource
from ..lesions.uptake.rule import PetMethod
from ..progress import Progress
from .session import AsJson, Debug, Quiet, session
from .structures import (
    CtvMargin,
    DoseGy,
    HoleStyle,
    ProfileOption,
    PtvCrop,
    PtvMargin,
    RoleCodes,
    Rtstruct,
    SimplifyMm,
    structure_options,
)
from .summary import summary_record, summary_table

if TYPE_CHECKING:
    from ..study.bone_labels import BoneLabels
    from ..study.study import CtImage

Level = Annotated[
    list[str], typer.Option("--level", help="Cohort level: -1, 1, 2 or 3 (20, 30, 40, 50 % of the reserve).")
]
WeightKg = Annotated[
    float | None, typer.Option("--weight-kg", help="Body weight in place of what the PET says or lacks, kg.")
]
InjectedMbq = Annotated[
    float | None, typer.Option("--injected-mbq", help="Injected activity in place of what the PET says or lacks, MBq.")
]
InjectionTime = Annotated[
    str | None,
    typer.Option(
        "--injection-time", help="Time of injection in place of what the PET says or lacks, HH:MM or date T time."
    ),
]
BONE_AUTO, BONE_TOTALSEGMENTATOR = "auto", "totalsegmentator"
Force = Annotated[bool, typer.Option("--force", help="Replace the folder of an earlier run.")]


class Register(StrEnum):
    """How a PET/CT gets onto the planning CT where no DICOM REG says so."""

    RIGID = "rigid"


def plan(
    study: Annotated[list[Path], typer.Argument(help="Folder(s) or file(s) of one patient, in any order and nesting.")],
    level: Level,
    out: Annotated[Path, typer.Option("--out", help="Folder to make.")],
    ct: Annotated[str | None, typer.Option("--ct", help="Series UID or file of the planning CT.")] = None,
    pet: Annotated[str | None, typer.Option("--pet", help="Series UID or file of the PSMA PET.")] = None,
    structures: Annotated[
        list[Path] | None,
        typer.Option("--structures", help="RTSTRUCT, SEG, label file or folder of label files; more than once."),
    ] = None,
    lesions: Annotated[
        LesionSource, typer.Option("--lesions", help="Where lesions come from; auto: structures, else PET.")
    ] = LesionSource.AUTO,
    pet_is_suv: Annotated[
        bool, typer.Option("--pet-is-suv", help="The PET file without DICOM tags is in SUVbw already.")
    ] = False,
    weight_kg: WeightKg = None,
    injected_mbq: InjectedMbq = None,
    injection_time: InjectionTime = None,
    register: Annotated[
        Register | None,
        typer.Option("--register", help="Register a PET/CT in another frame of reference by its own CT."),
    ] = None,
    lesion_roi: Annotated[
        list[str] | None,
        typer.Option("--lesion-roi", help="Structures that are lesions, such as 'GTV*'; may be given more than once."),
    ] = None,
    pet_method: Annotated[
        PetMethod | None, typer.Option("--pet-method", help="How lesions are outlined in PET; protocol's by default.")
    ] = None,
    suv_threshold: Annotated[
        float | None, typer.Option("--suv-threshold", help="SUVbw from which on uptake is a lesion's, e.g. 3 or 4.")
    ] = None,
    percent: Annotated[
        float | None, typer.Option("--percent", help="For percent-of-max: 41, 45 or 50 % of SUVmax.")
    ] = None,
    split: Annotated[
        bool, typer.Option("--split", help="Part touching uptake along the minima between peaks.")
    ] = False,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", help="Uptake outside bone that is a metastasis, by name; more than once."),
    ] = None,
    clinical: Annotated[
        Path | None, typer.Option("--clinical", help="Clinical file; see himars-planner clinical-template.")
    ] = None,
    protocol: Annotated[Path | None, typer.Option("--protocol", help="Protocol file instead of HIMARS's own.")] = None,
    bone: Annotated[
        str,
        typer.Option(
            "--bone",
            help="Where bone comes from: auto (the CT alone), totalsegmentator (run it, where it is installed), or a "
            "file or folder of bone labels: TotalSegmentator's, .seg.nrrd, RTSTRUCT, DICOM SEG or a mask.",
        ),
    ] = BONE_AUTO,
    cross_check: Annotated[
        bool,
        typer.Option(
            "--cross-check",
            help="Also plan with the intra-osseous volume of Sambuceti 2012 in place of trabecular bone.",
        ),
    ] = False,
    rtstruct: Rtstruct = None,
    profile: ProfileOption = ProfileName.GENERIC,
    holes: HoleStyle = None,
    ptv_margin: PtvMargin = None,
    ctv_margin: CtvMargin = None,
    ptv_crop: PtvCrop = None,
    dose_gy: DoseGy = None,
    simplify_mm: SimplifyMm = 0.0,
    role_codes: RoleCodes = False,
    rule: Annotated[
        str | None,
        typer.Option(
            "--rule",
            help="How lesions are chosen: greedy-skip, greedy-stop or tier-then-optimum; protocol's by default.",
        ),
    ] = None,
    irradiated: Annotated[
        list[str] | None,
        typer.Option(
            "--irradiated",
            help="Structures irradiated before, such as 'PriorRT*', whose bone is taken out of the reserve; more than "
            "once.",
        ),
    ] = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Plan a patient: bone, lesions, reserve, ranking, selection, RTSTRUCT and report."""
    from ..clinical.read import NOTHING_STATED, read_clinical
    from ..export.deliver import write_plan_folder
    from ..export.folder import check_destination
    from ..export.structures import check_options
    from ..planner import make_plan
    from ..protocol.protocol import DEFAULT_FILE, override_lesions, override_rule, read_protocol
    from ..study.read import read_study
    from ..study.suv import SuvOverrides

    with session(quiet, as_json, debug) as run:
        trial = override_lesions(
            override_rule(read_protocol(protocol or DEFAULT_FILE), rule),
            pet_method=None if pet_method is None else pet_method.value,
            suv_threshold=suv_threshold,
            percent_of_max=percent,
        )
        asked = structure_options(
            rtstruct, profile, holes, ptv_margin, ctv_margin, ptv_crop, dose_gy, simplify_mm, role_codes
        )
        stated = (read_clinical(clinical) if clinical else NOTHING_STATED).accept(accept or ())
        cohort = trial.level(_one_level(level)).name
        stated.check_level(cohort)
        stated.check_regimens([regimen.name for regimen in trial.regimens])
        check_destination(out, force)
        begin = time.perf_counter()
        patient = read_study(
            study,
            ct=ct,
            pet=pet,
            structures=None if structures is None else [str(file) for file in structures],
            overrides=SuvOverrides(weight_kg, injected_mbq, injection_time),
            pet_is_suv=pet_is_suv,
            progress=run.progress,
            register="rigid" if register is Register.RIGID else None,
        )
        check_options(asked, patient.structures)
        labels = _read_bone(bone, patient.ct, run.progress)
        reading_s = time.perf_counter() - begin
        made = make_plan(
            patient,
            trial,
            cohort,
            lesions,
            run.progress,
            clinical=stated,
            lesion_rois=lesion_roi or (),
            split=split,
            bone=labels,
            cross_check=cross_check,
            irradiated=irradiated or (),
        )
        made = replace(made, timing_s={"reading": reading_s, **made.timing_s})
        write_plan_folder(made, out, force, run.progress, asked)
    run.show(summary_table(made, out), summary_record(made, out))


def _one_level(given: list[str]) -> str:
    """The level, where only one is given."""
    if len(set(given)) > 1:
        raise ProtocolError(f"Several cohort levels are given: {', '.join(given)}", "one --level", "choose one")
    return given[0]


def _read_bone(choice: str, ct: CtImage, progress: Progress) -> BoneLabels | None:
    """Bone labels as asked for; None where bone is to be found in the CT alone."""
    from ..study.bone_labels import read_bone_labels
    from ..study.totalsegmentator import run_totalsegmentator

    if choice == BONE_AUTO:
        return None
    if choice == BONE_TOTALSEGMENTATOR:
        return run_totalsegmentator(ct, progress)
    return read_bone_labels(Path(choice), ct, progress)
