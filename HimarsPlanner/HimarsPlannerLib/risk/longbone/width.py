"""How much of a bone's diameter a lesion takes."""

from __future__ import annotations

import numpy as np

from ...grid import FloatArray
from ...region import Region
from .axis import across_axis, find_axis
from .sections import sample_region

HALF_MM = 40.0
PIXEL_MM = 1.0
APART_MM = 2.0
VIEWS = 12


def share_of_diameter(lesion: Region, bone: Region) -> float:
    """Largest share of the bone's width that the lesion takes, in [0, 1].

    In planes across the bone, 2 mm apart, both are projected along 12 directions as radiographs would: the lesion's
    extent inside the bone against the bone's, the largest of all planes and directions.

    Parameters
    ----------
    lesion
        Lesion.
    bone
        Filled bone that holds it, at least in part.
    """
    centre = np.asarray(lesion.centroid_lps)
    axis = find_axis(bone, centre)
    first, second = across_axis(axis)
    heights = (lesion.grid.to_lps(np.argwhere(lesion.mask) + lesion.start) - centre) @ axis
    along = np.arange(heights.min(), heights.max() + APART_MM, APART_MM)
    offsets = np.arange(-HALF_MM, HALF_MM + PIXEL_MM, PIXEL_MM)
    x, y = np.meshgrid(offsets, offsets, indexing="ij")
    points = centre + along[:, None, None, None] * axis + x[..., None] * first + y[..., None] * second
    inside = sample_region(bone, points) >= 0.5
    ill = inside & (sample_region(lesion, points) >= 0.5)
    angles = np.arange(VIEWS) * np.pi / VIEWS
    return max(
        (
            _extent(x[lit], y[lit], angle) / _extent(x[plane], y[plane], angle)
            for plane, lit in zip(inside, ill, strict=True)
            if lit.any()
            for angle in angles
        ),
        default=0.0,
    )


def _extent(x: FloatArray, y: FloatArray, angle: float) -> float:
    """Width of pixels in one direction, mm."""
    along = x * np.cos(angle) + y * np.sin(angle)
    return float(along.max() - along.min()) + PIXEL_MM
