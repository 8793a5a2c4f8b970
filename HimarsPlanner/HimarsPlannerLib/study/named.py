"""Structures by their names."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from fnmatch import fnmatchcase

from ..errors import InputError
from .study import Structure


def structures_named(structures: Sequence[Structure], patterns: Sequence[str]) -> list[Structure]:
    """Structures whose names match, in their own order.

    Parameters
    ----------
    structures
        Of a study.
    patterns
        Names with wildcards such as "GTV*", upper and lower case alike.

    Raises
    ------
    InputError
        A pattern matches no structure; the nearest name is told.
    """
    for pattern in patterns:
        if not any(_matches(structure, pattern) for structure in structures):
            names = [structure.name for structure in structures]
            near = difflib.get_close_matches(pattern.strip("*?"), names, 1, cutoff=0.5)
            raise InputError(
                f"No structure is called {pattern!r}; the study has: {', '.join(names) or 'no structures'}",
                "the name of a structure, * standing for any characters",
                f"did you mean {near[0]!r}?" if near else "give one of these names",
            )
    return [one for one in structures if any(_matches(one, pattern) for pattern in patterns)]


def _matches(structure: Structure, pattern: str) -> bool:
    return fnmatchcase(structure.name.lower(), pattern.lower())
