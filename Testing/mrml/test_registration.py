"""A PET moved onto the planning CT in the scene: its voxels lie in RAS where the motion in LPS puts them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import slicer
import vtk

from HimarsPlannerLib.errors import GeometryError
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.mrml.registration import (
    check_free,
    is_moved_by,
    put_under_motion,
    read_registration,
    registration_record,
)
from HimarsPlannerLib.mrml.transform import motion_of
from HimarsPlannerLib.mrml.volume import add_volume
from HimarsPlannerLib.study.study import Registration, Source, SurfaceDistance

# A quarter turn about z, from +x to +y, then a shift: (x, y, z) to (-y + 5, x - 7, z + 11), LPS mm.
MOTION = np.array([[0.0, -1, 0, 5], [1, 0, 0, -7], [0, 0, 1, 11], [0, 0, 0, 1]])


def hook(scene: slicer.vtkMRMLScene, grid: Grid) -> tuple[slicer.vtkMRMLNode, np.ndarray]:
    """An L of three voxels of different value, and where they lie in LPS mm."""
    array = np.zeros(grid.shape, dtype=np.float32)
    voxels = np.array([[2, 3, 4], [2, 3, 9], [7, 3, 4]])
    array[tuple(voxels.T)] = (1.0, 2.0, 3.0)
    return add_volume(scene, Volume(array, grid), "PET"), grid.to_lps(voxels)


def in_world(node: slicer.vtkMRMLNode, value: float) -> np.ndarray:
    """Where the scene shows the voxel of a value, RAS mm; by Slicer's own matrices alone."""
    k, j, i = np.argwhere(slicer.util.arrayFromVolume(node) == value)[0]
    to_ras, to_world = vtk.vtkMatrix4x4(), vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(to_ras)
    node.GetParentTransformNode().GetMatrixTransformToWorld(to_world)
    return np.array(to_world.MultiplyPoint(to_ras.MultiplyPoint((float(i), float(j), float(k), 1.0)))[:3])


def test_every_arm_of_an_asymmetric_object_lies_where_the_motion_puts_it(
    scene: slicer.vtkMRMLScene, oblique: Grid
) -> None:
    node, places = hook(scene, oblique)
    transform = put_under_motion(scene, (node,), MOTION, None, "PET to CT")
    for value, (x, y, z) in zip((1.0, 2.0, 3.0), places, strict=True):
        # LPS (-y + 5, x - 7, z + 11) is RAS (y - 5, -x + 7, z + 11).
        assert in_world(node, value) == pytest.approx((y - 5, -x + 7, z + 11), abs=1e-6)
    motion = motion_of(node)
    assert motion is not None
    assert np.allclose(motion, MOTION)
    assert is_moved_by(node, transform, MOTION)


def test_registering_again_moves_the_same_transform(scene: slicer.vtkMRMLScene, oblique: Grid) -> None:
    node, _ = hook(scene, oblique)
    transform = put_under_motion(scene, (node,), MOTION, None, "PET to CT")
    other = MOTION.copy()
    other[0, 3] = 9.0
    check_free((node,), transform)
    assert put_under_motion(scene, (node,), other, transform, "PET to CT") is transform
    assert not is_moved_by(node, transform, MOTION)
    assert is_moved_by(node, transform, other)
    node.SetAndObserveTransformNodeID(None)
    assert not is_moved_by(node, transform, other)


def test_a_transform_over_the_transform_is_no_longer_the_registration(
    scene: slicer.vtkMRMLScene, oblique: Grid
) -> None:
    node, _ = hook(scene, oblique)
    transform = put_under_motion(scene, (node,), MOTION, None, "PET to CT")
    above = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "above")
    transform.SetAndObserveTransformNodeID(above.GetID())
    assert not is_moved_by(node, transform, MOTION)


def test_nodes_under_another_transform_are_refused(scene: slicer.vtkMRMLScene, oblique: Grid) -> None:
    node, _ = hook(scene, oblique)
    mine = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "mine")
    node.SetAndObserveTransformNodeID(mine.GetID())
    with pytest.raises(GeometryError, match="'PET' is under the transform 'mine' already"):
        check_free((node,), None)


def test_a_registration_comes_back_from_its_record(oblique: Grid) -> None:
    quality = SurfaceDistance(1.1, 2.4, 0.8)
    source = Source("CT", "low dose", (Path("a.dcm"),), "1.2", "1.3", "1.4")
    own = Volume(np.zeros(oblique.shape), oblique)
    for figures in (quality, None):
        stored = registration_record(Registration(MOTION, "rigid", (source,), figures, own))
        again = read_registration(stored, own)
        assert np.array_equal(again.matrix, MOTION)
        assert (again.method, again.sources, again.quality) == ("rigid", (source,), figures)
        assert again.pet_ct is own
