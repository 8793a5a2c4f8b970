"""What a dose is judged by, as the panel's choices say it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ..clinical.read import NOTHING_STATED, Clinical, Stated
from ..dose.check import DoseCheck, DoseInput, check_dose
from ..dose.schedule import parse_dates
from ..errors import InputError
from ..export.plan_files import write_plan_files
from ..plan import Plan
from ..progress import Progress
from ..protocol.protocol import Protocol
from .file_lines import file_in, files_in
from .parameters import names_of

PLAN_FOLDER = "plan"


def dose_input(parameters: Any, plan: Plan | None) -> DoseInput:
    """Files and choices under Dose back, with the regimens stated under Clinical facts.

    Raises
    ------
    InputError
        No dose or no structures are chosen, a date is none, the reserve is chosen twice or has no plan, or lesions of
        one name have two regimens.
    """
    doses, structures = files_in(parameters.doseFiles), file_in(parameters.doseStructures)
    if not doses or structures is None:
        raise InputError(
            _("No RTDOSE is chosen") if not doses else _("No RTSTRUCT is chosen"),
            _("the dose and the structures that it was planned on"),
            _("choose them under Dose back"),
        )
    marrow = parameters.doseMarrow.strip()
    if parameters.doseMarrowOfPlan and (marrow or plan is None):
        raise InputError(
            _("The bone marrow reserve is to be that of a structure and that of the plan")
            if marrow
            else _("There is no plan in the panel whose bone marrow reserve could be taken"),
            _("one of them"),
            _("choose one, or none"),
        )
    return DoseInput(
        doses=doses,
        structures=structures,
        plans=files_in(parameters.dosePlans),
        regimen=parameters.doseRegimen or None,
        targets=names_of(parameters.doseTargets),
        marrow=marrow,
        treated=parse_dates(names_of(parameters.doseDates)),
        clinical=NOTHING_STATED if plan is None else _stated(plan),
    )


def dose_work(given: DoseInput, protocol: Protocol, reserve_of: Plan | None) -> Callable[[Progress], DoseCheck]:
    """Work that checks a dose.

    Parameters
    ----------
    given
        What to judge.
    protocol
        The trial's numbers.
    reserve_of
        Plan whose bone marrow reserve is taken; None leaves what `given` names.
    """

    def work(progress: Progress) -> DoseCheck:
        if reserve_of is None:
            return check_dose(given, protocol, progress)
        with tempfile.TemporaryDirectory(prefix="himars-") as apart:
            folder = Path(apart) / PLAN_FOLDER
            folder.mkdir()
            write_plan_files(reserve_of, folder, progress)
            return check_dose(replace(given, marrow=str(folder)), protocol, progress)

    return work


def _stated(plan: Plan) -> Clinical:
    """Regimens of the plan's lesions by their names."""
    lesions: dict[str, Stated] = {}
    for decision in plan.selection.decisions:
        lesion = decision.ranked.lesion
        if not lesion.facts.regimen:
            continue
        known = lesions.setdefault(lesion.name, Stated(lesion.facts))
        if known.facts.regimen != lesion.facts.regimen:
            raise InputError(
                _("Lesions of one name, {name!r}, have the regimens {one} and {other}").format(
                    name=lesion.name, one=known.facts.regimen, other=lesion.facts.regimen
                ),
                _("one regimen for each name"),
                _("rename one of their segments"),
            )
    return Clinical(lesions, _("Clinical facts"))
