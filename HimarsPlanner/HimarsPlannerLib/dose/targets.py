"""Which structures are the treated targets, and which GTV belongs to which PTV."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..anatomy import recognise
from ..errors import InputError
from ..region import Region

PTV = re.compile(r"(?i)(?<![a-z])ptv(?![a-z])|^ptv")
NO_PTV = re.compile(r"(?i)prv|ring|minus|^(z|x)_?ptv|opti?m?[ _]")
SHARE_INSIDE = 0.5


@dataclass(frozen=True)
class Target:
    """A PTV with its GTVs, or a GTV without a PTV that was named as a target.

    Parameters
    ----------
    name
        The structure that gets the prescription.
    gtvs
        GTVs that lie in it by more than half.
    is_ptv
        False for a GTV that was named itself.
    """

    name: str
    gtvs: tuple[str, ...]
    is_ptv: bool = True


def choose_targets(
    types: Mapping[str, str], named: Sequence[str], regions: Mapping[str, Region]
) -> tuple[tuple[Target, ...], tuple[str, ...]]:
    """Targets, and the GTVs that lie in none.

    Parameters
    ----------
    types
        RTROIInterpretedType of each structure by name.
    named
        Targets by name; none takes all PTVs.
    regions
        Voxels of each structure that was drawn, on one grid.

    Raises
    ------
    InputError
        A name does not exist, a target is empty, or there is no PTV.
    """
    for name in named:
        if name not in types:
            near = difflib.get_close_matches(name, types, 3, cutoff=0.3)
            raise InputError(
                f"No structure is called {name!r}; there are: {', '.join(types)}",
                "the name of a PTV in the structure set",
                f"did you mean {' or '.join(map(repr, near))}?" if near else "choose one of them",
            )
    chosen = list(dict.fromkeys(named)) or [name for name in types if _is_ptv(name, types[name])]
    if not chosen:
        raise InputError(
            f"The structure set has no PTV; there are: {', '.join(types)}",
            "structures named PTV...",
            "name the targets with --target",
        )
    if empty := [name for name in chosen if name not in regions]:
        raise InputError(f"Target {empty[0]!r} has no contours", "a target that was drawn", "draw it, or name others")
    gtvs = [name for name in regions if is_gtv(name, types[name]) and name not in chosen]
    inside = {name: _home(regions[name], chosen, regions) for name in gtvs}
    targets = tuple(
        Target(name, tuple(gtv for gtv in gtvs if inside[gtv] == name), not is_gtv(name, types[name]))
        for name in chosen
    )
    return targets, tuple(gtv for gtv in gtvs if not inside[gtv])


def may_be_target(name: str, interpreted_type: str) -> bool:
    """Whether a structure is a PTV or a GTV by its type or its name."""
    return _is_ptv(name, interpreted_type) or is_gtv(name, interpreted_type)


def is_gtv(name: str, interpreted_type: str) -> bool:
    """Whether a structure is a GTV by its type or its name."""
    part = recognise(name)
    return interpreted_type == "GTV" or (interpreted_type == "" and part is not None and part.kind == "lesion")


def _is_ptv(name: str, interpreted_type: str) -> bool:
    return not NO_PTV.search(name) and (interpreted_type == "PTV" or PTV.search(name) is not None)


def _home(gtv: Region, targets: Sequence[str], regions: Mapping[str, Region]) -> str:
    """Target that holds most of a GTV, if it is more than half; the smallest of those that hold as much."""
    held = {name: gtv.overlap(regions[name]) for name in targets}
    best = max(held, key=lambda name: (held[name], -regions[name].voxels))
    return best if held[best] > SHARE_INSIDE * gtv.voxels else ""
