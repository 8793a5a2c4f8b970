"""report.html: the plan's numbers, warnings first, nothing from outside, nothing unescaped."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from HimarsPlannerLib.export.record import plan_record
from HimarsPlannerLib.notice import Notice
from HimarsPlannerLib.plan import Plan
from HimarsPlannerLib.report.html import render_report, write_report

MakePlan = Callable[..., Plan]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
EMPTY_TAGS = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """Page taken apart: rows of the lesion table, all text, all attributes, tags that were opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.text = ""
        self.attributes: list[tuple[str, str]] = []
        self.tags: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in EMPTY_TAGS:
            self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        elif self.rows and self.rows[-1]:
            self.rows[-1][-1] += " "

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self._open or "title" in self._open:
            return
        self.text += data
        if "td" in self._open or "th" in self._open:
            self.rows[-1][-1] += data

    def lesion_rows(self) -> list[list[str]]:
        """Rows of the lesion table: rank, picture, lesion, volume, SUVmax, tier, risk, decision."""
        return [row for row in self.told() if len(row) == 8][1:]

    def told(self) -> list[list[str]]:
        """Rows of all tables, their cells' text with single blanks."""
        return [[" ".join(cell.split()) for cell in row] for row in self.rows]


def test_lesion_rows_repeat_plan_json(make_board_plan: MakePlan) -> None:
    plan = make_board_plan()
    rows = Page(render_report(plan)).lesion_rows()
    lesions = plan_record(plan)["lesions"]
    assert len(rows) == len(lesions) == 5
    for (rank, _, name, volume, suv, tier, risk, decision), lesion in zip(rows, lesions, strict=True):
        assert (int(rank), tier) == (lesion["rank"], f"Tier {lesion['tier']}")
        assert name.startswith(f"{lesion['name']} {lesion['site']}")
        assert float(volume) == pytest.approx(lesion["volume_ml"], abs=0.05)
        assert float(suv) == pytest.approx(lesion["suv_max"], abs=0.05)
        assert all(score["sentence"] in risk for score in lesion["risk"] if score["status"] != "unknown")
        assert "Not assessed: vessels" in risk
        assert decision.lower().startswith(f"{lesion['decision']} {lesion['reason']}"[:60].lower())


def test_the_demo_patients_lesions_are_all_there_with_their_pictures(demo_plan: Plan) -> None:
    text = render_report(demo_plan)
    rows = Page(text).lesion_rows()
    lesions = plan_record(demo_plan)["lesions"]
    assert [(row[0], row[3], row[4]) for row in rows] == [
        (str(lesion["rank"]), f"{lesion['volume_ml']:.1f}", f"{lesion['suv_max']:.1f}") for lesion in lesions
    ]
    assert len(re.findall(r"<tr class=\"\w+\">\s*<td>\d+</td>\s*<td><svg", text)) == len(lesions) > 0


def test_volumes_repeat_plan_json(make_board_plan: MakePlan) -> None:
    plan = make_board_plan()
    record = plan_record(plan)
    numbers = re.findall(r"<dd>([\d.]+) <small>ml", render_report(plan))
    names = ("total_trabecular_bone", "trabecular_in_gtv", "bone_marrow_reserve", "gtv_total", "budget", "selected_gtv")
    assert [float(number) for number in numbers] == pytest.approx(
        [record["volumes_ml"][name] for name in names], abs=0.05
    )
    assert f"{record['ratio']:.1%}" + " of the bone marrow reserve" in Page(render_report(plan)).text


def test_nothing_comes_from_outside(make_board_plan: MakePlan) -> None:
    page = Page(render_report(make_board_plan()))
    assert not {"script", "link", "iframe", "object", "embed"} & set(page.tags)
    references = [value for name, value in page.attributes if name in ("src", "href", "xlink:href", "srcset", "action")]
    assert references
    assert all(value.startswith("data:image/png;base64,") for value in references)
    styles = re.findall(r"url\(([^)]*)\)", render_report(make_board_plan()))
    assert set(styles) == {"#hatch"}


