"""Plans and objects to send, and the peers of `dicom_peers`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_peers import (
    commitment_report,
    make_peer,
    orthanc,
    report_on_own_association,
    report_on_same_association,
    running,
    unused_port,
)

from HimarsPlannerLib.export.deliver import write_plan_folder
from HimarsPlannerLib.export.rtstruct import RoiToWrite, write_rtstruct
from HimarsPlannerLib.export.send.outgoing import Outgoing, describe_object
from HimarsPlannerLib.plan import Plan
from HimarsPlannerLib.region import Region

__all__ = [
    "commitment_report",
    "make_peer",
    "orthanc",
    "report_on_own_association",
    "report_on_same_association",
    "running",
    "unused_port",
]


@pytest.fixture(scope="session")
def plan_folder(demo_plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the demo patient's plan."""
    folder = tmp_path_factory.mktemp("send") / "plan"
    write_plan_folder(demo_plan, folder)
    return folder


@pytest.fixture
def own_plan(plan_folder: Path, tmp_path: Path) -> Path:
    """Copy of that plan for one test alone."""
    return shutil.copytree(plan_folder, tmp_path / "plan")


@pytest.fixture
def objects(make_ct: Callable[..., Any], tmp_path: Path) -> list[Outgoing]:
    """Two small RTSTRUCTs to send."""
    ct = make_ct()
    mask = np.zeros(ct.grid.shape, bool)
    mask[2:4, 5:12, 6:15] = True
    region = Region.from_array(mask, ct.grid)
    files = [tmp_path / "first.dcm", tmp_path / "second.dcm"]
    for file in files:
        write_rtstruct([RoiToWrite("GTV1", "GTV", (255, 0, 0), region)], ct.reference, file)
    return [describe_object(file) for file in files]
