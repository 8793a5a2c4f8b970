"""Lesions from contours and from PET, brought together once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from HimarsPlannerLib.bone.compartments import BoneCompartments, BoneLabel
from HimarsPlannerLib.errors import GeometryError, InputError
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.lesions.gather import LesionSource, gather_lesions, is_lesion
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.study.study import CtImage, PetImage, Source, Structure, Study, SuvFactor

GRID = Grid((30, 30, 20), (2.0, 2.0, 3.0))
SETTINGS = read_protocol().lesions
SOURCE = Source("RTSTRUCT", "planning set", (Path("rs.dcm"),))


def box(z: slice, y: slice, x: slice) -> Region:
    mask = np.zeros(GRID.shape, bool)
    mask[z, y, x] = True
    return Region.from_array(mask, GRID)


BONE_SPOT = box(slice(4, 8), slice(10, 16), slice(6, 12))
SOFT_SPOT = box(slice(4, 8), slice(10, 16), slice(22, 28))


def bone() -> BoneCompartments:
    labels = np.zeros(GRID.shape, np.uint8)
    labels[:, 5:25, 2:16] = BoneLabel.TRABECULAR
    return BoneCompartments(labels, GRID, "test/1")


def study(*structures: Structure, uptake: Region | None = None) -> Study:
    pet = None
    if uptake is not None:
        suv = np.full(GRID.shape, 0.5, np.float32)
        suv[uptake.box][uptake.mask] = 8.0
        volume = Volume(suv, GRID)
        pet = PetImage(volume, Source("PT", "pet", ()), SuvFactor(1.0, ()), volume)
    return Study(
        patient_id="P",
        ct=CtImage(Volume(np.zeros(GRID.shape, np.int16), GRID), Source("CT", "ct", ())),
        pet=pet,
        structures=structures,
        structure_sources=(SOURCE,),
    )


def gtv(region: Region = BONE_SPOT, name: str = "GTV1", kind: str = "GTV", outside: bool = False) -> Structure:
    return Structure(name, kind, region, outside_ct=outside)


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("anything", "GTV", True),
        ("GTVp1", "", True),
        ("GTVn2_L", "", True),
        ("Lesion 3", "", True),
        ("GTV1", "ORGAN", False),
        ("PTV1", "", False),
        ("CTV_GTV", "", False),
        ("Bladder", "", False),
    ],
)
def test_a_lesion_is_known_by_its_type_or_by_its_name(name: str, kind: str, expected: bool) -> None:
    assert is_lesion(Structure(name, kind, BONE_SPOT)) is expected


def test_contours_go_before_pet_unless_asked_otherwise() -> None:
    patient = study(gtv(SOFT_SPOT), uptake=BONE_SPOT)
    assert [lesion.name for lesion in gather_lesions(patient, bone(), SETTINGS).lesions] == ["GTV1"]
    assert [lesion.name for lesion in gather_lesions(patient, bone(), SETTINGS, LesionSource.PET).lesions] == ["PET-1"]
    both = gather_lesions(patient, bone(), SETTINGS, LesionSource.BOTH).lesions
    assert [(lesion.id, lesion.name) for lesion in both] == [("L01", "GTV1"), ("L02", "PET-1")]


def test_pet_is_searched_when_no_structure_is_a_lesion() -> None:
    patient = study(gtv(SOFT_SPOT, "Bladder", "ORGAN"), uptake=BONE_SPOT)
    findings = gather_lesions(patient, bone(), SETTINGS)
    assert [lesion.name for lesion in findings.lesions] == ["PET-1"]
    assert "Bladder" in {n.code: n.message for n in findings.notices}["no-lesion-contour"]


def test_the_same_lesion_from_both_sources_is_one_with_both_names_and_the_union_of_both() -> None:
    shifted = box(slice(4, 8), slice(12, 18), slice(6, 12))
    patient = study(gtv(), uptake=shifted)
    (lesion,) = gather_lesions(patient, bone(), SETTINGS, LesionSource.BOTH).lesions
    assert lesion.origin.names == ("GTV1", "PET-1")
    assert lesion.origin.method == "structure+fixed-suv"
    assert lesion.region.voxels == 4 * 8 * 6


def test_two_lesions_that_share_less_than_half_stay_two() -> None:
    shifted = box(slice(4, 8), slice(14, 20), slice(6, 12))
    assert len(gather_lesions(study(gtv(), uptake=shifted), bone(), SETTINGS, LesionSource.BOTH).lesions) == 2


def test_kind_follows_name_and_bone() -> None:
    patient = study(gtv(), gtv(SOFT_SPOT, "GTVn1"), gtv(SOFT_SPOT, "GTV2"))
    assert [lesion.kind for lesion in gather_lesions(patient, bone(), SETTINGS).lesions] == ["bone", "node", "other"]


def test_a_patient_without_lesions_has_none() -> None:
    findings = gather_lesions(study(), bone(), SETTINGS)
    assert findings.lesions == ()


def test_an_empty_contour_is_left_out_and_said() -> None:
    empty = Region(GRID, (0, 0, 0), np.zeros((0, 0, 0), bool))
    findings = gather_lesions(study(gtv(), gtv(empty, "GTV2")), bone(), SETTINGS)
    assert [lesion.name for lesion in findings.lesions] == ["GTV1"]
    assert [notice.code for notice in findings.notices] == ["empty-lesion"]


def test_a_lesion_outside_the_ct_is_refused_by_name() -> None:
    with pytest.raises(GeometryError, match="'GTV7' lies partly outside the planning CT"):
        gather_lesions(study(gtv(name="GTV7", outside=True)), bone(), SETTINGS)


def test_a_source_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="study has none"):
        gather_lesions(study(gtv()), bone(), SETTINGS, LesionSource.PET)
    with pytest.raises(InputError, match="No structure is a lesion \\(none given\\)"):
        gather_lesions(study(), bone(), SETTINGS, LesionSource.STRUCTURES)
