"""Sites from labels, from landmarks of the made patient, and from the vessels beside a node."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from HimarsPlannerLib.bone.compartments import BoneCompartments, BoneLabel
from HimarsPlannerLib.bone.segment import segment_bone
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.lesions.sites.geometry import estimate_site
from HimarsPlannerLib.lesions.sites.labelled import bone_labels, site_by_labels
from HimarsPlannerLib.lesions.sites.landmarks import Landmarks, find_landmarks
from HimarsPlannerLib.lesions.sites.locate import SiteFinder
from HimarsPlannerLib.phantom.build import Phantom, build_phantom
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.study.image_file import read_image_file
from HimarsPlannerLib.study.study import CtImage, Source, Structure, Study

GRID = Grid((40, 30, 20), (2.0, 2.0, 3.0))
WORDS = {
    "femur": ("femur",),
    "hip": ("pelvis", "acetabulum"),
    "sacrum": ("sacrum", "pelvis"),
    "rib": ("rib",),
    "sternum": ("sternum",),
    "scapula": ("shoulder girdle",),
    "clavicula": ("shoulder girdle",),
    "humerus": ("humerus", "upper limb"),
    "skull": ("skull",),
}
PARTS = {"C": "cervical", "T": "thoracic", "L": "lumbar"}


def box(z: slice, y: slice, x: slice) -> Region:
    mask = np.zeros(GRID.shape, bool)
    mask[z, y, x] = True
    return Region.from_array(mask, GRID)


Scan = tuple[BoneCompartments, Volume, list[dict[str, Any]]]
SPANS_MM = ((-440, 760), (-215, 385), (-215, 85), (150, 520))


def part(body: Phantom, low: float, high: float) -> Scan:
    """What a scan between two heights shows of a made patient: bone, CT, bone lesions."""
    grid = body.ct.grid
    z = grid.origin[2] + np.arange(grid.size[2]) * grid.spacing[2]
    shown = np.flatnonzero((z >= low) & (z <= high))
    start = (int(shown[0]), 0, 0)
    cut = grid.crop(start, (len(shown), *grid.shape[1:]))
    bone = BoneCompartments(body.labels[shown], cut, "truth")
    seen = [one for one in body.truth["lesions"] if low + 15 < one["centroid_lps_mm"][2] < high - 15]
    return bone, Volume(body.ct.array[shown], cut), [one for one in seen if one["kind"] == "bone"]


def fits(bone: str, site: str) -> bool:
    """Whether a site names the true bone, perhaps among two, and no wrong side."""
    for side, other in (("left", "right"), ("right", "left")):
        if side in bone and other in site:
            return False
    if bone.startswith("vertebrae"):
        part = PARTS[bone.removeprefix("vertebrae_")[0]]
        return site.startswith("spine") or ("spine" in site and part in site)
    return any(word in site for word in WORDS[bone.split("_")[0]])


def test_sites_and_landmarks_of_the_whole_made_patient_hold_the_truth_however_much_of_it_is_scanned() -> None:
    body = build_phantom(6, (4.0, 4.0, 5.0), "whole-body", noise_hu=0)
    wrong = []
    for low, high in SPANS_MM:
        bone, ct, lesions = part(body, low, high)
        marks = find_landmarks(ct, bone)
        assert len(lesions) > 7
        for lesion in lesions:
            site = estimate_site(np.array(lesion["centroid_lps_mm"]), marks)
            wrong += [] if fits(lesion["bone"], site) else [(lesion["site"], site, low)]
    assert wrong == []
    bone, ct, _ = part(body, *SPANS_MM[0])
    check_landmarks(find_landmarks(ct, bone), body.truth)


def check_landmarks(marks: Landmarks, truth: Mapping[str, Any]) -> None:
    lines = np.array(truth["canal_centreline_lps_mm"])
    within = marks.canal[:, 2] < lines[:, 2].max()
    x = np.interp(marks.canal[:, 2], lines[:, 2], lines[:, 0])
    assert np.abs(marks.canal[:, 0] - x)[within].mean() < 3
    assert marks.heads[1][0] > 0 > marks.heads[-1][0]
    heights = {one["name"]: one["body_centre_lps_mm"][2] for one in truth["vertebrae"]}
    assert marks.lungs is not None
    assert heights["L3"] < marks.lungs[0] < heights["T8"]
    assert heights["T4"] < marks.lungs[1] < heights["C5"]
    assert marks.cranium_z is not None
    assert marks.cranium_z > heights["C5"]


def test_every_bone_lesion_of_the_made_pelvis_has_a_site_that_holds_the_true_bone(demo_phantom: Phantom) -> None:
    bone, ct, lesions = part(demo_phantom, -400, 400)
    marks = find_landmarks(ct, bone)
    sites = [(one["bone"], estimate_site(np.array(one["centroid_lps_mm"]), marks)) for one in lesions]
    assert len(sites) > 7
    assert [(bone, site) for bone, site in sites if not fits(bone, site)] == []


def test_landmarks_do_not_depend_on_the_direction_in_which_slices_are_stored(demo_phantom: Phantom) -> None:
    bone, ct, _ = part(demo_phantom, -400, 400)
    marks, grid = find_landmarks(ct, bone), bone.grid
    first = grid.to_lps((grid.shape[0] - 1, 0, grid.shape[2] - 1))
    direction = (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
    turned = Grid(grid.size, grid.spacing, (float(first[0]), float(first[1]), float(first[2])), direction)
    other = find_landmarks(
        Volume(ct.array[::-1, :, ::-1], turned),
        BoneCompartments(np.ascontiguousarray(bone.labels[::-1, :, ::-1]), turned, "truth"),
    )
    assert set(marks.heads) == {1, -1}
    for side in (1, -1):
        assert other.heads[side] == pytest.approx(marks.heads[side], abs=6)
    assert other.crests == pytest.approx(marks.crests, abs=6)


def test_estimates_on_a_real_ct_never_name_the_wrong_part_of_the_spine(real_data: Path) -> None:
    folder = real_data / "totalseg-example"
    ct = read_image_file(folder / "example_ct.nii.gz")
    labels = read_image_file(folder / "spine_report" / "example_ct_report" / "totalseg.nii.gz")
    marks = find_landmarks(ct, segment_bone(ct))
    spine = {26: "sacrum", **dict.fromkeys(range(27, 32), "lumbar"), 32: "thoracic", 33: "thoracic"}
    wrong = []
    for label, part in spine.items():
        points = labels.grid.to_lps(np.argwhere(labels.array == label)[::40])
        sites = {estimate_site(point, marks) for point in points}
        wrong += [(label, site) for site in sites if not (part in site or site.startswith("spine"))]
    assert wrong == []
    left, right = marks.heads[1], marks.heads[-1]
    assert (left[2], right[2]) == pytest.approx((137, 137), abs=8), "seen in the image; a nail hides the left head"


def test_without_any_landmark_only_the_side_is_said() -> None:
    empty = BoneCompartments(np.zeros(GRID.shape, np.uint8), GRID, "none")
    marks = find_landmarks(Volume(np.zeros(GRID.shape, np.int16), GRID), empty)
    assert estimate_site(np.array([75.0, 30.0, 30.0]), marks) == "left"
    assert estimate_site(np.array([3.0, 30.0, 30.0]), marks) == "right"
    assert estimate_site(np.array([39.0, 30.0, 30.0]), marks) == "midline"


L3 = box(slice(0, 10), slice(5, 20), slice(5, 20))
L4 = box(slice(10, 20), slice(5, 20), slice(5, 20))
HIP = box(slice(0, 10), slice(5, 20), slice(28, 38))
LABELS = bone_labels(
    [
        Structure("vertebrae_L3", "", L3),
        Structure("vertebrae_L4", "", L4),
        Structure("Bone_Ilium_L", "", HIP),
        Structure("Bladder", "", HIP),
    ]
)


@pytest.mark.parametrize(
    ("lesion", "name", "bones"),
    [
        (box(slice(2, 6), slice(8, 12), slice(8, 12)), "L3", ("vertebrae_L3",)),
        (box(slice(7, 16), slice(8, 12), slice(8, 12)), "L4 and L3", ("vertebrae_L4", "vertebrae_L3")),
        (box(slice(2, 11), slice(8, 12), slice(8, 12)), "L3", ("vertebrae_L3",)),
        (box(slice(2, 6), slice(22, 24), slice(30, 32)), "left ilium", ("hip_left",)),
    ],
    ids=["inside", "two levels", "a sliver of the next", "beside"],
)
def test_labelled_bones_name_the_site(lesion: Region, name: str, bones: tuple[str, ...]) -> None:
    site = site_by_labels(lesion, LABELS)
    assert site is not None
    assert (site.name, site.estimated, site.bones) == (name, False, bones)


def test_far_from_every_label_labels_say_nothing() -> None:
    assert site_by_labels(box(slice(14, 18), slice(24, 28), slice(34, 38)), LABELS) is None


def finder(*structures: Structure) -> SiteFinder:
    ct = CtImage(Volume(np.zeros(GRID.shape, np.int16), GRID), Source("CT", "ct", ()))
    study = Study("P", ct, structures=structures, structure_sources=(Source("image", "labels", ()),))
    return SiteFinder.of(study, BoneCompartments(np.zeros(GRID.shape, np.uint8), GRID, "none"))


@pytest.mark.parametrize(
    ("vessel", "site"),
    [
        ("iliac_vena_left", "iliac node, left"),
        ("V_Iliac_L", "iliac node, left"),
        ("inferior_vena_cava", "retroperitoneal node, left"),
        ("superior_vena_cava", "mediastinal node, left"),
        ("common_carotid_artery_left", "cervical node, left"),
    ],
)
def test_a_node_has_the_station_of_the_vessel_beside_it(vessel: str, site: str) -> None:
    node = box(slice(5, 8), slice(10, 13), slice(32, 35))
    place = finder(Structure(vessel, "", box(slice(0, 20), slice(10, 13), slice(28, 31)))).locate(node, "node")
    assert (place.name, place.estimated) == (site, True)


def test_a_node_far_from_every_vessel_is_a_node_and_no_more() -> None:
    far = Structure("aorta", "", box(slice(0, 20), slice(0, 2), slice(0, 2)))
    assert finder(far).locate(box(slice(5, 8), slice(20, 23), slice(32, 35)), "node").name == "node, left"


def test_beside_bone_of_which_only_the_side_is_known_says_just_that() -> None:
    labels = np.zeros(GRID.shape, np.uint8)
    labels[:, 18:30, 24:30] = BoneLabel.CORTICAL
    ct = CtImage(Volume(np.zeros(GRID.shape, np.int16), GRID), Source("CT", "ct", ()))
    place = SiteFinder.of(Study("P", ct), BoneCompartments(labels, GRID, "test"))
    assert place.locate(box(slice(5, 8), slice(20, 23), slice(30, 34)), "other").name == "soft tissue"


def test_a_lesion_in_an_organ_bears_its_name() -> None:
    prostate = Structure("Prostate", "", box(slice(0, 20), slice(8, 20), slice(15, 25)))
    assert finder(prostate).locate(box(slice(5, 8), slice(10, 13), slice(18, 21)), "other").name == "prostate"
