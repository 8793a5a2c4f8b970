"""Volume nodes and volumes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from vtkmodules.util import numpy_support

from ..errors import InputError
from ..grid import Grid, Volume
from .geometry import grid_of_matrix, matrix_of_grid

VOLUME_CLASS = "vtkMRMLScalarVolumeNode"
LABEL_CLASS = "vtkMRMLLabelMapVolumeNode"


def grid_of(node: Any) -> Grid:
    """Grid (LPS) of a volume node where it was loaded, before any transform over it.

    Raises
    ------
    InputError
        The node holds no image.
    GeometryError
        Its axes are not at right angles.
    """
    import vtk

    image = node.GetImageData()
    if image is None or 0 in image.GetDimensions():
        raise InputError(f"Volume {node.GetName()!r} holds no image", "a loaded volume", "load it, or choose another")
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return grid_of_matrix(matrix, image.GetExtent(), node.GetName())


def volume_of(node: Any) -> Volume:
    """Copy of a volume node's voxels, (z, y, x), on its grid (LPS), before any transform over it.

    Raises
    ------
    InputError
        The node holds no image, or more than one value in each voxel.
    GeometryError
        Its axes are not at right angles.
    """
    grid = grid_of(node)
    image = node.GetImageData()
    if image.GetNumberOfScalarComponents() != 1:
        raise InputError(f"Volume {node.GetName()!r} has several values in each voxel", "a scalar volume", "choose one")
    return Volume(image_array(image).copy(), grid)


def image_array(image: Any) -> npt.NDArray[Any]:
    """View of the voxels of a vtkImageData of one component, (z, y, x)."""
    shape = tuple(reversed(image.GetDimensions()))
    return np.asarray(numpy_support.vtk_to_numpy(image.GetPointData().GetScalars())).reshape(shape)


def fill_image(image: Any, array: npt.NDArray[Any]) -> None:
    """Give a vtkImageData, whose extent is set, a copy of the voxels (z, y, x)."""
    scalars = numpy_support.numpy_to_vtk(np.ascontiguousarray(array).ravel(), deep=True)
    image.GetPointData().SetScalars(scalars)


def add_volume(scene: Any, volume: Volume, name: str, node_class: str = VOLUME_CLASS) -> Any:
    """Add a volume node with a copy of the voxels to the scene.

    Returns
    -------
    vtkMRMLScalarVolumeNode
        With a display node.
    """
    import vtk

    image = vtk.vtkImageData()
    image.SetDimensions(*volume.grid.size)
    fill_image(image, volume.array)
    node = scene.AddNewNodeByClass(node_class, name)
    node.SetAndObserveImageData(image)
    node.SetIJKToRASMatrix(matrix_of_grid(volume.grid))
    node.CreateDefaultDisplayNodes()
    return node
