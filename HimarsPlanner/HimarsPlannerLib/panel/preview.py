"""What a threshold finds in a PET, while the slider moves: seen at once, counted after a moment."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from slicer.i18n import tr as _

from ..grid import Volume

NEIGHBOURS = np.ones((3, 3, 3), dtype=bool)


def threshold_words(suv: Volume, threshold: float, minimum_ml: float) -> str:
    """Number and volume of connected uptake of at least a threshold, before bone and organs are told apart.

    Parameters
    ----------
    suv
        SUVbw on the PET's own lattice.
    threshold
        SUVbw.
    minimum_ml
        Smaller regions are left out, ml.
    """
    labels, count = ndimage.label(np.asarray(suv.array) >= threshold, NEIGHBOURS)
    volumes = np.bincount(labels.ravel(), minlength=count + 1)[1:] * suv.grid.voxel_ml
    large = volumes[volumes >= minimum_ml]
    return _("SUVbw ≥ {threshold}: {count} regions, {volume} ml (healthy organs included)").format(
        threshold=f"{threshold:.1f}", count=len(large), volume=f"{large.sum():.0f}"
    )
