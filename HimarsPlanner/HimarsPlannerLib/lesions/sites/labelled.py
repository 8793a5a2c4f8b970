"""Site of a lesion from labels of bones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ...anatomy import Part, recognise
from ...region import Region
from ...risk.distance import gap_mm
from ...study.study import Structure
from ..lesion import Site

NEAR_MM = 10.0
WORTH_NAMING = 0.2
NONE_GIVEN: Mapping[str, Region] = MappingProxyType({})
Labels = dict[str, tuple[Part, list[Region]]]


def bone_labels(structures: Iterable[Structure], given: Mapping[str, Region] = NONE_GIVEN) -> Labels:
    """Bones by their plain name.

    Parameters
    ----------
    structures
        Structures of the study, bones and others.
    given
        Bones that the skeleton itself was made of.
    """
    named = [*((structure.name, structure.region) for structure in structures), *given.items()]
    labels: Labels = {}
    for name, region in named:
        part = recognise(name)
        if part is not None and part.kind == "bone" and region.voxels:
            labels.setdefault(part.name, (part, []))[1].append(region)
    return labels


def site_by_labels(lesion: Region, labels: Labels) -> Site | None:
    """Site of a lesion by the labelled bones that hold it, or by the nearest within 10 mm where none does.

    Parameters
    ----------
    lesion
        Its voxels.
    labels
        Bones on the same grid.

    Returns
    -------
    Site or None
        Bones that hold a fifth of its labelled voxels or more, the largest part first; None far from every label.
    """
    shares: dict[str, int] = defaultdict(int)
    for name, (_, regions) in labels.items():
        shares[name] += sum(lesion.overlap(region) for region in regions)
    labelled = sum(shares.values())
    if labelled:
        names = sorted((name for name in shares if shares[name] >= WORTH_NAMING * labelled), key=lambda n: -shares[n])
    else:
        names = _nearest(lesion, labels)
    if not names:
        return None
    bones = dict.fromkeys(labels[name][0].bone for name in names if labels[name][0].bone)
    return Site(" and ".join(names), estimated=False, bones=tuple(bones))


def _nearest(lesion: Region, labels: Labels) -> list[str]:
    gaps = {
        name: min(gap_mm(lesion, region) for region in regions if _close(lesion, region))
        for name, (_, regions) in labels.items()
        if any(_close(lesion, region) for region in regions)
    }
    nearest = min(gaps, key=lambda name: (gaps[name], name), default="")
    return [nearest] if nearest and gaps[nearest] <= NEAR_MM else []


def _close(first: Region, second: Region) -> bool:
    """Whether the boxes of two regions are within the reach."""
    return all(
        max(a.start, b.start) - min(a.stop, b.stop) <= NEAR_MM / spacing
        for a, b, spacing in zip(first.box, second.box, first.grid.spacing_zyx, strict=True)
    )
