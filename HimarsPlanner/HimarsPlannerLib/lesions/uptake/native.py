"""The PET's own voxels inside a region that was drawn on the CT."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...grid import Volume
from ...region import Region


def native_values(pet: Volume, region: Region) -> npt.NDArray[np.float64]:
    """Values of the PET voxels whose centre lies in a region.

    Parameters
    ----------
    pet
        SUVbw on the PET's own lattice, (z, y, x).
    region
        On the CT's grid, which may be finer, coarser or turned against the PET's.

    Returns
    -------
    NDArray
        One value for each voxel, in the PET's order; empty where the region lies between all centres.
    """
    ends = np.array(region.mask.shape) - 1
    corners = np.array([[z, y, x] for z in (0, 1) for y in (0, 1) for x in (0, 1)]) * ends + region.start
    index = pet.grid.to_index(region.grid.to_lps(corners))
    low = np.clip(np.floor(index.min(axis=0)).astype(int), 0, pet.grid.shape)
    high = np.clip(np.ceil(index.max(axis=0)).astype(int) + 1, low, pet.grid.shape)
    voxels = np.moveaxis(np.indices(tuple(high - low)), 0, -1) + low
    place = np.rint(region.grid.to_index(pet.grid.to_lps(voxels))).astype(int) - region.start
    chosen = np.all((place >= 0) & (place < region.mask.shape), axis=-1)
    chosen[chosen] = region.mask[tuple(place[chosen].T)]
    return np.asarray(pet.array[tuple(voxels[chosen].T)], dtype=np.float64)
