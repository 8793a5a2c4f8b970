"""The real patient STS_001: CT (IBSI), raw PET and RTSTRUCTs (MIM), all in one frame of reference."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from typer.testing import CliRunner

from HimarsPlannerLib.cli.main import app


@pytest.fixture(scope="session")
def sts_001(real_data: Path) -> tuple[Path, Path]:
    """Folders of the CT with its RTSTRUCT and of the raw PET with its own."""
    return real_data / "ibsi-sts" / "dicom" / "STS_001", real_data / "sts001-rawpet"


def planned(out: Path, *words: object) -> dict[str, object]:
    result = CliRunner().invoke(app, ["plan", *map(str, words), "--level", "1", "--out", str(out)])
    assert result.exit_code == 0, result.output
    return dict(json.loads((out / "plan.json").read_text(encoding="utf-8")))


def test_two_structure_sets_are_refused_with_both_and_the_option(sts_001: tuple[Path, Path], tmp_path: Path) -> None:
    words = ["plan", *map(str, sts_001), "--level", "1", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    assert all(name in result.stderr for name in ("RS.dcm", "1-1.dcm", "--structures FILE"))


def test_the_contoured_lesion_is_planned_with_its_published_volume(
    sts_001: tuple[Path, Path], real_data: Path, tmp_path: Path
) -> None:
    plan = planned(tmp_path / "out", *sts_001, "--structures", sts_001[0] / "CT" / "mask" / "RS.dcm")
    image = sitk.ReadImage(str(real_data / "ibsi-sts" / "nifti" / "STS_001" / "CT_mask.nii.gz"))
    published_ml = np.count_nonzero(sitk.GetArrayFromImage(image)) * np.prod(image.GetSpacing()) / 1000
    (lesion,) = plan["lesions"]
    assert lesion["name"] == "GTV_Mass_CT"
    assert lesion["volume_ml"] == pytest.approx(published_ml, rel=1e-3)
    assert lesion["kind"] == "other"
    assert (lesion["decision"], (tmp_path / "out" / "selected_lesions.dcm").exists()) == ("skipped", False)
    # 71 kg x 1000 over 388.777 MBq that decayed from 10:35:00 to 11:20:11 with a half-life of 6588 s.
    activity = 388.777472e6 * 0.5 ** ((45 * 60 + 11) / 6588.0)
    assert plan["inputs"]["pet"]["suv_factor"] == pytest.approx(71_000 / activity, rel=1e-6)


def test_lesions_are_sought_in_the_pet(sts_001: tuple[Path, Path], tmp_path: Path) -> None:
    folders = sts_001[0] / "CT" / "image", sts_001[1] / "FDG_PET" / "image"
    plan = planned(tmp_path / "out", *folders, "--lesions", "pet")
    codes = {warning["code"] for warning in plan["warnings"]}
    assert plan["lesions"] or "no-lesion" in codes
    for lesion in plan["lesions"]:
        assert lesion["suv_max"] >= 3.0
        assert lesion["volume_ml"] >= 0.5
    assert (tmp_path / "out" / "report.html").stat().st_size > 50_000


def test_trabecular_bone_of_the_pelvis_lies_in_a_plausible_range(sts_001: tuple[Path, Path], tmp_path: Path) -> None:
    """The crop shows parts of one femur and hip: less than a pelvis (25 % of 1700 ml) and more than a femoral head."""
    plan = planned(tmp_path / "out", sts_001[0] / "CT" / "image")
    assert 40 < plan["volumes_ml"]["total_trabecular_bone"] < 430


def test_nifti_ct_and_mask_give_the_same_lesion_as_dicom(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "ibsi-sts" / "nifti" / "STS_001"
    words = (folder / "CT_image.nii.gz", "--ct", folder / "CT_image.nii.gz", "--structures", folder / "CT_mask.nii.gz")
    plan = planned(tmp_path / "out", *words)
    image = sitk.ReadImage(str(folder / "CT_mask.nii.gz"))
    published_ml = np.count_nonzero(sitk.GetArrayFromImage(image)) * np.prod(image.GetSpacing()) / 1000
    assert sum(s["volume_ml"] for s in plan["inputs"]["structures"][0]["structures"]) == pytest.approx(published_ml)
    assert not (tmp_path / "out" / "selected_lesions.dcm").exists()
    assert "no-rtstruct" in {warning["code"] for warning in plan["warnings"]}
