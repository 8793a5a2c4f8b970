"""CTV and PTV of a lesion by the protocol's margins or by margins that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import label

from ..anatomy import vertebral_level
from ..bone.compartments import BoneCompartments
from ..errors import OutputError
from ..lesions.lesion import Lesion
from ..protocol.margins import Margin, MarginSettings, Site
from ..region import Region
from ..study.study import Structure
from .margins import grow

_SHOWN_ML = 0.005


@dataclass(frozen=True)
class Target:
    """A volume around a GTV.

    Parameters
    ----------
    region
        Its voxels.
    recipe
        How it was made, e.g. "GTV + 3 mm".
    notes
        What a physicist must know of it, one sentence each.
    """

    region: Region
    recipe: str
    notes: tuple[str, ...]


def margin_site(lesion: Lesion) -> Site:
    """Which margins of the protocol a lesion gets: those of the spine only where its site is surely a vertebra."""
    if lesion.kind != "bone":
        return "node"
    name = lesion.site.name
    return "spine" if name.endswith("spine") or (vertebral_level(name) and " or " not in name) else "bone"


def clinical_target(lesion: Lesion, bone: BoneCompartments, margins: MarginSettings, margin: Margin | None) -> Target:
    """CTV: the GTV and its margin; of a bone lesion only the part of the margin in the bone it hangs together with.

    Parameters
    ----------
    lesion
        Its GTV.
    bone
        The skeleton that holds a bone lesion's CTV.
    margins, margin
        The protocol's, and the one that was asked for in its place.
    """
    margin = margins.ctv(margin_site(lesion)) if margin is None else margin
    if not any(margin):
        return Target(lesion.region, "GTV", ())
    grown = grow(lesion.region, margin)
    region = grown.region
    if lesion.kind == "bone":
        gtv = lesion.region.cut(region)
        pieces, _ = label((bone.skeleton[region.box] & region.mask) | gtv, np.ones((3, 3, 3)))
        together = np.isin(pieces, np.unique(pieces[gtv]))
        region = Region.from_array(together, region.grid, region.start)
    return Target(region, _recipe("GTV", margin), tuple(_margin_notes(lesion.region, margin, grown.lost_ml)))


def planning_target(
    inner: Target, lesion: Lesion, crops: Sequence[Structure], margins: MarginSettings, margin: Margin | None
) -> Target:
    """PTV: the CTV and its margin, without the structures that it is cropped by.

    Parameters
    ----------
    inner
        The CTV, which is the GTV where there is no margin for one.
    lesion
        The GTV.
    crops
        Structures that no part of the PTV may lie in, even where the GTV does.
    margins, margin
        The protocol's, and the one that was asked for in its place.

    Raises
    ------
    OutputError
        Nothing of the PTV is left.
    """
    margin = margins.ptv(margin_site(lesion)) if margin is None else margin
    grown = grow(inner.region, margin)
    region, notes = grown.region, [*inner.notes, *_margin_notes(inner.region, margin, grown.lost_ml)]
    for structure in crops:
        taken = structure.region.cut(region) & region.mask
        if not taken.any():
            continue
        of_gtv = Region.from_array(taken, region.grid, region.start).overlap(lesion.region) * region.grid.voxel_ml
        lost = np.count_nonzero(taken) * region.grid.voxel_ml
        notes.append(f"cropped by {structure.name}: {lost:.2f} ml, of which {of_gtv:.2f} ml are GTV")
        region = Region.from_array(region.mask & ~taken, region.grid, region.start)
    if not region.voxels:
        raise OutputError(
            f"The PTV of {lesion.name} lies wholly in {', '.join(structure.name for structure in crops)}",
            "a PTV",
            "crop by less",
        )
    return Target(region, _recipe(inner.recipe, margin), tuple(notes))


def _recipe(inner: str, margin: Margin) -> str:
    if not any(margin):
        return inner
    sides = margin[:1] if len(set(margin)) == 1 else margin
    return f"{inner} + {' x '.join(f'{length:g}' for length in sides)} mm"


def _margin_notes(region: Region, margin: Margin, lost_ml: float) -> list[str]:
    notes = []
    if lost_ml > _SHOWN_ML:
        notes.append(f"{lost_ml:.2f} ml of the margin lie outside the CT and are missing")
    reach = np.linalg.norm(region.grid.axes * np.array(margin)[:, np.newaxis], axis=0)
    if 0 < reach[2] < region.grid.spacing[2] / 2:
        notes.append(
            f"a margin of {reach[2]:g} mm is less than half a slice of {region.grid.spacing[2]:g} mm: "
            "it adds no slice above and below"
        )
    return notes
