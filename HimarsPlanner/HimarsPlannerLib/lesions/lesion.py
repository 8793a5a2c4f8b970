"""A metastasis, measured once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..clinical.facts import NO_FACTS, Facts
from ..region import Region

Kind = Literal["bone", "node", "other"]


@dataclass(frozen=True)
class Site:
    """Where a lesion is.

    Parameters
    ----------
    name
        In plain words: "L3", "left rib 7", "pelvis or lower rib, right".
    estimated
        Whether it was derived from coarse geometry, not from labels or a person.
    bones
        TotalSegmentator's classes of the labelled bones that hold it, the one with its largest part first; empty
        without labels.
    """

    name: str
    estimated: bool = True
    bones: tuple[str, ...] = ()


@dataclass(frozen=True)
class Origin:
    """Where a lesion's contour came from.

    Parameters
    ----------
    method
        "structure" for an imported contour, a PET method such as "fixed-suv" for uptake, "structure+fixed-suv" for
        both.
    detail
        Source file or series and parameters, as text.
    names
        Names of the lesion in its sources.
    """

    method: str
    detail: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lesion:
    """A GTV on the planning CT with what was measured in it; None is "not measured", never zero.

    Parameters
    ----------
    id
        "L01", "L02", ... in the order of the inputs; stable for the same inputs.
    name
        Name in the source, or a made one ("PET-1").
    region
        Its voxels on the planning CT.
    centroid_lps_mm
        Mean voxel position, LPS mm.
    diameter_mm
        Largest distance between two voxels of the surface, mm.
    suv_max, suv_mean
        SUVbw over its voxels.
    tl_psma
        Total lesion PSMA = volume x SUVmean, ml.
    mean_hu, in_bone
        Mean CT value; fraction of its voxels inside the skeleton.
    needs_review
        Why a physician must look before it counts as a metastasis; "" for what needs no review.
    pet_volume_ml
        Volume of the uptake on the PET's own lattice, ml; None for what was not found in PET.
    facts
        What the clinical file states about it.
    """

    id: str
    name: str
    kind: Kind
    site: Site
    origin: Origin
    region: Region
    volume_ml: float
    centroid_lps_mm: tuple[float, float, float]
    diameter_mm: float
    suv_max: float | None
    suv_mean: float | None
    tl_psma: float | None
    mean_hu: float | None
    in_bone: float
    needs_review: str = ""
    pet_volume_ml: float | None = None
    facts: Facts = NO_FACTS

    @property
    def counts(self) -> bool:
        """Whether it is a metastasis, part of GTV_total: as stated in the clinical file, else unless review is due."""
        return not self.needs_review if self.facts.accepted is None else self.facts.accepted
