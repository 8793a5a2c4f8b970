"""Cortical involvement, rigidity and homology on made bones whose sections are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from HimarsPlannerLib.bone.compartments import BoneCompartments, BoneLabel
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.lesions.lesion import Lesion, Site
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region, union
from HimarsPlannerLib.risk.anatomy import Anatomy
from HimarsPlannerLib.risk.fracture import score_fracture
from HimarsPlannerLib.risk.longbone.homologue import match_bones
from HimarsPlannerLib.risk.longbone.sections import ANGLES, RADII
from HimarsPlannerLib.risk.longbone.stiffness import Elasticity, rigidities
from HimarsPlannerLib.risk.score import Score

SETTINGS = read_protocol().risk
RHO_MORGAN = Elasticity(131, 1.067, 6850, 1.49)
CORTEX, MARROW, SOFT = 1200.0, -50.0, 40.0
OUTER_MM, INNER_MM = 14.0, 8.0
HEAD_MM = 24.0


@dataclass(frozen=True)
class Leg:
    """A femur-like bone: shaft along its own z below the origin, a ridge behind, a head up and towards the middle.

    Parameters
    ----------
    place
        LPS mm of the shaft's upper end.
    side
        +1 left, -1 right.
    turn
        Rotation vector about `place`, degrees.
    """

    place: tuple[float, float, float]
    side: int
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def own(self, points: np.ndarray) -> np.ndarray:
        """Points in the bone's own axes: x away from the middle of the body, y to the back, z up."""
        turn = Rotation.from_rotvec(self.turn, degrees=True).as_matrix()
        return ((points - self.place) @ turn) * (self.side, 1, 1)

    def outer(self, points: np.ndarray) -> np.ndarray:
        """Distance to the outer surface, negative inside, mm."""
        x, y, z = np.moveaxis(self.own(points), -1, 0)
        shaft = np.maximum(np.hypot(x, y) - OUTER_MM, z - 8)
        ridge = np.sqrt((x + 10) ** 2 + (y - 12) ** 2 + ((z + 12) / 1.5) ** 2) - 9
        along = np.clip((-(x) * 0.8 + z * 0.6) / 45, 0, 1)
        neck = np.sqrt((x + along * 36) ** 2 + y**2 + (z - along * 27) ** 2) - 15
        head = np.sqrt((x + 36) ** 2 + y**2 + (z - 27) ** 2) - HEAD_MM
        return np.minimum.reduce([shaft, ridge, neck, head])

    def hu(self, points: np.ndarray) -> np.ndarray:
        """HU: cortex 6 mm thick in the shaft, 2 mm elsewhere, softened over a millimetre."""
        outer = self.outer(points)
        z = self.own(points)[..., 2]
        wall = np.where(z < -28, OUTER_MM - INNER_MM, 2.0)
        bone = np.clip(0.5 - outer, 0, 1)
        core = np.clip(0.5 - outer - wall, 0, 1)
        return SOFT + bone * (CORTEX - SOFT) + core * (MARROW - CORTEX)


@cache
def lattice(grid: Grid) -> np.ndarray:
    """LPS positions of all voxels, (z, y, x, 3)."""
    return grid.to_lps(np.moveaxis(np.indices(grid.shape), 0, -1))


@cache
def outer_of(grid: Grid, leg: Leg) -> np.ndarray:
    """Distance to a leg's surface on a grid."""
    return leg.outer(lattice(grid))


@cache
def hu_of(grid: Grid, leg: Leg) -> np.ndarray:
    """HU of one leg on a grid."""
    return leg.hu(lattice(grid))


def ct_of(grid: Grid, *legs: Leg) -> np.ndarray:
    """HU of legs on a grid."""
    nearest = np.argmin([outer_of(grid, leg) for leg in legs], axis=0)
    return np.choose(nearest, [hu_of(grid, leg) for leg in legs])


def volume(array: np.ndarray, grid: Grid) -> Volume:
    """CT of HU."""
    return Volume(np.rint(array).astype(np.int16), grid)


LEFT = Leg((85.0, 0.0, 60.0), 1)
RIGHT = Leg((-85.0, 0.0, 60.0), -1)
GRID = Grid((200, 90, 85), (1.4, 1.2, 2.5), (-139.0, -54.0, -100.0))
MIDDLE = -90.0
HALF_LENGTH, HALF_ANGLE = 16.0, 55.0


