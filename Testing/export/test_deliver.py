"""What a plan leaves behind, read by others than the writers."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from HimarsPlannerLib.export.deliver import write_plan_folder
from HimarsPlannerLib.export.record import SCHEMA_FILE
from HimarsPlannerLib.plan import Plan


@pytest.fixture(scope="session")
def out(demo_plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deliver") / "out"
    write_plan_folder(demo_plan, folder)
    return folder


def test_everything_promised_is_there(out: Path) -> None:
    assert sorted(file.name for file in out.iterdir()) == [
        "bone.seg.nrrd",
        "lesions.csv",
        "lesions.seg.nrrd",
        "plan.json",
        "report.html",
        "selected_lesions.dcm",
    ]


def test_plan_json_is_valid_by_its_schema_and_agrees_with_the_table(out: Path) -> None:
    plan = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    jsonschema.validate(plan, json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
    with (out / "lesions.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["name"], row["decision"], int(row["rank"])) for row in rows] == [
        (lesion["name"], lesion["decision"], lesion["rank"]) for lesion in plan["lesions"]
    ]


def test_the_rtstruct_gives_back_every_selected_mask_exactly(
    out: Path, demo_plan: Plan, demo_folder: Path, read_strictly: Callable[..., object]
) -> None:
    ct = SimpleNamespace(
        files=sorted((demo_folder / "CT").iterdir()),
        reference=demo_plan.study.ct.reference,
        grid=demo_plan.bone.grid,
    )
    reader = read_strictly(out / "selected_lesions.dcm", ct)
    selected = [d.ranked for d in demo_plan.selection.decisions if d.verdict == "selected"]
    written = list(reader.dataset.StructureSetROISequence)
    assert len(written) == len(selected)
    for roi, entry in zip(written, selected, strict=True):
        assert roi.ROIDescription.startswith(f"{entry.lesion.name}: rank {entry.rank}, tier {entry.tier}")
        np.testing.assert_array_equal(reader.mask(roi.ROIName), entry.lesion.region.to_array())


def test_the_rtstruct_stands_on_the_original_ct(out: Path, demo_folder: Path) -> None:
    structures = pydicom.dcmread(out / "selected_lesions.dcm")
    slices = [pydicom.dcmread(file, stop_before_pixels=True) for file in (demo_folder / "CT").iterdir()]
    reference = structures.ReferencedFrameOfReferenceSequence[0]
    series = reference.RTReferencedStudySequence[0].RTReferencedSeriesSequence[0]
    assert structures.StudyInstanceUID == slices[0].StudyInstanceUID
    assert reference.FrameOfReferenceUID == slices[0].FrameOfReferenceUID
    assert series.SeriesInstanceUID == slices[0].SeriesInstanceUID
    assert {i.ReferencedSOPInstanceUID for i in series.ContourImageSequence} == {s.SOPInstanceUID for s in slices}


def test_the_rtstruct_passes_the_validators(
    out: Path, demo_folder: Path, dicom3tools: Callable[..., list[str]]
) -> None:
    assert dicom3tools("dciodvfy", out / "selected_lesions.dcm") == []
    assert dicom3tools("dcentvfy", *sorted((demo_folder / "CT").iterdir()), out / "selected_lesions.dcm") == []


def test_segmentations_hold_the_bone_and_the_lesions(out: Path, demo_plan: Plan) -> None:
    image = sitk.ReadImage(str(out / "bone.seg.nrrd"))
    names = {image.GetMetaData(f"Segment{n}_Name"): int(image.GetMetaData(f"Segment{n}_LabelValue")) for n in range(5)}
    voxel_ml = np.prod(image.GetSpacing()) / 1000
    count = np.count_nonzero(sitk.GetArrayFromImage(image) == names["Trabecular bone"])
    assert count * voxel_ml == pytest.approx(demo_plan.reserve.total_trabecular_bone_ml)
    lesions = sitk.ReadImage(str(out / "lesions.seg.nrrd"))
    shown = [lesions.GetMetaData(f"Segment{n}_Name") for n in range(len(demo_plan.selection.decisions))]
    first = demo_plan.selection.decisions[0]
    assert shown[0] == f"1 {first.ranked.lesion.name} ({first.verdict})"


def test_without_dicom_ct_all_but_the_rtstruct_is_written(make_board_plan: Callable[..., Plan], tmp_path: Path) -> None:
    write_plan_folder(make_board_plan(), tmp_path / "out")
    assert not (tmp_path / "out" / "selected_lesions.dcm").exists()
    assert (tmp_path / "out" / "report.html").exists()
