"""Add doses up, once it is certain that together they are the whole dose and nothing counts twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from ..errors import GeometryError, InputError
from ..grid import Grid, Volume
from ..notice import Notice
from ..study.place import sample_on
from .dose import Dose, DoseFile
from .rtplan import RtPlan

WHOLE = ("PLAN", "MULTI_PLAN", "PLAN_OVERVIEW")
PARTS = ("FRACTION", "BEAM")
AXES_AGREE = 1e-3


def combine_doses(files: Sequence[DoseFile], plans: Sequence[RtPlan] = ()) -> Dose:
    """Sum of doses on the finest of their grids, extended to what any of them covers.

    Parameters
    ----------
    files
        Doses of whole plans, or all fraction groups or all beams of a plan.
    plans
        The plans they belong to; needed for doses of fraction groups or beams, to know whether all are there.

    Raises
    ------
    InputError
        Doses of different patients, a dose given twice, physical mixed with effective dose, a part of a plan without
        the others, or a plan's total together with its parts.
    GeometryError
        The doses are in different frames of reference.
    """
    _check_alike(files)
    by_uid = {plan.sop_uid: plan for plan in plans}
    for file in files:
        if plans and file.plan_uid and file.plan_uid not in by_uid:
            raise InputError(
                f"{file.file} was calculated for another plan ({file.plan_uid})",
                f"a dose of {', '.join(str(plan.file) for plan in plans)}",
                "give the plan of this dose",
            )
    for plan_uid in dict.fromkeys(file.plan_uid for file in files):
        _check_whole([file for file in files if file.plan_uid == plan_uid], by_uid.get(plan_uid))
    notices = [_kind_notice(files)] if files[0].kind == "EFFECTIVE" else []
    if len(files) == 1:
        return Dose(files[0].volume, tuple(files), tuple(notices))
    volume, more = _sum(files)
    return Dose(volume, tuple(files), (*notices, *more))


def _check_alike(files: Sequence[DoseFile]) -> None:
    first = files[0]
    for file in files[1:]:
        if file.frame_uid != first.frame_uid:
            raise GeometryError(
                f"{file.file} is in frame of reference {file.frame_uid}, {first.file} in {first.frame_uid}",
                "doses in one frame of reference",
                "register and resample them in the planning system",
            )
        if file.kind != first.kind:
            raise InputError(f"{file.file} is {file.kind} dose, {first.file} is {first.kind}", "doses of one type")
        if file.patient_id and first.patient_id and file.patient_id != first.patient_id:
            raise InputError(
                f"{file.file} is of patient {file.patient_id!r}, {first.file} of {first.patient_id!r}",
                "doses of one patient",
            )
    uid, count = Counter(file.sop_uid for file in files).most_common(1)[0]
    if count > 1:
        raise InputError(f"The dose {uid} was given {count} times", "each dose once", "take the copies out")


def _check_whole(files: Sequence[DoseFile], plan: RtPlan | None) -> None:
    """Refuse what is a part of a plan's dose only, or more than the whole."""
    kinds = {file.summation for file in files}
    names = ", ".join(str(file.file) for file in files)
    if unknown := kinds - {*WHOLE, *PARTS}:
        raise InputError(
            f"{names}: a dose of the summation type {', '.join(sorted(unknown))} is not a whole plan's",
            f"one of {', '.join((*WHOLE, *PARTS))}",
            "export the plan's total dose",
        )
    if len(kinds) > 1:
        raise InputError(
            f"{names} are {' and '.join(sorted(kinds))} doses of one plan, which would count twice",
            "the plan's total, or all of its parts",
            "take one kind out",
        )
    kind = kinds.pop()
    if kind in WHOLE:
        if len(files) > 1 and files[0].plan_uid:
            raise InputError(f"{names} are {len(files)} total doses of one plan", "one", "take the outdated one out")
        return
    if plan is None:
        raise InputError(
            f"{names} {'is a' if len(files) == 1 else 'are'} {kind} dose, a part of its plan's",
            "the plan, to know whether all parts are there",
            "add the plan with --plan, or export the plan's total dose",
        )
    there, all_there = (
        (Counter(group for file in files for group in file.groups), set(plan.fractions))
        if kind == "FRACTION"
        else (
            Counter(beam for file in files for beam in file.beams),
            {b for group in plan.beams.values() for b in group},
        )
    )
    word = "fraction group" if kind == "FRACTION" else "beam"
    if twice := [str(number) for number, count in there.items() if count > 1]:
        raise InputError(f"{names} hold {word} {', '.join(twice)} more than once", f"each {word} once")
    if lacking := sorted(all_there - set(there)):
        raise InputError(
            f"{names} {'lacks' if len(files) == 1 else 'lack'} {word} {', '.join(map(str, lacking))} of {plan.file}",
            f"the doses of all {len(all_there)} {word}s, or the plan's total dose",
            f"a single {word} is not the whole plan; add the others",
        )


def _kind_notice(files: Sequence[DoseFile]) -> Notice:
    return Notice(
        "dose-effective",
        f"{files[0].file.name} is EFFECTIVE dose: the planning system has weighted it biologically, while the "
        "protocol's and the organs' limits are physical doses.",
    )


def _sum(files: Sequence[DoseFile]) -> tuple[Volume, list[Notice]]:
    finest = min(files, key=lambda file: file.volume.grid.voxel_ml).volume.grid
    grid = _around(finest, [file.volume.grid for file in files])
    total = np.zeros(grid.shape, dtype=np.float32)
    notices = []
    for file in files:
        sampled = file.volume.array if grid.same_as(file.volume.grid) else sample_on(file.volume, grid).array
        beyond = np.isnan(sampled)
        if beyond.any():
            edge = _largest_at_edge(file.volume)
            notices.append(
                Notice(
                    "dose-grid-ends",
                    f"{file.file.name} does not reach as far as the sum; beyond its grid it counts as 0 Gy, while at "
                    f"its edge it is up to {edge:.2f} Gy.",
                )
            )
        total += np.nan_to_num(sampled)
    return Volume(total, grid), notices


def _around(finest: Grid, grids: Sequence[Grid]) -> Grid:
    """The finest grid, extended by whole voxels to hold the centres of the voxels of all."""
    corners = np.array([[z, y, x] for z in (0, 1) for y in (0, 1) for x in (0, 1)])
    index = np.concatenate([finest.to_index(grid.to_lps(corners * (np.array(grid.shape) - 1))) for grid in grids])
    low = np.floor(index.min(axis=0) + AXES_AGREE).astype(int)
    high = np.ceil(index.max(axis=0) - AXES_AGREE).astype(int)
    z, y, x = (int(n) for n in high - low + 1)
    return finest.crop((int(low[0]), int(low[1]), int(low[2])), (z, y, x))


def _largest_at_edge(volume: Volume) -> float:
    array = volume.array
    faces = (array[[0, -1]], array[:, [0, -1]], array[:, :, [0, -1]])
    return float(max(face.max() for face in faces))
