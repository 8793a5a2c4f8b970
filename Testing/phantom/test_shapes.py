"""Distances of the implicit shapes must be true near their surface: cortical thickness is measured in them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from HimarsPlannerLib.phantom import shapes
from HimarsPlannerLib.phantom.shapes import Array

AXIS = np.arange(-40, 40, 0.5, dtype=np.float32)
GRID = (AXIS[None, None, :], AXIS[None, :, None], AXIS[:, None, None])


def waisted_prism(x: Array, y: Array, z: Array) -> Array:
    return shapes.extrude(shapes.superellipse(x, y, 24.0, 17.0, 2.5), np.abs(z) - 14, 2.0)


@pytest.mark.parametrize(
    "distance",
    [
        partial(shapes.ellipsoid, centre=(2, 1, 0), radii=(28, 18, 14)),
        partial(shapes.cone, a=(-15, 0, -10), b=(12, 6, 14), radius_a=12, radius_b=8),
        partial(shapes.flat_tube, a=(-15, 0, 0), b=(18, 4, 6), across=(0, 1, 0), radii_a=(6, 10), radii_b=(7, 11)),
        partial(shapes.plate, corners=((-18, 0, -15), (16, 4, -12), (0, 8, 20)), radii=(5, 6, 5)),
        waisted_prism,
    ],
)
def test_distance_grows_by_a_millimetre_a_millimetre_at_the_surface(
    distance: Callable[[Array, Array, Array], Array],
) -> None:
    values = distance(*GRID)
    slope = np.sqrt(sum(g**2 for g in np.gradient(values, 0.5)))
    at_surface = np.abs(values) < 1.5
    assert np.median(slope[at_surface]) == pytest.approx(1, abs=0.02)
    assert np.percentile(slope[at_surface], [10, 90]) == pytest.approx([1, 1], abs=0.15)


def test_ellipsoid_encloses_its_volume() -> None:
    inside = shapes.ellipsoid(*GRID, (1, 2, 3), (28, 18, 14)) < 0
    assert inside.sum() * 0.5**3 == pytest.approx(4 / 3 * np.pi * 28 * 18 * 14, rel=2e-3)


def test_capsule_encloses_its_volume() -> None:
    a, b = (-12.1, 0.2, -3.3), (12.3, 2.1, 4.2)
    inside = shapes.cone(*GRID, a, b, 9.2, 9.2) < 0
    length = float(np.linalg.norm(np.subtract(b, a)))
    assert inside.sum() * 0.5**3 == pytest.approx(np.pi * 9.2**2 * (length + 4 / 3 * 9.2), rel=2e-3)


def test_smooth_union_adds_no_more_than_its_fillet() -> None:
    a, b = shapes.ellipsoid(*GRID, (-8, 0, 0), (12, 12, 12)), shapes.ellipsoid(*GRID, (8, 0, 0), (12, 12, 12))
    joined, plain = shapes.smooth_min(a, b, 4.0), np.minimum(a, b)
    assert (joined <= plain).all()
    assert (plain - joined).max() == pytest.approx(1.0, abs=1e-3)
    assert np.array_equal(joined[np.abs(a - b) > 4], plain[np.abs(a - b) > 4])


def test_a_part_merged_near_its_place_is_the_same_as_merged_everywhere() -> None:
    part = partial(shapes.cone, a=(-10, 5, 0), b=(14, -6, 8), radius_a=6, radius_b=4)
    turned = (GRID[0], GRID[1] + 0.02 * GRID[0], GRID[2] - 0.02 * GRID[0])
    near = shapes.empty(*turned)
    shapes.merge_near(near, turned, ((-10, 5, 0), (14, -6, 8)), 6, part)
    everywhere = np.minimum(shapes.empty(*turned), part(*turned))
    close = everywhere < 8
    assert np.array_equal(near[close], everywhere[close])