def defect(leg: Leg, points: np.ndarray) -> np.ndarray:
    """A lesion that takes the lateral wall of the shaft: 32 mm long, 110 degrees wide, all of the cortex."""
    x, y, z = np.moveaxis(leg.own(points), -1, 0)
    angle = np.abs(np.rad2deg(np.arctan2(y, x)))
    inside = (angle < HALF_ANGLE) & (np.abs(z - MIDDLE) < HALF_LENGTH)
    return inside & (np.hypot(x, y) < OUTER_MM + 1) & (np.hypot(x, y) > 3)


def true_losses() -> np.ndarray:
    """Loss of EA, smaller EI and GJ of that section, from squares of 0.1 mm."""
    axis = np.arange(-16, 16, 0.1) + 0.05
    x, y = np.meshgrid(axis, axis, indexing="ij")
    r = np.hypot(x, y)
    whole = np.where(r < INNER_MM, MARROW, CORTEX)
    taken = (np.abs(np.rad2deg(np.arctan2(y, x))) < HALF_ANGLE) & (r > 3)
    values = []
    for hu in (np.where(taken, SOFT, whole), whole):
        e = np.where(r < OUTER_MM, 6850 * ((131 + 1.067 * hu) / 1000) ** 1.49, 0)
        dx, dy = x - (e * x).sum() / e.sum(), y - (e * y).sum() / e.sum()
        second = [[(e * dx * dx).sum(), (e * dx * dy).sum()], [(e * dx * dy).sum(), (e * dy * dy).sum()]]
        values.append([e.sum(), np.linalg.eigvalsh(second)[0], np.trace(second)])
    return 100 * (1 - np.divide(*values))


MakeLesion = Callable[..., Lesion]
MakeAnatomy = Callable[..., Anatomy]


def patient(
    grid: Grid, legs: tuple[Leg, ...], ill: Leg, make_lesion: MakeLesion, make_anatomy: MakeAnatomy, **more: object
) -> tuple[Lesion, Anatomy]:
    """A patient with that lesion in one leg and both femora labelled."""
    points = lattice(grid)
    mask = defect(ill, points)
    hu = ct_of(grid, *legs)
    hu[mask] = SOFT
    bones = {
        f"femur_{'left' if leg.side > 0 else 'right'}": Region.from_array(outer_of(grid, leg) < 0, grid) for leg in legs
    }
    labels = np.zeros(grid.shape, np.uint8)
    for leg in legs:
        labels[outer_of(grid, leg) < 0] = BoneLabel.CORTICAL
        labels[outer_of(grid, leg) < -6] = BoneLabel.SHAFT_CAVITY
    region = Region.from_array(mask, grid)
    name = f"femur_{'left' if ill.side > 0 else 'right'}"
    lesion = make_lesion(region, site=Site(name.replace("_", " "), False, (name,)), diameter_mm=37.0)
    fields = {"bone": BoneCompartments(labels, grid, "test/1"), "bones": bones, "gtv_total": region} | more
    return lesion, make_anatomy(grid, ct=volume(hu, grid), **fields)


def scores(lesion: Lesion, anatomy: Anatomy) -> dict[str, Score]:
    return {score.name: score for score in score_fracture(lesion, anatomy, SETTINGS)}


def check(found: dict[str, Score]) -> None:
    """Both scores against the truth of the defect."""
    cortex, rigidity = found["cortical involvement"], found["structural rigidity"]
    assert cortex.parts["axial_mm"] == pytest.approx(2 * HALF_LENGTH, abs=3)
    assert cortex.parts["circumference_degrees"] == pytest.approx(2 * HALF_ANGLE, abs=10)
    assert cortex.parts["thickness_percent"] == pytest.approx(100, abs=10)
    assert cortex.parts["axial_reached"]
    assert cortex.parts["circumference_low_reached"]
    assert not cortex.parts["circumference_high_reached"]
    losses = [rigidity.parts[f"{mode}_percent"] for mode in ("axial", "bending", "torsion")]
    assert losses == pytest.approx(true_losses(), abs=5)
    assert rigidity.measures["rigidity loss"].high == max(losses)


def test_a_hollow_cylinder_has_the_rigidities_of_the_textbook() -> None:
    """EA = E pi (R2 - r2), EI = E pi/4 (R4 - r4), GJ twice EI for G = E; the core weighs next to nothing."""
    hu = np.broadcast_to(np.where(RADII < 8, -120.0, 1000.0), (1, len(ANGLES), len(RADII))).astype(np.float32)
    found = rigidities(hu, np.full((1, len(ANGLES)), 14.0), RHO_MORGAN)[0]
    modulus = 6850 * 1.198**1.49
    core = 6850 * 0.00296**1.49
    area, second = np.pi * (14**2 - 8**2), np.pi / 4 * (14**4 - 8**4)
    expected = np.array([area, second, 2 * second]) * modulus + np.array([64, 1024, 2048]) * np.pi * core
    assert found == pytest.approx(expected, rel=2e-3)


