"""Lesions that were edited by hand, measured again and ranked."""

from __future__ import annotations

from collections.abc import Mapping

from ..clinical.facts import Facts
from ..lesions.edited import follow_edits
from ..progress import Progress
from ..replan import Choices, Replanner
from ..study.loaded_labels import LabelBlock, LoadedStructures, place_structures


def measure_edits(
    replanner: Replanner,
    blocks: Mapping[str, LabelBlock],
    name: str,
    level: str,
    facts: Mapping[str, Facts],
    choices: Choices,
    progress: Progress,
) -> Replanner | None:
    """Follow edits; None where nothing was edited after all.

    Parameters
    ----------
    replanner
        The plan before.
    blocks
        Voxels of each segment by its lesion's identifier.
    name
        Of the plan, as the lesions' source.
    level, facts, choices
        What the plan is made with.
    progress
        Told how far it is.
    """
    progress("lesions", 0.0)
    grid, before = replanner.bone.grid, replanner.lesions
    contours = {
        lesion: place_structures(LoadedStructures(name, (block,)), grid)[0][0] for lesion, block in blocks.items()
    }
    lesions = follow_edits(before, contours, replanner.study, replanner.bone)
    if len(lesions) == len(before) and all(one is other for one, other in zip(lesions, before, strict=True)):
        return None
    progress("risk", 0.5)
    again = replanner.with_lesions(lesions)
    again.plan(level, facts, choices)
    return again
