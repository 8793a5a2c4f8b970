"""What part of the skeleton is in view, by labels and by landmarks, and which warnings hang on it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from HimarsPlannerLib.bone.compartments import BoneCompartments, BoneLabel
from HimarsPlannerLib.bone.coverage import LABELS_OF, Coverage, RegionInView, find_coverage
from HimarsPlannerLib.bone.plausible import coverage_notices
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.phantom.build import Phantom
from HimarsPlannerLib.protocol.protocol import MARROW_REGIONS, read_protocol
from HimarsPlannerLib.region import Region

REFERENCE = read_protocol().reference
GRID = Grid((20, 20, 100), (5.0, 5.0, 5.0), (0.0, 0.0, 0.0))
EMPTY = np.zeros(GRID.shape, np.uint8)
EVERY = [label for labels in LABELS_OF.values() for label in labels]


def labelled(names: Iterable[str], first: int = 40, last: int = 60) -> Coverage:
    """Coverage told by bones that all reach from one slice to another."""
    block = np.zeros(GRID.shape, bool)
    block[first:last, 5:9, 5:9] = True
    bones = {name: Region.from_array(block, GRID) for name in names}
    ct = Volume(np.zeros(GRID.shape, np.int16), GRID)
    return find_coverage(ct, BoneCompartments(EMPTY, GRID, "labels/1", bones=bones))


def codes(coverage: Coverage, trabecular_ml: float) -> list[str]:
    return [notice.code for notice in coverage_notices(coverage, trabecular_ml, REFERENCE)]


def test_shares_are_those_of_the_regions_and_add_up_to_all_marrow() -> None:
    assert set(LABELS_OF) == set(MARROW_REGIONS)
    assert sum(REFERENCE.marrow_share.values()) == pytest.approx(1.0, abs=0.002)


def test_every_bone_whole_is_a_whole_skeleton() -> None:
    coverage = labelled(EVERY)
    assert coverage.complete
    assert not coverage.estimated
    assert coverage.share(REFERENCE.marrow_share) == pytest.approx((0.999, 0.999))
    assert codes(coverage, 2000.0) == []


def test_missing_bones_are_counted_and_make_the_reserve_a_lower_bound() -> None:
    pelvis = ["sacrum", "hip_left", "hip_right", "femur_left", "femur_right", "vertebrae_L5", "vertebrae_L4"]
    coverage = labelled(pelvis)
    assert coverage.names("whole") == ["sacrum", "hip bones", "upper femora"]
    assert coverage.names("partly") == ["lumbar spine"]
    share = 0.099 + 0.175 + 0.067 + 0.4 * 0.123
    assert coverage.share(REFERENCE.marrow_share) == pytest.approx((share, share))
    assert codes(coverage, 700.0) == ["skeleton-partly-in-view"]
    (notice,) = coverage_notices(coverage, 700.0, REFERENCE)
    assert "39% of an adult's active marrow (by the bone labels)" in notice.message
    assert "lower bound" in notice.message


@pytest.mark.parametrize(("first", "last"), [(0, 10), (90, 100)], ids=["feet", "head"])
def test_a_bone_that_the_scan_cuts_may_be_in_view_by_any_part(first: int, last: int) -> None:
    coverage = labelled(EVERY, first, last)
    low, high = coverage.share(REFERENCE.marrow_share)
    assert (low, high) == pytest.approx((0.0, 0.999))
    assert coverage.names("partly") == list(LABELS_OF)


def test_two_cut_vertebrae_are_a_spine_in_view() -> None:
    coverage = labelled(["vertebrae_T11", "vertebrae_T12"], 0, 10)
    assert coverage.names("partly") == ["thoracic spine"]
    assert "no-spine-in-view" not in codes(coverage, 20.0)


def test_the_upper_part_of_a_long_bone_is_whole_though_the_scan_ends_below_it() -> None:
    assert labelled(["femur_left", "femur_right"], 0, 30).names("whole") == ["upper femora"]
    assert labelled(["femur_left", "femur_right"], 0, 15).names("partly") == ["upper femora"]


@pytest.mark.parametrize(("found", "expected"), [(250.0, True), (700.0, False), (1400.0, True)])
def test_volumes_outside_the_range_of_adult_men_are_told(found: float, expected: bool) -> None:
    coverage = labelled(["sacrum", "hip_left", "hip_right", "femur_left", "femur_right"])
    assert ("trabecular-bone-implausible" in codes(coverage, found)) == expected


def test_without_a_spine_the_plan_says_what_it_can_still_do() -> None:
    told = {notice.code: notice.message for notice in coverage_notices(labelled(["skull"]), 160.0, REFERENCE)}
    assert "the risk to the cord are not assessed" in told["no-spine-in-view"]
    assert "Lesions, volumes and the other risks hold" in told["no-spine-in-view"]


def test_landmarks_tell_the_made_pelvis(demo_phantom: Phantom) -> None:
    coverage = find_coverage(demo_phantom.ct, BoneCompartments(demo_phantom.labels, demo_phantom.ct.grid, "truth"))
    assert coverage.estimated
    assert coverage.names("whole") == ["sacrum", "hip bones", "upper femora"]
    assert coverage.names("partly") == ["lumbar spine"]
    lumbar = next(region for region in coverage.regions if region.name == "lumbar spine")
    assert 0.2 < lumbar.low < 0.7


def test_a_scan_of_the_head_alone_is_told_by_its_cavity() -> None:
    grid = Grid((60, 70, 45), (4.0, 4.0, 4.0), (-120.0, -140.0, 0.0))
    z, y, x = np.moveaxis(grid.to_lps(np.moveaxis(np.indices(grid.shape), 0, -1)), -1, 0)[::-1]
    radius = np.sqrt((x / 75) ** 2 + (y / 95) ** 2 + ((z - 80) / 85) ** 2)
    labels = np.where((radius < 1) & (radius > 0.9), BoneLabel.CORTICAL, 0).astype(np.uint8)
    ct = Volume(np.where(radius < 1.05, 40, -1000).astype(np.int16), grid)
    coverage = find_coverage(ct, BoneCompartments(labels, grid, "sphere"))
    assert "skull" not in coverage.names("not in view")
    assert {"thoracic spine", "lumbar spine", "hip bones"} <= set(coverage.names("not in view"))


def test_a_scan_without_any_landmark_is_said_to_be_unknown() -> None:
    coverage = find_coverage(Volume(np.zeros(GRID.shape, np.int16), GRID), BoneCompartments(EMPTY, GRID, "empty"))
    assert not coverage.known
    assert codes(coverage, 100.0) == ["coverage-unknown"]


def test_a_stretch_of_canal_without_landmarks_is_told_by_its_height() -> None:
    labels = EMPTY.copy()
    labels[30:48, 9:12, 9:12] = BoneLabel.CANAL
    coverage = find_coverage(Volume(np.zeros(GRID.shape, np.int16), GRID), BoneCompartments(labels, GRID, "canal"))
    assert coverage.canal_mm == pytest.approx(90.0)
    assert "of the spinal canal, 90 mm are" in coverage_notices(coverage, 100.0, REFERENCE)[0].message


def test_bounds_that_differ_are_both_said() -> None:
    half = Coverage(tuple(RegionInView(name, 0.2, 0.6) for name in LABELS_OF), estimated=False)
    assert "20% to 60%" in coverage_notices(half, 500.0, REFERENCE)[0].message
