"""The hand-over to TotalSegmentator, with a small program of its name in its place: the real one is not run here."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from HimarsPlannerLib.errors import BoneError, InputError
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.study.study import CtImage, Source
from HimarsPlannerLib.study.totalsegmentator import run_totalsegmentator

GRID = Grid((24, 22, 30), (1.5, 1.5, 2.0), (-10.0, 5.0, 40.0), (1, 0, 0, 0, -1, 0, 0, 0, 1))

# It labels what is above 300 HU in the lower half as sacrum and in the upper half as L5.
STAND_IN = """
import sys
import numpy as np, SimpleITK as sitk
if "--version" in sys.argv:
    print("2.99.0"); sys.exit()
assert sys.argv[1::2][:2] == ["-i", "-o"] and sys.argv[5:] == ["--ml"], sys.argv
image = sitk.ReadImage(sys.argv[2])
array = sitk.GetArrayFromImage(image)
for part in range(1, 6):
    print(f"Predicting part {part} of 5 ...", flush=True)
half = (np.arange(len(array)) >= len(array) // 2)[:, None, None]
labels = np.where(array > 300, np.where(half, 27, 25), 0).astype(np.uint8)
made = sitk.GetImageFromArray(labels)
made.CopyInformation(image)
sitk.WriteImage(made, sys.argv[4])
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put a program of that name on the PATH; None takes every one away."""

    def put(source: str | None) -> None:
        folder = tmp_path / "bin"
        folder.mkdir()
        if source is not None:
            program = folder / "TotalSegmentator"
            program.write_text(f"#!{sys.executable}\n{source}")
            program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{Path(sys.executable).parent}" if source else str(folder))

    return put


def ct() -> CtImage:
    array = np.zeros(GRID.shape, dtype=np.int16)
    array[3:12, 5:15, 6:16] = array[18:26, 5:15, 6:16] = 700
    return CtImage(Volume(array, GRID), Source("CT", "ct", ()))


def test_labels_come_back_on_the_ct_with_the_version(install) -> None:
    install(STAND_IN)
    told: list[tuple[str, float]] = []
    found = run_totalsegmentator(ct(), lambda stage, fraction: told.append((stage, fraction)))
    expected = {"sacrum": slice(3, 12), "vertebrae_L5": slice(18, 26)}
    assert list(found.bones) == list(expected)
    for name, rows in expected.items():
        truth = np.zeros(GRID.shape, bool)
        truth[rows, 5:15, 6:16] = True
        np.testing.assert_array_equal(found.bones[name].to_array(), truth)
    assert found.source.description == "TotalSegmentator 2.99.0, task total"
    assert found.taken.startswith("Bone is taken from TotalSegmentator 2.99.0: 2 bones")
    assert [fraction for stage, fraction in told if stage == "TotalSegmentator"] == pytest.approx(
        [0.0, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    )


def test_its_absence_is_said_with_the_ways_out(install) -> None:
    install(None)
    with pytest.raises(InputError, match="not installed") as caught:
        run_totalsegmentator(ct())
    assert "himars-planner[totalsegmentator]" in str(caught.value)
    assert "--bone auto" in str(caught.value)


def test_its_failure_is_said_in_its_own_words(install) -> None:
    install("import sys\nprint('RuntimeError: CUDA out of memory', file=sys.stderr)\nsys.exit(3)\n")
    with pytest.raises(BoneError, match="exit code 3: RuntimeError: CUDA out of memory"):
        run_totalsegmentator(ct())


def test_a_run_without_a_result_is_no_result(install) -> None:
    install("print('done')\n")
    with pytest.raises(BoneError, match="left no label file"):
        run_totalsegmentator(ct())
