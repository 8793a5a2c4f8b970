"""Which structures of a study are lesions."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from ..anatomy import recognise
from ..errors import GeometryError
from ..notice import Notice
from ..protocol.protocol import LesionSettings
from ..region import Region, union
from ..study.image_file import stem
from ..study.named import structures_named
from ..study.study import Structure, Study
from .candidate import Candidate
from .lesion import Origin

EVERY_NEIGHBOUR = np.ones((3, 3, 3), dtype=bool)
COLLECTION = re.compile(
    r"^[a-z]*[ _-]*(gtvs?|lesions?|metastas[ei]s|mets|tumou?rs?)([ _-]*(total|all|mask|seg|labels?))*$"
)
MOST_COMPONENTS = 300


def is_lesion(structure: Structure) -> bool:
    """Whether a structure is a metastasis: typed GTV, or untyped with a target's name (TG-263 GTV, GTVp, GTVn)."""
    if structure.interpreted_type:
        return structure.interpreted_type.upper() == "GTV"
    part = recognise(structure.name)
    return part is not None and part.kind == "lesion"


def lesion_structures(study: Study, patterns: Sequence[str] = ()) -> list[Structure]:
    """Structures that are lesions, in the order of the study.

    Parameters
    ----------
    study
        Its structures have names and types.
    patterns
        Names with wildcards such as "GTV*", upper and lower case alike; they decide alone where there are any.

    Raises
    ------
    InputError
        A pattern matches no structure.
    """
    if not patterns:
        return [structure for structure in study.structures if is_lesion(structure)]
    return structures_named(study.structures, patterns)


def from_structures(
    structures: Sequence[Structure], study: Study, settings: LesionSettings
) -> tuple[list[Candidate], list[Notice]]:
    """Candidates of structures that are lesions.

    A structure is one lesion, except the only label of an image file that names no single lesion (a mask called
    "lesions"): there each connected part (26 neighbours) is one.

    Raises
    ------
    GeometryError
        A lesion lies outside the planning CT.
    """
    candidates: list[Candidate] = []
    notices: list[Notice] = []
    empty = []
    for structure in structures:
        _check_inside(structure)
        if not structure.region.voxels:
            empty.append(structure.name)
        elif _is_collection(structure, study):
            candidates += _components(structure, study, settings, notices)
        else:
            candidates.append(_candidate(structure.name, structure.region, structure, study))
    if empty:
        names = ", ".join(repr(name) for name in empty)
        notices.append(Notice("empty-lesion", f"Without contours, left out of the lesions: {names}."))
    return candidates, notices


def _check_inside(structure: Structure) -> None:
    if structure.outside_ct:
        raise GeometryError(
            f"Lesion {structure.name!r} lies {'partly ' if structure.region.voxels else ''}outside the planning CT",
            "every GTV inside the CT, since GTV_total and the bone marrow reserve depend on it",
            "plan on a CT that covers it, or take it out of the structure set",
        )


def _candidate(name: str, region: Region, structure: Structure, study: Study) -> Candidate:
    return Candidate(name, region, Origin("structure", study.structure_sources[structure.source].description, (name,)))


def _is_collection(structure: Structure, study: Study) -> bool:
    source = study.structure_sources[structure.source]
    alone = sum(one.source == structure.source for one in study.structures) == 1
    if source.modality not in ("image", "SEG") or not alone:
        return False
    named_after_file = bool(source.files) and structure.name == stem(source.files[0])
    return (named_after_file and recognise(structure.name) is None) or COLLECTION.match(
        structure.name.lower()
    ) is not None


def _components(structure: Structure, study: Study, settings: LesionSettings, notices: list[Notice]) -> list[Candidate]:
    region = structure.region
    labels, count = ndimage.label(region.mask, EVERY_NEIGHBOUR)
    parts = [
        Region(region.grid, _shifted(region.start, span), labels[span] == number)
        for number, span in enumerate(ndimage.find_objects(labels), start=1)
    ]
    notices.append(
        Notice("mask-split", f"{structure.name!r} is one mask: its {count} connected part(s) are taken as lesions.")
    )
    rest: list[Region] = []
    if count > MOST_COMPONENTS:
        rest = [part for part in parts if part.volume_ml < settings.minimum_ml]
        parts = [part for part in parts if part.volume_ml >= settings.minimum_ml]
    candidates = [
        _candidate(f"{structure.name}-{number}", part, structure, study) for number, part in enumerate(parts, start=1)
    ]
    if rest:
        together = union(rest, region.grid)
        candidates.append(_candidate(f"{structure.name}-specks", together, structure, study))
        message = (
            f"{len(rest)} parts of {structure.name!r} smaller than {settings.minimum_ml:g} ml "
            f"({together.volume_ml:.1f} ml together) are kept as one lesion: they count in GTV_total, but check "
            "whether they are lesions at all."
        )
        notices.append(Notice("specks-grouped", message))
    return candidates


def _shifted(start: tuple[int, int, int], span: tuple[slice, slice, slice]) -> tuple[int, int, int]:
    z, y, x = (first + s.start for first, s in zip(start, span, strict=True))
    return z, y, x
