"""The dose that came back, checked in the panel: the made treatment of the demo patient, whose formula is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import slicer
from slicer_host import Host

from HimarsPlannerLib.phantom.build import Phantom
from HimarsPlannerLib.phantom.dicom import write_phantom
from HimarsPlannerLib.phantom.dose import write_treatment


@pytest.fixture(scope="module")
def treatment(demo_phantom: Phantom, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with dose.dcm, structures.dcm, plan.dcm and treatment.json, 27 Gy in 3 fractions of three GTVs."""
    folder = tmp_path_factory.mktemp("treatment")
    reference = write_phantom(demo_phantom, folder / "patient")
    write_treatment(demo_phantom, reference, ["GTV1", "GTV3", "GTV5"], 27.0, 3, folder)
    return folder


def choose(widget: Any, treatment: Path, regimen: str = "27/3") -> None:
    """Choose files and regimen as a user does, RTPLAN by the dialog."""
    ui = widget.ui
    ui.doseFilesLineEdit.text = str(treatment / "dose.dcm")
    ui.doseStructuresPathLineEdit.currentPath = str(treatment / "structures.dcm")
    ui.regimenComboBox.setCurrentIndex(ui.regimenComboBox.findData(regimen))


def check(widget: Any) -> str:
    """Click the button; what the panel shows."""
    assert widget.ui.checkDoseButton.enabled
    widget.ui.checkDoseButton.click()
    widget.panel.runner.wait()
    return str(widget.ui.doseBrowser.plainText)


