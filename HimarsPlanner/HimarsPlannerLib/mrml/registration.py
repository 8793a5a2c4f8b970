"""A PET/CT moved onto the planning CT in the scene by a transform node, and how the motion was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ..errors import GeometryError
from ..grid import FloatArray, Volume
from ..study.study import Registration, SurfaceDistance
from .geometry import TO_LPS, array_of_matrix, matrix_of_array
from .source import read_source, source_record

TRANSFORM_CLASS = "vtkMRMLLinearTransformNode"
SAME_MM = 1e-3


def check_free(nodes: Sequence[Any], own: Any) -> None:
    """Refuse to move nodes that another transform moves already.

    Parameters
    ----------
    nodes
        PET and its CT.
    own
        Transform node of an earlier registration; None for none.

    Raises
    ------
    GeometryError
        One of them is under another transform.
    """
    for node in nodes:
        transform = node.GetParentTransformNode()
        if transform is not None and transform is not own:
            raise GeometryError(
                f"{node.GetName()!r} is under the transform {transform.GetName()!r} already",
                "PET and its CT as they were loaded",
                "take it out of the transform (Transforms module)",
            )


def put_under_motion(scene: Any, nodes: Sequence[Any], motion: FloatArray, own: Any, name: str) -> Any:
    """Move nodes by a rigid motion.

    Parameters
    ----------
    scene
        Slicer's.
    nodes
        PET and its CT.
    motion
        Shape (4, 4), in LPS mm, from where they were loaded to the planning CT.
    own
        Transform node to use again; None makes one.
    name
        Of a new transform node.

    Returns
    -------
    vtkMRMLLinearTransformNode
        Its matrix to the parent is the motion in RAS mm.
    """
    transform = own if own is not None else scene.AddNewNodeByClass(TRANSFORM_CLASS, name)
    transform.SetMatrixTransformToParent(matrix_of_array(TO_LPS @ motion @ TO_LPS))
    for node in nodes:
        node.SetAndObserveTransformNodeID(transform.GetID())
    return transform


def is_moved_by(node: Any, transform: Any, motion: FloatArray) -> bool:
    """Whether a node is still where a registration put it: under its transform, which nobody changed."""
    if transform is None or node.GetParentTransformNode() is not transform:
        return False
    if transform.GetParentTransformNode() is not None:
        return False
    matrix = matrix_of_array(np.eye(4))
    transform.GetMatrixTransformToParent(matrix)
    return bool(np.allclose(TO_LPS @ array_of_matrix(matrix) @ TO_LPS, motion, atol=SAME_MM))


def registration_record(registration: Registration) -> dict[str, Any]:
    """What a registration says beside voxels, as JSON values."""
    quality = registration.quality
    return {
        "matrix": np.asarray(registration.matrix).tolist(),
        "method": registration.method,
        "sources": [source_record(source) for source in registration.sources],
        "quality": None if quality is None else asdict(quality),
    }


def read_registration(record: Mapping[str, Any], pet_ct: Volume | None) -> Registration:
    """Registration of a record.

    Parameters
    ----------
    record
        What `registration_record` gave.
    pet_ct
        The PET/CT's own CT where it was loaded, HU; None where the scene has it no longer.
    """
    quality = record["quality"]
    return Registration(
        np.array(record["matrix"], dtype=np.float64),
        record["method"],
        tuple(read_source(source) for source in record["sources"]),
        None if quality is None else SurfaceDistance(**quality),
        pet_ct,
    )
