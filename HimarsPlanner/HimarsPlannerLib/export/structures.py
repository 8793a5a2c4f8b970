"""Which structures of a plan go into its RTSTRUCT, under which names, colours and descriptions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ..errors import OutputError
from ..plan import Plan
from ..protocol.margins import Margin
from ..region import Region
from ..selection.selection import Decision
from ..study.named import structures_named
from ..study.study import Structure
from .codes import BONE, BONE_MARROW, VERTEBRAL_CANAL
from .contours import Holes
from .drawing import Drawing, check_drawing
from .margins import NO_MARGIN, check_margin
from .palette import CANAL, RESERVE, TRABECULAR, lighter, tier_colour
from .profiles import PROFILES, Profile, ProfileName
from .roi import DESCRIPTION_LENGTH, RoiToWrite, target_names
from .targets import Target, clinical_target, planning_target

LARGEST_DOSE_GY = 99.99


class RoiChoice(StrEnum):
    """What an RTSTRUCT may hold: targets of selected lesions, GTVs of all of them, bone."""

    SELECTED = "selected"
    ALL = "all"
    CTV = "ctv"
    PTV = "ptv"
    TRABECULAR = "trabecular"
    BMR = "bmr"
    CANAL = "canal"


@dataclass(frozen=True)
class StructureOptions:
    """What goes into the RTSTRUCT and how.

    Parameters
    ----------
    choices
        What to write.
    profile
        For which planning system.
    holes
        In place of the profile's way; see `Drawing`.
    simplify_mm
        Tolerance within which contours may be simplified; 0 leaves them on the voxel edges.
    ctv_margin, ptv_margin
        In place of the protocol's margins, mm left-right, front-back, head-foot.
    ptv_crop
        Names of structures, with wildcards, that no PTV may lie in.
    dose_gy
        Prescribed dose, for the names of PTVs; None leaves it out.
    role_codes
        Whether targets also carry Therapeutic Role codes; see `rtstruct_dataset`.
    """

    choices: tuple[RoiChoice, ...] = (RoiChoice.SELECTED,)
    profile: Profile = PROFILES[ProfileName.GENERIC]
    holes: Holes | None = None
    simplify_mm: float = 0.0
    ctv_margin: Margin | None = None
    ptv_margin: Margin | None = None
    ptv_crop: tuple[str, ...] = ()
    dose_gy: float | None = None
    role_codes: bool = False

    @property
    def drawing(self) -> Drawing:
        """How contours are drawn.

        Raises
        ------
        OutputError
            The tolerance makes no sense.
        """
        drawing = self.profile.drawing
        return replace(drawing, holes=self.holes or drawing.holes, simplify_mm=self.simplify_mm)


SELECTED_GTVS = StructureOptions()


def check_options(options: StructureOptions, structures: Sequence[Structure]) -> None:
    """Refuse options that cannot be met, before any work is done.

    Raises
    ------
    OutputError
        The dose cannot be written in a name, or a margin or tolerance makes no sense.
    InputError
        A structure to crop by does not exist.
    """
    check_margin(options.ctv_margin or NO_MARGIN)
    check_margin(options.ptv_margin or NO_MARGIN)
    check_drawing(options.drawing)
    if options.dose_gy is not None and not 0 < options.dose_gy <= LARGEST_DOSE_GY:
        raise OutputError(f"A dose of {options.dose_gy:g} Gy cannot be written in a name", f"up to {LARGEST_DOSE_GY}")
    structures_named(structures, options.ptv_crop)


def rois_to_write(plan: Plan, options: StructureOptions = SELECTED_GTVS) -> list[RoiToWrite]:
    """Structures of a plan that were asked for, lesions in rank order.

    A lesion has one number in all its names, given in rank order over every lesion of the plan, selected or not: the
    names of a lesion are the same in every file that is written of a plan, and GTV and PTV match.

    Parameters
    ----------
    plan
        The plan.
    options
        What to write.

    Raises
    ------
    OutputError
        See `check_options`; also where nothing is left of a PTV.
    InputError
        See `check_options`.
    """
    check_options(options, plan.study.structures)
    crops = structures_named(plan.study.structures, options.ptv_crop)
    numbered = list(_numbered(plan.selection.decisions))
    chosen = [(decision, number) for decision, number in numbered if decision.verdict == "selected"]
    gtvs = numbered if RoiChoice.ALL in options.choices else chosen if RoiChoice.SELECTED in options.choices else []
    rois = [_target("GTV", decision, number, decision.ranked.lesion.region) for decision, number in gtvs]
    inner = [
        clinical_target(decision.ranked.lesion, plan.bone, plan.protocol.margins, options.ctv_margin)
        for decision, _ in chosen
        if {RoiChoice.CTV, RoiChoice.PTV} & set(options.choices)
    ]
    if RoiChoice.CTV in options.choices:
        rois += [_around("CTV", *one, target) for one, target in zip(chosen, inner, strict=True)]
    if RoiChoice.PTV in options.choices:
        dose = "" if options.dose_gy is None else f"_{round(options.dose_gy * 100):04d}"
        for (decision, number), ctv in zip(chosen, inner, strict=True):
            lesion = decision.ranked.lesion
            ptv = planning_target(ctv, lesion, crops, plan.protocol.margins, options.ptv_margin)
            rois.append(_around("PTV", decision, number + dose, ptv))
    return rois + list(_anatomy(plan, options.choices))


def _numbered(decisions: Sequence[Decision]) -> Iterator[tuple[Decision, str]]:
    """Lesions that count, with what follows the target's type in their names: "1", "n1", "^12"."""
    counted = [decision for decision in decisions if decision.ranked.lesion.counts]
    nodes = sum(decision.ranked.lesion.kind == "node" for decision in counted)
    names = {True: iter(target_names(nodes, "n")), False: iter(target_names(len(counted) - nodes, ""))}
    for decision in counted:
        yield decision, next(names[decision.ranked.lesion.kind == "node"])


