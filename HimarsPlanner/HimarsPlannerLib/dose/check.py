"""The dose that came back, held against the protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .. import __version__
from ..clinical.read import NOTHING_STATED, Clinical
from ..errors import InputError
from ..notice import Notice
from ..progress import Progress, silent
from ..protocol.dose_settings import Regimen
from ..protocol.protocol import Protocol
from ..region import Region
from ..study.structure_set import listed
from .combine import combine_doses
from .conformity import IsodoseVolumes, isodose_volumes
from .dose import Dose
from .dvh import Dvh
from .marrow import reserve_of_plan
from .measure import OutsideDoseError, Sampled, measure_dose, voxels_of
from .organs import LimitCheck, check_organs
from .prescription import check_plans, regimens_of
from .read import read_dose
from .rtplan import RtPlan, read_rtplan
from .schedule import When, check_schedule
from .structures import Structures, read_structures
from .target_check import TargetCheck, check_target
from .targets import Target, choose_targets, may_be_target
from .verdict import Criterion, Verdict, worst


@dataclass(frozen=True)
class DoseInput:
    """What a dose is judged by.

    Parameters
    ----------
    doses, structures, plans
        DICOM files.
    regimen
        For all targets that the clinical file says nothing about.
    targets
        Names; none takes all PTVs.
    marrow
        Name of a structure, or a plan's folder; "" for none.
    treated
        Dates of the fractions; none where they are not known.
    """

    doses: tuple[Path, ...]
    structures: Path
    plans: tuple[Path, ...] = ()
    regimen: str | None = None
    targets: tuple[str, ...] = ()
    marrow: str = ""
    treated: tuple[When, ...] = ()
    clinical: Clinical = NOTHING_STATED


@dataclass(frozen=True)
class DoseCheck:
    """What was found.

    Parameters
    ----------
    measured
        DVH of every structure that was drawn and has a part in the dose grid.
    organ_fractions
        Number of fractions whose limits were used.
    hottest_lps_mm
        Where the largest dose of the whole grid is.
    hottest_in
        Targets that the voxel with the largest dose is in.
    marrow_name
        What the marrow's DVH is of; "" for none.
    """

    dose: Dose
    structures: Structures
    plans: tuple[RtPlan, ...]
    protocol: Protocol
    targets: tuple[TargetCheck, ...]
    organs: tuple[LimitCheck, ...]
    organ_fractions: int
    schedule: tuple[Criterion, ...]
    measured: Mapping[str, Sampled]
    hottest_gy: float
    hottest_lps_mm: tuple[float, float, float]
    hottest_in: tuple[str, ...]
    marrow_name: str = ""
    marrow: Dvh | None = None
    notices: tuple[Notice, ...] = ()
    software: str = field(default=f"HimarsPlanner {__version__}")

    @property
    def verdict(self) -> Verdict:
        """Worst of the targets and the schedule; organs are the physician's to weigh and are told apart."""
        return worst([*(target.verdict for target in self.targets), *(one.verdict for one in self.schedule)])


def check_dose(given: DoseInput, protocol: Protocol, progress: Progress = silent) -> DoseCheck:
    """Read dose, structures and plans, and hold them against the protocol.

    Raises
    ------
    InputError, GeometryError, ProtocolError
        An input cannot be used, or they contradict each other; see the readers.
    """
    plans = tuple(read_rtplan(file) for file in given.plans)
    dose = combine_doses([read_dose(file) for file in given.doses], plans)
    progress("dose", 0.3)
    structures = read_structures(given.structures, dose)
    notices = [*dose.notices, *structures.notices, *_plan_notices(plans, structures, dose)]
    types = {name: outline.interpreted_type for name, outline in structures.outlines.items()}
    candidates = _regions(structures, given.targets, dose)
    targets, untreated = choose_targets(types, given.targets, candidates)
    regimens = regimens_of(targets, given.regimen, given.clinical, protocol)
    check_plans(plans, regimens)
    measured, outside = _measure(structures, dose, [t.name for t in targets], progress)
    notices += _structure_notices(measured, outside, untreated)
    regions = {target.name: candidates[target.name] for target in targets}
    isodoses = isodose_volumes(dose.volume, regions, {name: regimens[name].dose_gy for name in regions})
    dvhs = {name: sampled.dvh for name, sampled in measured.items()}
    fractions = min(regimen.fractions for regimen in regimens.values())
    if len(set(regimens.values())) > 1:
        message = f"Targets have different regimens: organs are held against the limits of {fractions} fractions."
        notices.append(Notice("regimens-mixed", message))
    place, hottest = _hottest(dose)
    name, marrow = _marrow(given.marrow, measured, dose)
    return DoseCheck(
        dose=dose,
        structures=structures,
        plans=plans,
        protocol=protocol,
        targets=_judged(targets, regimens, dvhs, isodoses, protocol),
        organs=check_organs(dvhs, protocol.organ_limits, fractions),
        organ_fractions=fractions,
        schedule=_schedule(given.treated, regimens, protocol),
        measured=measured,
        hottest_gy=hottest,
        hottest_lps_mm=_lps(dose, place),
        hottest_in=tuple(target for target, region in regions.items() if _holds(region, place)),
        marrow_name=name,
        marrow=marrow,
        notices=tuple(notices),
    )


