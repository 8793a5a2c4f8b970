"""Which structures are lesions, and masks that hold many."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from HimarsPlannerLib.errors import InputError
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.lesions.imported import from_structures, lesion_structures
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.study.study import CtImage, Source, Structure, Study

GRID = Grid((40, 40, 40), (2.0, 2.0, 2.0))
SETTINGS = read_protocol().lesions


def spots(count: int, size: int = 2) -> np.ndarray:
    mask = np.zeros(GRID.shape, bool)
    places = np.argwhere(np.ones((10, 10, 10)))[:count] * 4
    for z, y, x in places:
        mask[z : z + size, y : y + size, x : x + size] = True
    return mask


def study(*names: str, modality: str = "image", file: str = "file.nii.gz", mask: np.ndarray | None = None) -> Study:
    region = Region.from_array(spots(5) if mask is None else mask, GRID)
    return Study(
        patient_id="P",
        ct=CtImage(Volume(np.zeros(GRID.shape, np.int16), GRID), Source("CT", "ct", ())),
        structures=tuple(Structure(name, "", region, number=n) for n, name in enumerate(names, 1)),
        structure_sources=(Source(modality, file, (Path(file),)),),
    )


def candidates(patient: Study, *patterns: str) -> list[str]:
    found, _ = from_structures(lesion_structures(patient, patterns), patient, SETTINGS)
    return [one.name for one in found]


@pytest.mark.parametrize("pattern", ["gtv*", "GTV?", "GTV2"])
def test_a_pattern_chooses_by_name_upper_and_lower_case_alike(pattern: str) -> None:
    patient = study("GTV1", "GTV2", "Liver")
    expected = ["GTV2"] if pattern == "GTV2" else ["GTV1", "GTV2"]
    assert [one.name for one in lesion_structures(patient, [pattern])] == expected


def test_several_patterns_add_up_and_keep_the_order_of_the_study() -> None:
    chosen = lesion_structures(study("Liver", "spot b", "spot a"), ["spot a", "spot b"])
    assert [one.name for one in chosen] == ["spot b", "spot a"]


def test_a_pattern_that_matches_nothing_is_refused_with_the_names_and_the_nearest() -> None:
    with pytest.raises(InputError, match=r"'GVT\*'.*GTV1, Liver.*Did you mean 'GTV1'") as refusal:
        lesion_structures(study("GTV1", "Liver"), ["GTV1", "GVT*"])
    assert str(refusal.value).count("GTV1") >= 2


@pytest.mark.parametrize("name", ["lesions", "Metastases", "psma_lesions", "GTV", "gtv_total", "tumor mask"])
def test_the_only_mask_of_a_file_that_names_no_single_lesion_is_split(name: str) -> None:
    assert candidates(study(name)) == [f"{name}-{n}" for n in range(1, 6)]


def test_parts_that_touch_at_a_corner_are_one() -> None:
    mask = np.zeros(GRID.shape, bool)
    mask[4:6, 4:6, 4:6] = mask[6:8, 6:8, 6:8] = True
    assert candidates(study("lesions", mask=mask)) == ["lesions-1"]


@pytest.mark.parametrize("name", ["GTV1", "lesion_3", "GTV_L3", "Met L3"])
def test_a_mask_that_names_one_lesion_is_one(name: str) -> None:
    assert candidates(study(name)) == [name]


def test_one_of_several_labels_and_a_drawn_contour_are_never_split() -> None:
    assert candidates(study("lesions 1", "lesions 2")) == ["lesions 1", "lesions 2"]
    assert candidates(study("GTV", modality="RTSTRUCT")) == ["GTV"]


def test_a_mask_called_after_its_file_is_a_lesion_only_when_told_so() -> None:
    patient = study("patient_17", file="patient_17.nii.gz")
    assert candidates(patient) == []
    assert candidates(patient, "patient*") == [f"patient_17-{n}" for n in range(1, 6)]


def test_labels_of_a_file_without_names_are_no_lesions_unless_told_so() -> None:
    patient = study("total 1", "total 2", file="total.nii.gz")
    assert candidates(patient) == []
    assert candidates(patient, "total 2") == ["total 2"]


def test_thousands_of_specks_are_one_lesion_and_told() -> None:
    mask = spots(900, size=1)
    mask[36:40, 36:40, 36:40] = True
    patient = study("lesions", mask=mask)
    found, notices = from_structures(lesion_structures(patient), patient, SETTINGS)
    assert [one.name for one in found] == ["lesions-1", "lesions-specks"]
    assert sum(one.region.voxels for one in found) == np.count_nonzero(mask), "GTV_total lacks nothing"
    assert "specks-grouped" in [notice.code for notice in notices]
    assert str(np.count_nonzero(mask) - 64) in notices[-1].message


def test_the_real_mask_of_a_psma_patient_gives_its_111_lesions_and_431_ml(real_data: Path) -> None:
    import SimpleITK as sitk

    from HimarsPlannerLib.study.labels import read_label_file

    file = next((real_data / "psma-lesion-mask").glob("*.nii.gz"))
    image = sitk.ReadImage(str(file))
    parts = sitk.LabelShapeStatisticsImageFilter()
    parts.Execute(sitk.ConnectedComponent(image > 0, True))
    published_ml = sorted(parts.GetPhysicalSize(label) / 1000 for label in parts.GetLabels())
    nx, ny, nz = image.GetSize()
    grid = Grid((nx, ny, nz), image.GetSpacing(), image.GetOrigin(), image.GetDirection())
    ct = CtImage(Volume(np.zeros(grid.shape, np.int8), grid), Source("image", "ct", ()))
    labels = read_label_file(file, ct)
    patient = replace(study(), ct=ct, structures=labels.structures, structure_sources=(labels.source,))
    found, _ = from_structures(lesion_structures(patient, ["psma*"]), patient, SETTINGS)
    assert len(found) == 111
    assert sum(one.region.volume_ml for one in found) == pytest.approx(431.15, abs=0.01)
    assert sorted(one.region.volume_ml for one in found) == pytest.approx(published_ml)