def record_in(folder: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((folder / "dose" / "dose.json").read_text(encoding="utf-8"))
    return record


def test_the_made_treatment_is_judged_as_it_was_made(host: Host, planned: Any, treatment: Path, tmp_path: Path) -> None:
    parameters = planned.panel.session.parameters
    parameters.outFolder = tmp_path
    choose(planned, treatment)
    host.files.answers = [str(treatment / "plan.dcm"), ""]
    planned.ui.addPlanButton.click()
    planned.ui.addPlanButton.click()
    assert planned.ui.dosePlansLineEdit.text == str(treatment / "plan.dcm")
    planned.ui.marrowOfPlanCheckBox.checked = True
    planned.ui.datesLineEdit.text = "2026-03-02; 2026-03-04; 2026-03-06"
    shown = check(planned)
    assert not host.errors
    truth = json.loads((treatment / "treatment.json").read_text(encoding="utf-8"))
    record = record_in(tmp_path)
    assert [one["name"] for one in record["targets"]] == [made["ptv"] for made in truth["targets"]]
    for target, made in zip(record["targets"], truth["targets"], strict=True):
        # Trilinear dose on a grid of 2.5 mm rounds off the peak of the formula at the surface.
        assert target["figures"]["coverage"] == pytest.approx(made["v100"], abs=0.03)
        assert f"{made['ptv']}, 27/3" in shown
    assert shown.startswith("Targets and schedule: △ acceptable deviation")
    assert "PTV3 V100" in shown
    assert "fractions given" in shown
    reserve_ml = planned.panel.session.plan.reserve.bone_marrow_reserve_ml
    assert record["marrow"]["volume_ml"] == pytest.approx(reserve_ml, rel=1e-3)
    assert "Bone marrow reserve" in shown
    assert "<svg" in (tmp_path / "dose" / "report.html").read_text(encoding="utf-8")
    assert planned.ui.statusLabel.text.startswith("Dose: acceptable deviation. Report: ")


def test_without_a_folder_nothing_is_written_and_without_a_plan_it_is_judged_all_the_same(
    host: Host, widget: Any, treatment: Path
) -> None:
    choose(widget, treatment)
    widget.ui.targetsLineEdit.text = "PTV1; PTV5"
    widget.ui.marrowLineEdit.text = "PTV3"
    shown = check(widget)
    assert not host.errors
    assert shown.startswith("Targets and schedule: ✓ pass")
    assert "PTV3, 27/3" not in shown
    assert "Bone marrow reserve (PTV3)" in shown
    assert widget.ui.statusLabel.text == "Dose: pass"


def test_the_regimen_of_a_lesion_comes_from_its_facts(
    host: Host, planned: Any, treatment: Path, tmp_path: Path
) -> None:
    session = planned.panel.session
    session.parameters.outFolder = tmp_path
    lesion = next(one.ranked.lesion for one in session.plan.selection.decisions if one.ranked.lesion.name == "GTV3")
    session.state_facts([lesion.id], regimen="35/5")
    choose(planned, treatment)
    check(planned)
    assert not host.errors
    assert {one["name"]: one["regimen"].split()[0] for one in record_in(tmp_path)["targets"]} == {
        "PTV1": "27/3",
        "PTV3": "35/5",
        "PTV5": "27/3",
    }


def test_an_earlier_report_is_replaced_only_when_the_user_says_so_and_a_strange_folder_never(
    host: Host, widget: Any, treatment: Path, tmp_path: Path
) -> None:
    widget.panel.session.parameters.outFolder = tmp_path
    choose(widget, treatment)
    check(widget)
    (tmp_path / "dose" / "report.html").write_text("mine", encoding="utf-8")
    host.answers = [False, True]
    check(widget)
    assert (tmp_path / "dose" / "report.html").read_text(encoding="utf-8") == "mine"
    check(widget)
    assert (tmp_path / "dose" / "report.html").read_text(encoding="utf-8") != "mine"
    (tmp_path / "dose" / "dose.json").unlink()
    host.answers = [True]
    assert check(widget), "what was found is shown even where it cannot be written"
    assert "The dose was checked, but its report was not written" in host.errors[-1]


def test_what_cannot_be_judged_is_refused_in_the_panel_s_words(host: Host, widget: Any, treatment: Path) -> None:
    ui = widget.ui
    check(widget)
    assert "No RTDOSE is chosen" in host.errors[-1]
    choose(widget, treatment, regimen="")
    check(widget)
    assert 'Give "Regimen", or state it' in host.errors[-1]
    choose(widget, treatment)
    ui.targetsLineEdit.text = "PTV_1"
    check(widget)
    assert "Did you mean 'PTV1'" in host.errors[-1]
    ui.targetsLineEdit.text, ui.marrowLineEdit.text = "", "BMR"
    check(widget)
    assert 'Correct "Marrow"' in host.errors[-1]
    ui.marrowOfPlanCheckBox.checked = True
    check(widget)
    assert "one of them" in host.errors[-1]
    ui.marrowLineEdit.text = ""
    check(widget)
    assert "There is no plan in the panel" in host.errors[-1]
    ui.marrowOfPlanCheckBox.checked, ui.datesLineEdit.text = False, "2. 3. 2026"
    check(widget)
    assert "is no date" in host.errors[-1]
    assert len(host.errors) == 7
    assert ui.doseBrowser.plainText == ""


def test_choices_survive_a_saved_scene_and_belong_to_their_plan(widget: Any, treatment: Path, tmp_path: Path) -> None:
    choose(widget, treatment, "35/5")
    ui = widget.ui
    ui.targetsLineEdit.text, ui.marrowOfPlanCheckBox.checked = "PTV1", True
    ui.newPlanButton.click()
    assert (ui.doseFilesLineEdit.text, ui.doseStructuresPathLineEdit.currentPath) == ("", "")
    assert ui.regimenComboBox.currentData == ""
    assert slicer.mrmlScene.WriteToMRB(str(tmp_path / "scene.mrb"))
    slicer.mrmlScene.Clear()
    assert slicer.mrmlScene.ReadFromMRB(str(tmp_path / "scene.mrb"), True)
    nodes = slicer.util.getNodesByClass("vtkMRMLScriptedModuleNode")
    ui.planSelector.setCurrentNode(next(node for node in nodes if node.GetParameter("doseFiles")))
    assert ui.doseFilesLineEdit.text == str(treatment / "dose.dcm")
    assert ui.doseStructuresPathLineEdit.currentPath == str(treatment / "structures.dcm")
    assert (ui.regimenComboBox.currentData, ui.targetsLineEdit.text) == ("35/5", "PTV1")
    assert ui.marrowOfPlanCheckBox.checked
