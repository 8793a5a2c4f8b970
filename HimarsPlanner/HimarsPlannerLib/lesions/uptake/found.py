"""What the search of a PET hands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...region import Region


@dataclass(frozen=True)
class Organ:
    """A labelled organ; tracers light up some in health."""

    name: str
    region: Region
    has_uptake: bool


@dataclass(frozen=True)
class Found:
    """One region of uptake.

    Parameters
    ----------
    region
        Its voxels on the CT.
    part_of
        Index, in `Uptake.bone`, of the lesion in bone whose uptake it is the outer part of; None otherwise.
    organ
        Labelled organ that holds it; "" for none.
    in_gap
        Whether it lies in a gap of the bone, as lytic lesions do.
    """

    region: Region
    part_of: int | None = None
    organ: str = ""
    in_gap: bool = False


@dataclass(frozen=True)
class Uptake:
    """Uptake of a patient.

    Parameters
    ----------
    bone
        Uptake of bone, cut at its surface.
    outside
        Uptake outside bone and outside organs that are lit in health, cut at the bone's surface.
    healthy_ml
        Uptake of organs that are lit in health, ml by name; never a lesion.
    spill_ml
        Bone lit by uptake that belongs outside it, ml.
    specks, specks_ml
        Number and volume of regions below the minimum volume.
    """

    bone: tuple[Found, ...]
    outside: tuple[Found, ...]
    healthy_ml: Mapping[str, float]
    spill_ml: float
    specks: int
    specks_ml: float