def _target(
    kind: str, decision: Decision, number: str, region: Region, recipe: str = "", notes: tuple[str, ...] = ()
) -> RoiToWrite:
    entry = decision.ranked
    what = f"{recipe}, " if recipe else ""
    text = f"{entry.lesion.name}: {what}rank {entry.rank}, tier {entry.tier}, {entry.reason}"
    return RoiToWrite(
        name=f"{kind}{number}",
        interpreted_type=kind,
        colour=lighter(tier_colour(entry.tier), {"GTV": 0, "CTV": 1, "PTV": 2}[kind]),
        region=region,
        description="; ".join((text, *notes))[:DESCRIPTION_LENGTH],
        lesion=entry.lesion.id,
        notes=notes,
    )


def _around(kind: str, decision: Decision, number: str, target: Target) -> RoiToWrite:
    return _target(kind, decision, number, target.region, target.recipe, target.notes)


def _anatomy(plan: Plan, choices: Sequence[RoiChoice]) -> Iterator[RoiToWrite]:
    bone = plan.bone
    if RoiChoice.TRABECULAR in choices:
        trabecular = Region.from_array(bone.trabecular, bone.grid)
        text = f"total trabecular bone, {bone.definition}"
        yield RoiToWrite("Bone_Trabecular", "ORGAN", TRABECULAR, trabecular, text, "AUTOMATIC", BONE)
    if RoiChoice.BMR in choices:
        outside = f"every GTV and {', '.join(plan.irradiated)}" if plan.irradiated else "every GTV"
        text = f"bone marrow reserve: trabecular bone outside {outside}, {bone.definition}"[:DESCRIPTION_LENGTH]
        yield RoiToWrite("BMR", "ORGAN", RESERVE, plan.bone_marrow_reserve, text, "AUTOMATIC", BONE_MARROW)
    if RoiChoice.CANAL in choices:
        canal = Region.from_array(bone.canal, bone.grid)
        text = f"spinal canal, {bone.definition}"
        yield RoiToWrite("SpinalCanal", "ORGAN", CANAL, canal, text, "AUTOMATIC", VERTEBRAL_CANAL)
