"""The made patient on disk: valid DICOM in one frame of reference, with decay tags that add up."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import numpy as np
import pydicom
import pytest

from HimarsPlannerLib.errors import OutputError
from HimarsPlannerLib.phantom import Phantom, write_phantom


def headers(folder: Path, kind: str) -> list[pydicom.Dataset]:
    return [pydicom.dcmread(file) for file in sorted((folder / kind).glob("*.dcm"))]


def test_everything_shares_one_study_and_one_frame_of_reference(demo_folder: Path) -> None:
    everything = [ds for kind in ("CT", "PET", "RTSTRUCT") for ds in headers(demo_folder, kind)]
    assert len({ds.StudyInstanceUID for ds in everything}) == 1
    assert len({ds.FrameOfReferenceUID for ds in everything}) == 1
    assert len({ds.SOPInstanceUID for ds in everything}) == len(everything)
    assert len({ds.SeriesInstanceUID for ds in everything}) == 3
    structures = everything[-1]
    assert structures.ReferencedFrameOfReferenceSequence[0].FrameOfReferenceUID == everything[0].FrameOfReferenceUID


def test_ct_pixels_are_the_phantoms_hu(demo_folder: Path, demo_phantom: Phantom) -> None:
    slices = sorted(headers(demo_folder, "CT"), key=lambda ds: ds.ImagePositionPatient[2])
    hu = np.stack([ds.pixel_array * float(ds.RescaleSlope) + float(ds.RescaleIntercept) for ds in slices])
    assert np.array_equal(hu, demo_phantom.ct.array)
    assert np.allclose([float(v) for v in slices[0].ImagePositionPatient], demo_phantom.ct.grid.origin, atol=1e-3)


def test_suv_from_the_tags_is_the_phantoms_suv(demo_folder: Path, demo_phantom: Phantom) -> None:
    slices = sorted(headers(demo_folder, "PET"), key=lambda ds: ds.ImagePositionPatient[2])
    ds = slices[0]
    assert ds.Units == "BQML"
    assert ds.DecayCorrection == "START"
    assert {"ATTN", "DECY"} <= set(ds.CorrectedImage)
    tracer = ds.RadiopharmaceuticalInformationSequence[0]
    injected = datetime.strptime(tracer.RadiopharmaceuticalStartDateTime, "%Y%m%d%H%M%S")
    started = datetime.strptime(ds.SeriesDate + ds.SeriesTime, "%Y%m%d%H%M%S")
    waited = (started - injected).total_seconds()
    assert 50 * 60 < waited < 80 * 60
    dose = float(tracer.RadionuclideTotalDose) * 0.5 ** (waited / float(tracer.RadionuclideHalfLife))
    factor = float(ds.PatientWeight) * 1000 / dose
    suv = np.stack([ds.pixel_array * float(ds.RescaleSlope) for ds in slices]) * factor
    assert np.abs(suv - demo_phantom.pet.array).max() < 2e-3
    assert len({ds.RescaleSlope for ds in slices}) > 10, "a slope for each slice"


def test_the_series_starts_with_its_earliest_acquisition(demo_folder: Path) -> None:
    slices = headers(demo_folder, "PET")
    acquired = [ds.AcquisitionDate + ds.AcquisitionTime for ds in slices]
    assert min(acquired) == slices[0].SeriesDate + slices[0].SeriesTime
    later = max(slices, key=lambda ds: ds.AcquisitionTime)
    seconds = (
        datetime.strptime(later.AcquisitionTime, "%H%M%S") - datetime.strptime(later.SeriesTime, "%H%M%S")
    ).total_seconds()
    half_life = float(later.RadiopharmaceuticalInformationSequence[0].RadionuclideHalfLife)
    assert float(later.DecayFactor) == pytest.approx(2 ** (seconds / half_life), rel=1e-5)
    half_a_frame = float(later.ActualFrameDuration) / 2
    assert float(later.FrameReferenceTime) == pytest.approx(seconds * 1000 + half_a_frame, abs=1500)


def test_structures_bear_the_truths_names_and_types(demo_folder: Path) -> None:
    (ds,) = headers(demo_folder, "RTSTRUCT")
    truth = json.loads((demo_folder / "truth.json").read_text())
    names = {roi.ROINumber: roi.ROIName for roi in ds.StructureSetROISequence}
    types = {names[o.ReferencedROINumber]: o.RTROIInterpretedType for o in ds.RTROIObservationsSequence}
    assert {name for name, kind in types.items() if kind == "GTV"} == {row["name"] for row in truth["lesions"]}
    assert types["SpinalCanal"] == types["V_Iliac_R"] == types["A_Aorta"] == types["V_Venacava_I"] == "ORGAN"


def test_truth_states_its_definitions(demo_folder: Path, demo_phantom: Phantom) -> None:
    truth = json.loads((demo_folder / "truth.json").read_text())
    assert truth["volumes_ml"] == demo_phantom.truth["volumes_ml"]
    assert {"total_trabecular_bone", "gtv", "spinal_canal", "canal_encroachment", "vein"} <= set(truth["definitions"])


def test_writing_twice_gives_the_same_bytes(demo_phantom: Phantom, demo_folder: Path, tmp_path: Path) -> None:
    write_phantom(demo_phantom, tmp_path)
    files = sorted(f.relative_to(tmp_path) for f in tmp_path.rglob("*") if f.is_file())
    assert files == sorted(f.relative_to(demo_folder) for f in demo_folder.rglob("*") if f.is_file())
    assert all((tmp_path / f).read_bytes() == (demo_folder / f).read_bytes() for f in files)


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (dicom3tools) is not installed")
@pytest.mark.parametrize("kind", ["CT", "PET", "RTSTRUCT"])
def test_dciodvfy_finds_no_error(demo_folder: Path, kind: str) -> None:
    files = sorted((demo_folder / kind).glob("*.dcm"))
    for file in {files[0], files[len(files) // 2], files[-1]}:
        result = subprocess.run(["dciodvfy", str(file)], capture_output=True, text=True, check=False)
        found = [line for line in (result.stdout + result.stderr).splitlines() if line.startswith("Error")]
        assert not found, (file.name, found)


def test_a_place_that_cannot_be_written_is_named(demo_phantom: Phantom, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OutputError, match="taken"):
        write_phantom(demo_phantom, tmp_path / "taken")
