"""Real plans: DVHs agree with Eclipse's own tables where both mean the same volume."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from HimarsPlannerLib.dose.measure import measure_dose
from HimarsPlannerLib.dose.outline import Outline, with_step
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.study.roi import Roi

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from dvh import plain, read_table, surface_contours, table_figures


@pytest.mark.parametrize(
    ("case", "number", "name"),
    [("Prostate", 1, "Bladder"), ("Prostate", 4, "PTV"), ("Ent", 13, "PTV1"), ("Ent", 3, "CTV")],
)
def test_doses_agree_with_eclipse_and_volumes_with_cerr(real_data: Path, case: str, number: int, name: str) -> None:
    folder = real_data / "slicerrt-eclipse"
    image = sitk.ReadImage(str(folder / f"Eclipse{case}_Dose.nrrd"))
    grid = Grid(image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection())
    label, contours = surface_contours(
        folder / f"Eclipse{case}_Structures.seg" / f"Eclipse{case}_Structures.seg_{number}.vtp"
    )
    assert label == name
    (outline,) = with_step([Outline.of(Roi(1, label, "", contours, 0), grid)], 2.5)
    dvh = measure_dose(outline, Volume(sitk.GetArrayFromImage(image), grid)).dvh
    _, mean, d95, d50, d2 = table_figures(*read_table(folder / f"Eclipse{case}_DvhTable_Eclipse.csv")[plain(name)], 0.0)
    assert dvh.mean_gy == pytest.approx(mean, rel=0.005)
    assert (
        np.abs([dvh.dose_at_share(0.95) - d95, dvh.dose_at_share(0.5) - d50, dvh.dose_at_share(0.02) - d2]).max() < 0.3
    )
    # Eclipse's volumes of the same contours are 0.6 to 1.4 % smaller than CERR's, which ends them as we do.
    volume, _ = read_table(folder / f"Eclipse{case}_DvhTable_CERR.csv")[plain(name)]
    assert dvh.volume_ml == pytest.approx(volume, rel=0.005)
