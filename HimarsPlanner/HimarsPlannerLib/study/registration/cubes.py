"""CTs as images of equal cubes along the patient's axes, for registration."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from ...grid import Volume

SOFT_TO_DENSE_HU = (-200.0, 1200.0)
BONE_HU = 200.0
SMALLEST_BONE_ML = 5.0


def image_of(volume: Volume) -> sitk.Image:
    """Volume as SimpleITK has it."""
    image = sitk.GetImageFromArray(volume.array)
    image.SetSpacing(volume.grid.spacing)
    image.SetOrigin(volume.grid.origin)
    image.SetDirection(volume.grid.direction)
    return image


def to_cubes(image: sitk.Image, mm: float) -> sitk.Image:
    """CT averaged to cubes whose axes are the patient's.

    Parameters
    ----------
    image
        HU, any orientation.
    mm
        Edge of the cubes.

    Returns
    -------
    sitk.Image
        float32, limited to -200 to 1200 HU: what tells bone and soft tissue apart, and neither lung nor metal.
    """
    low, high = SOFT_TO_DENSE_HU
    bins = [max(1, int(mm / step + 0.01)) for step in image.GetSpacing()]
    averaged = sitk.Clamp(sitk.Cast(sitk.BinShrink(image, bins), sitk.sitkFloat32), sitk.sitkFloat32, low, high)
    last = [n - 1 for n in averaged.GetSize()]
    corners = np.array(
        [
            averaged.TransformIndexToPhysicalPoint((i, j, k))
            for i in (0, last[0])
            for j in (0, last[1])
            for k in (0, last[2])
        ]
    )
    first = corners.min(axis=0)
    size = [int(n) + 1 for n in np.ceil((corners.max(axis=0) - first) / mm)]
    axes = np.eye(3).ravel().tolist()
    return sitk.Resample(averaged, size, sitk.Transform(), sitk.sitkLinear, first.tolist(), [mm] * 3, axes, low)


def bones_of(image: sitk.Image) -> sitk.Image:
    """Connected parts of 5 ml and more that are denser than 200 HU, labelled 1, 2, ... from the largest down."""
    smallest = max(int(SMALLEST_BONE_ML * 1000 / np.prod(image.GetSpacing())), 2)
    return sitk.RelabelComponent(sitk.ConnectedComponent(image > BONE_HU), minimumObjectSize=smallest)
