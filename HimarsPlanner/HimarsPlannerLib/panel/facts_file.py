"""Clinical facts of a plan in the scene, read from a clinical file and written as one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ..clinical.apply import apply_clinical
from ..clinical.facts import NO_FACTS
from ..clinical.read import read_clinical
from ..clinical.template import clinical_template
from ..errors import InputError, OutputError
from ..export.record import plan_record
from .session import Session


def read_facts(session: Session, file: Path) -> int:
    """Take the facts of a clinical file over; what is stated of lesions that it does not name stays.

    Parameters
    ----------
    session
        With a plan.
    file
        TOML; see docs/clinical.md.

    Returns
    -------
    int
        How many lesions it states something about.

    Raises
    ------
    InputError, ProtocolError
        It cannot be read, is another patient's, level's or plan's, or contradicts itself. Nothing is changed then.
    """
    replanner, plan = session.replanner, session.plan
    if replanner is None or plan is None:
        raise InputError(_("There are no lesions yet"), _("a plan"), _("find the lesions first"))
    clinical = read_clinical(file)
    clinical.check_level(plan.level.name)
    clinical.check_regimens([regimen.name for regimen in replanner.protocol.regimens])
    # The alignment of the whole spine is kept as such, not as a fact of each lesion.
    lesions = apply_clinical(replanner.lesions, replace(clinical, alignment=None), replanner.study.patient_id)
    read = {lesion.id: lesion.facts for lesion in lesions if lesion.facts != NO_FACTS}
    before = session.parameters.spineAlignment
    if clinical.alignment is not None:
        session.parameters.spineAlignment = clinical.alignment
    try:
        session.select({**session.facts, **read})
    except InputError:
        session.parameters.spineAlignment = before
        raise
    return len(read)


def write_facts(session: Session, file: Path) -> None:
    """Write the facts of a plan as a clinical file; what is not stated is a comment to fill in.

    Raises
    ------
    InputError
        There is no plan, or two lesions have one name.
    OutputError
        The file cannot be written.
    """
    if session.plan is None:
        raise InputError(_("There are no lesions yet"), _("a plan"), _("find the lesions first"))
    text = clinical_template(plan_record(session.plan), session.facts, _alignment(session.parameters))
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(
            _("{file} cannot be written ({why})").format(file=file, why=error.strerror), _("a writable place")
        ) from error


def _alignment(parameters: Any) -> Any:
    return parameters.spineAlignment or None
