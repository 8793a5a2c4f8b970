"""lesions.csv: what plan.json says of the lesions, for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from HimarsPlannerLib.export.record import plan_record
from HimarsPlannerLib.export.table import PLAIN_COLUMNS, write_lesion_table
from HimarsPlannerLib.plan import Plan

MakePlan = Callable[..., Plan]


def read_table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


def test_rows_repeat_plan_json_in_rank_order(make_board_plan: MakePlan, tmp_path: Path) -> None:
    plan = make_board_plan()
    write_lesion_table(plan, tmp_path / "lesions.csv")
    rows = read_table(tmp_path / "lesions.csv")
    lesions = plan_record(plan)["lesions"]
    assert [row["rank"] for row in rows] == ["1", "2", "3", "4", "5"]
    for row, lesion in zip(rows, lesions, strict=True):
        told = ["" if lesion[name] is None else str(lesion[name]) for name in PLAIN_COLUMNS]
        assert [row[name] for name in PLAIN_COLUMNS] == told
        centroid = [float(row[f"centroid_{axis}_mm"]) for axis in "lps"]
        assert centroid == lesion["centroid_lps_mm"]


def test_each_score_has_its_own_columns_with_the_unit_in_the_name(make_board_plan: MakePlan, tmp_path: Path) -> None:
    write_lesion_table(make_board_plan(), tmp_path / "lesions.csv")
    row = read_table(tmp_path / "lesions.csv")[0]
    assert (row["risk_bulk_mm_low"], row["risk_bulk_mm_high"], row["risk_bulk_mm_status"]) == (
        "30.0",
        "30.0",
        "computed",
    )
    assert (row["risk_vessel_contact_low"], row["risk_vessel_contact_status"]) == ("", "unknown")
    assert row["risk_unknown"] == "vessel contours"
    assert "cord: 50 % of the canal" in row["risk_summary"]


def test_what_was_not_measured_is_an_empty_cell(make_board_plan: MakePlan, tmp_path: Path) -> None:
    write_lesion_table(make_board_plan(pet=False), tmp_path / "lesions.csv")
    for row in read_table(tmp_path / "lesions.csv"):
        assert (row["suv_max"], row["suv_mean"], row["tl_psma"]) == ("", "", "")


def test_awkward_names_come_back_unchanged(make_board_plan: MakePlan, tmp_path: Path) -> None:
    names = ('GTV "left", 2', "Läsion;前立腺", "two\nlines")
    write_lesion_table(make_board_plan(names=names), tmp_path / "lesions.csv")
    assert tuple(row["name"] for row in read_table(tmp_path / "lesions.csv")) == names


def test_a_plan_without_lesions_is_a_header_alone(make_board_plan: MakePlan, tmp_path: Path) -> None:
    write_lesion_table(make_board_plan(names=()), tmp_path / "lesions.csv")
    lines = (tmp_path / "lesions.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("rank,id,name,")


def test_a_folder_that_is_not_there_is_an_os_error(make_board_plan: MakePlan, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="none"):
        write_lesion_table(make_board_plan(), tmp_path / "none" / "lesions.csv")
