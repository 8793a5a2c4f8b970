"""The plan, in the order of the protocol: bone, lesions, reserve, risk, selection."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from . import __version__
from .bone.compartments import BoneCompartments
from .bone.coverage import find_coverage
from .bone.from_labels import segment_labelled_bone
from .bone.intraosseous import INTRAOSSEOUS, SOURCE, find_intraosseous
from .bone.plausible import coverage_notices
from .bone.reserve import Reserve, measure_reserve, reserve_of
from .bone.segment import segment_bone
from .clinical.apply import apply_clinical
from .clinical.read import NOTHING_STATED, Clinical
from .lesions.gather import LesionSource, gather_lesions
from .notice import Notice
from .plan import CrossCheck, Plan
from .progress import Progress, silent
from .protocol.protocol import Level, Protocol
from .region import BoolArray
from .risk.anatomy import Anatomy
from .risk.ranking import RankedLesion, rank_lesions
from .selection.eligibility_ratio import eligibility_notices, measure_eligibility
from .selection.notices import selection_notices
from .selection.rules import select
from .selection.selection import Selection
from .study.bone_labels import BoneLabels
from .study.named import structures_named
from .study.study import Structure, Study

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
    irradiated: Sequence[str] = (),
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
    irradiated
        Names of structures that were irradiated before, with wildcards; their trabecular bone is taken out of the
        reserve.

    Raises
    ------
    ProtocolError
        The level does not exist, or the clinical file states another.
    BoneError
        No bone can be segmented.
    InputError, GeometryError
        Lesions cannot be taken from the source asked for, or lie outside the CT; or the clinical file does not fit
        them; or no structure has a name of `irradiated`.
    """
    cohort = protocol.level(level)
    clinical.check_level(cohort.name)
    spared = structures_named(study.structures, irradiated)
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
        told = [structure.region for structure in spared] if irradiated else None
        reserve = measure_reserve(compartments, (lesion.region for lesion in lesions if lesion.counts), told)
    progress("risk", 0.0)
    with _timed(timing, "risk"):
        anatomy = Anatomy.of(study.ct.volume, study.structures, compartments, lesions)
        ranked = rank_lesions(lesions, anatomy, protocol.risk, protocol.ranking)
    with _timed(timing, "selection"):
        decided = decide(
            study,
            protocol,
            cohort,
            compartments,
            ranked,
            reserve,
            spared=spared if irradiated else None,
            intraosseous=find_intraosseous(study.ct.volume, compartments) if cross_check else None,
        )
    progress("selection", 1.0)
    return replace(
        decided,
        notices=(
            *decided.notices,
            *findings.notices,
            *coverage_notices(coverage, reserve.total_trabecular_bone_ml, protocol.reference),
            *compartments.notices,
            *(study.pet.suv.notices if study.pet else ()),
            *study.notices,
        ),
        timing_s=timing,
        clinical_file=clinical.source,
        coverage=coverage,
    )


def decide(
    study: Study,
    protocol: Protocol,
    cohort: Level,
    bone: BoneCompartments,
    ranked: tuple[RankedLesion, ...],
    reserve: Reserve,
    *,
    spared: Sequence[Structure] | None = None,
    intraosseous: BoolArray | None = None,
) -> Plan:
    """Select among ranked lesions, and say what follows from ranks and choice.

    Parameters
    ----------
    study, protocol, cohort, bone, ranked, reserve
        What is known before the choice.
    spared
        Structures that were irradiated before; None where nothing is stated.
    intraosseous
        What `find_intraosseous` gives, to plan with it too; None for no such cross-check.

    Returns
    -------
    Plan
        Its notices are those of ranks and choice alone.
    """

    def choose(level: Level, held: Reserve) -> Selection:
        return select(ranked, level.fraction * held.bone_marrow_reserve_ml, bone.grid, protocol.selection_rule)

    def checked(inside: BoolArray) -> CrossCheck:
        gtvs = (entry.lesion.region for entry in ranked if entry.lesion.counts)
        told = None if spared is None else [structure.region for structure in spared]
        other = reserve_of(inside, bone.grid, gtvs, told)
        return CrossCheck(INTRAOSSEOUS, SOURCE, other, choose(cohort, other))

    selection = choose(cohort, reserve)
    eligibility = measure_eligibility(ranked, reserve.bone_marrow_reserve_ml, bone.grid, protocol.eligibility)
    lower = protocol.lower_level(cohort)
    there = None if lower is None else (lower, choose(lower, reserve))
    return Plan(
        software=SOFTWARE,
        study=study,
        protocol=protocol,
        level=cohort,
        bone=bone,
        reserve=reserve,
        selection=selection,
        eligibility=eligibility,
        notices=(
            *selection_notices(selection, there),
            *_urgent(ranked, reserve),
            *eligibility_notices(eligibility, ranked),
            *_irradiated(spared or (), reserve),
            *_without_rtstruct(study, selection),
        ),
        timing_s={},
        cross_check=None if intraosseous is None else checked(intraosseous),
        spared=None if spared is None else tuple(spared),
    )


def _find_bone(study: Study, given: BoneLabels | BoneCompartments | None, progress: Progress) -> BoneCompartments:
    if isinstance(given, BoneCompartments):
        return given
    if given is None:
        return segment_bone(study.ct.volume, progress)
    return segment_labelled_bone(study.ct.volume, given, progress)


def _irradiated(spared: Sequence[Structure], reserve: Reserve) -> list[Notice]:
    if not spared or reserve.irradiated_trabecular_ml:
        return []
    names = ", ".join(structure.name for structure in spared)
    message = f"No trabecular bone outside the GTVs lies in what was irradiated before ({names})."
    return [Notice("irradiated-without-bone", message)]


def _urgent(ranked: tuple[RankedLesion, ...], reserve: Reserve) -> list[Notice]:
    notices = []
    ranked = tuple(entry for entry in ranked if entry.lesion.counts)
    if not ranked:
        notices.append(Notice("no-lesion", "No lesion was found or imported: there is nothing to select."))
    unknown = sorted({one.what for entry in ranked for score in entry.scores for one in score.unknown})
    if ranked and unknown:
        notices.append(
            Notice(
                "risk-incomplete",
                "Ranks rest on what could be assessed. Not known for some or all lesions: " + ", ".join(unknown) + ".",
            )
        )
    if not reserve.total_trabecular_bone_ml:
        notices.append(Notice("no-trabecular-bone", "No trabecular bone was found: the bone marrow reserve is zero."))
    return notices


def _without_rtstruct(study: Study, selection: Selection) -> list[Notice]:
    if study.ct.reference is None:
        message = "The planning CT is not a DICOM series with its identifiers: no RTSTRUCT is written."
    elif selection.decisions and not any(decision.verdict == "selected" for decision in selection.decisions):
        message = "No lesion is selected: no RTSTRUCT of selected lesions is written."
    else:
        return []
    return [Notice("no-rtstruct", message)]


@contextmanager
def _timed(timing: dict[str, float], stage: str) -> Iterator[None]:
    begin = time.perf_counter()
    yield
    timing[stage] = time.perf_counter() - begin
