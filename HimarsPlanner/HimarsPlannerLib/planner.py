"""The plan, in the order of the protocol: bone, lesions, reserve, risk, selection."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from . import __version__
from .bone.compartments import BoneCompartments
from .bone.reserve import measure_reserve
from .bone.segment import segment_bone
from .clinical.apply import apply_clinical
from .clinical.read import NOTHING_STATED, Clinical
from .lesions.gather import LesionSource, gather_lesions
from .notice import Notice
from .plan import Plan
from .progress import Progress, silent
from .protocol.protocol import Protocol
from .risk.anatomy import Anatomy
from .risk.ranking import RankedLesion, rank_lesions
from .selection.greedy import select_greedily
from .selection.selection import Selection
from .study.study import Study

SOFTWARE = f"HimarsPlanner {__version__}"


def make_plan(
    study: Study,
    protocol: Protocol,
    level: str,
    lesion_source: LesionSource = LesionSource.AUTO,
    progress: Progress = silent,
    *,
    clinical: Clinical = NOTHING_STATED,
    lesion_rois: Sequence[str] = (),
    split: bool = False,
) -> Plan:
    """Plan a patient at one cohort level.

    Parameters
    ----------
    study
        Planning CT, PET and structures on one grid.
    protocol
        The trial's numbers.
    level
        Name of the cohort level, e.g. "1".
    lesion_source
        Where lesions come from; see `gather_lesions`.
    progress
        Told how far each stage is.
    clinical
        What a physician states about the lesions.
    lesion_rois
        Names of the structures that are lesions, with wildcards; by default types and names tell.
    split
        Keep touching uptake apart along the minima between its peaks.

    Raises
    ------
    ProtocolError
        The level does not exist.
    BoneError
        No bone can be segmented.
    InputError, GeometryError
        Lesions cannot be taken from the source asked for, or lie outside the CT; or the clinical file does not fit
        them.
    """
    cohort = protocol.level(level)
    timing: dict[str, float] = {}
    with _timed(timing, "bone"):
        bone = segment_bone(study.ct.volume, progress)
    progress("lesions", 0.0)
    with _timed(timing, "lesions"):
        findings = gather_lesions(
            study, bone, protocol.lesions, lesion_source, rois=lesion_rois, split=split, accepted=clinical.accepted
        )
        lesions = apply_clinical(findings.lesions, clinical, study.patient_id)
        reserve = measure_reserve(bone, (lesion.region for lesion in lesions if lesion.counts))
    progress("risk", 0.0)
    with _timed(timing, "risk"):
        ranked = rank_lesions(lesions, Anatomy.of(study.structures, bone), protocol.risk)
    with _timed(timing, "selection"):
        selection = select_greedily(ranked, cohort.fraction * reserve.bone_marrow_reserve_ml, bone.grid)
    progress("selection", 1.0)
    suv = study.pet.suv.notices if study.pet else ()
    return Plan(
        software=SOFTWARE,
        study=study,
        protocol=protocol,
        level=cohort,
        bone=bone,
        reserve=reserve,
        selection=selection,
        notices=(
            *_urgent(ranked, selection, bone),
            *_without_rtstruct(study, selection),
            *findings.notices,
            *bone.notices,
            *suv,
            *study.notices,
        ),
        timing_s=timing,
        clinical_file=clinical.source,
    )


def _urgent(ranked: tuple[RankedLesion, ...], selection: Selection, bone: BoneCompartments) -> list[Notice]:
    notices = []
    ranked = tuple(entry for entry in ranked if entry.lesion.counts)
    if not ranked:
        notices.append(Notice("no-lesion", "No lesion was found or imported: there is nothing to select."))
    for decision in selection.decisions:
        entry = decision.ranked
        if entry.tier == 1 and decision.verdict == "skipped":
            message = f"{entry.lesion.name} is in tier 1 and does not fit the budget: {decision.reason}."
            notices.append(Notice("tier-1-skipped", message))
    unknown = sorted({name for entry in ranked for score in entry.scores for name in score.unknown})
    if ranked and unknown:
        notices.append(
            Notice(
                "risk-incomplete",
                "Ranks rest on what could be computed. Not known for some or all lesions: " + ", ".join(unknown) + ".",
            )
        )
    if not bone.trabecular.any():
        notices.append(Notice("no-trabecular-bone", "No trabecular bone was found: the bone marrow reserve is zero."))
    return notices


def _without_rtstruct(study: Study, selection: Selection) -> list[Notice]:
    if study.ct.reference is None:
        message = "The planning CT is not a DICOM series with its identifiers: no RTSTRUCT is written."
    elif selection.decisions and not any(decision.verdict == "selected" for decision in selection.decisions):
        message = "No lesion is selected: no RTSTRUCT is written."
    else:
        return []
    return [Notice("no-rtstruct", message)]


@contextmanager
def _timed(timing: dict[str, float], stage: str) -> Iterator[None]:
    begin = time.perf_counter()
    yield
    timing[stage] = time.perf_counter() - begin
