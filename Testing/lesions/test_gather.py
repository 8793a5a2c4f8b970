"""Lesions from contours and from PET, brought together once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from HimarsPlannerLib.bone.compartments import BoneCompartments, BoneLabel
from HimarsPlannerLib.errors import GeometryError, InputError
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.lesions.gather import LesionSource, gather_lesions
from HimarsPlannerLib.lesions.imported import is_lesion
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
    other_spot = box(slice(12, 16), slice(10, 16), slice(22, 28))
    patient = study(gtv(), gtv(SOFT_SPOT, "GTVn1"), gtv(other_spot, "GTV2"))
    assert [lesion.kind for lesion in gather_lesions(patient, bone(), SETTINGS).lesions] == ["bone", "node", "other"]


def test_what_is_drawn_in_a_gap_of_the_bone_is_a_lytic_bone_lesion_and_told() -> None:
    """A block of bone of 20 x 28 x 60 mm with a hole of 12 x 12 x 12 mm that reaches its surface."""
    hole = box(slice(4, 8), slice(10, 16), slice(10, 16))
    eaten = bone().labels.copy()
    eaten[hole.box] = 0
    node = box(slice(4, 8), slice(10, 16), slice(17, 23))
    patient = study(gtv(hole), gtv(node, "GTV2"))
    findings = gather_lesions(patient, BoneCompartments(eaten, GRID, "test/1"), SETTINGS)
    assert [(lesion.kind, lesion.in_bone) for lesion in findings.lesions] == [("bone", 0.0), ("other", 0.0)]
    assert next(n.message for n in findings.notices if n.code == "lesion-in-bone-gap").startswith("GTV1: ")


def test_labelled_bones_tell_a_lesion_in_bone_where_ct_does_not() -> None:
    spot = box(slice(12, 16), slice(10, 16), slice(22, 28))
    label = Structure("rib_left_7", "ORGAN", box(slice(12, 16), slice(10, 16), slice(24, 28)))
    findings = gather_lesions(study(gtv(spot), label), bone(), SETTINGS)
    assert [(lesion.kind, lesion.site.name) for lesion in findings.lesions] == [("bone", "left rib 7")]
    assert findings.notices == ()


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


def test_sources_that_differ_are_told_with_both_volumes() -> None:
    larger = box(slice(3, 10), slice(9, 19), slice(4, 14))
    findings = gather_lesions(study(gtv(), uptake=larger), bone(), SETTINGS, LesionSource.BOTH)
    (lesion,) = findings.lesions
    message = {n.code: n.message for n in findings.notices}["lesion-sources-differ"]
    assert lesion.region.voxels == larger.voxels
    assert f"GTV1 {BONE_SPOT.volume_ml:.1f} ml" in message
    assert f"PET-1 {larger.volume_ml:.1f} ml" in message
    assert f"{larger.voxels / BONE_SPOT.voxels - 1:.0%}" in message


def test_uptake_outside_bone_needs_review_until_it_is_accepted() -> None:
    patient = study(uptake=SOFT_SPOT)
    findings = gather_lesions(patient, bone(), SETTINGS)
    (candidate,) = findings.lesions
    assert (candidate.name, candidate.kind, candidate.counts) == ("Uptake-1", "node", False)
    assert "outside bone" in candidate.needs_review
    assert [notice.code for notice in findings.notices] == ["uptake-needs-review"]
    findings = gather_lesions(patient, bone(), SETTINGS, accepted=["Uptake-1"])
    (accepted,) = findings.lesions
    assert (accepted.counts, accepted.needs_review) == (True, "")
    assert findings.notices == ()


def test_uptake_that_needs_review_adds_its_name_to_a_contour_but_no_voxel() -> None:
    larger = box(slice(3, 10), slice(9, 18), slice(20, 29))
    patient = study(gtv(SOFT_SPOT, "GTVn1"), uptake=larger)
    findings = gather_lesions(patient, bone(), SETTINGS, LesionSource.BOTH)
    (lesion,) = findings.lesions
    assert (lesion.origin.names, lesion.counts) == (("GTVn1", "Uptake-1"), True)
    assert "uptake-needs-review" not in [notice.code for notice in findings.notices]
    assert lesion.region.voxels == SOFT_SPOT.voxels
    (accepted,) = gather_lesions(patient, bone(), SETTINGS, LesionSource.BOTH, accepted=["Uptake-1"]).lesions
    assert accepted.region.voxels == larger.voxels


def test_a_healthy_organ_by_its_label_is_no_candidate() -> None:
    liver = Structure("Liver", "ORGAN", box(slice(2, 10), slice(8, 20), slice(20, 30)))
    findings = gather_lesions(study(liver, uptake=SOFT_SPOT), bone(), SETTINGS)
    assert findings.lesions == ()
    assert "liver" in {n.code: n.message for n in findings.notices}["uptake-of-healthy-organs"]


def test_uptake_keeps_its_volume_on_the_pets_own_lattice() -> None:
    patient = study(uptake=BONE_SPOT)
    assert patient.pet is not None
    coarse = Grid((15, 15, 10), (4.0, 4.0, 6.0), (1.0, 1.0, 1.5))
    native = Volume(np.full(coarse.shape, 0.5, np.float32), coarse)
    pet = PetImage(patient.pet.on_ct, patient.pet.source, patient.pet.suv, native)
    (lesion,) = gather_lesions(replace(patient, pet=pet), bone(), SETTINGS).lesions
    centres = GRID.to_index(coarse.to_lps(np.argwhere(np.ones(coarse.shape))))
    inside = sum(bool(BONE_SPOT.to_array()[tuple(np.rint(centre).astype(int))]) for centre in centres)
    assert lesion.pet_volume_ml == pytest.approx(inside * coarse.voxel_ml)
    assert lesion.volume_ml == pytest.approx(BONE_SPOT.volume_ml)
    (contoured,) = gather_lesions(study(gtv()), bone(), SETTINGS).lesions
    assert contoured.pet_volume_ml is None


def test_uptake_beyond_the_ct_is_told() -> None:
    patient = study(uptake=BONE_SPOT)
    assert patient.pet is not None
    longer = Grid((30, 30, 40), GRID.spacing, (0.0, 0.0, -30.0))
    suv = np.full(longer.shape, 0.5, np.float32)
    suv[2:8, 10:16, 6:12] = 8.0
    suv[20:24, 10:16, 6:12] = 8.0
    pet = PetImage(patient.pet.on_ct, patient.pet.source, patient.pet.suv, Volume(suv, longer))
    findings = gather_lesions(replace(patient, pet=pet), bone(), SETTINGS)
    message = {n.code: n.message for n in findings.notices}["uptake-outside-ct"]
    assert message.startswith(f"1 region(s) of uptake ({6 * 6 * 6 * longer.voxel_ml:.1f} ml)")


def test_method_and_parameters_stay_with_the_lesion() -> None:
    (lesion,) = gather_lesions(study(uptake=BONE_SPOT), bone(), replace(SETTINGS, suv_threshold=4.0)).lesions
    assert lesion.origin.method == "fixed-suv"
    assert "SUVbw >= 4" in lesion.origin.detail
    assert "0.5 ml" in lesion.origin.detail


def test_named_structures_are_the_lesions_whatever_their_type() -> None:
    patient = study(gtv(), gtv(SOFT_SPOT, "boost 2", "CTV"), gtv(SOFT_SPOT, "Boost 3", "ORGAN"))
    lesions = gather_lesions(patient, bone(), SETTINGS, rois=["boost*"]).lesions
    assert [name for lesion in lesions for name in lesion.origin.names] == ["boost 2", "Boost 3"]


def test_structures_named_where_only_pet_is_asked_for_are_refused() -> None:
    with pytest.raises(InputError, match="--lesions both"):
        gather_lesions(study(gtv(), uptake=BONE_SPOT), bone(), SETTINGS, LesionSource.PET, rois=["GTV*"])