def _judged(
    targets: Sequence[Target],
    regimens: Mapping[str, Regimen],
    dvhs: Mapping[str, Dvh],
    isodoses: Mapping[str, IsodoseVolumes],
    protocol: Protocol,
) -> tuple[TargetCheck, ...]:
    return tuple(check_target(one, regimens[one.name], dvhs, isodoses[one.name], protocol.dose) for one in targets)


def _regions(structures: Structures, named: Sequence[str], dose: Dose) -> dict[str, Region]:
    """Voxels of what may be a target or a GTV."""
    return {
        name: voxels_of(outline, dose.volume)
        for name, outline in structures.outlines.items()
        if outline.planes and (name in named or may_be_target(name, outline.interpreted_type))
    }


def _measure(
    structures: Structures, dose: Dose, targets: Sequence[str], progress: Progress
) -> tuple[dict[str, Sampled], list[str]]:
    """DVHs by name, and the structures that are wholly outside the dose grid, which no target may be."""
    measured, outside = {}, []
    drawn = [outline for outline in structures.outlines.values() if outline.planes]
    for number, outline in enumerate(drawn):
        progress("dose", 0.3 + 0.7 * number / len(drawn))
        try:
            measured[outline.name] = measure_dose(outline, dose.volume)
        except OutsideDoseError:
            if outline.name in targets:
                raise
            outside.append(outline.name)
    progress("dose", 1.0)
    return measured, outside


def _structure_notices(
    measured: Mapping[str, Sampled], outside: Sequence[str], untreated: Sequence[str]
) -> list[Notice]:
    notices = []
    partly = [f"{name} ({one.dvh.covered:.1%} inside)" for name, one in measured.items() if one.dvh.outside_ml > 0]
    if partly:
        message = "Structures reach beyond the dose grid, where their dose is not known: "
        notices.append(Notice("structure-partly-covered", f"{message}{listed(partly)}."))
    if outside:
        message = f"Structures wholly outside the dose grid were not assessed: {listed(outside)}."
        notices.append(Notice("structure-outside-dose", message))
    if untreated:
        message = f"GTVs that lie in no target were not assessed as targets: {listed(untreated)}."
        notices.append(Notice("gtv-without-target", message))
    return notices


def _plan_notices(plans: Sequence[RtPlan], structures: Structures, dose: Dose) -> list[Notice]:
    notices = []
    for plan in plans:
        if plan.patient_id and dose.patient_id and plan.patient_id != dose.patient_id:
            raise InputError(
                f"{plan.file} is of patient {plan.patient_id!r}, the dose of {dose.patient_id!r}", "one patient"
            )
        if plan.structure_set_uid and plan.structure_set_uid != structures.sop_uid:
            message = f"{plan.file.name} was made on another structure set than {structures.file.name}."
            notices.append(Notice("plan-of-other-structures", message))
    if plans and not any(plan.prescriptions_gy for plan in plans):
        notices.append(Notice("no-prescription", "The plan states no prescription; only its fractions were compared."))
    return notices


def _schedule(treated: Sequence[When], regimens: Mapping[str, Regimen], protocol: Protocol) -> tuple[Criterion, ...]:
    if not treated:
        return ()
    in_use = set(regimens.values())
    if len(in_use) > 1:
        raise InputError(
            f"Treatment dates were given for {len(in_use)} regimens at once",
            "the dates of one regimen",
            "check the targets of each regimen by themselves, with --target",
        )
    return check_schedule(treated, in_use.pop(), protocol.dose.minimum_interval_h)


def _marrow(wanted: str, measured: Mapping[str, Sampled], dose: Dose) -> tuple[str, Dvh | None]:
    if not wanted:
        return "", None
    if wanted in measured:
        return wanted, measured[wanted].dvh
    if Path(wanted).is_dir():
        return f"bone marrow reserve of {Path(wanted).name}", reserve_of_plan(Path(wanted), dose)
    raise InputError(
        f"The bone marrow reserve {wanted!r} is neither a structure with dose nor a plan's folder",
        f"one of {', '.join(measured)}, or the folder of a plan",
        "correct --bmr",
    )


def _hottest(dose: Dose) -> tuple[tuple[int, int, int], float]:
    array = dose.volume.array
    z, y, x = (int(n) for n in np.unravel_index(int(array.argmax()), array.shape))
    return (z, y, x), float(array[z, y, x])


def _lps(dose: Dose, place: tuple[int, int, int]) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in dose.volume.grid.to_lps(place))
    return x, y, z


def _holds(region: Region, place: tuple[int, int, int]) -> bool:
    within = [p - s for p, s in zip(place, region.start, strict=True)]
    inside = all(0 <= p < n for p, n in zip(within, region.mask.shape, strict=True))
    return inside and bool(region.mask[within[0], within[1], within[2]])
