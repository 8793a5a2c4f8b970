"""Clinical files read into the panel and written from it, as a user does."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from slicer_host import Host

from HimarsPlannerLib.clinical.facts import Facts
from HimarsPlannerLib.clinical.read import read_clinical

QUOTED = 'arch of L4, "left" side'


def write(folder: Path, text: str) -> Path:
    file = folder / "clinical.toml"
    file.write_text(text, encoding="utf-8")
    return file


def read(host: Host, file: Path) -> None:
    host.files.answers = [str(file)]
    host.widget.ui.readFactsButton.click()


def lesions(widget: Any) -> list[Any]:
    return list(widget.panel.session.replanner.lesions)


def stated(widget: Any) -> dict[str, Facts]:
    """Facts by the names of lesions."""
    names = {lesion.id: lesion.name for lesion in lesions(widget)}
    return {names[lesion]: facts for lesion, facts in widget.panel.session.facts.items()}


def test_a_clinical_file_fills_the_table_and_ranks_at_once(host: Host, planned: Any, tmp_path: Path) -> None:
    from HimarsPlannerLib.panel import tables

    first, second, third = lesions(planned)[:3]
    planned.panel.facts.state([third.id], site="kept")
    place = ", ".join(f"{value:.1f}" for value in first.centroid_lps_mm)
    text = f"""
alignment = "deformity"
[lesions."{first.name}"]
at_lps_mm = [{place}]
neurological_deficit = true
[lesions."{second.name}"]
excluded = "irradiated in March"
"""
    read(host, write(tmp_path, text))
    assert not host.errors
    assert stated(planned) == {
        first.name: Facts(neurological_deficit=True),
        second.name: Facts(excluded="irradiated in March"),
        third.name: Facts(site="kept"),
    }
    assert planned.panel.session.parameters.spineAlignment == "deformity"
    ranked = {one.ranked.lesion.id: one for one in planned.panel.session.plan.selection.decisions}
    assert ranked[first.id].ranked.tier == 1
    assert ranked[second.id].verdict == "excluded"
    table = planned.ui.factsTable
    row = tables.row_of_lesion(table, second.id)
    assert table.item(row, planned.panel.facts.table.number("excluded")).text() == "irradiated in March"
    assert "Facts of 2 lesions read from clinical.toml" in planned.ui.statusLabel.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('patient_id = "SOMEONE-ELSE"\n', "is of patient 'SOMEONE-ELSE'"),
        ('level = "3"\n', "states 3, the plan is to be made at 1"),
        ('[lesions."no such"]\npinned = true\n', "no lesion is called 'no such'"),
        ('[lesions."{name}"]\nat_lps_mm = [900.0, 0.0, 0.0]\npinned = true\n', "it is another lesion now"),
        ('[lesions."{name}"]\nregimen = "99/1"\n', "the regimen '99/1' is unknown"),
        ('[lesions."{name}"]\npinned = true\nexcluded = "both"\n', "pinned and excluded"),
        ('[lesions."{name}"]\npain = "awful"\n', "pain is 'awful'"),
        ("no toml", "is not TOML"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_and_nothing_changes(
    host: Host, planned: Any, tmp_path: Path, text: str, words: str
) -> None:
    one = lesions(planned)[0]
    planned.panel.facts.state([one.id], pain="none")
    filled = text.replace("{name}", one.name)
    # What the file states of the whole spine must not stay where the rest of it is refused.
    read(host, write(tmp_path, f'alignment = "normal"\n{filled}'))
    assert "The clinical file was not used" in host.errors[-1]
    assert words in host.errors[-1]
    assert stated(planned) == {one.name: Facts(pain="none")}
    assert planned.panel.session.parameters.spineAlignment == ""


def test_the_facts_of_the_table_are_written_and_read_back_whole(host: Host, planned: Any, tmp_path: Path) -> None:
    first, second = lesions(planned)[:2]
    facts = {
        first.id: Facts(
            accepted=True, symptomatic=True, pain="mechanical", pain_severity="functional", neurological_deficit=True,
            alignment="translation", lesion_type="lytic", site=QUOTED, prior_irradiation=False, pinned=True,
            regimen="27/3",
        ),
        second.id: Facts(symptomatic=False, excluded='patient said "no"'),
    }  # fmt: skip
    session = planned.panel.session
    session.select(facts)
    session.parameters.spineAlignment = "normal"
    file = tmp_path / "out.toml"
    host.files.answers = [str(file)]
    planned.ui.writeFactsButton.click()
    assert not host.errors
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    assert data["alignment"] == "normal"
    assert data["patient_id"] == session.plan.study.patient_id
    assert data["lesions"][first.name]["site"] == QUOTED
    assert data["lesions"][second.name]["excluded"] == 'patient said "no"'
    clinical = read_clinical(file)
    assert {name: one.facts for name, one in clinical.lesions.items() if one.facts != Facts()} == {
        first.name: facts[first.id],
        second.name: facts[second.id],
    }
    assert len(clinical.lesions) == len(lesions(planned))
    session.select({})
    read(host, file)
    assert not host.errors
    assert session.facts == facts


def test_a_template_states_nothing_but_where_lesions_lie(host: Host, planned: Any, tmp_path: Path) -> None:
    file = tmp_path / "template.toml"
    host.files.answers = [str(file)]
    planned.ui.writeFactsButton.click()
    assert not host.errors
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    assert set(data) == {"patient_id", "lesions"}
    assert all(set(entry) == {"at_lps_mm"} for entry in data["lesions"].values())


def test_lesions_of_one_name_cannot_be_written(host: Host, planned: Any, tmp_path: Path) -> None:
    from dataclasses import replace

    session = planned.panel.session
    first, *rest = session.replanner.lesions
    session.replanner = session.replanner.with_lesions([first, replace(rest[0], name=first.name), *rest[1:]])
    session.select()
    host.files.answers = [str(tmp_path / "twice.toml")]
    planned.ui.writeFactsButton.click()
    assert f"Several lesions are called {first.name!r}" in host.errors[-1]
    assert not (tmp_path / "twice.toml").exists()


def test_without_a_plan_there_is_nothing_to_read_or_write(planned: Any) -> None:
    planned.ui.newPlanButton.click()
    assert not planned.ui.readFactsButton.enabled
    assert not planned.ui.writeFactsButton.enabled


def test_a_file_that_cannot_be_written_is_told(host: Host, planned: Any, tmp_path: Path) -> None:
    host.files.answers = [str(tmp_path / "no folder" / "clinical.toml"), ""]
    planned.ui.writeFactsButton.click()
    assert "No clinical file was written" in host.errors[-1]
    planned.ui.writeFactsButton.click()
    assert len(host.errors) == 1
