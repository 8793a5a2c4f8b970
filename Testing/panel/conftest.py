"""The module under the stand-in host; whatever was raised in a slot fails the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dicom_peers import make_peer, orthanc, running
from slicer_host import Host, install

from HimarsPlannerLib.plan import Plan
from HimarsPlannerLib.replan import Replanner
from HimarsPlannerLib.study.study import Study

__all__ = ["make_peer", "orthanc", "running"]


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

    session = demo.panel.session
    session.show_found(Found(Replanner.of(demo_plan), demo_plan, session.images))
    demo.panel.show()
    return demo
