"""Whether bone labels leave bone out: dense tissue of the patient that no label holds."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..grid import Grid
from ..notice import Notice
from ..region import Region
from .body import find_body
from .resolution import blocks, coarsen

DENSE_HU = 450
NEAR_MM = 6.0
WORTH_TELLING_ML = 20.0
WORTH_TELLING_SHARE = 0.05


def find_unlabelled(ct: npt.NDArray[np.int16], bones: Iterable[Region], grid: Grid) -> tuple[Notice, ...]:
    """Tell how much dense tissue lies away from every label.

    Parameters
    ----------
    ct
        HU, (z, y, x), z towards the head.
    bones
        Labelled bones on the same grid.
    grid
        Where both are.

    Returns
    -------
    tuple of Notice
        Empty where little is unlabelled: a few ml of teeth, contrast or calcification are usual.
    """
    coarse = coarsen(ct, grid.spacing_zyx)
    labelled = np.zeros(ct.shape, dtype=bool)
    for region in bones:
        labelled[region.box] |= region.mask
    known = blocks(labelled, coarse)
    window = [2 * max(1, round(NEAR_MM / spacing)) + 1 for spacing in coarse.spacing]
    near = ndimage.maximum_filter(known, size=window)
    block_ml = float(np.prod(coarse.spacing)) / 1000
    missing = np.count_nonzero((coarse.mean > DENSE_HU) & find_body(coarse) & ~near) * block_ml
    if missing < max(WORTH_TELLING_ML, WORTH_TELLING_SHARE * np.count_nonzero(labelled) * grid.voxel_ml):
        return ()
    message = (
        f"{missing:.0f} ml of tissue above {DENSE_HU} HU lie outside every bone label: bone that is not labelled, or "
        "contrast medium or metal. What is not labelled is not counted; the bone marrow reserve is then too small."
    )
    return (Notice("bone-not-labelled", message),)
