"""What is measured in a lesion: volume, place, uptake, density."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

from ..grid import Volume
from ..region import BoolArray, Region
from .lesion import Kind, Lesion, Origin, Site


def measure_lesion(
    region: Region,
    *,
    identifier: str,
    name: str,
    kind: Kind,
    site: Site,
    origin: Origin,
    ct: Volume,
    suv: Volume | None,
    skeleton: BoolArray,
    needs_review: str = "",
    pet_volume_ml: float | None = None,
) -> Lesion:
    """Measure one lesion on the planning CT.

    SUVmax, SUVmean and TL-PSMA = volume x SUVmean (Seifert, J Nucl Med 2020;61:1786-92) are given only where the PET
    reaches every voxel of the lesion.

    Parameters
    ----------
    region
        The lesion's voxels; not empty.
    ct
        HU on the region's grid, (z, y, x).
    suv
        SUVbw on the same grid, NaN outside the PET; None without a PET.
    skeleton
        Filled bone on the same grid, (z, y, x).
    needs_review, pet_volume_ml
        As `Lesion` has them.
    """
    uptake = None if suv is None else np.asarray(region.values(suv.array), dtype=np.float64)
    covered = uptake is not None and bool(np.isfinite(uptake).all())
    suv_mean = float(uptake.mean()) if uptake is not None and covered else None
    return Lesion(
        id=identifier,
        name=name,
        kind=kind,
        site=site,
        origin=origin,
        region=region,
        volume_ml=region.volume_ml,
        centroid_lps_mm=region.centroid_lps,
        diameter_mm=largest_diameter_mm(region),
        suv_max=float(uptake.max()) if uptake is not None and covered else None,
        suv_mean=suv_mean,
        tl_psma=None if suv_mean is None else region.volume_ml * suv_mean,
        mean_hu=float(np.mean(region.values(ct.array))),
        in_bone=float(np.mean(region.values(skeleton))),
        needs_review=needs_review,
        pet_volume_ml=pet_volume_ml,
    )


def largest_diameter_mm(region: Region) -> float:
    """Largest distance between two voxel corners of a region, mm.

    Parameters
    ----------
    region
        Not empty.
    """
    corners = _row_end_corners(region) * region.grid.spacing_zyx
    hull = corners[ConvexHull(corners).vertices]
    return float(pdist(hull).max())


def _row_end_corners(region: Region) -> npt.NDArray[np.float64]:
    """Corners (z, y, x index units) of the first and last voxel of each row; the hull needs no others."""
    z, y = np.nonzero(region.mask.any(axis=2))
    rows = region.mask[z, y]
    first = rows.argmax(axis=1)
    last = rows.shape[1] - rows[:, ::-1].argmax(axis=1)
    corners = [np.stack([z + dz, y + dy, x], axis=1) for dz in (0.0, 1.0) for dy in (0.0, 1.0) for x in (first, last)]
    return np.concatenate(corners)
