"""Phantoms that several tests look at, as coarse as they may be; each made once for all processes of a test run."""

from __future__ import annotations

import os
import pickle

import pytest
from filelock import FileLock

from HimarsPlannerLib.phantom import NOISE_HU, Phantom, build_phantom

COARSE = (5.0, 5.0, 6.0)


def made_once(name: str, noise_hu: float, factory: pytest.TempPathFactory) -> Phantom:
    base = factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / f"{name}.pickle"
    with FileLock(f"{shared}.lock"):
        if not shared.exists():
            shared.write_bytes(pickle.dumps(build_phantom(1, COARSE, "pelvis", noise_hu=noise_hu)))
        phantom = pickle.loads(shared.read_bytes())  # noqa: S301 - written by this very run
    assert isinstance(phantom, Phantom)
    return phantom


@pytest.fixture(scope="session")
def coarse_phantom(tmp_path_factory: pytest.TempPathFactory) -> Phantom:
    """Build the pelvis of seed 1 on large voxels."""
    return made_once("coarse_phantom", NOISE_HU, tmp_path_factory)


@pytest.fixture(scope="session")
def quiet_phantom(tmp_path_factory: pytest.TempPathFactory) -> Phantom:
    """Build the same without noise."""
    return made_once("quiet_phantom", 0.0, tmp_path_factory)
