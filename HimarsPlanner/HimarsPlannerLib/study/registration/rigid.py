"""Rigid registration of two CTs of one patient by the mutual information in and around bone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from ...errors import GeometryError
from ...grid import FloatArray, Volume
from ...progress import Progress, silent
from ..motion import inverse
from .cubes import BONE_HU, bones_of, image_of, to_cubes

AROUND_BONE_VOXELS = 2
LEAST_OVERLAP = 0.3
HISTOGRAM_BINS = 40
MOST_STEPS = 100
SHORTER = 0.7
"""Factor of the step's length where the search turns back; 0.5 ends it up to 0.3 degrees too early."""


@dataclass(frozen=True)
class Level:
    """One resolution of the search.

    Parameters
    ----------
    cube_mm
        Edge of the cubes that both images are brought to.
    bone_only
        Whether only voxels in and around bone count.
    samples
        About how many voxels are looked at in each step.
    first_step_mm, last_step_mm
        Length of the first step, and the length below which the search ends.
    """

    cube_mm: float
    bone_only: bool
    samples: int
    first_step_mm: float
    last_step_mm: float


LEVELS = (
    Level(10.0, False, 1_000_000, 10.0, 0.1),
    Level(6.0, True, 40_000, 3.0, 0.05),
    Level(3.0, True, 60_000, 1.0, 0.01),
)


def register_rigidly(fixed: Volume, moving: Volume, progress: Progress = silent) -> FloatArray:
    """Find the rigid motion that brings one CT onto another.

    The start is the shift at which both images correlate best at 10 mm, wherever their origins are. Mattes' mutual
    information is then climbed at 10 mm in the whole body, and at 6 and 3 mm in and around the bone of `fixed` alone,
    so that bowel, bladder, fat and table have no say.

    Parameters
    ----------
    fixed, moving
        CT in HU; they must share 30 % of the smaller one.
    progress
        Told how far the registration is.

    Returns
    -------
    FloatArray
        Shape (4, 4): from LPS mm of `moving` to LPS mm of `fixed`.

    Raises
    ------
    GeometryError
        There is no bone to go by, or the images do not overlap enough.
    """
    here, there = (to_cubes(image_of(one), LEVELS[-1].cube_mm) for one in (fixed, moving))
    motion = _start(to_cubes(here, LEVELS[0].cube_mm), to_cubes(there, LEVELS[0].cube_mm))
    for number, level in enumerate(LEVELS):
        progress("registration", number / len(LEVELS))
        motion = _climb(to_cubes(here, level.cube_mm), to_cubes(there, level.cube_mm), motion, level)
    progress("registration", 1.0)
    matrix = np.eye(4)
    matrix[:3, 3] = motion.TransformPoint((0.0, 0.0, 0.0))
    matrix[:3, :3] = np.array(motion.GetMatrix()).reshape(3, 3)
    return inverse(matrix)


def _start(fixed: sitk.Image, moving: sitk.Image) -> sitk.Euler3DTransform:
    """Shift by whole voxels at which both images correlate best, turning about the middle of the bone."""
    inside = np.argwhere(sitk.GetArrayViewFromImage(fixed) > BONE_HU)
    if not len(inside):
        raise GeometryError("The planning CT shows no bone to register by", "a CT with bone", "choose another CT")
    motion = sitk.Euler3DTransform()
    motion.SetCenter(fixed.TransformContinuousIndexToPhysicalPoint(inside.mean(axis=0)[::-1].tolist()))
    place = np.array(moving.GetOrigin()) - np.array(fixed.GetOrigin())
    shift = (_best_offset(fixed, moving) - np.array(moving.GetSize()) + 1) * np.array(fixed.GetSpacing())
    motion.SetTranslation((place - shift).tolist())
    return motion


def _best_offset(fixed: sitk.Image, moving: sitk.Image) -> FloatArray:
    """Place (x, y, z) of the highest correlation in voxels; at the size of `moving` less one, first voxels coincide."""
    # The filter compares voxels by their index and refuses images whose origins differ.
    pair = [sitk.Image(image) for image in (fixed, moving)]
    for image in pair:
        image.SetOrigin((0.0, 0.0, 0.0))
    overlap = int(LEAST_OVERLAP * min(image.GetNumberOfPixels() for image in pair))
    found = sitk.MaskedFFTNormalizedCorrelation(*pair, *(image * 0 + 1 for image in pair), overlap)
    scores = sitk.GetArrayViewFromImage(found)
    return np.array(np.unravel_index(scores.argmax(), scores.shape)[::-1], dtype=np.float64)


def _climb(fixed: sitk.Image, moving: sitk.Image, start: sitk.Transform, level: Level) -> sitk.Euler3DTransform:
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(HISTOGRAM_BINS)
    voxels = fixed.GetNumberOfPixels()
    if level.bone_only:
        mask = sitk.BinaryDilate(bones_of(fixed) > 0, [AROUND_BONE_VOXELS] * 3)
        voxels = int(np.count_nonzero(sitk.GetArrayViewFromImage(mask)))
        method.SetMetricFixedMask(mask)
    if voxels > level.samples:
        method.SetMetricSamplingStrategy(method.REGULAR)
        method.SetMetricSamplingPercentage(level.samples / voxels, seed=1)
    method.SetInterpolator(sitk.sitkLinear)
    # Gradients where they are needed, not of whole images: quicker, and closer to the truth.
    method.MetricUseFixedImageGradientFilterOff()
    method.MetricUseMovingImageGradientFilterOff()
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=level.first_step_mm,
        minStep=level.last_step_mm,
        numberOfIterations=MOST_STEPS,
        relaxationFactor=SHORTER,
        gradientMagnitudeTolerance=1e-8,
    )
    method.SetOptimizerScalesFromPhysicalShift()
    motion = sitk.Euler3DTransform(start)
    method.SetInitialTransform(motion, inPlace=True)
    try:
        method.Execute(fixed, moving)
    except RuntimeError as error:
        raise GeometryError(
            "The PET/CT's own CT could not be registered to the planning CT: too little of them overlaps",
            f"two CTs of one patient that share {LEAST_OVERLAP:.0%} of the smaller one",
            "check that both are of this patient, or add a DICOM REG to the study",
        ) from error
    return motion
