"""What the RTSTRUCT holds, chosen in the panel as on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pydicom
import pytest
from slicer_host import Host

from HimarsPlannerLib.export.profiles import PROFILES, ProfileName
from HimarsPlannerLib.export.structure_file import write_structure_file
from HimarsPlannerLib.export.structures import RoiChoice, StructureOptions


def write(widget: Any, folder: Path) -> pydicom.Dataset:
    widget.panel.session.parameters.outFolder = folder
    widget.ui.rtstructButton.click()
    widget.panel.runner.wait()
    return pydicom.dcmread(folder / "selected_lesions.dcm")


def contents(dataset: pydicom.Dataset) -> list[tuple[str, list[list[float]]]]:
    names = {item.ROINumber: item.ROIName for item in dataset.StructureSetROISequence}
    return [
        (names[item.ReferencedROINumber], [list(contour.ContourData) for contour in item.ContourSequence])
        for item in dataset.ROIContourSequence
    ]


def choose(widget: Any, box: str, value: str) -> None:
    combo = getattr(widget.ui, box)
    combo.setCurrentIndex(combo.findData(value))


@pytest.fixture
def opened(planned: Any) -> Any:
    planned.ui.structuresSection.collapsed = False
    return planned


def test_the_panel_writes_what_the_library_writes_with_the_same_options(
    host: Host, opened: Any, tmp_path: Path
) -> None:
    ui = opened.ui
    for box in (ui.writePtvCheckBox, ui.writeReserveCheckBox, ui.writeCanalCheckBox):
        box.click()
    ui.ptvMarginLineEdit.text, ui.ctvMarginLineEdit.text = "3,4,5", "2"
    ui.doseGySpinBox.value, ui.simplifySpinBox.value = 27.0, 0.3
    choose(opened, "profileComboBox", "eclipse")
    choose(opened, "holesComboBox", "xor")
    written = write(opened, tmp_path)
    assert not host.errors
    options = StructureOptions(
        (RoiChoice.SELECTED, RoiChoice.PTV, RoiChoice.BMR, RoiChoice.CANAL),
        PROFILES[ProfileName.ECLIPSE],
        holes="separate",
        simplify_mm=0.3,
        ctv_margin=(2.0, 2.0, 2.0),
        ptv_margin=(3.0, 4.0, 5.0),
        dose_gy=27.0,
    )
    write_structure_file(opened.panel.session.plan, tmp_path / "library.dcm", options)
    assert contents(written) == contents(pydicom.dcmread(tmp_path / "library.dcm"))
    assert any("2700" in name for name, _ in contents(written))
    assert "0 errors" in ui.statusLabel.text


def test_what_is_chosen_stays_with_its_plan(opened: Any) -> None:
    opened.ui.writePtvCheckBox.click()
    choose(opened, "profileComboBox", "monaco")
    first = opened.panel.session.parameters
    opened.ui.newPlanButton.click()
    assert not opened.ui.writePtvCheckBox.checked
    assert opened.ui.profileComboBox.currentData == "generic"
    opened.ui.planSelector.setCurrentNode(first.parameterNode)
    opened.panel.runner.wait()
    assert opened.ui.writePtvCheckBox.checked
    assert opened.ui.profileComboBox.currentData == "monaco"


def test_choices_that_cannot_be_met_are_refused_and_nothing_is_written(host: Host, opened: Any, tmp_path: Path) -> None:
    ui = opened.ui
    opened.panel.session.parameters.outFolder = tmp_path
    ui.writeSelectedCheckBox.click()
    ui.rtstructButton.click()
    assert "Nothing is chosen for the RTSTRUCT" in host.errors.pop()
    ui.writePtvCheckBox.click()
    for line, text, told in (
        (ui.ptvMarginLineEdit, "3,3", "is not a margin"),
        (ui.ptvMarginLineEdit, "-3", "cannot be used"),
        (ui.ptvCropLineEdit, "No such organ", "No structure is called 'No such organ'"),
    ):
        line.text = text
        ui.rtstructButton.click()
        opened.panel.runner.wait()
        assert told in host.errors.pop()
        line.text = ""
    assert not list(tmp_path.glob("*.dcm"))


def test_all_lesions_can_be_written_where_none_is_selected(host: Host, opened: Any, tmp_path: Path) -> None:
    session = opened.panel.session
    lesions = [lesion.id for lesion in session.replanner.lesions]
    session.state_facts(lesions, excluded="patient's wish")
    opened.panel.show()
    opened.panel.session.parameters.outFolder = tmp_path
    opened.ui.rtstructButton.click()
    opened.panel.runner.wait()
    assert "no lesion is selected" in host.errors.pop()
    assert not list(tmp_path.glob("*.dcm"))
    opened.ui.writeAllCheckBox.click()
    assert len(contents(write(opened, tmp_path))) == len(lesions)