def test_a_hole_moves_the_axis_of_bending() -> None:
    """Half a thin ring: about its own centroid EI = E t R3 (pi/2 - 4/pi), not the pi/2 about the ring's middle."""
    radius, wall = 20.0, 1.0
    hu = np.full((1, len(ANGLES), len(RADII)), -122.77, np.float32)
    hu[:, : len(ANGLES) // 2, np.abs(RADII - radius) < wall / 2] = 1000
    found = rigidities(hu, np.full((1, len(ANGLES)), 25.0), RHO_MORGAN)[0]
    share = 6850 * 1.198**1.49 * wall * radius**3
    assert found[1] == pytest.approx(share * (np.pi / 2 - 4 / np.pi), rel=0.02)


def test_against_the_other_side(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    lesion, anatomy = patient(GRID, (LEFT, RIGHT), RIGHT, make_lesion, make_anatomy)
    found = scores(lesion, anatomy)
    check(found)
    assert found["structural rigidity"].parts["against"] == "other side"
    assert found["structural rigidity"].sentence.endswith("of bending rigidity lost against the other femur")


def test_a_leg_that_lies_otherwise_is_still_compared(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    turned = Leg((88.0, -6.0, 64.0), 1, (9.0, -5.0, 25.0))
    lesion, anatomy = patient(GRID, (turned, RIGHT), RIGHT, make_lesion, make_anatomy)
    found = scores(lesion, anatomy)
    check(found)
    assert found["structural rigidity"].parts["against"] == "other side"


def test_on_an_oblique_grid(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    turn = Rotation.from_euler("zyx", [4, -6, 8], degrees=True).as_matrix()
    centre = np.array([0.0, 0.0, 5.0])
    first = centre - turn @ (np.array(GRID.spacing) * (np.array(GRID.size) - 1) / 2)
    oblique = Grid(GRID.size, GRID.spacing, tuple(first.tolist()), tuple(turn.ravel().tolist()))
    lesion, anatomy = patient(oblique, (LEFT, RIGHT), LEFT, make_lesion, make_anatomy)
    check(scores(lesion, anatomy))


def test_a_lesion_at_the_same_place_of_the_other_side(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    """Then the bone itself is the reference, its destroyed part restored, and the sentence says so."""
    lesion, anatomy = patient(GRID, (LEFT, RIGHT), RIGHT, make_lesion, make_anatomy)
    both = union([lesion.region, Region.from_array(defect(LEFT, lattice(GRID)), GRID)], GRID)
    found = scores(lesion, replace(anatomy, gtv_total=both))
    check(found)
    rigidity = found["structural rigidity"]
    assert (rigidity.status, rigidity.parts["against"]) == ("partial", "same bone")
    assert rigidity.sentence.endswith("against the same bone: the other femur has a lesion at the same place")


def test_a_lesion_elsewhere_in_the_other_femur_is_no_reason(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    lesion, anatomy = patient(GRID, (LEFT, RIGHT), RIGHT, make_lesion, make_anatomy)
    points = lattice(GRID)
    neck = np.linalg.norm(points - (65, 0, 75), axis=-1) < 12
    ill = union([lesion.region, Region.from_array(neck & (outer_of(GRID, LEFT) < 0), GRID)], GRID)
    assert scores(lesion, replace(anatomy, gtv_total=ill))["structural rigidity"].parts["against"] == "other side"


def test_one_femur_in_view(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    lesion, anatomy = patient(GRID, (RIGHT,), RIGHT, make_lesion, make_anatomy)
    found = scores(lesion, anatomy)
    check(found)
    assert found["structural rigidity"].parts["why_not_other_side"] == "the other femur is not in view"


def test_without_labels_a_femur_is_followed(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    lesion, anatomy = patient(GRID, (LEFT, RIGHT), RIGHT, make_lesion, make_anatomy, bones={})
    found = scores(replace(lesion, site=Site("femur, right")), anatomy)
    check(found)


def test_without_labels_a_humerus_is_unknown_never_zero(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    lesion, anatomy = patient(GRID, (LEFT, RIGHT), RIGHT, make_lesion, make_anatomy, bones={})
    found = scores(replace(lesion, site=Site("humerus, right")), anatomy)
    for name in ("cortical involvement", "structural rigidity"):
        assert found[name].status == "unknown"
        assert not found[name].measures
    (missing,) = found["cortical involvement"].unknown
    assert missing.would_be["axial cortical involvement"].high == lesion.diameter_mm


def test_a_humerus_with_labels(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    lesion, anatomy = patient(GRID, (LEFT, RIGHT), RIGHT, make_lesion, make_anatomy)
    arms = {name.replace("femur", "humerus"): region for name, region in anatomy.bones.items()}
    found = scores(replace(lesion, site=Site("right humerus", False, ("humerus_right",))), replace(anatomy, bones=arms))
    assert found["cortical involvement"].parts["axial_mm"] == pytest.approx(2 * HALF_LENGTH, abs=3)
    assert found["structural rigidity"].parts["against"] == "other side"
    assert found["Mirels"].parts["site_points"] == 1


def test_metal_in_the_section(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    lesion, anatomy = patient(GRID, (LEFT, RIGHT), RIGHT, make_lesion, make_anatomy)
    nail = np.linalg.norm((lattice(GRID) - (-85, 0, 0))[..., :2], axis=-1) < 4
    anatomy.bone.labels[nail] = BoneLabel.METAL
    found = scores(lesion, anatomy)["structural rigidity"]
    assert (found.status, found.sentence) == ("unknown", "rigidity not assessed: metal in the section")
    assert found.unknown[0].would_be["rigidity loss"].high == 100


def test_metal_in_the_other_femur(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    lesion, anatomy = patient(GRID, (LEFT, RIGHT), RIGHT, make_lesion, make_anatomy)
    anatomy.bone.labels[np.linalg.norm((lattice(GRID) - (85, 0, 0))[..., :2], axis=-1) < 4] = BoneLabel.METAL
    found = scores(lesion, anatomy)
    check(found)
    assert found["structural rigidity"].parts["why_not_other_side"] == "the other femur has metal at the same place"


def test_a_lesion_cut_by_the_scan_is_an_interval(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    first = 26
    grid = GRID.crop((first, 0, 0), (GRID.size[2] - first, GRID.size[1], GRID.size[0]))
    lesion, anatomy = patient(grid, (LEFT, RIGHT), RIGHT, make_lesion, make_anatomy)
    assert lesion.region.start[0] == 0
    found = scores(lesion, anatomy)
    axial = found["cortical involvement"].measures["axial cortical involvement"]
    assert axial.low < 2 * HALF_LENGTH - 3
    assert axial.high == axial.low + SETTINGS.cortex.beyond_scan_mm
    assert found["structural rigidity"].measures["rigidity loss"].high == 100
    assert "runs out of the scan" in found["cortical involvement"].sentence


def test_a_lesion_inside_the_cavity_takes_no_cortex(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    lesion, anatomy = patient(GRID, (LEFT, RIGHT), RIGHT, make_lesion, make_anatomy)
    inside = np.linalg.norm((lattice(GRID) - (-85, 0, -30)) / (1, 1, 3), axis=-1) < 5
    hu = ct_of(GRID, LEFT, RIGHT)
    hu[inside] = SOFT
    small = replace(lesion, region=Region.from_array(inside, GRID))
    found = scores(small, replace(anatomy, ct=volume(hu, GRID), gtv_total=small.region))
    assert found["cortical involvement"].sentence == "cortex not reached"
    assert found["cortical involvement"].measures["circumferential cortical involvement"].high == 0
    assert found["structural rigidity"].measures["rigidity loss"].high < 5


@pytest.mark.parametrize("turn", [(0, 0, 30), (15, 0, -20), (-10, 6, 10)])
def test_a_bone_is_laid_on_its_mirrored_partner(turn: tuple[float, float, float]) -> None:
    other = Leg((80.0, 4.0, 58.0), 1, turn)
    own, partner = (Region.from_array(outer_of(GRID, leg) < 0, GRID) for leg in (RIGHT, other))
    match = match_bones(own, partner, union((), GRID), ends_in_view=True)
    assert match is not None
    # The same place of both bones in their own axes: in the shaft, on the ridge, in the head.
    places = np.array([[14, 0, -60], [0, 14, -100], [-10, 18, -12], [-36, 0, 30]], dtype=float)
    there = [
        (places * (leg.side, 1, 1)) @ Rotation.from_rotvec(leg.turn, degrees=True).as_matrix().T + leg.place
        for leg in (RIGHT, other)
    ]
    assert np.linalg.norm(match.points(there[0]) - there[1], axis=1).max() < 2.0
