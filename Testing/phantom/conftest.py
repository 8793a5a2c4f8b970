"""Phantoms that several tests look at, as coarse as they may be."""

from __future__ import annotations

import pytest

from HimarsPlannerLib.phantom import Phantom, build_phantom

COARSE = (5.0, 5.0, 6.0)


@pytest.fixture(scope="session")
def coarse_phantom() -> Phantom:
    """Build the pelvis of seed 1 on large voxels."""
    return build_phantom(1, COARSE, "pelvis")


@pytest.fixture(scope="session")
def quiet_phantom() -> Phantom:
    """Build the pelvis of seed 1 without noise."""
    return build_phantom(1, COARSE, "pelvis", noise_hu=0)
