"""Phantoms that several tests look at, as coarse as they may be."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from HimarsPlannerLib.phantom import Phantom

COARSE = (5.0, 5.0, 6.0)


@pytest.fixture(scope="session")
def coarse_phantom(phantom_once: Callable[..., Phantom]) -> Phantom:
    """Build the pelvis of seed 1 on large voxels."""
    return phantom_once("coarse", 1, COARSE, "pelvis")


@pytest.fixture(scope="session")
def quiet_phantom(phantom_once: Callable[..., Phantom]) -> Phantom:
    """Build the same without noise."""
    return phantom_once("quiet", 1, COARSE, "pelvis", noise_hu=0.0)
