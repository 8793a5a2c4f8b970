"""The made patient: repeatable, whole, and its masks near its truth."""

from __future__ import annotations

from pathlib import Path

import nrrd
import numpy as np
import pytest

from HimarsPlannerLib.bone.compartments import BoneLabel
from HimarsPlannerLib.clinical.read import read_clinical
from HimarsPlannerLib.errors import InputError
from HimarsPlannerLib.phantom import NOISE_HU, Phantom, build_phantom
from HimarsPlannerLib.phantom.extras import BONES, write_extras
from HimarsPlannerLib.region import Region


def test_the_same_seed_gives_the_same_patient_byte_for_byte(coarse_phantom: Phantom) -> None:
    again = build_phantom(1, coarse_phantom.ct.grid.spacing, "pelvis")
    assert again.ct.array.tobytes() == coarse_phantom.ct.array.tobytes()
    assert again.pet.array.tobytes() == coarse_phantom.pet.array.tobytes()
    assert again.labels.tobytes() == coarse_phantom.labels.tobytes()
    assert again.truth == coarse_phantom.truth


def test_another_seed_gives_another_patient(coarse_phantom: Phantom) -> None:
    other = build_phantom(2, coarse_phantom.ct.grid.spacing, "pelvis")
    mine, theirs = (p.truth["volumes_ml"]["total_trabecular_bone"] for p in (coarse_phantom, other))
    assert abs(theirs / mine - 1) > 0.01
    assert [row["suv"] for row in other.truth["lesions"]] != [row["suv"] for row in coarse_phantom.truth["lesions"]]


def test_truth_does_not_depend_on_the_ct_grid(coarse_phantom: Phantom, demo_phantom: Phantom) -> None:
    coarse, fine = (p.truth["volumes_ml"] for p in (coarse_phantom, demo_phantom))
    assert coarse == pytest.approx(fine, rel=5e-3)


@pytest.mark.parametrize(("name", "tolerance"), [("coarse_phantom", 0.02), ("demo_phantom", 0.005)])
def test_masks_come_near_the_truth_with_smaller_voxels(
    name: str, tolerance: float, request: pytest.FixtureRequest
) -> None:
    phantom = request.getfixturevalue(name)
    truth = phantom.truth["volumes_ml"]
    ml = np.bincount(phantom.labels.ravel(), minlength=len(BoneLabel)) * phantom.ct.grid.voxel_ml
    assert ml[BoneLabel.TRABECULAR] == pytest.approx(truth["total_trabecular_bone"], rel=tolerance)
    gtvs = sum(phantom.structures[row["name"]].volume_ml for row in phantom.truth["lesions"])
    assert gtvs == pytest.approx(truth["gtv_total"], rel=tolerance)


def test_each_lesions_mask_lies_where_the_truth_says(demo_phantom: Phantom) -> None:
    rows = demo_phantom.truth["lesions"]
    assert len(rows) >= 8
    for row in rows:
        region = demo_phantom.structures[row["name"]]
        assert np.linalg.norm(np.subtract(region.centroid_lps, row["centroid_lps_mm"])) < 1.0
        assert region.volume_ml == pytest.approx(row["volume_ml"], rel=0.05, abs=0.1)


def test_bone_marrow_reserve_is_trabecular_bone_outside_every_gtv(demo_phantom: Phantom) -> None:
    truth = demo_phantom.truth["volumes_ml"]
    trabecular = demo_phantom.labels == BoneLabel.TRABECULAR
    for row in demo_phantom.truth["lesions"]:
        region = demo_phantom.structures[row["name"]]
        trabecular[region.box] &= ~region.mask
    found = trabecular.sum() * demo_phantom.ct.grid.voxel_ml
    assert found == pytest.approx(truth["bone_marrow_reserve"], rel=0.01)
    assert 0.25 < truth["gtv_total"] / truth["bone_marrow_reserve"] < 0.5


def test_tissues_have_the_hu_of_a_contrast_ct(demo_phantom: Phantom) -> None:
    ct, labels = demo_phantom.ct.array, demo_phantom.labels

    def median(name: str) -> float:
        return float(np.median(demo_phantom.structures[name].values(ct)))

    assert median("Bladder") == pytest.approx(12, abs=5)
    assert 250 < median("A_Iliac_L") < 300
    assert 120 < median("V_Iliac_L") < 180
    assert 10 < np.median(ct[labels == BoneLabel.CANAL]) < 60
    assert np.median(ct[labels == BoneLabel.CORTICAL]) > 450
    assert 0 < np.median(ct[labels == BoneLabel.TRABECULAR]) < 400
    assert np.median(ct[labels == BoneLabel.SHAFT_CAVITY]) < 60
    assert ct[0, 0, 0] < -900


