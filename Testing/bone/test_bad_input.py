"""Images that are no CT in HU are refused, whether bone is sought in them or given, and the message tells the cause."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from typer.testing import CliRunner

from HimarsPlannerLib.bone.compartments import BoneLabel
from HimarsPlannerLib.bone.from_labels import segment_labelled_bone
from HimarsPlannerLib.bone.segment import segment_bone
from HimarsPlannerLib.cli.main import app
from HimarsPlannerLib.errors import BoneError
from HimarsPlannerLib.grid import Volume
from HimarsPlannerLib.phantom.build import Phantom
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.study.bone_labels import BoneLabels
from HimarsPlannerLib.study.study import Source

Change = Callable[[np.ndarray], np.ndarray]
NOT_HU: dict[str, Change] = {
    "stored values without rescale": lambda hu: hu + 1024,
    "normalised": lambda hu: (hu / 4000).astype(np.float32),
    "one byte": lambda hu: np.clip((hu + 1000) / 10, 0, 255).astype(np.uint8),
    "an MR": lambda hu: (np.abs(hu) % 700).astype(np.int16),
    "zeros": np.zeros_like,
}


@pytest.mark.parametrize("kind", NOT_HU)
def test_what_is_not_in_hu_is_refused_with_its_range_and_what_follows(demo_phantom: Phantom, kind: str) -> None:
    changed = Volume(NOT_HU[kind](demo_phantom.ct.array), demo_phantom.ct.grid)
    with pytest.raises(BoneError, match="Hounsfield units") as caught:
        segment_bone(changed)
    assert f"{float(changed.array.min()):g} to {float(changed.array.max()):g}" in str(caught.value)
    assert "nothing can be planned without HU" in str(caught.value)


def test_labels_do_not_help_where_the_ct_is_not_in_hu(demo_phantom: Phantom) -> None:
    grid = demo_phantom.ct.grid
    bone = {"bone": Region.from_array(demo_phantom.labels == BoneLabel.CORTICAL, grid)}
    given = BoneLabels(bone, Source("image", "bone.nii.gz", ()), "Bone is taken")
    with pytest.raises(BoneError, match="not even on bone labels"):
        segment_labelled_bone(Volume(demo_phantom.ct.array + 1024, grid), given)


def test_values_that_are_not_finite_are_refused(demo_phantom: Phantom) -> None:
    holes = demo_phantom.ct.array.astype(np.float32)
    holes[::2] = np.nan
    with pytest.raises(BoneError, match="not finite"):
        segment_bone(Volume(holes, demo_phantom.ct.grid))


def test_air_alone_is_no_patient(demo_phantom: Phantom) -> None:
    air = np.full_like(demo_phantom.ct.array, -1000)
    with pytest.raises(BoneError, match="a patient in it") as caught:
        segment_bone(Volume(air, demo_phantom.ct.grid))
    assert "himars-planner info" in str(caught.value)


def test_the_command_refuses_such_a_ct_in_one_sentence_and_writes_nothing(tmp_path: Path) -> None:
    stored = np.random.default_rng(0).integers(0, 2000, (20, 40, 40)).astype(np.int16)
    sitk.WriteImage(sitk.GetImageFromArray(stored), str(tmp_path / "ct.nii.gz"))
    words = ["plan", str(tmp_path / "ct.nii.gz"), "--level", "1", "--out", str(tmp_path / "plan")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    assert "which are not HU" in " ".join(result.stderr.split())
    assert not (tmp_path / "plan").exists()
