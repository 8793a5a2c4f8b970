"""Transforms on nodes: a rigid one is taken into account as a hardened copy would, any other is refused."""

from __future__ import annotations

from typing import Any

import vtk

from ..errors import GeometryError
from ..grid import FloatArray
from ..study.motion import is_rigid
from .geometry import TO_LPS, array_of_matrix

REMEDY = "harden it on a copy of the node (Transforms module), or take the node out of the transform"


def motion_of(node: Any) -> FloatArray | None:
    """Rigid motion in LPS mm, shape (4, 4), of the transform over a node; None without one.

    Raises
    ------
    GeometryError
        The transform bends, scales, shears or mirrors.
    """
    transform = node.GetParentTransformNode()
    if transform is None:
        return None
    if not transform.IsTransformToWorldLinear():
        raise GeometryError(f"{node.GetName()!r} is under a transform that bends it", "a rigid transform", REMEDY)
    matrix = vtk.vtkMatrix4x4()
    transform.GetMatrixTransformToWorld(matrix)
    motion: FloatArray = TO_LPS @ array_of_matrix(matrix) @ TO_LPS
    if not is_rigid(motion):
        raise GeometryError(
            f"{node.GetName()!r} is under a transform that scales, shears or mirrors it", "a rigid transform", REMEDY
        )
    return motion