def test_lesions_look_like_their_type(demo_phantom: Phantom) -> None:
    trabecular = demo_phantom.labels == BoneLabel.TRABECULAR
    for row in demo_phantom.truth["lesions"]:
        region = demo_phantom.structures[row["name"]]
        inside = demo_phantom.ct.array[region.box][region.mask & trabecular[region.box]]
        if row["type"] == "blastic" and row["volume_ml"] > 5:
            assert 500 < np.median(inside) < 950, row
        if row["type"] == "lytic":
            assert 0 < np.median(inside) < 150, row


def test_soft_tissue_and_bone_do_not_overlap(demo_phantom: Phantom) -> None:
    bone = Region.from_array(
        np.isin(demo_phantom.labels, (BoneLabel.CORTICAL, BoneLabel.TRABECULAR)), demo_phantom.ct.grid
    )
    for name in ("A_Aorta", "V_Venacava_I", "A_Iliac_L", "A_Iliac_R", "V_Iliac_L", "V_Iliac_R", "Bladder", "Rectum"):
        assert demo_phantom.structures[name].overlap(bone) * demo_phantom.ct.grid.voxel_ml < 0.2, name


def test_the_canal_runs_through_without_a_gap(demo_phantom: Phantom) -> None:
    slices = np.flatnonzero((demo_phantom.labels == BoneLabel.CANAL).any(axis=(1, 2)))
    assert np.array_equal(slices, np.arange(slices[0], demo_phantom.ct.grid.size[2]))
    line = np.array(demo_phantom.truth["canal_centreline_lps_mm"])
    z, y, x = np.rint(demo_phantom.ct.grid.to_index(line)).astype(int).T
    assert (demo_phantom.labels[z, y, x] == BoneLabel.CANAL).mean() > 0.95


def test_the_canal_lesion_reaches_into_the_canal(demo_phantom: Phantom) -> None:
    ((name, truth),) = demo_phantom.truth["risks"]["canal_encroachment"].items()
    gtv, canal = demo_phantom.structures[name].to_array(), demo_phantom.structures["SpinalCanal"].to_array()
    share = (gtv & canal).sum(axis=(1, 2)) / np.maximum(canal.sum(axis=(1, 2)), 1)
    assert share.max() == pytest.approx(truth["worst_area_fraction"], abs=0.05)


def test_the_node_narrows_its_vein(demo_phantom: Phantom) -> None:
    ((_, truth),) = demo_phantom.truth["risks"]["vein"].items()
    assert truth["vessel"] == "V_Iliac_R"
    assert 15 < truth["narrowing_percent"] < 75
    assert 60 < truth["contact_degrees"] < 200


def test_noise_in_muscle_has_its_standard_deviation(coarse_phantom: Phantom, quiet_phantom: Phantom) -> None:
    quiet = quiet_phantom.ct.array.astype(float)
    noise = (coarse_phantom.ct.array - quiet)[np.abs(quiet - 56) < 1]
    assert noise.size > 1000
    assert noise.std() == pytest.approx(NOISE_HU, rel=0.1)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"seed": -1}, "-1"),
        ({"size": "leg"}, "leg"),
        ({"spacing": (1.0, 1.0, 0.0)}, "0.0"),
        ({"noise_hu": -5.0}, "-5.0"),
    ],
)
def test_arguments_out_of_range_are_refused_by_name(arguments: dict[str, object], named: str) -> None:
    with pytest.raises(InputError, match=named):
        build_phantom(**({"seed": 1} | arguments))  # type: ignore[arg-type]


def test_single_bones_are_the_skeleton_each_voxel_once(demo_phantom: Phantom) -> None:
    bones = np.isin(demo_phantom.labels, (BoneLabel.CORTICAL, BoneLabel.TRABECULAR, BoneLabel.SHAFT_CAVITY))
    count = np.zeros(bones.shape, np.int16)
    for region in demo_phantom.bones.values():
        count[region.box] += region.mask
    assert {"femur_left", "femur_right", "hip_left", "hip_right", "sacrum", "vertebrae_L5"} <= set(demo_phantom.bones)
    assert not count[~bones].any()
    assert count.max() == 1
    assert np.count_nonzero(bones & (count == 0)) <= 0.001 * np.count_nonzero(bones)


def test_the_clinical_file_and_bone_labels_of_a_made_patient_are_read_back(
    demo_phantom: Phantom, tmp_path: Path
) -> None:
    stated = read_clinical(write_extras(demo_phantom, tmp_path))
    sites = {row["name"]: row["site"] for row in demo_phantom.truth["lesions"]}
    told = {sites[name]: entry.facts for name, entry in stated.lesions.items()}
    assert told["left ilium"].symptomatic is True
    assert told["right femur below the trochanters"].pain_severity == "mild"
    header = nrrd.read_header(str(tmp_path / BONES))
    names = {value for key, value in header.items() if key.endswith("_Name")}
    assert names == set(demo_phantom.bones)
