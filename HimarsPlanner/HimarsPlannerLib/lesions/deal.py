"""A region that lies over several lesions, dealt out among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..region import Region, union
from .candidate import Candidate

EVERY_NEIGHBOUR = np.ones((3, 3, 3), dtype=bool)


def deal_out(collective: Candidate, lesions: Sequence[Region]) -> tuple[list[Candidate | None], list[Candidate]]:
    """Part a candidate among the lesions that it lies over.

    Each connected part goes to the lesion that it touches; where it touches several, each voxel goes to the nearest.

    Parameters
    ----------
    collective
        What lies over several lesions.
    lesions
        Their regions, on the same grid.

    Returns
    -------
    list of Candidate or None, list of Candidate
        The share of each lesion, None where it gets nothing; and the parts that touch no lesion, each under a name of
        its own.
    """
    region = collective.region
    labels, count = ndimage.label(region.mask, EVERY_NEIGHBOUR)
    shares: list[list[Region]] = [[] for _ in lesions]
    rest = []
    for number in range(1, count + 1):
        part = Region.from_array(labels == number, region.grid, region.start)
        touched = [index for index, lesion in enumerate(lesions) if lesion.overlap(part)]
        if not touched:
            rest.append(part)
            continue
        nearest = np.argmin([_distance(lesions[index], part) for index in touched], axis=0)
        for which, index in enumerate(touched):
            shares[index].append(Region.from_array(part.mask & (nearest == which), part.grid, part.start))
    return [_share(collective, own) for own in shares], _left_over(collective, rest)


def _share(collective: Candidate, regions: Sequence[Region]) -> Candidate | None:
    if not regions:
        return None
    region = union(regions, collective.region.grid)
    return replace(collective, region=region, uptake=None if collective.uptake is None else region)


def _left_over(collective: Candidate, regions: Sequence[Region]) -> list[Candidate]:
    left = []
    for number, region in enumerate(regions, start=1):
        name = f"{collective.name}-rest" + (f"-{number}" if len(regions) > 1 else "")
        origin = replace(collective.origin, names=(name,))
        share = _share(replace(collective, name=name, origin=origin), [region])
        left += [] if share is None else [share]
    return left


def _distance(lesion: Region, part: Region) -> npt.NDArray[np.float64]:
    """Distance in mm from each voxel of the block of `part` to the nearest voxel of a lesion in that block."""
    return np.asarray(ndimage.distance_transform_edt(~lesion.cut(part), part.grid.spacing_zyx), dtype=np.float64)
