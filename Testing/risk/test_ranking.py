"""The order of treatment: tiers, then encroachment, volume and name; the input's order does not matter."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np

from HimarsPlannerLib.bone.compartments import BoneCompartments, BoneLabel
from HimarsPlannerLib.clinical.facts import Facts
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.lesions.lesion import Lesion, Site
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region, union
from HimarsPlannerLib.risk.anatomy import Anatomy
from HimarsPlannerLib.risk.ranking import rank_lesions
from HimarsPlannerLib.study.study import Structure

GRID = Grid((40, 40, 20), (1.0, 1.0, 3.0))
PROTOCOL = read_protocol()


def box(z: tuple[int, int], y: tuple[int, int], x: tuple[int, int]) -> Region:
    mask = np.zeros(GRID.shape, bool)
    mask[slice(*z), slice(*y), slice(*x)] = True
    return Region.from_array(mask, GRID)


CT = Volume(np.zeros(GRID.shape, np.int16), GRID)
CANAL = box((5, 15), (20, 30), (10, 30))
VEIN = Structure("V_Iliac_L", "", box((0, 20), (0, 4), (0, 4)))
ANATOMY = Anatomy(
    ct=CT,
    bone=BoneCompartments(np.zeros(GRID.shape, np.uint8), GRID, "test/1"),
    gtv_total=union((), GRID),
    canal=CANAL,
    canal_contoured=True,
    vessels=(VEIN,),
)


def test_tiers_follow_canal_and_bulk(make_lesion: Callable[..., Lesion]) -> None:
    rib = Site("left rib")
    lesions = [
        make_lesion(box((6, 9), (10, 12), (10, 12)), site=rib, name="rest"),
        make_lesion(box((6, 9), (10, 12), (32, 34)), site=rib, name="bulky", diameter_mm=25.0),
        make_lesion(box((6, 9), (5, 7), (0, 3)), site=rib, name="at the vein"),
        make_lesion(box((6, 9), (18, 21), (10, 30)), site=rib, name="in the canal"),
        make_lesion(box((6, 9), (18, 26), (10, 30)), site=rib, name="half the canal"),
    ]
    ranked = rank_lesions(lesions, ANATOMY, PROTOCOL.risk, PROTOCOL.ranking)
    assert [(r.rank, r.tier, r.lesion.name) for r in ranked] == [
        (1, 1, "half the canal"),
        (2, 3, "in the canal"),
        (3, 3, "bulky"),
        (4, 4, "at the vein"),
        (5, 4, "rest"),
    ]


def test_inside_a_tier_volume_then_name_decide_whatever_the_input_order(make_lesion: Callable[..., Lesion]) -> None:
    lesions = [
        make_lesion(box((0, 2), (35, 35 + size), (10, 12)), id=f"L{n:02d}", name=name)
        for n, (name, size) in enumerate([("b", 2), ("a", 2), ("c", 3), ("a", 2)], start=1)
    ]
    for seed in range(6):
        random.Random(seed).shuffle(lesions)
        order = [(r.lesion.name, r.lesion.id) for r in rank_lesions(lesions, ANATOMY, PROTOCOL.risk, PROTOCOL.ranking)]
        assert order == [("c", "L03"), ("a", "L02"), ("a", "L04"), ("b", "L01")]


def test_a_contoured_canal_goes_before_the_segmented_one() -> None:
    labels = np.zeros(GRID.shape, np.uint8)
    labels[2:4, 2:4, 2:4] = BoneLabel.CANAL
    bone = BoneCompartments(labels, GRID, "test/1")
    drawn = Anatomy.of(CT, [Structure("SpinalCanal", "ORGAN", CANAL)], bone, ())
    assert drawn.canal_contoured
    assert drawn.canal is not None
    assert drawn.canal.voxels == CANAL.voxels
    segmented = Anatomy.of(CT, [Structure("PTV_canal", "PTV", CANAL)], bone, ())
    assert segmented.canal is not None
    assert (segmented.canal_contoured, segmented.canal.voxels) == (False, 8)


def test_vessels_are_known_by_tg263_names() -> None:
    names = ["A_Aorta", "V_Venacava_I", "IVC", "Iliac vein left", "Aorta", "Bladder", "PTV_V_Iliac", "Lung_L"]
    anatomy = Anatomy.of(CT, [Structure(n, "", CANAL) for n in names], ANATOMY.bone, ())
    assert [vessel.name for vessel in anatomy.vessels] == names[:5]
    assert anatomy.canal is None


def test_symptoms_as_stated_put_a_lesion_into_tier_1(make_lesion: Callable[..., Lesion]) -> None:
    quiet = make_lesion(box((6, 9), (18, 26), (10, 30)), name="quiet")
    hurting = make_lesion(box((6, 9), (10, 12), (10, 12)), name="hurting", facts=Facts(pain="mechanical"))
    ranked = {
        entry.lesion.name: entry for entry in rank_lesions([quiet, hurting], ANATOMY, PROTOCOL.risk, PROTOCOL.ranking)
    }
    assert ranked["hurting"].tier == 1
    assert "mechanical pain" in ranked["hurting"].reason


def test_stated_absence_of_symptoms_never_lowers_a_tier(make_lesion: Callable[..., Lesion]) -> None:
    region = box((6, 9), (18, 26), (10, 30))
    lesions = [make_lesion(region), make_lesion(region, facts=Facts(symptomatic=False))]
    assert [entry.tier for entry in rank_lesions(lesions, ANATOMY, PROTOCOL.risk, PROTOCOL.ranking)] == [1, 1]


def test_pinned_lesions_come_first_and_uptake_under_review_last(make_lesion: Callable[..., Lesion]) -> None:
    lesions = [
        make_lesion(box((6, 9), (18, 26), (10, 30)), name="tier 1"),
        make_lesion(box((6, 9), (18, 26), (10, 30)), name="under review", needs_review="look"),
        make_lesion(box((6, 9), (10, 12), (10, 12)), name="pinned", facts=Facts(pinned=True)),
        make_lesion(box((6, 9), (10, 12), (34, 36)), name="tier 4"),
    ]
    ranked = rank_lesions(lesions, ANATOMY, PROTOCOL.risk, PROTOCOL.ranking)
    assert [entry.lesion.name for entry in ranked] == ["pinned", "tier 1", "tier 4", "under review"]
    assert (ranked[-1].scores, ranked[-1].reason) == ((), "needs review: look")
