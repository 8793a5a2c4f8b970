"""The plan, in the order of the protocol: bone, lesions, reserve, risk, selection."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from . import __version__
from .bone.compartments import BoneCompartments
from .bone.coverage import find_coverage
from .bone.from_labels import segment_labelled_bone
from .bone.intraosseous import INTRAOSSEOUS, SOURCE, find_intraosseous
from .bone.plausible import coverage_notices
from .bone.reserve import measure_reserve, reserve_of
from .bone.segment import segment_bone
from .clinical.apply import apply_clinical
from .clinical.read import NOTHING_STATED, Clinical
from .lesions.gather import LesionSource, gather_lesions
from .notice import Notice
from .plan import CrossCheck, Plan
from .progress import Progress, silent
from .protocol.protocol import Level, Protocol
from .risk.anatomy import Anatomy
from .risk.ranking import RankedLesion, rank_lesions
from .selection.greedy import select_greedily
from .selection.selection import Selection
from .study.bone_labels import BoneLabels
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
    bone: BoneLabels | BoneCompartments | None = None,
    cross_check: bool = False,
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
    bone
        Bone labels on the CT's grid, or compartments that are segmented already; without them bone is segmented from
        the CT alone.
    cross_check
        Also plan with the intra-osseous volume of Sambuceti 2012 in place of trabecular bone.

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
        compartments = _find_bone(study, bone, progress)
        if protocol.bone.shaft_cavities:
            compartments = compartments.with_shaft_cavities()
    with _timed(timing, "coverage"):
        coverage = find_coverage(study.ct.volume, compartments)
    progress("lesions", 0.0)
    with _timed(timing, "lesions"):
        findings = gather_lesions(
            study,
            compartments,
            protocol.lesions,
            lesion_source,
            rois=lesion_rois,
            split=split,
            accepted=clinical.accepted,
        )
        lesions = apply_clinical(findings.lesions, clinical, study.patient_id)
        reserve = measure_reserve(compartments, (lesion.region for lesion in lesions if lesion.counts))
    progress("risk", 0.0)
    with _timed(timing, "risk"):
        ranked = rank_lesions(lesions, Anatomy.of(study.structures, compartments), protocol.risk)
    with _timed(timing, "selection"):
        selection = select_greedily(ranked, cohort.fraction * reserve.bone_marrow_reserve_ml, compartments.grid)
        other = _cross_check(study, compartments, ranked, cohort) if cross_check else None
    progress("selection", 1.0)
    suv = study.pet.suv.notices if study.pet else ()
    return Plan(
        software=SOFTWARE,
        study=study,
        protocol=protocol,
        level=cohort,
        bone=compartments,
        reserve=reserve,
        selection=selection,
        notices=(
            *urgent_notices(ranked, selection, compartments),
            *rtstruct_notices(study, selection),
            *findings.notices,
            *coverage_notices(coverage, reserve.total_trabecular_bone_ml, protocol.reference),
            *compartments.notices,
            *suv,
            *study.notices,
        ),
        timing_s=timing,
        clinical_file=clinical.source,
        coverage=coverage,
        cross_check=other,
    )


def _find_bone(study: Study, given: BoneLabels | BoneCompartments | None, progress: Progress) -> BoneCompartments:
    if isinstance(given, BoneCompartments):
        return given
    if given is None:
        return segment_bone(study.ct.volume, progress)
    return segment_labelled_bone(study.ct.volume, given, progress)


def _cross_check(study: Study, bone: BoneCompartments, ranked: tuple[RankedLesion, ...], cohort: Level) -> CrossCheck:
    inside = find_intraosseous(study.ct.volume, bone)
    gtvs = (entry.lesion.region for entry in ranked if entry.lesion.counts)
    reserve = reserve_of(inside, bone.grid, gtvs)
    selection = select_greedily(ranked, cohort.fraction * reserve.bone_marrow_reserve_ml, bone.grid)
    return CrossCheck(INTRAOSSEOUS, SOURCE, reserve, selection)


def urgent_notices(ranked: tuple[RankedLesion, ...], selection: Selection, bone: BoneCompartments) -> list[Notice]:
    """What matters first: no lesion, first tier left out, what is unknown, no trabecular bone."""
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


def rtstruct_notices(study: Study, selection: Selection) -> list[Notice]:
    """Why no RTSTRUCT can be written."""
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
