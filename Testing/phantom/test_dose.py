"""The made treatment: its dose is its formula, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pydicom
import pytest

from HimarsPlannerLib.errors import InputError
from HimarsPlannerLib.phantom.build import Phantom
from HimarsPlannerLib.phantom.dicom import write_phantom
from HimarsPlannerLib.phantom.dose import EDGE, PEAK, REACH_MM, profile, write_treatment


def test_the_profile_is_continuous_and_falls() -> None:
    distance = np.linspace(-30, REACH_MM, 2000, dtype=np.float32)
    dose = profile(distance, 27 * EDGE, 27.0)
    assert np.all(np.diff(dose) < 0)
    assert np.abs(np.diff(dose)).max() < 0.15
    assert dose[0] < 27 * PEAK
    assert profile(np.zeros(1, np.float32), 27 * EDGE, 27.0)[0] == pytest.approx(27 * EDGE)
    assert profile(np.full(1, REACH_MM + 1, np.float32), 27.0, 27.0)[0] == 0


def test_the_files_belong_together_and_say_that_they_are_made(demo_phantom: Phantom, tmp_path: Path) -> None:
    reference = write_phantom(demo_phantom, tmp_path / "patient")
    write_treatment(demo_phantom, reference, ["GTV2", "GTV4"], 27.0, 3, tmp_path)
    dose, plan, structures = (pydicom.dcmread(tmp_path / f"{n}.dcm") for n in ("dose", "plan", "structures"))
    assert dose.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID == plan.SOPInstanceUID
    assert plan.ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID == structures.SOPInstanceUID
    assert len({ds.FrameOfReferenceUID for ds in (dose, plan)} | {reference.header.FrameOfReferenceUID}) == 1
    assert plan.DoseReferenceSequence[0].TargetPrescriptionDose == 27
    assert "made" in dose.DoseComment
    assert "made" in plan.RTPlanDescription
    truth = json.loads((tmp_path / "treatment.json").read_text())
    assert "not calculated" in truth["made"]
    # Distances between voxels come in steps, so that the coverage aimed at is met within a step.
    assert [one["v100"] for one in truth["targets"]] == pytest.approx([1.0, 0.87], abs=0.015)
    largest = float(dose.pixel_array.max()) * float(dose.DoseGridScaling)
    assert 27 * EDGE < largest < 27 * PEAK


def test_a_lesion_that_does_not_exist_is_refused(demo_phantom: Phantom, tmp_path: Path) -> None:
    reference = write_phantom(demo_phantom, tmp_path / "patient")
    with pytest.raises(InputError, match="no lesion 'SpinalCanal'"):
        write_treatment(demo_phantom, reference, ["SpinalCanal"], 27.0, 3, tmp_path)
