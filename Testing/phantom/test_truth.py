"""True volumes against closed forms: spheres that no CT grid has sampled."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from HimarsPlannerLib.phantom.frame import Frame
from HimarsPlannerLib.phantom.lesions import Mass
from HimarsPlannerLib.phantom.shapes import Array, Point, Solid, ellipsoid
from HimarsPlannerLib.phantom.skeleton import Bone, Skeleton, constant
from HimarsPlannerLib.phantom.tissue import ball
from HimarsPlannerLib.phantom.truth import View, bone_volumes, measure_masses

RADIUS, CORTEX, SCALE = 30.0, 4.0, 0.95


def sphere_ml(radius: float) -> float:
    return 4 / 3 * np.pi * radius**3 / 1000


def sphere(centre: Point, radius: float) -> Solid:
    return ball(partial(ellipsoid, centre=centre, radii=(radius,) * 3), centre, (radius,) * 3)


def made_of(*bones: Bone, frame: Frame | None = None) -> Skeleton:
    skeleton = Skeleton(np.full(3, -70.0), np.full(3, 70.0), frame or Frame())
    skeleton.add_all(bones)
    return skeleton


def round_bone(centre: Point = (0, 0, 0), name: str = "round", gap: float = 2.0) -> Bone:
    return Bone(name, sphere(centre, RADIUS), constant(CORTEX), constant(100), gap=gap, smooth=0)


def mass(name: str, solid: Solid, bone: str = "round", beyond: float = 0.0) -> Mass:
    def values(x: Array, y: Array, z: Array) -> tuple[Array, None, Array]:
        flat = np.zeros(np.broadcast_shapes(x.shape, y.shape, z.shape), dtype=np.float32)
        return flat, None, flat

    return Mass(name, "somewhere", bone, "lytic" if bone else "node", solid, beyond, values, 10.0)


EVERYTHING = View(np.full(3, -60.0), np.full(3, 60.0))


def test_a_round_bone_has_its_cortex_and_its_inside() -> None:
    found = bone_volumes(made_of(round_bone()), [], EVERYTHING)
    assert found["skeleton"] == pytest.approx(sphere_ml(RADIUS), rel=1e-3)
    assert found["total_trabecular_bone"] == pytest.approx(sphere_ml(RADIUS - CORTEX), rel=1e-3)
    assert found["cortical_bone"] == pytest.approx(sphere_ml(RADIUS) - sphere_ml(RADIUS - CORTEX), rel=5e-3)


def test_volumes_follow_the_patients_size_whatever_his_rotation() -> None:
    skeleton = made_of(round_bone(), frame=Frame(scale=SCALE, yaw=0.02, roll=-0.01))
    found = bone_volumes(skeleton, [], EVERYTHING)
    assert found["skeleton"] == pytest.approx(sphere_ml(RADIUS * SCALE), rel=2e-3)


def test_a_cavity_is_taken_out_of_trabecular_bone() -> None:
    lower_half = Solid((-60, -60, -60), (60, 60, 0), lambda x, y, z: z + 0 * (x + y))
    found = bone_volumes(made_of(round_bone()), [lower_half], EVERYTHING)
    assert found["shaft_cavity"] == pytest.approx(sphere_ml(RADIUS - CORTEX) / 2, rel=1e-3)
    assert found["total_trabecular_bone"] == pytest.approx(sphere_ml(RADIUS - CORTEX) / 2, rel=1e-3)


def test_only_what_is_in_view_counts() -> None:
    upper_half = View(np.array([-60.0, -60.0, 0.0]), np.full(3, 60.0))
    found = bone_volumes(made_of(round_bone()), [], upper_half)
    assert found["skeleton"] == pytest.approx(sphere_ml(RADIUS) / 2, rel=1e-3)


def test_a_lesion_is_measured_and_split_into_cortex_and_trabecular_bone() -> None:
    inner = mass("A", sphere((5, 0, 0), 10))
    outer = mass("B", sphere((RADIUS + 60, 0, 0), 60))
    skeleton = made_of(round_bone())
    a, b = measure_masses([inner, outer], skeleton, [], EVERYTHING)
    assert a.volume_ml == pytest.approx(sphere_ml(10), rel=3e-3)
    assert a.trabecular_ml == pytest.approx(a.volume_ml, rel=1e-6)
    assert a.centroid_lps_mm == pytest.approx((5, 0, 0), abs=0.02)
    assert b.volume_ml == pytest.approx(0, abs=0.05), "a sphere that only touches the bone"


def test_a_lesion_across_the_periosteum_is_clipped_to_its_bone() -> None:
    clipped = mass("A", sphere((RADIUS, 0, 0), 12))
    grown = mass("B", sphere((RADIUS, 0, 0), 12), beyond=50)
    a, b = measure_masses([clipped, grown], made_of(round_bone()), [], EVERYTHING)
    # Lens of two spheres of radii R and r at distance d.
    big, small, d = RADIUS, 12.0, RADIUS
    lens = np.pi * (big + small - d) ** 2 * (d * d + 2 * d * (big + small) - 3 * (big - small) ** 2) / (12 * d) / 1000
    assert a.volume_ml == pytest.approx(lens, rel=5e-3)
    assert b.volume_ml == pytest.approx(sphere_ml(12), rel=3e-3)
    assert b.own_ml == pytest.approx(sphere_ml(12) - lens, rel=2e-2), "what overlaps counts once"


def test_a_node_needs_no_bone() -> None:
    (found,) = measure_masses([mass("N", sphere((-45, 0, 0), 9), bone="")], made_of(round_bone()), [], EVERYTHING)
    assert found.volume_ml == pytest.approx(sphere_ml(9), rel=3e-3)
    assert found.trabecular_ml == 0


def test_a_bone_keeps_its_gap_from_the_one_before() -> None:
    skeleton = made_of(round_bone((-14, 0, 0), "first"), round_bone((14, 0, 0), "second", gap=3.0))
    first, second = (np.argwhere(_mask(skeleton, name)) for name in ("first", "second"))
    line = [points[(points[:, 0] == 70) & (points[:, 1] == 70)][:, 2] for points in (first, second)]
    assert line[1].min() - line[0].max() >= 3


def _mask(skeleton: Skeleton, name: str) -> np.ndarray:
    block, distance = skeleton.bones[name]
    full = np.zeros(skeleton.grid.shape, dtype=bool)
    full[block] = distance < 0
    return full
