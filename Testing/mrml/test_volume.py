"""Volume nodes and grids: where voxels are, in RAS and LPS, for any orientation."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import vtk

from HimarsPlannerLib.errors import GeometryError, InputError
from HimarsPlannerLib.grid import Grid, Volume
from HimarsPlannerLib.mrml.transform import motion_of
from HimarsPlannerLib.mrml.volume import add_volume, volume_of

LEFT_FRONT_HEAD_LPS = (38.0, -55.0, 120.0)


def a_volume(grid: Grid) -> Volume:
    return Volume(np.arange(np.prod(grid.shape), dtype=np.int32).reshape(grid.shape), grid)


def test_an_oblique_volume_comes_back_as_it_went(scene: slicer.vtkMRMLScene, oblique: Grid) -> None:
    volume = a_volume(oblique)
    back = volume_of(add_volume(scene, volume, "CT"))
    assert np.array_equal(back.array, volume.array)
    assert back.array.dtype == volume.array.dtype
    assert back.grid.same_as(oblique, 1e-9)


def test_every_voxel_of_the_node_is_at_minus_x_minus_y_z_of_lps(scene: slicer.vtkMRMLScene, oblique: Grid) -> None:
    node = add_volume(scene, a_volume(oblique), "CT")
    to_ras = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(to_ras)
    for k, j, i in ((0, 0, 0), (23, 31, 39), (5, 4, 3)):
        x, y, z = oblique.to_lps((k, j, i))
        assert to_ras.MultiplyPoint((i, j, k, 1))[:3] == pytest.approx((-x, -y, z), abs=1e-9)


def test_an_asymmetric_object_is_on_the_side_where_slicer_sees_it(scene: slicer.vtkMRMLScene) -> None:
    """One voxel at the patient's left, front and head: Slicer's own reader of positions must find it there."""
    grid = Grid((80, 90, 60), (2.0, 2.0, 5.0), (-79.0, -89.0, -150.0))
    array = np.zeros(grid.shape, dtype=np.int16)
    array[tuple(np.rint(grid.to_index(LEFT_FRONT_HEAD_LPS)).astype(int))] = 1000
    node = add_volume(scene, Volume(array, grid), "CT")
    image = node.GetImageData()
    hottest = int(np.argmax(slicer.util.arrayFromVolume(node)))
    ijk = image.GetPoint(hottest)
    to_ras = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(to_ras)
    right, front, up = to_ras.MultiplyPoint((*ijk, 1))[:3]
    assert right < 0 < front
    assert (right, front, up) == pytest.approx((-38.0, 55.0, 120.0), abs=2.5)


@pytest.mark.parametrize("axes", [(1, 1, -1), (-1, 1, 1), (-1, -1, 1)])
def test_axes_may_run_either_way(scene: slicer.vtkMRMLScene, axes: tuple[int, int, int]) -> None:
    grid = Grid((5, 6, 7), (1.0, 2.0, 3.0), (4.0, 5.0, 6.0), tuple(np.diag(axes).astype(float).ravel()))
    assert volume_of(add_volume(scene, a_volume(grid), "CT")).grid.same_as(grid, 1e-9)


def test_a_volume_without_an_image_is_refused(scene: slicer.vtkMRMLScene) -> None:
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "nothing")
    with pytest.raises(InputError, match="'nothing' holds no image"):
        volume_of(node)


def test_sheared_axes_are_refused(scene: slicer.vtkMRMLScene, oblique: Grid) -> None:
    node = add_volume(scene, a_volume(oblique), "tilted")
    to_ras = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(to_ras)
    to_ras.SetElement(1, 2, to_ras.GetElement(1, 2) + 0.5)
    node.SetIJKToRASMatrix(to_ras)
    with pytest.raises(GeometryError, match="not at right angles"):
        volume_of(node)


def under(scene: slicer.vtkMRMLScene, node: slicer.vtkMRMLNode, kind: str, matrix: np.ndarray | None = None) -> None:
    transform = scene.AddNewNodeByClass(kind)
    if matrix is not None:
        values = vtk.vtkMatrix4x4()
        values.DeepCopy(matrix.ravel().tolist())
        transform.SetMatrixTransformToParent(values)
    node.SetAndObserveTransformNodeID(transform.GetID())


def test_a_rigid_transform_moves_the_grid_as_hardening_does(scene: slicer.vtkMRMLScene, oblique: Grid) -> None:
    turn = np.deg2rad(25)
    matrix = np.eye(4)
    matrix[:3, :3] = [[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]]
    matrix[:3, 3] = (11.0, -7.0, 3.0)
    node = add_volume(scene, a_volume(oblique), "CT")
    under(scene, node, "vtkMRMLLinearTransformNode", matrix)
    from HimarsPlannerLib.mrml.inputs import image_of

    moved = image_of(node).placed
    node.HardenTransform()
    assert moved.same_as(volume_of(node).grid, 1e-6)
    assert motion_of(node) is None


def test_transforms_that_are_not_rigid_are_refused(scene: slicer.vtkMRMLScene, oblique: Grid) -> None:
    scaled, bent = (add_volume(scene, a_volume(oblique), name) for name in ("scaled", "bent"))
    under(scene, scaled, "vtkMRMLLinearTransformNode", np.diag([1.1, 1.0, 1.0, 1.0]))
    under(scene, bent, "vtkMRMLBSplineTransformNode")
    with pytest.raises(GeometryError, match="'scaled' is under a transform that scales"):
        motion_of(scaled)
    with pytest.raises(GeometryError, match=r"harden it on a copy|Harden it on a copy"):
        motion_of(bent)
