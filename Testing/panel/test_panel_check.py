"""RTSTRUCTs held against the planning CT from the panel: the panel's own and those of others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
from slicer_host import Host


def wait(widget: Any) -> None:
    widget.panel.runner.wait()


@pytest.fixture
def foreign(demo_folder: Path, tmp_path: Path) -> Callable[[Callable[[Any], None]], Path]:
    """Write the demo patient's RTSTRUCT with something changed."""

    def make(change: Callable[[Any], None]) -> Path:
        dataset = pydicom.dcmread(demo_folder / "RTSTRUCT" / "structures.dcm")
        change(dataset)
        file = tmp_path / "foreign.dcm"
        dataset.save_as(file)
        return file

    return make


def check(widget: Any, file: Path) -> str:
    """Name a file and check it; what the panel shows of it."""
    widget.ui.checkPathLineEdit.currentPath = str(file)
    widget.ui.checkButton.click()
    wait(widget)
    return str(widget.ui.checkBrowser.plainText)


def test_a_sound_file_has_no_errors_and_its_volumes_are_the_patients(
    host: Host, demo: Any, demo_folder: Path, demo_phantom: Any
) -> None:
    shown = check(demo, demo_folder / "RTSTRUCT" / "structures.dcm")
    assert not host.errors
    slices = len(list((demo_folder / "CT").iterdir()))
    assert f"structures.dcm: Checked against the CT's {slices} slices: 0 errors" in demo.ui.statusLabel.text
    words = shown.split()
    for name in ("GTV1", "GTV3"):
        volume = float(words[words.index(name) + 3])
        assert volume == pytest.approx(demo_phantom.structures[name].volume_ml, rel=0.01)


def test_faults_are_told_with_what_to_do(host: Host, demo: Any, foreign: Callable[..., Path]) -> None:
    def harm(dataset: Any) -> None:
        dataset.PatientID = "SOMEBODY"
        first = dataset.ROIContourSequence[0].ContourSequence[0]
        first.ContourData[2] = f"{float(first.ContourData[2]) + 400:.1f}"

    shown = check(demo, foreign(harm))
    assert "errors" in demo.ui.statusLabel.text
    assert " 0 errors" not in demo.ui.statusLabel.text
    assert "SOMEBODY" in shown
    assert "make sure that file and CT are of one patient" in shown
    assert shown.index("error") < shown.index("Structure")
    assert not host.errors, "a faulty file is a finding, not an error of the check"


def test_what_cannot_be_checked_is_refused(host: Host, demo: Any, demo_folder: Path, tmp_path: Path) -> None:
    demo.ui.checkButton.click()
    assert "No RTSTRUCT file is chosen" in host.errors[-1]
    check(demo, tmp_path / "nothing.dcm")
    assert "nothing.dcm is no file" in host.errors[-1]
    check(demo, next((demo_folder / "CT").iterdir()))
    assert "an RTSTRUCT" in host.errors[-1]
    demo.panel.session.parameters.ct.RemoveAttribute("HimarsPlanner.dicomFolder")
    check(demo, demo_folder / "RTSTRUCT" / "structures.dcm")
    assert "The DICOM files of" in host.errors[-1]
    assert len(host.errors) == 4
    demo.panel.session.parameters.ct = None
    assert not demo.ui.checkButton.enabled


def test_findings_belong_to_their_plan(demo: Any, demo_folder: Path) -> None:
    check(demo, demo_folder / "RTSTRUCT" / "structures.dcm")
    first = demo.panel.session.parameters.parameterNode
    demo.ui.newPlanButton.click()
    assert demo.ui.checkBrowser.plainText == ""
    assert demo.ui.checkPathLineEdit.currentPath == ""
    demo.ui.planSelector.setCurrentNode(first)
    assert demo.ui.checkPathLineEdit.currentPath.endswith("structures.dcm")


def test_what_the_panel_writes_is_checked_and_the_verdict_shown(host: Host, planned: Any, tmp_path: Path) -> None:
    planned.panel.session.parameters.outFolder = tmp_path
    planned.ui.rtstructButton.click()
    wait(planned)
    assert f"Written: {tmp_path / 'selected_lesions.dcm'}. Checked against" in planned.ui.statusLabel.text
    assert ": 0 errors, 0 warnings" in planned.ui.statusLabel.text
    planned.ui.checkBrowser.html = ""
    planned.ui.databaseButton.click()
    wait(planned)
    assert "The RTSTRUCT is in the DICOM database. Checked against" in planned.ui.statusLabel.text
    names = {item.ROIName for item in host.database.datasets[-1].StructureSetROISequence}
    assert all(name in planned.ui.checkBrowser.plainText for name in names)
    assert not host.errors
