"""Bulk and place: each criterion on bones of plain shapes, at its bounds, and where the site is only estimated."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from HimarsPlannerLib.bone.compartments import BoneCompartments, BoneLabel
from HimarsPlannerLib.grid import Grid
from HimarsPlannerLib.lesions.lesion import Lesion, Site
from HimarsPlannerLib.phantom.build import Phantom
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.risk.anatomy import Anatomy
from HimarsPlannerLib.risk.place import score_place
from HimarsPlannerLib.risk.score import Interval, Score

SETTINGS = read_protocol().risk.place
GRID = Grid((75, 60, 60), (2.0, 2.0, 3.0), (-75.0, -60.0, -90.0))
PLACE = GRID.to_lps(np.moveaxis(np.indices(GRID.shape), 0, -1))
X, Y, Z = np.moveaxis(PLACE, -1, 0)
MakeLesion = Callable[..., Lesion]
MakeAnatomy = Callable[..., Anatomy]


def ball(centre: tuple[float, float, float], radius: float) -> np.ndarray:
    return np.asarray(np.linalg.norm(PLACE - centre, axis=-1) < radius)


def region(mask: np.ndarray) -> Region:
    return Region.from_array(mask, GRID)


# A head of 24 mm around (0, 0, 20), its neck and shaft, and a socket 3 mm off it that reaches up to a wing.
HEAD = (0.0, 0.0, 20.0)
SHAFT = (np.hypot(X - 50, Y) < 14) & (Z < 0)
NECK = (np.hypot(Y, Z - 20 + X * 0.4) < 13) & (X > 0) & (X < 50)
FEMUR = ball(HEAD, 24) | NECK | SHAFT
SOCKET = ball(HEAD, 37) & ~ball(HEAD, 27) & (Z > 20) & (X < 20)
WING = (np.abs(X + 10) < 14) & (np.abs(Y) < 30) & (Z > 45)
HIP = (SOCKET | WING) & ~FEMUR
SACRUM = (X < -25) & (np.abs(Y) < 30) & (Z > 60)


def judged(
    make_lesion: MakeLesion,
    make_anatomy: MakeAnatomy,
    lesion: np.ndarray,
    site: Site,
    bones: dict[str, np.ndarray],
    **parts: object,
) -> Score:
    anatomy = make_anatomy(GRID, bones={name: region(mask) for name, mask in bones.items()}, **parts)
    return score_place(make_lesion(region(lesion), site=site), anatomy, SETTINGS)


@pytest.mark.parametrize(("diameter", "bulky"), [(19.9, False), (20.0, True)])
def test_two_centimetres_are_bulky(
    make_lesion: MakeLesion, make_anatomy: MakeAnatomy, diameter: float, bulky: bool
) -> None:
    lesion = make_lesion(region(ball((0, 0, 0), 9)), diameter_mm=diameter, kind="node")
    score = score_place(lesion, make_anatomy(GRID), SETTINGS)
    assert (score.parts["bulky"], score.measures) == (bulky, {"bulk": Interval.exactly(diameter)})
    assert ("bulky" in score.sentence) is bulky


@pytest.mark.parametrize(
    ("bone", "centre", "criteria"),
    [
        ("femur_left", (0.0, 0.0, 20.0), {"hip"}),
        ("femur_left", (35.0, 0.0, 6.0), {"hip"}),
        ("femur_left", (50.0, 0.0, -60.0), set()),
        ("hip_left", (0.0, 0.0, 50.0), {"hip"}),
        ("hip_left", (-10.0, 0.0, 78.0), set()),
        ("hip_left", (-20.0, 0.0, 78.0), {"sacro-iliac joint"}),
        ("sacrum", (-32.0, 0.0, 78.0), {"sacro-iliac joint"}),
        ("sacrum", (-65.0, 0.0, 78.0), set()),
    ],
)
def test_joints_of_the_pelvis(
    make_lesion: MakeLesion,
    make_anatomy: MakeAnatomy,
    bone: str,
    centre: tuple[float, float, float],
    criteria: set[str],
) -> None:
    far = {"vertebrae_L5": ball((70, 50, -80), 6)}
    bones = {"femur_left": FEMUR, "hip_left": HIP, "sacrum": SACRUM} | far
    lesion = ball(centre, 6) & bones[bone]
    score = judged(make_lesion, make_anatomy, lesion, Site(bone, False, (bone,)), bones)
    assert {name for name, met in score.parts.items() if met is True} == criteria
    assert score.measures["place"] == Interval.exactly(len(criteria))


def test_the_shoulder_is_the_humeral_head_and_its_socket(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    bones = {"humerus_right": FEMUR, "scapula_right": HIP}
    for bone, centre, met in (
        ("humerus_right", HEAD, True),
        ("humerus_right", (50.0, 0.0, -60.0), False),
        ("scapula_right", (0.0, 0.0, 50.0), True),
        ("scapula_right", (-10.0, 0.0, 84.0), False),
    ):
        score = judged(make_lesion, make_anatomy, ball(centre, 6) & bones[bone], Site(bone, False, (bone,)), bones)
        assert score.parts["shoulder"] is met


def test_a_joint_whose_partner_is_not_labelled_is_unknown(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    site = Site("left hip bone", False, ("hip_left",))
    score = judged(make_lesion, make_anatomy, ball((0, 0, 50), 6) & HIP, site, {"hip_left": HIP})
    assert score.measures["place"] == Interval(0, 2)
    assert [(one.what, one.would_be["place"]) for one in score.unknown] == [("bone or level", Interval(0, 2))]
    assert "possibly hip or sacro-iliac joint" in score.sentence


@pytest.mark.parametrize(
    ("level", "junctional"),
    [(level, level in ("C7", "T1", "T12", "L1", "L5")) for level in ("C6", "C7", "T1", "T2", "T11", "T12", "L1", "L2")]
    + [("L4", False), ("L5", True)],
)
def test_junctional_levels(make_lesion: MakeLesion, make_anatomy: MakeAnatomy, level: str, junctional: bool) -> None:
    name = f"vertebrae_{level}"
    body = ball((0, 0, 0), 20)
    canal = region((np.hypot(X, Y - 28) < 8) & (np.abs(Z) < 60))
    labelled = judged(
        make_lesion, make_anatomy, ball((0, 0, 0), 6), Site(level, False, (name,)), {name: body}, canal=canal
    )
    assert labelled.measures["place"] == Interval.exactly(int(junctional))
    stated = judged(make_lesion, make_anatomy, ball((0, 0, 0), 6), Site(f"{level} spine", False), {}, canal=canal)
    assert stated.measures["place"] == Interval.exactly(int(junctional))


def test_the_top_of_the_sacrum_is_junctional(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    sacrum, l5 = (np.hypot(X, Y) < 25) & (Z < 30), (np.hypot(X, Y) < 25) & (Z > 36) & (Z < 66)
    site = Site("sacrum", False, ("sacrum",))
    for z, met in ((15.0, True), (-40.0, False)):
        bones = {"sacrum": sacrum, "vertebrae_L5": l5}
        score = judged(make_lesion, make_anatomy, ball((0, 0, z), 6), site, bones)
        assert score.parts["junctional spine"] is met
    alone = judged(make_lesion, make_anatomy, ball((0, 0, 15), 6), site, {"sacrum": sacrum})
    assert alone.parts["junctional spine"] == "unknown"


@pytest.mark.parametrize(("y", "met"), [(0.0, False), (24.0, True), (60.0, True)])
def test_posterior_elements_are_behind_the_front_of_the_canal(
    make_lesion: MakeLesion, make_anatomy: MakeAnatomy, y: float, met: bool
) -> None:
    canal = region((np.hypot(X, Y - 28) < 8) & (np.abs(Z) < 60))
    site = Site("L3", False, ("vertebrae_L3",))
    bones = {"vertebrae_L3": (np.abs(X) < 30) & (np.abs(Z) < 15)}
    lesion = ball((15.0, y, 0.0), 6) & (Y < 58)
    lesion = lesion if lesion.any() else ball((15.0, 50.0, 0.0), 6)
    score = judged(make_lesion, make_anatomy, lesion, site, bones, canal=canal)
    assert score.parts["posterior elements"] is met
    unknown = judged(make_lesion, make_anatomy, lesion, site, bones)
    assert unknown.measures["place"] == Interval(0, 1)


@pytest.mark.parametrize(("depth", "met"), [(1.0, False), (3.0, True), (9.0, True)])
def test_a_third_of_the_cortex_of_a_long_bone(
    make_lesion: MakeLesion, make_anatomy: MakeAnatomy, depth: float, met: bool
) -> None:
    """A shaft of 12 mm with a cortex of 6 mm, eaten from within to `depth` mm."""
    grid = Grid((40, 40, 20), (1.0, 1.0, 3.0))
    z, y, x = np.indices(grid.shape)
    r = np.hypot(y - 20.0, x - 20.0)
    labels = np.where(r < 12, BoneLabel.CORTICAL, 0).astype(np.uint8)
    labels[r < 6] = BoneLabel.SHAFT_CAVITY
    lesion = Region.from_array((r < 6 + depth) & (np.abs(z - 10) < 4), grid)
    anatomy = make_anatomy(
        grid, bone=BoneCompartments(labels, grid, "test/1"), bones={"femur_left": Region.from_array(r < 12, grid)}
    )
    score = score_place(make_lesion(lesion, site=Site("left femur", False, ("femur_left",))), anatomy, SETTINGS)
    assert score.parts["cortex of a long bone"] is met
    # Without a hip bone the head is not known.
    assert score.parts["hip"] == "unknown"


@pytest.mark.parametrize(
    ("site", "place"),
    [
        ("rib, left", (0, 0)),
        ("sternum", (0, 0)),
        ("skull", (0, 0)),
        ("femur or acetabulum, left", (1, 2)),
        ("pelvis, right", (0, 2)),
        ("shoulder girdle, right", (0, 1)),
        ("thoracic spine", (0, 2)),
        ("thoracic spine or rib, left", (0, 2)),
        ("left", (0, 2)),
    ],
)
def test_an_estimated_site_is_an_interval(
    make_lesion: MakeLesion, make_anatomy: MakeAnatomy, site: str, place: tuple[int, int]
) -> None:
    score = judged(make_lesion, make_anatomy, ball((0, 0, 0), 6), Site(site), {})
    assert score.measures["place"] == Interval(*place)
    assert bool(score.unknown) is (place[0] != place[1])


def test_the_made_patient_with_its_bones(demo_phantom: Phantom, make_lesion: MakeLesion) -> None:
    bone = BoneCompartments(demo_phantom.labels, demo_phantom.ct.grid, "truth/1", bones=demo_phantom.bones)
    anatomy = Anatomy.of(demo_phantom.ct, (), bone, ())
    met = {}
    for lesion in demo_phantom.truth["lesions"]:
        if lesion["kind"] == "bone":
            site = Site(lesion["site"], False, (lesion["bone"],))
            score = score_place(make_lesion(demo_phantom.structures[lesion["name"]], site=site), anatomy, SETTINGS)
            met[lesion["site"]] = {name for name, verdict in score.parts.items() if verdict is True}
    assert "hip" in met["left femoral neck"] & met["right acetabulum"]
    assert met["right femur below the trochanters"] == {"cortex of a long bone"}
    assert "sacro-iliac joint" in met["sacrum, right wing"]
    assert "junctional spine" in met["L5 body and canal"]
    assert met["left ischium"] == set()
