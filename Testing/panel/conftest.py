"""The module under the stand-in host; whatever was raised in a slot fails the test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dicom_peers import make_peer, orthanc, running
from slicer_host import Host, install

from HimarsPlannerLib.plan import Plan
from HimarsPlannerLib.planner import make_plan
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.replan import Replanner
from HimarsPlannerLib.study.study import Study

__all__ = ["make_peer", "orthanc", "running"]

IN_FEMORA = ("GTV1", "GTV2")


@pytest.fixture(scope="session")
def demo_study(demo_study: Study) -> Study:
    """The demo patient without the lesions of the femora, whose scores take longer than all others together."""
    drawn = tuple(one for one in demo_study.structures if one.name not in IN_FEMORA)
    return replace(demo_study, structures=drawn)


@pytest.fixture(scope="session")
def demo_plan(demo_study: Study) -> Plan:
    """Plan that patient at level 1."""
    return make_plan(demo_study, read_protocol(), "1")


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Application with the module opened."""
    made = install(tmp_path)
    made.open()
    yield made
    made.widget.cleanup()
    assert not made.faults, [repr(fault) for fault in made.faults]


@pytest.fixture
def widget(host: Host) -> Any:
    """Panel of the module."""
    return host.widget


@pytest.fixture
def demo(host: Host, demo_study: Study, demo_folder: Path) -> Any:
    """Panel with the demo patient in the scene, its DICOM files where the nodes say."""
    from HimarsPlannerLib.panel.demo import show_demo

    nodes = show_demo(host.scene, demo_study, demo_folder)
    parameters = host.widget.panel.session.parameters
    parameters.ct, parameters.pet = nodes.ct, nodes.pet
    parameters.structures, parameters.lesionSource = nodes.structures, nodes.lesions
    host.widget.panel.show()
    return host.widget


@pytest.fixture
def planned(demo: Any, demo_plan: Plan) -> Any:
    """Panel with a plan, which is made once for all tests; the drive makes its own as a user does."""
    from HimarsPlannerLib.panel.session import Found

    demo.panel.session.show_found(Found(Replanner.of(demo_plan), demo_plan))
    demo.panel.show()
    return demo
