"""What many tests need: real data where it is, and plain lesions."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from HimarsPlannerLib.lesions.lesion import Lesion, Origin, Site
from HimarsPlannerLib.region import Region

REAL_DATA = Path(os.environ.get("HIMARS_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the public data sets that are kept outside the repository."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"real data is not at {REAL_DATA}; set HIMARS_TEST_DATA to its folder")
    return REAL_DATA


@pytest.fixture
def make_lesion() -> Callable[..., Lesion]:
    """Make a lesion of a region; keywords replace what else it says."""

    def make(region: Region, **changes: object) -> Lesion:
        fields: dict[str, object] = {
            "id": "L01",
            "name": "GTV1",
            "kind": "bone",
            "site": Site("spine"),
            "origin": Origin("structure", "set", ("GTV1",)),
            "region": region,
            "volume_ml": region.volume_ml,
            "centroid_lps_mm": region.centroid_lps,
            "diameter_mm": 10.0,
            "suv_max": None,
            "suv_mean": None,
            "tl_psma": None,
            "mean_hu": None,
            "in_bone": 1.0,
        }
        return Lesion(**(fields | changes))  # type: ignore[arg-type]

    return make
