"""Lytic, mixed or blastic in a made slab of bone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from HimarsPlannerLib.bone.compartments import BoneCompartments, BoneLabel
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.lesions.lesion import Lesion
from HimarsPlannerLib.protocol.protocol import read_protocol
from HimarsPlannerLib.region import Region
from HimarsPlannerLib.risk.anatomy import Anatomy
from HimarsPlannerLib.risk.lesion_type import ALL, lesion_type

SETTINGS = read_protocol().risk.lesion_type
GRID = Grid((50, 50, 30), (1.0, 1.0, 2.0))
POINTS = GRID.to_lps(np.moveaxis(np.indices(GRID.shape), 0, -1))
DEPTH = np.minimum(POINTS[..., 1] - 8, 42 - POINTS[..., 1])
MakeLesion = Callable[..., Lesion]
MakeAnatomy = Callable[..., Anatomy]


def found(
    hu_of_lesion: np.ndarray | float, centre_y: float, make_lesion: MakeLesion, make_anatomy: MakeAnatomy
) -> tuple[str, ...]:
    """Type of a ball of 9 mm in a slab with 3 mm of cortex around cancellous bone of 150 +/- 25 HU."""
    rng = np.random.default_rng(5)
    hu = np.where(DEPTH > 3, rng.normal(150, 25, GRID.shape), np.where(DEPTH > 0, 1100, 40))
    labels = np.where(DEPTH > 3, BoneLabel.TRABECULAR, np.where(DEPTH > 0, BoneLabel.CORTICAL, 0)).astype(np.uint8)
    inside = (np.linalg.norm(POINTS - (25, centre_y, 30), axis=-1) < 9) & (DEPTH > 0)
    hu[inside] = np.broadcast_to(hu_of_lesion, GRID.shape)[inside]
    region = Region.from_array(inside, GRID)
    anatomy = make_anatomy(
        GRID,
        ct=Volume(hu.astype(np.int16), GRID),
        bone=BoneCompartments(labels, GRID, "test/1"),
        gtv_total=region,
    )
    return lesion_type(make_lesion(region), anatomy, SETTINGS)


@pytest.mark.parametrize(("hu", "expected"), [(654.0, ("blastic",)), (30.0, ("lytic",))])
def test_dense_and_soft(
    hu: float, expected: tuple[str, ...], make_lesion: MakeLesion, make_anatomy: MakeAnatomy
) -> None:
    """654 HU is the mean of untreated osteoblastic metastases (Ulano, AJR 2016)."""
    assert found(hu, 25, make_lesion, make_anatomy) == expected


def test_half_dense_half_soft_is_mixed(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    assert found(np.where(POINTS[..., 0] < 25, 654.0, 30.0), 25, make_lesion, make_anatomy) == ("mixed",)


def test_near_two_thirds_two_types_are_possible(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    assert found(np.where(POINTS[..., 0] < 27, 654.0, 30.0), 25, make_lesion, make_anatomy) == ("blastic", "mixed")


def test_cortex_that_is_gone_is_lytic(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    """Soft tissue like the marrow around it shows only by the cortex that it destroys."""
    assert found(140.0, 12, make_lesion, make_anatomy) == ("lytic",)


def test_what_does_not_differ_from_the_bone_around_it_may_be_anything(
    make_lesion: MakeLesion, make_anatomy: MakeAnatomy
) -> None:
    assert found(150.0, 25, make_lesion, make_anatomy) == ALL


def test_without_bone_around_it_may_be_anything(make_lesion: MakeLesion, make_anatomy: MakeAnatomy) -> None:
    region = Region.from_array(np.linalg.norm(POINTS - (25, 25, 30), axis=-1) < 6, GRID)
    assert lesion_type(make_lesion(region), make_anatomy(GRID), SETTINGS) == ALL
