"""The files of a plan that other programs read: plan.json, table, segmentations, RTSTRUCT."""

from __future__ import annotations

from collections.abc import Sequence
from colorsys import hsv_to_rgb
from pathlib import Path

from ..bone.compartments import BoneCompartments, BoneLabel
from ..plan import Plan
from ..progress import Progress, silent
from ..region import Region
from ..selection.selection import Decision
from .codes import BONE, BONE_MARROW, IMPLANT, METASTASIS, VERTEBRAL_CANAL
from .folder import PLAN_FILE
from .palette import CANAL, RESERVE, TRABECULAR, lesion_colour
from .record import write_plan_json
from .segmentation import LabelSegment, Segment, write_label_segmentation, write_segmentation
from .structure_file import StructureFile, write_structure_file
from .structures import SELECTED_GTVS, StructureOptions
from .table import write_lesion_table

BONE_SEGMENTS = (
    LabelSegment("Cortical bone", (230, 220, 190), BoneLabel.CORTICAL, BONE),
    LabelSegment("Trabecular bone", TRABECULAR, BoneLabel.TRABECULAR, BONE),
    LabelSegment("Spinal canal", CANAL, BoneLabel.CANAL, VERTEBRAL_CANAL),
    LabelSegment("Metal", (150, 150, 160), BoneLabel.METAL, IMPLANT),
    LabelSegment("Long-bone shaft cavity", (200, 150, 100), BoneLabel.SHAFT_CAVITY, BONE_MARROW),
)

STRUCTURE_FILE = "selected_lesions.dcm"
TABLE_FILE, BONE_FILE, LESIONS_FILE = "lesions.csv", "bone.seg.nrrd", "lesions.seg.nrrd"
PLAN_FILES = (STRUCTURE_FILE, PLAN_FILE, TABLE_FILE, BONE_FILE, LESIONS_FILE)
SKELETON = ("Skeleton", (241, 214, 145))
RESERVE_SEGMENT = ("Bone marrow reserve", RESERVE)
GOLDEN = 0.618034


def write_plan_files(
    plan: Plan, folder: Path, progress: Progress = silent, structures: StructureOptions = SELECTED_GTVS
) -> StructureFile | None:
    """Write plan.json, table, segmentations and, where possible, the RTSTRUCT.

    Parameters
    ----------
    plan
        The plan.
    folder
        Where to write; files of these names are replaced.
    structures
        What goes into the RTSTRUCT, and for which planning system.

    Returns
    -------
    StructureFile or None
        The RTSTRUCT; None where there is nothing to write, or no DICOM CT to draw on.

    Raises
    ------
    OutputError
        The RTSTRUCT does not give every structure back when it is read.
    OSError
        The folder cannot be written to.
    """
    written = write_structure_file(plan, folder / STRUCTURE_FILE, structures)
    progress("writing", 0.2)
    write_plan_json(plan, folder / PLAN_FILE, written)
    write_lesion_table(plan, folder / TABLE_FILE)
    progress("writing", 0.3)
    bone, file = plan.bone, folder / BONE_FILE
    skeleton = Segment(*SKELETON, Region.from_array(bone.skeleton, bone.grid), BONE)
    # Without earlier irradiation the reserve is what bone and lesions say already.
    reserve = [Segment(*RESERVE_SEGMENT, plan.bone_marrow_reserve, BONE_MARROW)] if plan.spared else []
    write_label_segmentation(bone.labels, BONE_SEGMENTS, bone.grid, file, ([skeleton], bone_segments(bone), reserve))
    write_segmentation(lesion_segments(plan.selection.decisions), plan.bone.grid, folder / LESIONS_FILE)
    progress("writing", 0.6)
    return written


def lesion_segments(decisions: Sequence[Decision]) -> list[Segment]:
    """Every lesion as a segment in rank order, coloured by tier, its verdict in the name."""
    return [
        Segment(
            f"{decision.ranked.rank} {decision.ranked.lesion.name} ({_verdict(decision)})",
            lesion_colour(decision.ranked.tier, decision.ranked.lesion.counts),
            decision.ranked.lesion.region,
            METASTASIS if decision.ranked.lesion.counts else None,
        )
        for decision in decisions
    ]


def bone_segments(bone: BoneCompartments) -> list[Segment]:
    """Single bones, where labels told them, in colours that differ between neighbours in the list."""
    colours = [tuple(round(255 * c) for c in hsv_to_rgb(n * GOLDEN % 1, 0.35, 0.95)) for n in range(len(bone.bones))]
    return [
        Segment(name, (r, g, b), region, BONE)
        for (r, g, b), (name, region) in zip(colours, bone.bones.items(), strict=True)
    ]


def _verdict(decision: Decision) -> str:
    lesion = decision.ranked.lesion
    if lesion.counts:
        return decision.verdict
    return "needs review" if lesion.facts.accepted is None else "no metastasis"
