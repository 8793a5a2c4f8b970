"""Contact with a ureter: touched, near, elsewhere, and not contoured."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from HimarsPlannerLib.bone.compartments import BoneCompartments
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.lesions.lesion import Lesion, Site
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.risk.anatomy import Anatomy
from HimarsPlannerLib.risk.score import Interval
from HimarsPlannerLib.risk.ureter import score_ureter
from HimarsPlannerLib.study.study import Structure

GRID = Grid((60, 60, 20), (1.0, 1.0, 3.0))
SETTINGS = read_protocol().risk.vessels
MakeLesion = Callable[..., Lesion]
EMPTY = BoneCompartments(np.zeros(GRID.shape, np.uint8), GRID, "test/1")


def box(z: tuple[int, int], y: tuple[int, int], x: tuple[int, int]) -> Region:
    mask = np.zeros(GRID.shape, bool)
    mask[slice(*z), slice(*y), slice(*x)] = True
    return Region.from_array(mask, GRID)


def anatomy(*ureters: tuple[str, Region]) -> Anatomy:
    ct = Volume(np.zeros(GRID.shape, np.int16), GRID)
    return Anatomy.of(ct, [Structure(name, "", region) for name, region in ureters], EMPTY, ())


@pytest.mark.parametrize(("x", "contact"), [(10, 1), (12, 1), (13, 0), (50, 0)])
def test_contact_is_one_or_none(make_lesion: MakeLesion, x: int, contact: int) -> None:
    lesion = make_lesion(box((5, 10), (20, 30), (0, 10)), kind="node")
    score = score_ureter(lesion, anatomy(("Ureter_L", box((0, 20), (24, 27), (x, x + 3)))), SETTINGS)
    assert score is not None
    # Slices are 3 mm apart: contact is within one voxel.
    assert score.measures == {"ureter contact": Interval.exactly(contact)}
    assert ("hydronephrosis" in score.sentence) is bool(contact)
    assert ("within 20 mm" in score.sentence) is (x == 50)


def test_without_ureters_soft_tissue_is_unknown_not_zero(make_lesion: MakeLesion) -> None:
    region = box((5, 10), (20, 30), (0, 10))
    above = ("Ureter_R", box((12, 20), (24, 27), (12, 15)))
    for patient in (anatomy(), anatomy(above)):
        score = score_ureter(make_lesion(region, kind="node", site=Site("iliac node, left")), patient, SETTINGS)
        assert score is not None
        assert (score.status, score.measures) == ("unknown", {})
        assert score.unknown[0].would_be == {"ureter contact": Interval(0, 1)}
        assert score_ureter(make_lesion(region), patient, SETTINGS) is None
        mediastinal = make_lesion(region, kind="node", site=Site("mediastinal node"))
        assert score_ureter(mediastinal, patient, SETTINGS) is None
