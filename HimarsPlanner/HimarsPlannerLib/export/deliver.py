"""Everything that a plan leaves behind, in one folder."""

from __future__ import annotations

from collections.abc import Sequence
from colorsys import hsv_to_rgb
from pathlib import Path

from ..bone.compartments import BoneCompartments, BoneLabel
from ..plan import Plan
from ..progress import Progress, silent
from ..region import Region
from ..report.html import write_report
from ..selection.selection import Decision
from .codes import BONE, BONE_MARROW, IMPLANT, METASTASIS, VERTEBRAL_CANAL
from .folder import new_folder
from .palette import CANAL, TRABECULAR, lesion_colour
from .record import write_plan_json
from .segmentation import LabelSegment, Segment, write_label_segmentation, write_segmentation
from .structure_file import write_structure_file
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
SKELETON = ("Skeleton", (241, 214, 145))
GOLDEN = 0.618034


def write_plan_folder(
    plan: Plan,
    out: Path,
    force: bool = False,
    progress: Progress = silent,
    structures: StructureOptions = SELECTED_GTVS,
) -> None:
    """Write plan.json, tables, segmentations, report and, where possible, the RTSTRUCT.

    Parameters
    ----------
    plan
        The plan.
    out
        Folder to make; see `folder.new_folder` for when it may exist.
    force
        Replace the folder of an earlier run.
    structures
        What goes into the RTSTRUCT, and for which planning system.

    Raises
    ------
    OutputError
        The folder may not be replaced or cannot be written, or the RTSTRUCT does not give every structure back when
        it is read; nothing is left behind.
    """
    decisions = plan.selection.decisions
    with new_folder(out, force) as folder:
        written = write_structure_file(plan, folder / STRUCTURE_FILE, structures)
        progress("writing", 0.2)
        write_plan_json(plan, folder / "plan.json", written)
        write_lesion_table(plan, folder / "lesions.csv")
        progress("writing", 0.3)
        bone, file = plan.bone, folder / "bone.seg.nrrd"
        skeleton = Segment(*SKELETON, Region.from_array(bone.skeleton, bone.grid), BONE)
        write_label_segmentation(bone.labels, BONE_SEGMENTS, bone.grid, file, ([skeleton], bone_segments(bone)))
        write_segmentation(lesion_segments(decisions), plan.bone.grid, folder / "lesions.seg.nrrd")
        progress("writing", 0.6)
        write_report(plan, folder / "report.html", written)
    progress("writing", 1.0)


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
