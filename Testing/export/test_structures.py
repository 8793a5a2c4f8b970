"""What goes into a plan's RTSTRUCT: which structures, under which names, and whether the file gives them back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from typer.testing import CliRunner

from HimarsPlannerLib.bone.reserve import measure_reserve
from HimarsPlannerLib.cli.main import app
from HimarsPlannerLib.errors import InputError, OutputError
from HimarsPlannerLib.export import structure_file
from HimarsPlannerLib.export.deliver import write_plan_folder
from HimarsPlannerLib.export.margins import grow
from HimarsPlannerLib.export.profiles import PROFILES, ProfileName
from HimarsPlannerLib.export.read_back import read_back
from HimarsPlannerLib.export.roi import RoiToWrite, fit_names
from HimarsPlannerLib.export.rtstruct import write_rtstruct
from HimarsPlannerLib.export.structure_file import write_structure_file
from HimarsPlannerLib.export.structures import RoiChoice, StructureOptions, rois_to_write
from HimarsPlannerLib.export.targets import margin_site
from HimarsPlannerLib.grid import Volume
from HimarsPlannerLib.lesions.lesion import Site
from HimarsPlannerLib.plan import Plan
from HimarsPlannerLib.region import Region, union
from HimarsPlannerLib.study.study import CtImage, Source, Structure

MakePlan = Callable[..., Plan]
EVERYTHING = StructureOptions(
    choices=(RoiChoice.ALL, RoiChoice.CTV, RoiChoice.PTV, RoiChoice.TRABECULAR, RoiChoice.BMR, RoiChoice.CANAL),
    ctv_margin=(4.0, 4.0, 4.0),
    dose_gy=27.0,
)


def selected(plan: Plan) -> list:
    return [decision.ranked for decision in plan.selection.decisions if decision.verdict == "selected"]


def test_selected_gtvs_are_the_default_and_keep_their_numbers_when_all_are_written(make_board_plan: MakePlan) -> None:
    plan = make_board_plan()
    default = rois_to_write(plan)
    every = rois_to_write(plan, StructureOptions(choices=(RoiChoice.ALL,)))
    assert [roi.lesion for roi in default] == [entry.lesion.id for entry in selected(plan)]
    assert [roi.name for roi in every] == ["GTV1", "GTV2", "GTV3", "GTVn1", "GTV4"]
    assert len(default) < len(every)
    assert {roi.lesion: roi.name for roi in default}.items() <= {roi.lesion: roi.name for roi in every}.items()


def test_names_types_and_descriptions_of_everything(make_board_plan: MakePlan) -> None:
    plan = make_board_plan()
    rois = rois_to_write(plan, EVERYTHING)
    names = [roi.name for roi in rois]
    chosen = [roi.name.removeprefix("GTV") for roi in rois_to_write(plan)]
    assert names == [
        *("GTV1", "GTV2", "GTV3", "GTVn1", "GTV4"),
        *(f"CTV{number}" for number in chosen),
        *(f"PTV{number}_2700" for number in chosen),
        *("Bone_Trabecular", "BMR", "SpinalCanal"),
    ]
    assert all(len(name) <= 16 for name in names)
    assert {roi.interpreted_type for roi in rois if roi.lesion} == {"GTV", "CTV", "PTV"}
    assert {roi.interpreted_type for roi in rois if not roi.lesion} == {"ORGAN"}
    ptv = rois[names.index("PTV1_2700")]
    assert ptv.description.startswith("GTV_L3: GTV + 4 mm + 2 mm, rank 1, tier 1, ")
    assert len({roi.colour for roi in rois if roi.lesion == "L01"}) == 3


def test_a_ptv_holds_its_ctv_and_a_ctv_its_gtv_and_stays_in_bone(make_board_plan: MakePlan) -> None:
    plan = make_board_plan()
    by_name = {roi.name: roi.region for roi in rois_to_write(plan, EVERYTHING)}
    lesions = {entry.lesion.id: entry.lesion for entry in selected(plan)}
    for roi in rois_to_write(plan, EVERYTHING):
        if roi.interpreted_type == "CTV":
            gtv = by_name["G" + roi.name[1:]]
            ptv = by_name["P" + roi.name[1:] + "_2700"]
            assert gtv.overlap(roi.region) == gtv.voxels
            assert roi.region.overlap(ptv) == roi.region.voxels
            beyond = roi.region.to_array() & ~gtv.to_array()
            if lesions[roi.lesion].kind == "bone":
                assert not (beyond & ~plan.bone.skeleton).any()
    assert by_name["BMR"].volume_ml == pytest.approx(plan.reserve.bone_marrow_reserve_ml)
    assert by_name["Bone_Trabecular"].volume_ml == pytest.approx(plan.reserve.total_trabecular_bone_ml)


def test_margins_follow_the_site_and_what_was_asked_for(make_board_plan: MakePlan) -> None:
    plan = make_board_plan()
    for options, margins in (
        (StructureOptions((RoiChoice.PTV,)), {"spine": 2.0, "bone": 3.0, "node": 3.0}),
        (StructureOptions((RoiChoice.PTV,), ptv_margin=(6.0, 6.0, 6.0)), dict.fromkeys(("spine", "bone", "node"), 6.0)),
    ):
        for roi, entry in zip(rois_to_write(plan, options), selected(plan), strict=True):
            margin = margins[margin_site(entry.lesion)]
            expected = grow(entry.lesion.region, (margin,) * 3).region
            np.testing.assert_array_equal(roi.region.to_array(), expected.to_array())


@pytest.mark.parametrize(
    ("kind", "site", "expected"),
    [
        ("bone", "L3", "spine"),
        ("bone", "lumbar spine", "spine"),
        ("bone", "cervical or thoracic spine", "spine"),
        ("bone", "lumbar spine or sacrum", "bone"),
        ("bone", "thoracic spine or rib, left", "bone"),
        ("bone", "femur, left", "bone"),
        ("node", "L3", "node"),
        ("other", "liver", "node"),
    ],
)
def test_the_margin_of_the_spine_is_for_what_is_surely_spine(make_board_plan, kind, site, expected) -> None:
    lesion = make_board_plan().selection.decisions[0].ranked.lesion
    assert margin_site(replace(lesion, kind=kind, site=Site(site))) == expected


def test_the_reserve_that_is_written_is_the_plans_without_irradiated_bone(make_board_plan: MakePlan) -> None:
    plan = make_board_plan()
    half = np.zeros(plan.bone.grid.shape, bool)
    half[:30] = True
    field = Structure("Prior_RT", "AVOIDANCE", Region.from_array(half, plan.bone.grid))
    gtvs = [one.ranked.lesion.region for one in plan.selection.decisions]
    reserve = measure_reserve(plan.bone, gtvs, [field.region])
    study = replace(plan.study, structures=(*plan.study.structures, field))
    plan = replace(plan, study=study, reserve=reserve, spared=(field,))
    (roi,) = rois_to_write(plan, StructureOptions((RoiChoice.BMR,)))
    assert roi.region.volume_ml == pytest.approx(reserve.bone_marrow_reserve_ml)
    assert 0 < reserve.bone_marrow_reserve_ml < measure_reserve(plan.bone, gtvs).bone_marrow_reserve_ml
    assert "Prior_RT" in roi.description


def test_a_ptv_is_cropped_by_a_named_structure_and_says_so(make_board_plan: MakePlan) -> None:
    plan = make_board_plan()
    gtv = selected(plan)[0].lesion.region
    _, y, _ = gtv.box
    wall = np.zeros(gtv.grid.shape, bool)
    wall[:, y.stop - 1 : y.stop + 6] = True
    cord = Structure("Cord_PRV", "AVOIDANCE", Region.from_array(wall, gtv.grid))
    study = replace(plan.study, structures=(*plan.study.structures, cord))
    plan = replace(plan, study=study)
    options = StructureOptions((RoiChoice.PTV,), ptv_crop=("cord_prv",))
    roi = rois_to_write(plan, options)[0]
    assert roi.region.overlap(cord.region) == 0
    assert "cropped by Cord_PRV" in roi.description
    lost = gtv.overlap(cord.region) * gtv.grid.voxel_ml
    assert f"of which {lost:.2f} ml are GTV" in roi.description
    with pytest.raises(InputError, match=r"No structure is called 'Cord_PVR'.*Did you mean 'Cord_PRV'"):
        rois_to_write(plan, replace(options, ptv_crop=("Cord_PVR",)))
    everything = replace(cord, region=Region.from_array(np.ones(gtv.grid.shape), gtv.grid))
    with pytest.raises(OutputError, match="lies wholly in Cord_PRV"):
        rois_to_write(replace(plan, study=replace(study, structures=(everything,))), options)


def test_a_margin_that_leaves_the_ct_or_adds_no_slice_says_so(make_board_plan: MakePlan) -> None:
    plan = make_board_plan()
    thin = rois_to_write(plan, StructureOptions((RoiChoice.PTV,), ptv_margin=(2.0, 2.0, 2.0)))
    assert all("less than half a slice" in roi.description for roi in thin)
    wide = rois_to_write(plan, StructureOptions((RoiChoice.PTV,), ptv_margin=(90.0, 90.0, 90.0)))
    assert any("outside the CT" in note for roi in wide for note in roi.notes)


@pytest.mark.parametrize(
    "change", [{"dose_gy": 0.0}, {"dose_gy": 100.0}, {"ptv_margin": (-1.0, 1.0, 1.0)}, {"simplify_mm": 9.0}]
)
def test_options_without_sense_are_refused(make_board_plan, change) -> None:
    with pytest.raises(OutputError):
        rois_to_write(make_board_plan(), replace(EVERYTHING, **change))


def some_rois(*names: str) -> list[RoiToWrite]:
    grid = None
    return [RoiToWrite(name, "ORGAN", (0, 0, 0), grid, "what it is") for name in names]  # type: ignore[arg-type]


def test_names_stay_apart_when_they_are_cut() -> None:
    fitted = fit_names(some_rois("LeftAcetabularRoofA", "LeftAcetabularRoofB", "leftacetabularroC", "Cord"), 16)
    assert [roi.name for roi in fitted] == ["LeftAcetabularRo", "LeftAcetabular~2", "leftacetabular~3", "Cord"]
    assert fitted[1].description == "LeftAcetabularRoofB: what it is"
    assert fitted[3].description == "what it is"
    assert len({roi.name.casefold() for roi in fit_names(some_rois(*("x" * 20 for _ in range(120))), 16)}) == 120


@pytest.mark.parametrize("name", ProfileName)
def test_a_profile_differs_from_the_generic_one_only_where_it_names_a_source(name: ProfileName) -> None:
    generic, profile = PROFILES[ProfileName.GENERIC], PROFILES[name]
    fields = ("name_length", "label_length", "drawing")
    assert {field for field in fields if getattr(profile, field) != getattr(generic, field)} == set(profile.sources)


def with_dicom_ct(make_ct, mask: np.ndarray) -> tuple[CtImage, RoiToWrite]:
    ct = make_ct(size=mask.shape[::-1], spacing=(1.0, 1.0, 2.5))
    source = Source("CT", "ct", (), frame_of_reference_uid=str(ct.reference.header.FrameOfReferenceUID))
    image = CtImage(Volume(np.zeros(mask.shape, np.int16), ct.grid), source, ct.reference)
    return image, RoiToWrite("GTV1", "GTV", (200, 0, 0), Region.from_array(mask, ct.grid))


def ball() -> np.ndarray:
    z, y, x = np.indices((9, 30, 32))
    return ((z - 4) * 2.5) ** 2 + (y - 15) ** 2 + (x - 16) ** 2 < 100


def test_a_file_that_lost_a_slice_or_a_voxel_is_an_error(make_ct, tmp_path) -> None:
    ct, roi = with_dicom_ct(make_ct, ball())
    file = tmp_path / "rs.dcm"
    write_rtstruct([roi], ct.reference, file)
    [written] = read_back(file, [roi], ct)
    assert (written.slices, written.slices_read, written.voxels_different) == (7, 7, 0)
    assert written.volume_ml == written.volume_read_ml == pytest.approx(roi.region.volume_ml)
    mask = roi.region.mask.copy()
    mask[3, 10, 10] = False
    with pytest.raises(OutputError, match="1 other voxels"):
        read_back(file, [replace(roi, region=replace(roi.region, mask=mask))], ct)
    with pytest.raises(OutputError, match="not those that were written"):
        read_back(file, [replace(roi, name="GTV2")], ct)
    dataset = pydicom.dcmread(file)
    dataset.ROIContourSequence[0].ContourSequence.pop(3)
    dataset.save_as(file)
    with pytest.raises(OutputError, match="GTV1 comes back"):
        read_back(file, [roi], ct)


def test_simplified_contours_are_accepted_within_their_tolerance_and_not_beyond(make_ct, tmp_path) -> None:
    ct, roi = with_dicom_ct(make_ct, ball())
    options = StructureOptions(simplify_mm=1.0)
    write_rtstruct([roi], ct.reference, tmp_path / "rs.dcm", drawing=options.drawing)
    [written] = read_back(tmp_path / "rs.dcm", [roi], ct, options.simplify_mm)
    assert 0 < written.voxels_different < 0.15 * roi.region.voxels
    with pytest.raises(OutputError, match="comes back"):
        read_back(tmp_path / "rs.dcm", [roi], ct)
    mask = roi.region.mask.copy()
    mask[3, 8:12, 8:12] = False
    with pytest.raises(OutputError, match="comes back"):
        read_back(tmp_path / "rs.dcm", [replace(roi, region=replace(roi.region, mask=mask))], ct, 1.0)


def test_nothing_is_delivered_when_the_file_does_not_give_the_masks_back(
    demo_plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def losing_a_contour(rois, reference, file, **how) -> None:
        write_rtstruct(rois, reference, file, **how)
        dataset = pydicom.dcmread(file)
        dataset.ROIContourSequence[0].ContourSequence.pop(0)
        dataset.save_as(file)

    monkeypatch.setattr(structure_file, "write_rtstruct", losing_a_contour)
    with pytest.raises(OutputError, match="read back"):
        write_plan_folder(demo_plan, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_everything_of_the_demo_patient_is_valid_and_comes_back(
    demo_plan: Plan, demo_folder: Path, dicom3tools: Callable[..., list[str]], tmp_path: Path
) -> None:
    written = write_structure_file(demo_plan, tmp_path / "rs.dcm", EVERYTHING)
    assert written is not None
    assert all(one.voxels_different == 0 and one.slices == one.slices_read for one in written.rois)
    assert dicom3tools("dciodvfy", tmp_path / "rs.dcm") == []
    assert dicom3tools("dcentvfy", *sorted((demo_folder / "CT").iterdir()), tmp_path / "rs.dcm") == []
    bmr = union([one.roi.region for one in written.rois if one.roi.name == "BMR"], demo_plan.bone.grid)
    assert bmr.volume_ml == pytest.approx(demo_plan.reserve.bone_marrow_reserve_ml)


def test_role_codes_are_written_when_asked_for(make_ct, tmp_path) -> None:
    ct, roi = with_dicom_ct(make_ct, ball())
    write_rtstruct([roi], ct.reference, tmp_path / "rs.dcm", role_codes=True)
    [item] = pydicom.dcmread(tmp_path / "rs.dcm").RTROIObservationsSequence
    [category], [kind] = item.TherapeuticRoleCategoryCodeSequence, item.TherapeuticRoleTypeCodeSequence
    assert (category.CodeValue, category.CodingSchemeDesignator) == ("130041", "DCM")
    assert (kind.CodeValue, kind.CodingSchemeDesignator, kind.CodeMeaning) == ("228791009", "SCT", "GTV")


def test_the_command_writes_what_was_asked_for_and_records_it(demo_folder: Path, tmp_path: Path) -> None:
    words = ["--rtstruct", "selected", "--rtstruct", "ptv", "--ptv-margin", "3,3,5", "--dose-gy", "35"]
    words += ["--profile", "eclipse", "--holes", "xor"]
    done = CliRunner().invoke(app, ["plan", str(demo_folder), "--level", "1", "--out", str(tmp_path / "o"), *words])
    assert done.exit_code == 0, done.output
    record = json.loads((tmp_path / "o" / "plan.json").read_text(encoding="utf-8"))["rtstruct"]
    assert (record["profile"], record["holes"], record["label"]) == ("eclipse", "separate", "HIMARS level 1")
    names = [roi["name"] for roi in record["rois"]]
    assert names == [
        roi.ROIName for roi in pydicom.dcmread(tmp_path / "o" / "selected_lesions.dcm").StructureSetROISequence
    ]
    assert {"GTV1", "PTV1_3500"} <= set(names)
    assert all(roi["voxels_different"] == 0 for roi in record["rois"])
    page = (tmp_path / "o" / "report.html").read_text(encoding="utf-8")
    assert "PTV1_3500" in page
    assert "3 x 3 x 5 mm" in page


def test_a_wrong_margin_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    words = ["plan", str(tmp_path), "--level", "1", "--out", str(tmp_path / "o"), "--ptv-margin", "3,3"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2
    assert "'3,3' is not a margin" in done.stderr
