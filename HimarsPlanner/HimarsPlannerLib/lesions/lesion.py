"""A metastasis, measured once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..region import Region

Kind = Literal["bone", "node", "other"]


@dataclass(frozen=True)
class Site:
    """Where a lesion is; `estimated` when it was derived from coarse geometry, not from labels or a person."""

    name: str
    estimated: bool = True


@dataclass(frozen=True)
class Origin:
    """Where a lesion's contour came from.

    Parameters
    ----------
    method
        "structure" for an imported contour, "fixed-suv" for PET uptake, "structure+fixed-suv" for both.
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
