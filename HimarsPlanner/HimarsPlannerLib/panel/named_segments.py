"""Segments that are chosen by name, as the names of lesions in a study."""

from __future__ import annotations

import glob
from collections.abc import Sequence

from ..study.named import structures_named
from ..study.study import Study


def names_of_segments(study: Study, patterns: Sequence[str]) -> tuple[str, ...]:
    """Names of the last source's structures that match, as patterns for these names alone."""
    last = len(study.structure_sources) - 1
    drawn = [structure for structure in study.structures if structure.source == last]
    return tuple(dict.fromkeys(glob.escape(one.name) for one in structures_named(drawn, patterns)))