def test_names_cannot_become_markup(make_board_plan: MakePlan) -> None:
    evil = '<script>alert("x")</script><img src=http://x.example/y>&'
    plan = make_board_plan(names=(evil,))
    plan = replace(
        plan,
        notices=(Notice("evil", evil),),
        study=replace(plan.study, patient_id=evil, patient={"name": evil}),
    )
    text = render_report(plan)
    page = Page(text)
    assert "script" not in page.tags
    assert page.lesion_rows()[0][2].startswith(evil)
    assert "<script" not in text


def test_warnings_stand_before_everything_else_in_their_order(make_board_plan: MakePlan) -> None:
    notices = (Notice("tier-1-skipped", "First thing to know"), Notice("later", "Second thing to know"))
    text = Page(render_report(replace(make_board_plan(), notices=notices))).text
    places = [text.index(part) for part in ("2 warnings", "First thing", "Second thing", "lesions selected", "Rank")]
    assert places == sorted(places)


def test_a_plan_without_warnings_says_so(make_board_plan: MakePlan) -> None:
    assert "No warnings." in Page(render_report(replace(make_board_plan(), notices=()))).text


def test_a_plan_without_lesions_and_pet_says_so(make_board_plan: MakePlan) -> None:
    text = Page(render_report(make_board_plan(names=(), pet=False))).text
    assert "No lesion was found or imported." in text
    assert "No PET: uptake was not assessed." in text


def test_the_patient_is_told_in_words(make_board_plan: MakePlan) -> None:
    plan = make_board_plan()
    told = {"name": "Doe^John^^Dr", "birth_date": "19501231", "weight_kg": "71.5", "study_date": "unknown"}
    text = " ".join(Page(render_report(replace(plan, study=replace(plan.study, patient=told)))).text.split())
    assert "BOARD-1 · name Doe John Dr · birth date 1950-12-31 · weight 71.5 kg · study date unknown" in text


def test_what_was_not_measured_is_a_dash(make_board_plan: MakePlan) -> None:
    assert {row[4] for row in Page(render_report(make_board_plan(pet=False))).lesion_rows()} == {"–"}


def test_every_setting_is_shown_with_its_source_and_proposals_are_marked(make_board_plan: MakePlan) -> None:
    plan = make_board_plan()
    rows = {row[0]: row[1:] for row in Page(render_report(plan)).told() if len(row) == 3}
    settings = plan_record(plan)["protocol"]["settings"]
    for section in ("lesions", "risk", "ranking"):
        for name, stated in settings[section].items():
            value, source = rows[f"{section}: {name.replace('_', ' ').replace('.', ': ')}"]
            assert value == stated or float(value) == stated
            assert "not stated" not in source
    assert rows["risk: cord: near mm"][1].startswith("[proposal]")
    assert not rows["risk: place: bulky mm"][1].startswith("[proposal]")


def test_where_the_numbers_come_from_is_told(make_board_plan: MakePlan) -> None:
    plan = make_board_plan()
    text = " ".join(Page(render_report(plan)).text.split())
    for part in (
        "1.2.3",
        "1.2.9",
        "0.000237 SUVbw per Bq/ml",
        "Decay corrected to the start of the scan.",
        "plain-shapes/1",
    ):
        assert part in text
    assert "Not for clinical use without independent check" in text


def test_pictures_of_many_lesions_stop_but_never_at_a_selected_one(make_board_plan: MakePlan) -> None:
    plan = make_board_plan()
    few, skipped = plan.selection.decisions[4], plan.selection.decisions[2]
    many = tuple(
        replace(source, ranked=replace(source.ranked, rank=rank))
        for rank, source in enumerate([skipped] * 50 + [few], start=1)
    )
    rows = re.findall(r"<tr class=\"\w+\">.*?</tr>", render_report(_with(plan, many)), flags=re.DOTALL)
    assert ["<svg" in row for row in rows] == [True] * 40 + [False] * 10 + [True]


def _with(plan: Plan, decisions: tuple) -> Plan:  # type: ignore[type-arg]
    return replace(plan, selection=replace(plan.selection, decisions=decisions))


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine to open the report in")
def test_a_browser_opens_it_without_complaint(make_board_plan: MakePlan, tmp_path: Path) -> None:
    write_report(make_board_plan(), tmp_path / "report.html")
    command = [
        str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
        f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", (tmp_path / "report.html").as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert "CONSOLE" not in done.stderr
    assert "Not for clinical use" in done.stdout
